// Lookups, and the searches made of them: one lookup on each side that has nodes, peers told as they come,
// then the announce to the nearest.
#include <algorithm>

#include "base/assert.hpp"
#include "base/limits.hpp"
#include "dht/distance.hpp"
#include "dht/node_impl.hpp"

namespace bt::dht {
namespace {

constexpr std::size_t alpha_world = 3, alpha_local = 8;
constexpr std::size_t searches_at_once = 64;
constexpr duration announce_interval = 15min;  // BEP 5 leaves it open; others forget after 30 to 45 min
constexpr duration hurry_pause_first = 15s, hurry_pause_max = 5min;
// a node that begins to share and one that begins to look at the same time miss each other's announce by a
// moment; among neighbours looking again costs next to nothing
constexpr duration hurry_pause_first_local = 500ms;

}  // namespace

// --- lookups

std::uint64_t node::impl::start_lookup(side& s, const node_id& target, krpc::method what, search_id owner) {
    lookup_plan plan;
    plan.target = target;
    plan.where = s.where;
    plan.own = s.table.own();
    plan.alpha = s.where == realm::world ? alpha_world : alpha_local;
    running fresh{lookup(plan), &s, what, owner};
    std::vector<contact> seeds;
    s.table.closest(target, bucket_size, seeds);
    for (const auto& seed : seeds) fresh.way.add(seed);
    // with few nodes known, the addresses others named may lead further
    if (seeds.size() < bucket_size)
        for (auto at = s.named.rbegin(); at != s.named.rend(); ++at) fresh.way.add(at->at);
    const auto number = ++last_number;
    lookups.emplace(number, std::move(fresh));
    return number;
}

/// Whether a stranger's word is worth a datagram or a connection there.
bool node::impl::may_be_named(const ip_address& by, const endpoint& at) const {
    return at.port >= limits::named_port_min && rules.is_plausible(at) && rules.may_tell(by, at.address);
}

/// Nodes an answer named: those of this side go on, those of another one may be its way in.
void node::impl::take_answer(time_point now, running& one, const endpoint& from, const krpc::answer& answer) {
    std::vector<contact> here;
    for (const auto& named : answer.nodes) {
        const contact node{named.id, rules.as_told_by(from.address, named.at)};
        // the world knows nothing of a network of ours
        if (!may_be_named(from.address, node.at)) continue;
        auto* s = side_of(node.at.address);
        if (s == nullptr || node.id == s->table.own()) continue;
        if (s == one.on) {
            here.push_back(node);
            s->table.named(now, node);
        }
        if (s != one.on && !s->healthy) add_contact(now, node.at);
    }
    one.way.answered(from, answer.id, here, answer.token);
    const auto asked = searches.find(one.owner);
    if (asked == searches.end() || answer.peers.empty()) return;
    std::vector<endpoint> peers;
    for (const auto& peer : answer.peers) {
        const auto at = rules.as_told_by(from.address, peer);
        if (may_be_named(from.address, at)) peers.push_back(at);
    }
    tell_peers(asked->second, asked->first, peers);
}

void node::impl::end_lookups(time_point now) {
    for (auto it = lookups.begin(); it != lookups.end();) {
        const auto current = it++;
        if (current->second.way.is_over()) end_lookup(now, current->first);
    }
}

void node::impl::end_lookup(time_point now, std::uint64_t number) {
    auto node = lookups.extract(number);
    BT_ASSERT(!node.empty());
    auto& one = node.mapped();
    drop(number);
    auto& s = *one.on;
    if (s.entering == number) {
        s.entering = 0;
        judge_health(now, s);
    }
    if (!searches.empty()) search_at = now;  // there is room for the next
    if (one.leads) look_around(now, s, one.way);
    const auto asked = searches.find(one.owner);
    if (asked == searches.end()) return;
    auto& seek = asked->second;
    const auto which = index_of(s);
    auto& part = seek.parts[which];
    BT_ASSERT(part.lookup == number);
    part.lookup = 0;
    part.ended = now;
    // where no node answered nothing was searched: it runs when one does
    part.has_run = part.has_run || one.way.answers() > 0;
    seek.has_run = seek.has_run || one.way.answers() > 0;
    const auto nearest = one.way.nearest();
    part.holders = nearest.size();
    if (!nearest.empty()) part.farthest = nearest.back().node.id;
    seek.sum.nodes_answered += one.way.answers();
    seek.sum.hops = std::max(seek.sum.hops, one.way.hops());
    if (seek.wish.port != 0) announce(now, asked->first, seek, which, one.way);
    settle_search(now, asked->first, seek);
}

/// Few answered and others did not. Each names the nearest it knows, and for a while after they have
/// gone that may be dead ones only, however often it is asked: in the other quarters of the ids it knows
/// others. What comes of it makes searches run again, as newcomers do.
void node::impl::look_around(time_point now, side& s, const lookup& way) {
    if (s.where != realm::local || way.answers() == 0 || way.answers() >= bucket_size) return;
    if (way.asked() == way.answers() || now < s.look_around_at) return;
    s.look_around_at = now + s.look_arounds.next(now, s.looked_around, random);
    s.looked_around = now;
    for (unsigned quarter = 1; quarter < 4; ++quarter) {
        auto target = way.target();
        target.bytes[0] = static_cast<std::uint8_t>(target.bytes[0] ^ quarter << 6);
        lookups.at(start_lookup(s, target, krpc::method::find_node, 0)).leads = false;
    }
}

// --- searches

search_id node::impl::search(time_point now, const search_wish& wish) {
    const auto id = ++last_number;
    auto& s = searches[id];
    s.wish = wish;
    s.began = now;
    s.sum.search = id;
    s.sum.hash = wish.hash;
    by_hash[wish.hash].push_back(id);
    if (wish.repeat && wish.port != 0) answers.serve(wish.hash, wish.port);
    std::vector<endpoint> ours;
    for (const auto which : {ip_family::v4, ip_family::v6})
        answers.store().sample(now, wish.hash, which, ip_address::v4(127, 0, 0, 1), rules,
                               limits::dht_answer_peers, ours);
    tell_peers(s, id, ours);
    search_at = std::min(search_at, now);
    due_searches(now);
    return id;
}

/// Nothing of this owner waits for an answer, or to be asked.
void node::impl::drop(std::uint64_t owner) {
    BT_ASSERT(owner != 0);
    book.forget(owner);
    std::erase_if(held, [&](const auto& one) { return one.second.second.owner == owner; });
}

void node::impl::forget(search_id search) {
    const auto found = searches.find(search);
    if (found == searches.end()) return;
    for (const auto& part : found->second.parts)
        if (part.lookup != 0) {
            drop(part.lookup);
            lookups.erase(part.lookup);
        }
    std::erase_if(announcing, [&](const auto& one) {
        if (one.second.first == search) drop(one.first);
        return one.second.first == search;
    });
    auto& same = by_hash[found->second.wish.hash];
    std::erase(same, search);
    const bool served = std::any_of(same.begin(), same.end(), [&](search_id id) {
        return searches.at(id).wish.repeat && searches.at(id).wish.port != 0;
    });
    if (!served) answers.unserve(found->second.wish.hash);
    if (same.empty()) by_hash.erase(found->second.wish.hash);
    searches.erase(found);
}

/// Starts what is due on the sides that know a node; the others begin when they do. The latest first: behind
/// it a user may wait, behind a thousand repetitions none does.
void node::impl::due_searches(time_point now) {
    search_at = never;
    auto room = searches_at_once - std::min(searches_at_once, lookups.size());
    for (auto it = searches.rbegin(); it != searches.rend(); ++it) {
        auto& [id, s] = *it;
        if (s.is_over) continue;
        for (std::size_t which = 0; which < sides.size(); ++which) {
            auto& part = s.parts[which];
            const auto& on = sides[which];
            if (!on || part.lookup != 0 || part.announcing > 0) continue;
            if (on->table.size() == 0 && on->named.empty()) continue;
            if (part.next > now) {
                search_at = std::min(search_at, part.next);
            } else if (room > 0) {
                --room;
                start_part(now, id, s, which);
            }  // else it begins when one of the others ends
        }
    }
}

void node::impl::start_part(time_point now, search_id id, seeking& s, std::size_t which) {
    auto& part = s.parts[which];
    BT_ASSERT(part.lookup == 0 && part.announcing == 0 && sides[which]);
    part.next = s.wish.repeat ? now + random.jitter(announce_interval, 0.1) : never;
    node_id target;
    target.bytes = s.wish.hash.bytes;
    part.lookup = start_lookup(*sides[which], target, krpc::method::get_peers, id);
}

void node::impl::announce(time_point now, search_id id, seeking& s, std::size_t which, const lookup& way) {
    node_id target;
    target.bytes = s.wish.hash.bytes;
    for (const auto& holder : way.nearest()) {
        if (holder.token.empty()) continue;  // it has no room
        const auto number = ++last_number;
        announcing.emplace(number, std::make_pair(id, which));
        ++s.parts[which].announcing;
        ask(now, *sides[which],
            {holder.node.at, holder.node.id, krpc::method::announce_peer, target, holder.token, s.wish.port,
             number});
    }
}

void node::impl::announce_settled(time_point now, std::uint64_t number, bool taken) {
    const auto found = announcing.extract(number);
    if (found.empty()) return;
    const auto [id, which] = found.mapped();
    const auto asked = searches.find(id);
    if (asked == searches.end()) return;
    BT_ASSERT(asked->second.parts[which].announcing > 0);
    --asked->second.parts[which].announcing;
    if (taken) ++asked->second.sum.announced;
    settle_search(now, id, asked->second);
}

void node::impl::tell_peers(seeking& s, search_id id, const std::vector<endpoint>& peers) {
    std::vector<endpoint> fresh;
    for (const auto& peer : peers) {
        if (s.told.size() >= limits::dht_search_peers) break;
        if (s.told.contains(peer) || s.told_of[peer.address] >= limits::dht_peers_per_address) continue;
        ++s.told_of[peer.address];
        s.told.insert(peer);
        fresh.push_back(peer);
    }
    s.sum.peers += fresh.size();
    if (!fresh.empty()) outputs.emplace_back(out::peers_found{id, s.wish.hash, std::move(fresh)});
}

/// Says that a run is through when nothing of it is under way, and when no side is still coming in.
void node::impl::settle_search(time_point now, search_id id, seeking& s) {
    search_at = std::min(search_at, now);  // due_searches() works out the next time
    for (std::size_t which = 0; which < sides.size(); ++which) {
        const auto& part = s.parts[which];
        if (part.lookup != 0 || part.announcing > 0) return;
        if (!s.wish.repeat && sides[which] && !part.has_run && is_settling(*sides[which])) return;
    }
    if (!s.has_run || s.is_over) return;
    s.has_run = false;
    s.is_over = !s.wish.repeat;
    s.sum.took = now - s.began;
    outputs.emplace_back(s.sum);
    s.sum = {id, s.wish.hash};
    s.told_of.clear();
    s.told.clear();  // said again next time: a peer that was lost may be back
    s.began = now;
}

void node::impl::hurry(time_point now, search_id search) {
    const auto found = searches.find(search);
    if (found == searches.end()) return;
    for (std::size_t which = 0; which < sides.size(); ++which) {
        auto& part = found->second.parts[which];
        if (part.lookup != 0 || !part.has_run || part.next <= now) continue;
        const auto first = sides[which]->where == realm::local ? hurry_pause_first_local : hurry_pause_first;
        if (now - part.ended < std::max(part.hurry_pause, first)) continue;
        part.hurry_pause = std::clamp(part.hurry_pause * 2, first, hurry_pause_max);
        part.next = now;
        search_at = now;
    }
}

/// A node is new in a table: searches that have too few holders, or whose torrent it is nearer to than one of
/// them, run again, and so does the way to our own id. Islands that meet become one by this.
void node::impl::newcomer(time_point now, side& s, const node_id& id) {
    std::vector<contact> nearest;
    s.table.closest(s.table.own(), bucket_size, nearest);
    const bool is_near =
        std::any_of(nearest.begin(), nearest.end(), [&](const contact& one) { return one.id == id; });
    if (is_near && s.entering == 0) enter_soon(now, s);
    const auto which = index_of(s);
    for (auto& [number, seek] : searches) {
        auto& part = seek.parts[which];
        if (part.lookup != 0 || (!seek.wish.repeat && part.has_run)) continue;
        node_id target;
        target.bytes = seek.wish.hash.bytes;
        if (part.holders >= bucket_size && !closer(target, id, part.farthest)) continue;
        const auto pause = part.has_run ? part.newcomers.next(now, part.ended, random) : duration{};
        part.next = std::min(part.next, now + pause);
        search_at = std::min(search_at, part.next);
    }
}

}  // namespace bt::dht
