// Who comes and who goes: connections begun, taken, refused, ended.
#include <algorithm>

#include "swarm/torrent_swarm.hpp"

namespace bt::swarm {
namespace {

/// A complete node has nothing to ask for: it lets those who look for it come, and calls them only if they
/// did not.
constexpr duration seed_patience = 250ms;
/// On a link both handshakes are through by then.
constexpr duration first_maintenance = 5ms;

}  // namespace

void torrent_swarm::add_peer(time_point now, const endpoint& address, peer_source source) {
    if (banned_hosts_.contains(address.address)) return;
    const bool patient = is_complete() && source != peer_source::user;
    pool_.add(now, address, source, around_.is_near(address.address), patient ? seed_patience : duration{});
    settle(now);
}

void torrent_swarm::forget_found_peers(time_point now) {
    static constexpr peer_source found[] = {peer_source::lan, peer_source::lan_hearsay, peer_source::dht,
                                            peer_source::exchange};
    for (auto& [id, l] : open_) {
        const auto source = l.listens ? std::optional(pool_.source(*l.listens)) : std::nullopt;
        if (source && std::find(std::begin(found), std::end(found), *source) == std::end(found)) continue;
        l.peer.close("the torrent is private");
        touch(id, l);
    }
    settle(now);
    for (const auto source : found) pool_.forget(source);
}

bool torrent_swarm::wants_connections() const {
    // what `connect` asks for is counted at once: many may be asked for before the first is answered
    const auto begun = half_open_.size() + calls_asked_;
    return !stopped_ && !paused_ && open_.size() + begun < settings_.connections &&
           begun < settings_.half_open;
}

void torrent_swarm::connect_more(time_point now) {
    while (wants_connections()) {
        const auto address = pool_.next(now);
        if (!address) return;
        call(*address);
    }
}

void torrent_swarm::call(const endpoint& address) {
    if (banned_hosts_.contains(address.address))  // known under this port before it lied from another
        return pool_.ban(address);
    ++calls_asked_;
    outputs_.push_back(out::connect{address});
}

/// Every place is taken, but somebody would leave for a neighbour.
void torrent_swarm::call_neighbour(time_point now) {
    if (open_.size() < settings_.connections || half_open_.size() + calls_asked_ > 0) return;
    seat neighbour;
    neighbour.near = true;
    if (!who_gives_way(seats(now), neighbour)) return;
    if (const auto address = pool_.next(now, true)) call(*address);
}

void torrent_swarm::connecting(connection_id id, const endpoint& address) {
    half_open_.emplace(id, attempt{address, now_});
}

void torrent_swarm::connected(time_point now, connection_id id) {
    const auto found = half_open_.find(id);
    if (found == half_open_.end()) return;
    const auto address = found->second.to;
    half_open_.erase(found);
    pool_.connected(address);
    // somebody may have come, or have been banned, while the call was under way
    if (banned_hosts_.contains(address.address) ||
        (open_.size() >= settings_.connections && !make_room(now, address))) {
        pool_.disconnected(now, address, {});
        outputs_.push_back(out::close{id});
        return settle(now);
    }
    const auto [at, fresh] = open_.emplace(id, link(now, wire::peer::outgoing(now, self_, hash_), address,
                                                    false, around_.is_near(address.address)));
    greet(now, id, at->second);
    settle(now);
}

void torrent_swarm::adopt(time_point now, connection_id id, const endpoint& address, wire::peer peer) {
    if (stopped_ || paused_ || banned_hosts_.contains(address.address) ||
        (open_.size() >= settings_.connections && !make_room(now, address))) {
        outputs_.push_back(out::close{id});
        return;
    }
    const auto [at, fresh] =
        open_.emplace(id, link(now, std::move(peer), address, true, around_.is_near(address.address)));
    greet(now, id, at->second);
    at->second.peer.accept(now);
    settle(now);
}

void torrent_swarm::greet(time_point now, connection_id id, link& l) {
    if (open_.size() == 1) {
        timers_.set(timer::maintenance, now + first_maintenance);
        timers_.start(timer::choke_round, now + first_maintenance);
        timers_.start(timer::rotation, now + first_maintenance);
    }
    l.peer.seen_at(l.address.address);
    touch(id, l);
}

wire::extension_offer torrent_swarm::offer() const {
    // As long as nothing says that it is private: what a first handshake lacks is never used by libtorrent.
    return {!private_, settings_.claims, picker_ && picker_->is_complete() && !super_};
}

/// BEP 40; `ours`: where that peer sees us.
std::uint32_t torrent_swarm::priority_of(const endpoint& peer, const std::optional<ip_address>& ours) const {
    if (!ours || ours->family() != peer.address.family()) return 0;
    return canonical_priority({*ours, self_.listen_port}, peer);
}

std::vector<seat> torrent_swarm::seats(time_point now) const {
    std::vector<seat> all;
    for (const auto& [id, l] : open_)
        all.push_back({id, l.near, l.peer.interesting_to_us(), l.peer.interested_in_us(),
                       l.down.meter.per_second(now) + l.up.meter.per_second(now), now - l.last_moved(),
                       priority_of(l.known_as(), l.peer.extensions().your_address), l.address.address});
    return all;
}

bool torrent_swarm::make_room(time_point now, const endpoint& newcomer) {
    seat fresh;
    fresh.host = newcomer.address;
    fresh.near = around_.is_near(newcomer.address);
    fresh.priority = priority_of(newcomer, our_address_);
    const auto leaves = who_gives_way(seats(now), fresh);
    if (!leaves) return false;
    drop(now, open_.find(*leaves), true);
    return true;
}

void torrent_swarm::received(time_point now, connection_id id, byte_view data) {
    const auto found = open_.find(id);
    if (found == open_.end()) return;
    found->second.peer.receive(now, data);
    touch(id, found->second);
    settle(now);
}

void torrent_swarm::sent(time_point now, connection_id id, std::size_t bytes) {
    const auto found = open_.find(id);
    if (found == open_.end()) return;
    auto& l = found->second;
    l.up.unsent -= std::min(l.up.unsent, bytes);
    l.up.last_taken = now;
    serve(now, id, l);
    settle(now);
}

void torrent_swarm::disconnected(time_point now, connection_id id) {
    if (const auto half = half_open_.find(id); half != half_open_.end()) {
        pool_.failed(now, half->second.to);
        giving_nothing_.erase(half->second.to.address);
        half_open_.erase(half);
    } else if (const auto found = open_.find(id); found != open_.end()) {
        note_leaving(found->second);
        drop(now, found, false);
    }
    settle(now);
}

/// The peer has closed the connection.
void torrent_swarm::note_leaving(const link& l) {
    const auto& host = l.address.address;
    if (l.incoming || l.spoke) return;
    if (l.opened) {
        giving_nothing_.insert(host);
    } else if (without_handshake_.insert(host)) {
        outputs_.push_back(out::no_handshake{l.address});
    }
}

peer_record torrent_swarm::record_of(const link& l) const {
    const auto& theirs = l.peer.pieces();
    peer_record seen;
    seen.trip = l.down.window.shortest_trip().value_or(duration{});
    seen.best_rate = l.down.best_rate;
    seen.useful = theirs.size() == 0 ? 0 : double(theirs.count()) / double(theirs.size());
    seen.gave = l.has_moved();
    return seen;
}

void torrent_swarm::drop(time_point now, link_map::iterator at, bool close_socket) {
    auto& [id, l] = *at;
    if (picker_) {
        for (const auto& asked : l.peer.outstanding()) {
            picker_->lost(asked.range);
            if (is_limited(l)) down_limit_.give_back(asked.range.length);
        }
        picker_->disown(id);
        if (l.down.counted_everywhere)
            picker_->peers().remove_everywhere();
        else
            picker_->peers().remove(l.down.counted);
    }
    metadata_.left(id);
    blame_.left(id);
    if (claims_) claims_->left(id);
    if (super_) super_->left(id);
    if (l.listens) pool_.disconnected(now, *l.listens, record_of(l));
    if (!l.peer.choked_by_us()) choke_soon_ = true;  // its slot is free
    if (close_socket) outputs_.push_back(out::close{id});
    open_.erase(at);
    fill_all(now);
}

void torrent_swarm::drop_all(time_point now) {
    for (auto& [id, a] : half_open_) {
        outputs_.push_back(out::close{id});
        pool_.failed(now, a.to);
    }
    half_open_.clear();
    // nobody asks anybody for what the others leave behind
    for (auto& [id, l] : open_) l.peer.close("we leave");
    while (!open_.empty()) drop(now, open_.begin(), true);
    touched_.clear();
}

void torrent_swarm::ban(connection_id id, std::string reason) {
    const auto found = open_.find(id);
    if (found == open_.end()) return;
    auto& l = found->second;
    pool_.ban(l.known_as());
    ban(l.peer.id(), l.address, std::move(reason));
}

void torrent_swarm::ban(const peer_id& who, const endpoint& address, std::string reason) {
    for (auto& [id, l] : open_) {
        if (!l.peer.is_open() || l.peer.id() != who) continue;
        l.peer.close(reason, true);
        touch(id, l);
    }
    if (banned_ids_.contains(who)) return;  // of another piece it gave: told already
    if (banned_ids_.size() < limits::known_peers) banned_ids_.insert(who);
    // on this very machine an address is shared by all its nodes
    if (address.address.scope() != address_scope::loopback && banned_hosts_.size() < limits::known_peers)
        banned_hosts_.insert(address.address);
    outputs_.push_back(out::peer_banned{address, std::move(reason)});
}

/// Two nodes that fetch nothing more have nothing to say to each other.
void torrent_swarm::leave_fellow_seeds() {
    if (!is_complete()) return;
    for (auto& [id, l] : open_)
        if (l.peer.is_open()) leave_if_fellow_seed(id, l);
}

void torrent_swarm::leave_if_fellow_seed(connection_id id, link& l) {
    // a download of a part may be widened later: only who has everything is sure to want nothing
    const bool we_want_nothing = is_complete() && (picker_->have().all() || l.peer.pieces().none());
    const bool it_wants_nothing = l.peer.pieces().size() > 0 && l.peer.is_upload_only();
    if (!we_want_nothing || !it_wants_nothing) return;
    l.peer.close("both have everything");
    touch(id, l);
}

}  // namespace bt::swarm
