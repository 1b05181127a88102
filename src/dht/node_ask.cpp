// What a node asks of others, and how much: one budget for everything on a realm, lookups taking turns, and a
// pace for each address that no client takes for a flood.
#include <algorithm>

#include "base/assert.hpp"
#include "base/limits.hpp"
#include "dht/node_impl.hpp"

namespace bt::dht {
namespace {

// libtorrent ignores for 5 minutes a node that sends more than 50 in 10 s: this gives 49 at most
constexpr double pace_per_second = 2.4, pace_burst = 25 / pace_per_second;
constexpr std::size_t paces_kept = 1'024;
constexpr std::size_t suspects_kept = 64;

}  // namespace

/// False if `to` has been asked so often that it must wait a little. Neighbours that run this program do not
/// mind.
bool node::impl::paced(time_point now, const ip_address& to) {
    if (patient.contains(to)) return true;
    if (paces.size() >= paces_kept)
        std::erase_if(paces, [&](const auto& one) {
            return one.second.when(now, pace_per_second * pace_burst) <= now;  // at rest
        });
    const auto found = paces.try_emplace(to, pace_per_second, pace_burst).first;
    return found->second.take(now, 1);
}

void node::impl::ask(time_point now, side& s, const question& what) {
    BT_ASSERT(s.family == what.to.address.family());
    BT_ASSERT(what.method != krpc::method::announce_peer || (!what.token.empty() && what.port != 0));
    if (!paced(now, what.to.address)) {
        held.emplace(paces.at(what.to.address).when(now, 1), std::make_pair(index_of(s), what));
        return;
    }
    open_query query;
    query.to = what.to;
    query.expected = what.expected;
    query.what = what.method;
    query.owner = what.owner;
    const auto& open = book.open(now, std::move(query), s.times.patience());
    krpc::query_form form;
    form.tid = {reinterpret_cast<const char*>(open.tid.data()), open.tid.size()};
    form.what = what.method;
    form.id = s.table.own();
    form.target = what.target;
    form.read_only = settings.read_only;
    form.token = what.token;
    form.port = what.port;
    if (what.method != krpc::method::announce_peer && what.method != krpc::method::ping) {
        // the other family's nodes, too, while we know few of them (BEP 32)
        const auto& other = sides[index_of(s) ^ 2u];
        if (other && !other->healthy) form.want_v4 = form.want_v6 = true;
    }
    ++sent;
    outputs.emplace_back(out::send{what.to, krpc::write_query(form)});
}

/// Everything that can be asked now is; called after each input.
void node::impl::work(time_point now) {
    blocked_until = never;
    while (!held.empty() && held.begin()->first <= now) {
        const auto next = held.extract(held.begin());
        if (const auto& s = sides[next.mapped().first]) ask(now, *s, next.mapped().second);
    }
    if (!held.empty()) blocked_until = held.begin()->first;
    end_lookups(now);
    for (bool progress = true; progress;) {
        progress = false;
        for (auto count = lookups.size(); count > 0; --count) {
            auto next = lookups.upper_bound(last_served);
            if (next == lookups.end()) next = lookups.begin();
            last_served = next->first;
            progress = work_on(now, next->second, next->first) || progress;
        }
    }
    end_lookups(now);
    for (auto& s : sides)
        if (s) upkeep_pings(now, *s);
}

/// One question of a lookup, if it has one and the budget allows it.
bool node::impl::work_on(time_point now, running& one, std::uint64_t number) {
    auto& left = queries[one.on->where == realm::world ? 0 : 1];
    if (const auto when = left.when(now, 1); when > now) {
        blocked_until = std::min(blocked_until, when);
        return false;
    }
    const auto next = one.way.next();
    if (!next) return false;
    const bool had_room = left.take(now, 1);
    BT_ASSERT(had_room);
    ask(now, *one.on, {next->to, next->expected, one.what, one.way.target(), {}, 0, number});
    return true;
}

/// In the world few at a time: whoever asks us something makes us ask back, and must not make us a flood.
void node::impl::upkeep_pings(time_point now, side& s) {
    if (s.upkeep_at() > now) return;
    auto& left = queries[s.where == realm::world ? 0 : 1];
    for (;;) {
        s.upkeep_rests = std::max(s.upkeep.when(now, 1), left.when(now, 1));
        if (s.upkeep_rests > now) return;
        const auto next = s.table.next_to_ask(now);
        if (!next) break;
        const bool had_room = left.take(now, 1) && s.upkeep.take(now, 1);
        BT_ASSERT(had_room);
        ask(now, s, {next->at, next->id, krpc::method::ping, {}, {}, 0, 0});
    }
    while (const auto target = s.table.next_to_refresh(now))
        start_lookup(s, *target, krpc::method::find_node, 0);
}

void node::impl::overdue(time_point now, const query_book::overdue& late) {
    const auto& ours = late.query;
    const auto found = lookups.find(ours.owner);
    if (!late.failed) {
        if (found != lookups.end()) found->second.way.slow(ours.to);
        return;
    }
    was_tried(ours.to);
    if (auto* s = side_of(ours.to.address)) {
        blame(now, *s, ours);
        judge_health(now, *s);
    }
    if (found != lookups.end()) found->second.way.failed(ours.to);
    announce_settled(now, ours.owner, false);
    end_ping({ours.owner, ours.to});
}

/// When no node answers the network is gone, and no node is to blame: the table keeps what it knows until one
/// answers again. Then those that did not are suspects no longer.
void node::impl::blame(time_point now, side& s, const open_query& ours) {
    if (s.last_answer > ours.sent) {
        s.table.failed(now, ours.to);
        return;
    }
    ++s.silence;
    if (s.suspects.size() < suspects_kept) s.suspects.insert(ours.to);
}

}  // namespace bt::dht
