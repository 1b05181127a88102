#include "swarm/peer_pool.hpp"

#include <algorithm>
#include <tuple>

#include "base/assert.hpp"

namespace bt::swarm {
namespace {

constexpr duration near_pause = 2s, far_pause = 15s, longest_pause = 15min;
constexpr duration near_busy = 250ms, far_busy = 2s;  // when the host has enough attempts
constexpr duration heard_pause = 500ms;               // two tries a second at most, however many call

std::size_t times(bool near) { return near ? 4 : 1; }

/// Another host has named the port.
bool is_hearsay(peer_source source) {
    return source == peer_source::lan_hearsay || source == peer_source::dht ||
           source == peer_source::exchange;
}

/// What a peer has shown, the better the smaller.
auto merit(const peer_record& seen) {
    const double expected = static_cast<double>(seen.best_rate) * seen.useful;
    return std::tuple(!seen.gave, -expected, seen.trip == duration{} ? duration::max() : seen.trip);
}

}  // namespace

bool peer_pool::better::operator()(const entry* a, const entry* b) const {
    const auto rank = [](const entry& each) {
        const auto& [address, peer] = each;
        return std::tuple(!peer.near, peer.heard ? 0 : peer.failures, merit(peer.seen), peer.source,
                          peer.order, address);
    };
    return rank(*a) < rank(*b);
}

bool peer_pool::earlier::operator()(const entry* a, const entry* b) const {
    return std::tie(a->second.not_before, a->first) < std::tie(b->second.not_before, b->first);
}

bool peer_pool::less_worth::operator()(const entry* a, const entry* b) const {
    const auto worth = [](const entry& each) {
        const auto& [address, peer] = each;
        return std::tuple(peer.near, peer.met, -int{peer.failures}, -static_cast<int>(peer.source),
                          peer.order, address);
    };
    return worth(*a) < worth(*b);
}

// --- one entry and the lists it is in ----------------------------------------------------------------

peer_pool::entry* peer_pool::find(const endpoint& address) {
    const auto found = peers_.find(address);
    return found == peers_.end() ? nullptr : &*found;
}

void peer_pool::list(entry& peer) {
    if (peer.second.now != state::idle) return;
    idle_.insert(&peer);
    if (peer.second.ready)
        ready_.insert(&peer);
    else
        waiting_.insert(&peer);
}

void peer_pool::unlist(entry& peer) {
    if (peer.second.now != state::idle) return;
    idle_.erase(&peer);
    if (peer.second.ready)
        ready_.erase(&peer);
    else
        waiting_.erase(&peer);
}

template <class F>
void peer_pool::change(entry& peer, F&& what) {
    unlist(peer);
    what(peer.second);
    list(peer);
}

void peer_pool::set_state(entry& peer, state next) {
    if (peer.second.now == state::trying && next != state::trying) end_attempt(peer.first.address);
    change(peer, [&](known& k) {
        k.now = next;
        k.ready = false;
    });
}

void peer_pool::erase(entry& peer) {
    if (peer.second.now == state::trying) end_attempt(peer.first.address);
    unlist(peer);
    peers_.erase(peers_.find(peer.first));
}

// --- what is learnt ----------------------------------------------------------------------------------

void peer_pool::add(time_point now, const endpoint& address, peer_source source, bool near, duration delay) {
    if (!address.is_usable() || (is_hearsay(source) && address.port < limits::named_port_min)) return;
    if (auto* found = find(address)) {
        change(*found, [&](known& peer) {
            peer.source = std::min(peer.source, source);
            peer.near = near;
            if (source > peer_source::lan || peer.now != state::idle) return;
            // it speaks right now; what failed before says nothing
            peer.heard = true;
            const auto soon = now + (peer.failures == 0 ? delay : std::max(delay, heard_pause));
            peer.not_before = std::min(peer.not_before, soon);
        });
        return;
    }
    const known peer{source, near, now + delay, random_.next()};
    if (peers_.size() >= limits::known_peers && !make_room(&peer)) return;
    list(*peers_.emplace(address, peer).first);
}

/// Drops the address that is worth least, if a newcomer is worth more; for a ban always, if there is any.
bool peer_pool::make_room(const known* newcomer) {
    if (idle_.empty()) return false;
    auto& least = **idle_.begin();
    if (newcomer != nullptr) {
        const auto worth = [](const known& peer) {
            return std::tuple(peer.near, peer.met, -int{peer.failures}, -static_cast<int>(peer.source));
        };
        if (worth(least.second) >= worth(*newcomer)) return false;
    }
    erase(least);
    return true;
}

void peer_pool::connected(const endpoint& address) {
    auto* peer = find(address);
    if (peer == nullptr || peer->second.now == state::banned) return;
    set_state(*peer, state::connected);
    peer->second.met = true;
}

void peer_pool::failed(time_point now, const endpoint& address) {
    auto* peer = find(address);
    if (peer == nullptr || peer->second.now == state::banned) return;
    set_state(*peer, state::idle);
    change(*peer, [](known& k) {
        if (k.failures < 255) ++k.failures;
    });
    pause(now, *peer);
}

void peer_pool::disconnected(time_point now, const endpoint& address, const peer_record& seen) {
    auto* peer = find(address);
    if (peer == nullptr || peer->second.now == state::banned) return;
    if (!seen.gave) return failed(now, address);
    set_state(*peer, state::idle);
    change(*peer, [&](known& k) {
        k.seen = seen;
        k.failures = 0;
    });
    pause(now, *peer);
}

void peer_pool::pause(time_point now, entry& peer) {
    change(peer, [&](known& k) {
        // on one's own network a peer that is gone may be back after a restart; elsewhere more patience is
        // due
        const bool close = k.near || k.source <= peer_source::lan;
        const int doublings = std::clamp(k.failures - 1, 0, 8);
        const auto wait =
            std::min<duration>((close ? near_pause : far_pause) * (1 << doublings), longest_pause);
        k.heard = false;
        k.ready = false;
        k.not_before = now + random_.jitter(wait, 0.2);
    });
}

void peer_pool::ban(const endpoint& address) {
    if (is_banned(address)) return;
    // a liar with many addresses must not fill the pool with them: the oldest bans go
    if (banned_.size() >= limits::known_peers / 2) {
        erase(*find(banned_.front()));
        banned_.pop_front();
    }
    auto* peer = find(address);
    if (peer == nullptr) {
        if (peers_.size() >= limits::known_peers) make_room(nullptr);
        peer = &*peers_.emplace(address, known{peer_source::incoming}).first;
        list(*peer);
    }
    set_state(*peer, state::banned);
    banned_.push_back(address);
}

bool peer_pool::is_banned(const endpoint& address) const {
    const auto found = peers_.find(address);
    return found != peers_.end() && found->second.now == state::banned;
}

void peer_pool::pardon(time_point now, const ip_address& whose) {
    std::erase_if(banned_, [&](const endpoint& address) {
        if (address.address != whose) return false;
        auto& peer = *find(address);
        set_state(peer, state::idle);
        change(peer, [&](known& k) {
            k.failures = 0;
            k.not_before = now;
        });
        return true;
    });
}

peer_source peer_pool::source(const endpoint& address) const {
    const auto found = peers_.find(address);
    return found == peers_.end() ? peer_source::incoming : found->second.source;
}

void peer_pool::forget(peer_source source) {
    std::vector<entry*> gone;
    for (auto& each : peers_)
        if (each.second.source == source && each.second.now != state::banned) gone.push_back(&each);
    for (auto* each : gone) erase(*each);
}

void peer_pool::refresh(time_point now) {
    for (auto& each : peers_)
        if (each.second.now == state::idle)
            change(each, [&](known& peer) {
                peer.failures = 0;
                peer.ready = false;
                peer.not_before = now;
            });
}

std::vector<endpoint> peer_pool::worth_saving(std::size_t most) const {
    std::vector<const entry*> met;
    for (const auto& each : peers_)
        if (each.second.met && each.second.now != state::banned) met.push_back(&each);
    std::sort(met.begin(), met.end(), [](const entry* a, const entry* b) {
        const auto rank = [](const entry& each) {
            const auto& [address, peer] = each;
            return std::tuple(peer.now != state::connected, merit(peer.seen), peer.failures, address);
        };
        return rank(*a) < rank(*b);
    });
    std::vector<endpoint> best;
    for (const auto* each : met)
        if (best.size() < most) best.push_back(each->first);
    return best;
}

// --- what to try -------------------------------------------------------------------------------------

std::optional<endpoint> peer_pool::next(time_point now, bool near_only) {
    forget_old_attempts(now);
    wake(now);
    while (!ready_.empty()) {
        auto& best = **ready_.begin();
        if (near_only && !best.second.near) return std::nullopt;
        if (may_try(now, best)) {
            begin_attempt(now, best);
            return best.first;
        }
        change(best, [&](known& peer) {
            peer.ready = false;
            peer.not_before = now + (peer.near ? near_busy : far_busy);
        });
    }
    return std::nullopt;
}

time_point peer_pool::next_deadline() const {
    if (!ready_.empty()) return woken_;
    return waiting_.empty() ? never : (*waiting_.begin())->second.not_before;
}

std::optional<endpoint> peer_pool::best(time_point now) {
    wake(now);
    return ready_.empty() ? std::nullopt : std::optional((*ready_.begin())->first);
}

void peer_pool::wake(time_point now) {
    woken_ = now;
    while (!waiting_.empty() && (*waiting_.begin())->second.not_before <= now)
        change(**waiting_.begin(), [](known& peer) { peer.ready = true; });
}

bool peer_pool::may_try(time_point now, const entry& peer) const {
    const auto& [address, about] = peer;
    const bool again = !about.heard && (about.met || about.failures > 0);
    if (pace_ != nullptr && !pace_->allows(now, address.address, again)) return false;
    const auto found = hosts_.find(address.address);
    if (found == hosts_.end()) return true;
    const bool spoke_itself = about.source <= peer_source::lan;
    return found->second.trying < limits::attempts_per_host * times(about.near) &&
           (spoke_itself || found->second.lately < limits::attempts_per_host_per_minute * times(about.near));
}

void peer_pool::begin_attempt(time_point now, entry& peer) {
    BT_ASSERT(peer.second.now == state::idle && peer.second.ready);
    set_state(peer, state::trying);
    const auto& address = peer.first.address;
    if (pace_ != nullptr) pace_->take(now, address);
    if (address.scope() == address_scope::loopback) return;
    auto& at = hosts_[address];
    ++at.trying;
    ++at.lately;
    attempts_.emplace_back(now, address);
}

void peer_pool::end_attempt(const ip_address& address) {
    const auto found = hosts_.find(address);
    if (found == hosts_.end()) return;  // loopback
    BT_ASSERT(found->second.trying > 0);
    --found->second.trying;
    if (found->second.trying == 0 && found->second.lately == 0) hosts_.erase(found);
}

void peer_pool::forget_old_attempts(time_point now) {
    while (!attempts_.empty() && now - attempts_.front().first >= 1min) {
        const auto found = hosts_.find(attempts_.front().second);
        BT_ASSERT(found != hosts_.end() && found->second.lately > 0);
        if (--found->second.lately == 0 && found->second.trying == 0) hosts_.erase(found);
        attempts_.pop_front();
    }
}

}  // namespace bt::swarm
