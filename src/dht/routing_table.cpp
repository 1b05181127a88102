#include "dht/routing_table.hpp"

#include <algorithm>
#include <array>

#include "base/assert.hpp"
#include "dht/distance.hpp"
#include "dht/secure_id.hpp"

namespace bt::dht {
namespace {

constexpr duration refresh_after = 15min;

bool has_id(const entry& e, const node_id& id) { return e.who.id == id; }

bool is_at(const entry& e, const endpoint& at) { return e.who.at == at; }

template <class Entries>
auto* entry_with(Entries& entries, const node_id& id) {
    const auto found =
        std::find_if(entries.begin(), entries.end(), [&](const entry& e) { return has_id(e, id); });
    return found == entries.end() ? nullptr : &*found;
}

entry::short_duration shortened(duration round_trip) {
    return std::chrono::duration_cast<entry::short_duration>(
        std::clamp(round_trip, duration{0}, duration{1min}));
}

// The zero of the clock means "never" in an entry.
time_point some_time(time_point now) { return std::max(now, time_point(duration(1))); }

}  // namespace

routing_table::routing_table(const node_id& own, realm where, rng random)
    : own_(own), realm_(where), random_(random), buckets_(1) {}

bool routing_table::answered(time_point now, const contact& who, duration round_trip) {
    now = some_time(now);
    const auto known = [&] { return entry_with(bucket_of(who.id).live, who.id); };
    if (auto* same = known(); same && is_at(*same, who.at)) {
        confirm(now, bucket_of(who.id), *same, round_trip);
        return false;
    }
    if (const auto* other = relatives_of(who.at).at) {
        erase(*other);
        if (realm_ == realm::world) return false;
    }
    if (who.id == own_) return false;

    std::erase_if(bucket_of(who.id).replacements, [&](const entry& r) { return is_at(r, who.at); });
    if (const auto* moved = known()) {
        if (!is_bad(*moved)) return false;
        erase(*moved);
    }
    const auto kin = relatives_of(who.at);
    if (is_taken(kin)) return false;
    if (kin.same_ip) erase(*kin.same_ip);

    auto newcomer = made(now, who);
    newcomer.last_answer = now;
    newcomer.round_trip = shortened(round_trip);
    if (!settle(newcomer)) return false;
    touch(now, bucket_of(who.id));
    return true;
}

void routing_table::confirm(time_point now, bucket& b, entry& known, duration round_trip) {
    if (is_bad(known))  // its place was open to others meanwhile
        std::erase_if(b.replacements, [&](const entry& r) {
            return has_id(r, known.who.id) ||
                   (realm_ == realm::world && same_subnet(r.who.at.address, known.who.at.address));
        });
    known.round_trip = (known.round_trip * 7 + shortened(round_trip)) / 8;
    known.last_answer = known.last_heard = now;
    known.failures = 0;
    known.waiting = false;
    ask_at_ = std::min(ask_at_, due_at(known));  // a bad one was not to be asked at all
    touch(now, b);
}

void routing_table::heard(time_point now, const contact& who) {
    now = some_time(now);
    if (who.id == own_) return;
    auto& b = bucket_of(who.id);
    if (auto* same = entry_with(b.live, who.id)) {
        if (is_at(*same, who.at)) {
            same->last_heard = now;
            if (is_bad(*same)) ask_at_ = std::min(ask_at_, due_at(*same));
            return;
        }
        if (!is_bad(*same)) return;
    }
    const auto kin = relatives_of(who.at);
    if (auto* other = kin.at) {
        other->last_heard = std::min(other->last_heard, now - questionable_after);
        ask_at_ = std::min(ask_at_, due_at(*other));
        return;
    }
    if (is_taken(kin)) return;
    auto spare = made(now, who);
    std::erase_if(b.replacements, [&](const entry& r) {
        if (!is_at(r, who.at)) return false;
        spare.asked = r.asked;  // changing its id does not get it asked sooner
        spare.waiting = r.waiting;
        if (has_id(r, who.id)) spare.last_answer = r.last_answer;
        return true;
    });
    keep(b, spare);
}

void routing_table::named(time_point now, const contact& who) {
    auto& b = bucket_of(who.id);
    const bool room = b.replacements.size() < bucket_size && (b.live.size() < bucket_size || may_split(b));
    if (who.id == own_ || !room) return;
    const auto kin = relatives_of(who.at);
    if (kin.at != nullptr || kin.same_ip != nullptr || is_taken(kin)) return;
    const bool waits = std::any_of(b.replacements.begin(), b.replacements.end(),
                                   [&](const entry& r) { return is_at(r, who.at); });
    if (!waits) keep(b, made(some_time(now), who));
}

void routing_table::failed(time_point now, const endpoint& at) {
    if (auto* known = relatives_of(at).at) {
        if (known->failures < 255) ++known->failures;
        known->asked = some_time(now);
        known->waiting = false;
        const bool is_place_free = is_bad(*known) && !bucket_of(known->who.id).replacements.empty();
        ask_at_ = std::min(ask_at_, is_place_free ? time_point::min() : due_at(*known));
        return;
    }
    for (auto& b : buckets_) std::erase_if(b.replacements, [&](const entry& r) { return is_at(r, at); });
}

void routing_table::remove(const endpoint& at) {
    if (const auto* known = relatives_of(at).at) erase(*known);
    for (auto& b : buckets_) std::erase_if(b.replacements, [&](const entry& r) { return is_at(r, at); });
}

void routing_table::doubt_all(time_point now) {
    for (auto& b : buckets_)
        for (auto& e : b.live) {
            e.last_heard = std::min(e.last_heard, now - questionable_after);
            e.asked = {};
            e.waiting = false;
            e.failures = 0;
        }
    ask_at_ = time_point::min();
}

void routing_table::set_own(time_point now, const node_id& own) {
    if (own == own_) return;
    std::vector<entry> live, spare;
    for (auto& b : buckets_) {
        live.insert(live.end(), b.live.begin(), b.live.end());
        spare.insert(spare.end(), b.replacements.begin(), b.replacements.end());
    }
    own_ = own;
    buckets_ = std::vector<bucket>(1);
    size_ = 0;
    ask_at_ = refresh_at_ = never;
    touch(now, buckets_[0]);
    // not all may find a place: those that answered last first
    std::sort(live.begin(), live.end(),
              [](const entry& a, const entry& b) { return a.last_answer > b.last_answer; });
    for (const auto& e : live)
        if (!has_id(e, own)) settle(e);
    for (const auto& e : spare)
        if (!has_id(e, own)) keep(bucket_of(e.who.id), e);
    ask_at_ = time_point::min();
}

// With x = target ^ own: where bit i of x is set, the i-th bucket is on the target's side of all deeper ones,
// else it is farther than all of them. So the way from near to far goes down the buckets with a set bit, to
// the last, and back up through the others.
void routing_table::closest(const node_id& target, std::size_t count, std::vector<contact>& out) const {
    out.clear();
    std::array<const entry*, bucket_size> sorted{};
    const auto take = [&](const bucket& b) {
        std::size_t n = 0;
        for (const auto& e : b.live) {
            if (is_bad(e)) continue;
            auto at = n++;
            for (; at > 0 && closer(target, e.who.id, sorted[at - 1]->who.id); --at)
                sorted[at] = sorted[at - 1];
            sorted[at] = &e;
        }
        for (std::size_t i = 0; i < n && out.size() < count; ++i) out.push_back(sorted[i]->who);
        return out.size() < count;
    };
    const auto x = distance(target, own_);
    const auto is_set = [&](std::size_t bit) { return (x.bytes[bit / 8] & (0x80u >> (bit % 8))) != 0; };
    const auto last = buckets_.size() - 1;
    if (count == 0) return;
    for (std::size_t i = 0; i < last; ++i)
        if (is_set(i) && !take(buckets_[i])) return;
    if (!take(buckets_[last])) return;
    for (std::size_t i = last; i-- > 0;)
        if (!is_set(i) && !take(buckets_[i])) return;
}

std::optional<contact> routing_table::next_to_ask(time_point now) {
    now = some_time(now);
    if (now < ask_at_) return std::nullopt;
    auto earliest = never;
    auto* chosen = due_entry(now, earliest);
    // entries first: there are few, while any node can become a replacement
    if (!chosen) chosen = due_replacement(now, earliest);
    if (!chosen) {
        ask_at_ = earliest;
        return std::nullopt;
    }
    chosen->asked = now;
    chosen->waiting = true;
    return chosen->who;
}

std::optional<node_id> routing_table::next_to_refresh(time_point now) {
    // without a node nothing can be learnt
    if (now < refresh_at_ || size_ == 0) return std::nullopt;
    const auto oldest = std::min_element(buckets_.begin(), buckets_.end(), [](const auto& a, const auto& b) {
        return a.refresh_at < b.refresh_at;
    });
    if (now < oldest->refresh_at) {
        refresh_at_ = oldest->refresh_at;
        return std::nullopt;
    }
    touch(now, *oldest);
    const auto last = buckets_.size() - 1;
    auto bits = static_cast<std::size_t>(oldest - buckets_.begin());
    // half of the last bucket's range shares one bit more, a quarter two
    if (bits == last)
        while (bits < id_bits - 1 && random_.chance(0.5)) ++bits;
    return random_at(own_, static_cast<unsigned>(bits), random_);
}

time_point routing_table::next_deadline() const {
    return size_ == 0 ? ask_at_ : std::min(ask_at_, refresh_at_);
}

routing_table::counts routing_table::count(time_point now) const {
    counts c;
    c.buckets = buckets_.size();
    for (const auto& b : buckets_) {
        c.replacements += b.replacements.size();
        for (const auto& e : b.live) switch (health_of(e, now)) {
                case health::good:
                    ++c.good;
                    break;
                case health::questionable:
                    ++c.questionable;
                    break;
                case health::bad:
                    ++c.bad;
                    break;
            }
    }
    return c;
}

std::vector<contact> routing_table::freshest(std::size_t most) const {
    std::vector<const entry*> all;
    all.reserve(size_);
    for (const auto& b : buckets_)
        for (const auto& e : b.live)
            if (!is_bad(e)) all.push_back(&e);
    most = std::min(most, all.size());
    std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(most), all.end(),
                      [](const entry* a, const entry* b) { return a->last_answer > b->last_answer; });
    std::vector<contact> out;
    out.reserve(most);
    for (std::size_t i = 0; i < most; ++i) out.push_back(all[i]->who);
    return out;
}

const entry* routing_table::find(const node_id& id) const {
    return entry_with(buckets_[index_of(id)].live, id);
}

std::size_t routing_table::index_of(const node_id& id) const {
    return std::min<std::size_t>(shared_bits(own_, id), buckets_.size() - 1);
}

bool routing_table::may_split(const bucket& b) const {
    return &b == &buckets_.back() && buckets_.size() < id_bits;
}

// Replacements of the last bucket are asked as they come, so none waits for the room this makes.
void routing_table::split_last() {
    BT_ASSERT(buckets_.size() < id_bits);
    const auto bits = static_cast<unsigned>(buckets_.size() - 1);
    buckets_.emplace_back();
    auto &from = buckets_[bits], &to = buckets_.back();
    to.refresh_at = from.refresh_at;
    const auto move = [&](std::vector<entry>& left, std::vector<entry>& deeper) {
        std::copy_if(left.begin(), left.end(), std::back_inserter(deeper),
                     [&](const entry& e) { return shared_bits(own_, e.who.id) > bits; });
        std::erase_if(left, [&](const entry& e) { return shared_bits(own_, e.who.id) > bits; });
    };
    move(from.live, to.live);
    move(from.replacements, to.replacements);
}

routing_table::relatives routing_table::relatives_of(const endpoint& at) {
    relatives found;
    const auto mark = mark_of(at);
    for (auto& b : buckets_)
        for (auto& e : b.live) {
            if (e.mark != mark) continue;
            if (is_at(e, at)) found.at = &e;
            if (realm_ == realm::local) continue;
            if (e.who.at.address == at.address) found.same_ip = &e;
            if (!is_bad(e) && same_subnet(e.who.at.address, at.address)) ++found.of_subnet;
        }
    return found;
}

// Equal for all that must be looked at: those of a subnet in the world, those at an endpoint in a LAN.
std::uint8_t routing_table::mark_of(const endpoint& at) const {
    const bool is_local = realm_ == realm::local;
    const auto raw = at.address.raw();
    std::uint32_t mark = is_local ? at.port : 0u;
    for (const auto byte : is_local ? raw : raw.first(subnet_bits(at.address.family()) / 8))
        mark = (mark ^ byte) * 0x9e3779b1u;
    return static_cast<std::uint8_t>(mark >> 24);
}

// Its address or its subnet has what it may have in the table.
bool routing_table::is_taken(const relatives& of) const {
    if (of.same_ip && !is_bad(*of.same_ip)) return true;
    const auto places = std::clamp<std::size_t>(size_ / 10, 1, subnet_places);
    return of.of_subnet >= places;
}

void routing_table::erase(const entry& one) {
    auto& b = bucket_of(one.who.id);
    const auto place = &one - b.live.data();
    BT_ASSERT(place >= 0 && static_cast<std::size_t>(place) < b.live.size() && size_ > 0);
    b.live.erase(b.live.begin() + place);
    --size_;
    if (!b.replacements.empty()) ask_at_ = time_point::min();
}

entry routing_table::made(time_point now, const contact& who) const {
    entry e;
    e.who = who;
    e.last_heard = now;
    e.mark = mark_of(who.at);
    e.secure = realm_ == realm::local || is_secure(who.id, who.at.address);
    return e;
}

// Gives one that has answered a place, or makes it a replacement.
bool routing_table::settle(const entry& newcomer) {
    BT_ASSERT(newcomer.last_answer != time_point{} && newcomer.who.id != own_);
    using what = verdict::what;
    auto* b = &bucket_of(newcomer.who.id);
    auto v = place(b->live, newcomer, realm_);
    // no good node goes, and none waits, where a split makes room
    while (may_split(*b) &&
           (v.does == what::wait || (v.does == what::replace && !is_bad(b->live[v.victim])))) {
        split_last();
        b = &bucket_of(newcomer.who.id);
        v = place(b->live, newcomer, realm_);
    }
    if (v.does == what::refuse) return false;
    if (v.does == what::wait) {
        keep(*b, newcomer);
        return false;
    }
    std::optional<entry> victim;
    if (v.does == what::replace) {
        victim = b->live[v.victim];
        erase(b->live[v.victim]);
    }
    BT_ASSERT(b->live.size() < bucket_size);
    b->live.push_back(newcomer);
    ++size_;
    std::erase_if(b->replacements, [&](const entry& r) { return !is_allowed(*b, r); });
    if (victim && !is_bad(*victim)) keep(*b, *victim);
    ask_at_ = std::min(ask_at_, due_at(newcomer));
    return true;
}

void routing_table::keep(bucket& b, const entry& spare) {
    if (!is_allowed(b, spare)) return;
    for (const auto& r : b.replacements)
        if (has_id(r, spare.who.id) ||
            (realm_ == realm::world && same_subnet(r.who.at.address, spare.who.at.address)))
            return;
    if (b.replacements.size() >= bucket_size) b.replacements.erase(b.replacements.begin());
    b.replacements.push_back(spare);
    if (is_useful(b, spare)) ask_at_ = std::min(ask_at_, again_at(spare));
}

// No entry that is not bad stands in its way, however much room there is.
bool routing_table::is_allowed(const bucket& b, const entry& spare) const {
    return std::none_of(b.live.begin(), b.live.end(), [&](const entry& e) {
        if (is_bad(e)) return false;
        return has_id(e, spare.who.id) ||
               (realm_ == realm::world && same_subnet(e.who.at.address, spare.who.at.address));
    });
}

// If it answered it would become an entry.
bool routing_table::is_useful(const bucket& b, const entry& spare) const {
    const auto does = place(b.live, spare, realm_).does;
    return does == verdict::what::add || does == verdict::what::replace ||
           (does == verdict::what::wait && may_split(b));
}

void routing_table::touch(time_point now, bucket& b) {
    // later by up to a tenth, so that nodes that started together do not refresh together
    b.refresh_at = now + refresh_after + duration(random_.below(duration(refresh_after).count() / 10));
    refresh_at_ = std::min(refresh_at_, b.refresh_at);
}

// The due entry that has been silent for longest.
entry* routing_table::due_entry(time_point now, time_point& earliest) {
    entry* chosen = nullptr;
    for (auto& b : buckets_)
        for (auto& e : b.live) {
            const auto due = due_at(e);
            if (due > now)
                earliest = std::min(earliest, due);
            else if (!chosen || e.last_heard < chosen->last_heard)
                chosen = &e;
        }
    return chosen;
}

// The due replacement that was heard last: it is the likeliest to be there.
entry* routing_table::due_replacement(time_point now, time_point& earliest) {
    entry* chosen = nullptr;
    for (auto& b : buckets_)
        for (auto& r : b.replacements) {
            if (!is_useful(b, r)) continue;
            const auto due = again_at(r);
            if (due > now)
                earliest = std::min(earliest, due);
            else if (!chosen || r.last_heard > chosen->last_heard)
                chosen = &r;
        }
    return chosen;
}

}  // namespace bt::dht
