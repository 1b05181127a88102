#include "swarm/peers.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace bt::swarm {
namespace {

/// A connection that carries something is never so long without a byte.
constexpr duration moved_silence = 3s;

constexpr peer_source found_sources[] = {peer_source::lan, peer_source::lan_hearsay, peer_source::dht,
                                         peer_source::exchange};

peer_record record_of(const link& l) {
    const auto& theirs = l.peer.pieces();
    peer_record seen;
    seen.trip = l.down.window.shortest_trip().value_or(duration{});
    seen.best_rate = l.down.best_rate;
    seen.useful = theirs.size() == 0 ? 0 : double(theirs.count()) / double(theirs.size());
    seen.gave = l.has_moved();
    return seen;
}

}  // namespace

peers::peers(const wire::identity& self, const swarm_settings& settings, const vicinity& around, rng random,
             links& open, outbox& out)
    : self_(self),
      settings_(settings),
      around_(around),
      links_(open),
      out_(out),
      pool_(random, settings.pace) {}

// --- known

void peers::add(time_point now, const endpoint& address, peer_source source, duration delay) {
    if (is_banned(address.address)) return;
    pool_.add(now, address, source, is_near(address.address), delay);
}

void peers::close_found() {
    for (auto& [id, l] : links_) {
        const auto source = l.listens ? std::optional(pool_.source(*l.listens)) : std::nullopt;
        if (source &&
            std::find(std::begin(found_sources), std::end(found_sources), *source) == std::end(found_sources))
            continue;
        l.peer.close("the torrent is private");
        links_.touch(id, l);
    }
}

void peers::forget_found() {
    for (const auto source : found_sources) pool_.forget(source);
}

// --- called

bool peers::may_call() const { return could_call() && has_place(); }

void peers::call_more(time_point now) {
    wants_place_.reset();
    while (may_call()) {
        const auto address = pool_.next(now);
        if (!address) return;
        begin_call(*address);
    }
    if (could_call()) wants_place_ = pool_.best(now);
}

void peers::begin_call(const endpoint& address) {
    if (is_banned(address.address))  // known under this port before it lied from another
        return pool_.ban(address);
    out_.push(out::connect{address});
}

void peers::call_neighbour(time_point now) {
    if (!is_full() || begun() > 0) return;
    seat neighbour;
    neighbour.near = true;
    if (!who_gives_way(seats(now), neighbour)) return;
    if (const auto address = pool_.next(now, true)) begin_call(*address);
}

void peers::connecting(time_point now, connection_id id, const endpoint& address) {
    BT_ASSERT(links_.find(id) == nullptr);
    const bool is_new = calls_.emplace(id, call{address, now, shared_places::take(settings_.places)}).second;
    BT_ASSERT(is_new);
}

std::optional<endpoint> peers::came_up(connection_id id) {
    const auto node = calls_.extract(id);
    if (node.empty()) return std::nullopt;
    pool_.connected(node.mapped().to);
    return node.mapped().to;
}

void peers::hang_up(time_point now, connection_id id, const endpoint& address) {
    pool_.disconnected(now, address, {});
    out_.push(out::close{id});
}

std::optional<endpoint> peers::failed(time_point now, connection_id id) {
    const auto node = calls_.extract(id);
    if (node.empty()) return std::nullopt;
    pool_.failed(now, node.mapped().to);
    giving_nothing_.erase(node.mapped().to.address);
    return node.mapped().to;
}

/// The kernel would go on for minutes; a peer that is there answers at once.
std::vector<endpoint> peers::give_up(time_point now) {
    std::vector<endpoint> given_up;
    std::erase_if(calls_, [&](const auto& each) {
        if (now - each.second.since < limits::handshake_time) return false;
        pool_.failed(now, each.second.to);
        out_.push(out::close{each.first});
        given_up.push_back(each.second.to);
        return true;
    });
    return given_up;
}

void peers::cancel_calls(time_point now) {
    for (auto& [id, begun] : calls_) {
        out_.push(out::close{id});
        pool_.failed(now, begun.to);
    }
    calls_.clear();
    wants_place_.reset();
}

time_point peers::gives_up_at() const {
    auto oldest = never;
    for (const auto& [id, begun] : calls_) oldest = std::min(oldest, begun.since);
    return oldest == never ? never : oldest + limits::handshake_time;
}

time_point peers::calls_at() const { return could_call() && !wants_place_ ? pool_.next_deadline() : never; }

// --- connected

/// BEP 40. Nothing that the peer says of itself or of us alone goes into it: it would choose its priority.
std::uint32_t peers::priority_of(const endpoint& peer) const {
    if (!our_address_ || our_address_->family() != peer.address.family()) return 0;
    return canonical_priority({*our_address_, self_.listen_port}, peer);
}

/// Beyond our links a machine has a whole IPv6 /64 to come from.
ip_address peers::host_of(const ip_address& from) const {
    return is_near(from) ? from : from.network_of_host();
}

std::vector<seat> peers::seats(time_point now) const {
    std::vector<seat> all;
    for (const auto& [id, l] : links_) {
        const bool wastes = l.wastes_slot(now);
        const auto since = wastes ? l.up.choke_changed : l.last_moved();
        all.push_back({id, l.near, l.peer.interesting_to_us(), l.peer.interested_in_us(), l.moves(now),
                       now - since, priority_of(l.known_as()), host_of(l.address.address), wastes,
                       l.returns});
    }
    return all;
}

std::optional<connection_id> peers::gives_way_to(time_point now, const endpoint& newcomer) const {
    seat fresh;
    fresh.host = host_of(newcomer.address);
    fresh.near = is_near(newcomer.address);
    fresh.priority = priority_of(newcomer);
    fresh.returns = returns(now, newcomer.address);
    return who_gives_way(seats(now), fresh);
}

bool peers::opened(time_point now, connection_id id, link& l) {
    const auto& who = l.peer.id();
    l.opened = true;
    without_handshake_.erase(l.address.address);
    const bool is_us = who == self_.id;
    if (is_us || banned_.holds(who)) {
        if (l.listens) pool_.ban(*l.listens);
        l.peer.close(is_us ? "connected to ourselves" : "it is banned", !is_us);
        return false;
    }
    for (auto& [other_id, other] : links_) {
        if (other_id == id || !other.peer.is_open() || other.peer.id() != who) continue;
        // Both ends must keep the same connection: the one that the smaller peer id began. Of two in one
        // direction, the older.
        const bool keep_outgoing = self_.id < who;
        const bool keep_new = other.incoming != l.incoming && l.incoming != keep_outgoing;
        // Of a node that has moved the old connection is silent, and would be for minutes.
        const bool moved =
            other.address.address != l.address.address && now - other.peer.last_received() >= moved_silence;
        if (!keep_new && !moved) {
            l.peer.close("connected twice");
            return false;
        }
        other.peer.close("connected twice");
        links_.touch(other_id, other);
    }
    l.down.on_trial = banned_.is_on_trial(who, l.address.address);
    return true;
}

void peers::spoke(link& l) {
    if (l.spoke) return;
    l.spoke = true;
    giving_nothing_.erase(l.address.address);
}

void peers::learn(time_point now, link& l) {
    const auto& theirs = l.peer.extensions();
    if (l.incoming && theirs.listen_port && !l.listens) {
        l.listens = endpoint{l.address.address, *theirs.listen_port};
        pool_.add(now, *l.listens, peer_source::incoming, l.near);
        pool_.connected(*l.listens);
    }
    if (theirs.your_address && (!l.announced || our_address_ != theirs.your_address)) {
        our_address_ = theirs.your_address;
        out_.push(out::our_address{l.address.address, *theirs.your_address});
    }
}

void peers::announce(connection_id id, link& l) {
    if (l.announced) return;
    l.announced = true;
    out_.push(out::peer_joined{id, l.address});
}

void peers::completed(const peer_id& who, const endpoint& address, const std::string& client) {
    if (completed_.add(who, address.address, around_.machines()))
        out_.push(out::peer_completed{address, client});
}

void peers::note_leaving(time_point now, const link& l) {
    const auto& host = l.address.address;
    if (!l.has_moved()) turned_away_.note(now, host_of(host));
    if (l.incoming || l.spoke) return;
    if (l.opened) {
        giving_nothing_.insert(host);
    } else if (without_handshake_.insert(host)) {
        out_.push(out::no_handshake{l.address});
    }
}

void peers::left(time_point now, const link& l) {
    if (l.listens) pool_.disconnected(now, *l.listens, record_of(l));
}

// --- banned

void peers::ban(time_point now, connection_id id, const std::string& reason, bool may_end) {
    const auto* l = links_.find(id);
    if (l == nullptr) return;
    pool_.ban(l->known_as());
    ban(now, l->peer.id(), l->address, reason, may_end);
}

void peers::ban(time_point now, const peer_id& who, const endpoint& address, const std::string& reason,
                bool may_end) {
    for (auto& [id, l] : links_) {
        if (!l.peer.is_open() || l.peer.id() != who) continue;
        l.peer.close(reason, true);
        links_.touch(id, l);
    }
    if (banned_.add(now, who, address.address, may_end)) out_.push(out::peer_banned{address, reason});
}

void peers::let_in(time_point now) {
    if (const auto host = banned_.let_in(now)) pool_.pardon(now, *host);
}

// --- told of each other

void peers::tell_of_each_other(time_point now) {
    std::vector<exchange_entry> connected;
    for (auto& [id, l] : links_) {
        if (!l.peer.is_open() || !l.peer.speaks_exchange() || l.told.next_deadline() > now) continue;
        if (connected.empty()) connected = exchange_entries();
        const auto message = l.told.next(now, l.known_as(), l.near, connected);
        if (!message) continue;
        l.peer.send_exchange(now, *message);
        links_.touch(id, l);
    }
}

std::vector<exchange_entry> peers::exchange_entries() const {
    std::vector<exchange_entry> entries;
    for (const auto& [id, l] : links_) {
        if (!l.peer.is_open() || !l.listens) continue;
        exchange_entry entry{*l.listens, l.near, {}};
        entry.flags.seed = l.peer.is_upload_only();
        entry.flags.reachable = !l.incoming;
        entries.push_back(entry);
    }
    return entries;
}

void peers::heard(time_point now, link& l, const wire::exchange_message& message, duration delay) {
    const auto near = [this](const ip_address& address) { return is_near(address); };
    for (const auto& address : l.heard.heard(now, l.known_as(), l.near, message, near))
        add(now, address, peer_source::exchange, delay);
}

bool peers::is_sound() const {
    return pool_.is_sound() && links_.is_sound() &&
           std::none_of(calls_.begin(), calls_.end(),
                        [this](const auto& each) { return links_.find(each.first) != nullptr; });
}

}  // namespace bt::swarm
