// The way into the DHT, and staying in it: contacts, routers, the health of each side, our own ids.
#include <algorithm>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "dht/node_impl.hpp"
#include "dht/secure_id.hpp"

namespace bt::dht {
namespace {

constexpr std::size_t healthy_world = 4;  // nodes; with fewer the routers are asked again
constexpr unsigned silent_after = 6;      // queries in a row without an answer
constexpr duration id_time = 10min;       // for as long an id stays, whatever the votes say
constexpr duration enter_pause = 2s;
constexpr duration neighbourhood_interval = 10min;
constexpr duration named_again = 10min;  // a neighbour says hello every 30 s

}  // namespace

void node::impl::set_networks(time_point now, std::vector<own_network> networks) {
    const bool moved = networks_known && !std::equal(networks.begin(), networks.end(),
                                                     rules.networks().begin(), rules.networks().end());
    networks_known = true;
    if (moved)
        for (auto& f : families)
            if (f) f->votes.clear();
    rules.set_networks(std::move(networks));
    for (auto& s : sides) {
        if (!s) continue;
        s->way_in.start(now);
        // once more: a link that has just come may lose the first datagrams, or one may be on the way already
        s->enter_at = std::min(s->enter_at, now + 2 * enter_pause);
    }
    tick(now);
}

// --- contacts

void node::impl::add_contact(time_point now, const endpoint& at) {
    auto* s = rules.is_plausible(at) ? side_of(at.address) : nullptr;
    if (s == nullptr) return;
    if (!remember(now, *s, at)) return;
    // searches that have found no peer yet ask it at once, instead of after a ping
    bool asked = false;
    for (auto& [number, one] : lookups)
        if (one.on == s && one.way.answers() < bucket_size) {
            one.way.add(at);
            asked = true;
        }
    if (asked) return;
    if (!s->healthy) {
        search_at = std::min(search_at, now);
        if (s->entering == 0 && enter(now, *s)) return;
    }
    if (s->named_pending.insert(at).second)
        ask(now, *s, {at, std::nullopt, krpc::method::ping, {}, {}, 0, 0});
}

/// True if it should be asked: it is new, or it is long ago, or no other node answers.
bool node::impl::remember(time_point now, side& s, const endpoint& at) {
    const auto here =
        std::find_if(s.named.begin(), s.named.end(), [&](const auto& one) { return one.at == at; });
    side::named_address fresh{at};
    if (here != s.named.end()) {
        fresh = *here;
        s.named.erase(here);
    }
    const bool ask = networks_known && !book.is_open(at) && (!s.healthy || now - fresh.asked >= named_again);
    if (ask) fresh.asked = now;
    s.named.push_back(fresh);
    if (s.named.size() > limits::dht_contacts) {
        s.named_pending.erase(s.named.front().at);
        s.named.pop_front();
    }
    return ask;
}

/// It answered, or will not. Of either side: the networks may have changed since it was asked.
void node::impl::was_tried(const endpoint& at) {
    for (auto& s : sides)
        if (s) s->named_pending.erase(at);
}

/// "host:port", "[v6]:port"; a name is looked up.
void node::impl::add_named_host(time_point now, std::string_view where) {
    if (const auto literal = endpoint::parse(where)) return add_contact(now, *literal);
    const auto colon = where.rfind(':');
    if (colon == std::string_view::npos) return;
    const auto port = parse_number(where.substr(colon + 1));
    if (port && *port > 0 && *port <= 65'535 && colon > 0)
        resolve(std::string(where.substr(0, colon)), static_cast<std::uint16_t>(*port));
}

void node::impl::resolve(std::string host, std::uint16_t port) {
    for (const auto& [number, name] : names)
        if (name.host == host && name.port == port) return;
    if (names.size() >= limits::torrent_nodes) return;
    names.emplace(++last_number, pending_name{host, port});
    outputs.emplace_back(out::resolve{last_number, std::move(host)});
}

void node::impl::resolved(time_point now, std::uint64_t number,
                          const result<std::vector<ip_address>>& found) {
    const auto name = names.extract(number);
    if (name.empty()) return;
    if (found)
        for (const auto& address : *found) add_contact(now, {address, name.mapped().port});
    for (auto& [id, s] : searches) settle_search(now, id, s);
}

void node::impl::ask_routers(time_point now) {
    for (const auto& router : settings.routers) {
        const auto literal = endpoint::parse(router);
        if (literal && book.is_open(*literal)) continue;
        if (!literal && !rules.may_reach_world(ip_family::v4) && !rules.may_reach_world(ip_family::v6))
            continue;
        add_named_host(now, router);
    }
}

// --- the way in

/// Towards our own id, by whoever is known: those near us learn of us, and we of them.
bool node::impl::enter(time_point now, side& s) {
    if (s.entering != 0 || now - s.entered_at < enter_pause) return false;
    if (s.table.size() == 0 && s.named.empty()) return false;
    s.entered_at = now;
    s.entering = start_lookup(s, s.table.own(), krpc::method::find_node, 0);
    auto& way = lookups.at(s.entering).way;
    // a node named lately may stand among unknown ones; when no node answers, some of each kind
    std::size_t most = s.healthy ? bucket_size : 2 * bucket_size;
    for (auto one = s.named.rbegin(); one != s.named.rend() && most > 0; ++one, --most) way.add(one->at);
    if (!s.healthy)
        for (const auto& node : s.table.freshest(2 * bucket_size)) way.add(node);
    return true;
}

/// A new node is near us, or may be.
void node::impl::enter_soon(time_point now, side& s) {
    if (s.enter_at > now + pauses::longest * 2)
        s.enter_at = now + s.newcomers.next(now, s.entered_at, random);
}

void node::impl::heard_answer(time_point now, side& s) {
    s.last_answer = now;
    const auto suspects = std::exchange(s.suspects, {});
    if (std::exchange(s.silence, 0) >= silent_after)
        s.table.doubt_all(now);
    else
        for (const auto& suspect : suspects) s.table.failed(now, suspect);
    judge_health(now, s);
}

/// Healthy: nodes are known, and one of them answers.
void node::impl::judge_health(time_point now, side& s) {
    const auto enough = s.where == realm::world ? healthy_world : 1;
    const bool healthy = s.table.size() >= enough && s.silence < silent_after;
    if (healthy == s.healthy) return;
    s.healthy = healthy;
    s.way_in.set_healthy(now, healthy);
    if (!healthy) return;
    if (s.where == realm::local) {
        s.unheard_pause = duration::zero();
        s.enter_at = std::min(s.enter_at, now + until_next_way(s));
    }
    // back after a silence: what was found before it may have moved
    if (s.entering == 0) enter(now, s);
}

/// The neighbour we were told of may start a moment after us: until it answers, whoever found us meanwhile
/// may be on an island of our own.
duration node::impl::until_next_way(side& s) {
    const bool unheard = s.where == realm::local &&
                         std::any_of(s.named.begin(), s.named.end(), [](auto& one) { return !one.answered; });
    // and the node we entered by may have known no other yet
    const bool few = s.where == realm::local && s.healthy && s.table.size() < bucket_size;
    if (!unheard && !few) return random.jitter(neighbourhood_interval, 0.3);
    s.unheard_pause = std::clamp(2 * s.unheard_pause, pauses::shortest, neighbourhood_interval);
    return random.jitter(s.unheard_pause, 0.3);
}

/// It may still turn out to know a node.
bool node::impl::is_settling(const side& s) const {
    return s.entering != 0 || !s.named_pending.empty() || (s.where == realm::world && !names.empty());
}

// --- our ids (BEP 42)

void node::impl::vote(time_point now, const ip_address& voter, const ip_address& seen) {
    auto* f = family_of(seen.family());
    if (f == nullptr || voter.family() != seen.family() || !f->votes.vote(voter, seen)) return;
    if (f->votes.address()) choose_id(now, *f);
}

void node::impl::choose_id(time_point now, family& f) {
    f.external = f.votes.address();
    if (is_secure(f.id, *f.external)) return;
    if (f.id_chosen != time_point::min() && now - f.id_chosen < id_time) return;
    f.id_chosen = now;
    f.id = secure_id(*f.external, static_cast<std::uint8_t>(random.next()), random);
    for (auto& s : sides) {
        if (!s || s->family != f.which) continue;
        s->table.set_own(now, f.id);
        // the nodes near the new id must hear of it: a way to the old one is no use any more
        if (s->entering != 0) {  // 0 is the owner of what upkeep asks
            drop(s->entering);
            lookups.erase(std::exchange(s->entering, 0));
        }
        s->entered_at = time_point(-1h);
        enter(now, *s);
    }
}

saved_state node::impl::state() const {
    saved_state all;
    for (const auto& f : families) {
        if (!f) continue;
        (f->which == ip_family::v4 ? all.id_v4 : all.id_v6) = f->id;
        (f->which == ip_family::v4 ? all.external_v4 : all.external_v6) = f->external;
        std::size_t room = limits::dht_saved_nodes;
        // neighbours first: they are few, and the way in when there is no world
        const auto both = known(f->which);
        for (const auto* table : {both.local, both.world}) {
            const auto fresh = table->freshest(table == both.local ? room / 2 : room);
            all.nodes.insert(all.nodes.end(), fresh.begin(), fresh.end());
            room -= fresh.size();
        }
    }
    return all;
}

}  // namespace bt::dht
