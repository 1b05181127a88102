// Which peers come and go: connections begun, taken, refused, ended.
#include <algorithm>

#include "swarm/torrent_swarm.hpp"

namespace bt::swarm {
namespace {

/// A complete node has nothing to ask for: it lets those that look for it come, and calls them only if they
/// did not.
constexpr duration seed_patience = 250ms;
/// On a link both handshakes are through by then.
constexpr duration first_maintenance = 5ms;

}  // namespace

void torrent_swarm::add_peer(time_point now, const endpoint& address, peer_source source, duration delay) {
    const bool patient = is_complete() && source != peer_source::user;
    peers_.add(now, address, source, patient ? std::max<duration>(delay, seed_patience) : delay);
    settle(now);
}

void torrent_swarm::forget_found_peers(time_point now) {
    peers_.close_found();
    settle(now);
    peers_.forget_found();
}

void torrent_swarm::connecting(connection_id id, const endpoint& address) {
    peers_.connecting(now_, id, address);
}

void torrent_swarm::connected(time_point now, connection_id id) {
    const auto address = peers_.came_up(id);
    if (!address) return;
    const bool for_proof = proofs_.came_up(*address) && has_everything();
    if (admit(now, *address)) {
        auto& l = greet(now, id,
                        link(now, wire::peer::outgoing(now, self_, hash_), *address, false,
                             peers_.is_near(address->address)));
        if (for_proof) l.exam = proofs_.question(upload_.shown());
    } else {
        peers_.hang_up(now, id, *address);
    }
    settle(now);
}

void torrent_swarm::adopt(time_point now, connection_id id, const endpoint& address, wire::peer peer) {
    if (!admit(now, address)) return outputs_.push(out::close{id});
    greet(now, id, link(now, std::move(peer), address, true, peers_.is_near(address.address)))
        .peer.accept(now);
    settle(now);
}

/// Whether a newcomer gets a place; another peer may have to leave for it.
bool torrent_swarm::admit(time_point now, const endpoint& newcomer) {
    if (!is_running() || peers_.is_banned(newcomer.address)) return false;
    return !peers_.is_full() || send_away(now, newcomer);
}

bool torrent_swarm::send_away(time_point now, const endpoint& newcomer) {
    const auto leaves = peers_.gives_way_to(now, newcomer);
    if (!leaves) return false;
    peers_.note_evicted(now, links_.at(*leaves));
    drop(now, *leaves, true);
    return true;
}

bool torrent_swarm::make_room(time_point now, const endpoint& newcomer) {
    const bool made = send_away(now, newcomer);
    settle(now);
    return made;
}

link& torrent_swarm::greet(time_point now, connection_id id, link fresh) {
    auto& l = links_.open(id, std::move(fresh));
    l.place = shared_places::take(settings_.places);
    l.returns = peers_.returns(now, l.address.address);
    if (links_.size() == 1) {
        timers_.set(timer::maintenance, now + first_maintenance);
        timers_.start(timer::choke_round, now + first_maintenance);
        timers_.start(timer::rotation, now + first_maintenance);
    }
    l.peer.seen_at(l.address.address);
    links_.touch(id, l);
    return l;
}

void torrent_swarm::received(time_point now, connection_id id, byte_view data) {
    auto* l = links_.find(id);
    if (l == nullptr) return;
    l->peer.receive(now, data);
    links_.touch(id, *l);
    settle(now);
}

void torrent_swarm::sent(time_point now, connection_id id, std::size_t bytes,
                         std::optional<duration> held_back) {
    auto* l = links_.find(id);
    if (l == nullptr) return;
    l->up.sent(now, bytes);
    if (held_back) chokes_.note_held_back(now, *l, *held_back);
    upload_.serve(now, id, *l);
    settle(now);
}

void torrent_swarm::disconnected(time_point now, connection_id id) {
    if (const auto* l = links_.find(id); l != nullptr) {
        peers_.note_leaving(now, *l);
        drop(now, id, false);
    } else {
        if (const auto called = peers_.failed(now, id)) proofs_.not_there(now, *called);
    }
    settle(now);
}

void torrent_swarm::drop(time_point now, connection_id id, bool close_socket) {
    auto& l = links_.at(id);
    if (l.exam) {
        proofs_.over(now, l);
    } else {
        download_.left(id, l);
        if (download_.is_begun()) proofs_.left(now, l);
    }
    upload_.left(id);
    metadata_.left(id);
    peers_.left(now, l);
    if (!l.peer.choked_by_us()) chokes_.fill_soon();  // its slot is free
    if (close_socket) outputs_.push(out::close{id});
    links_.close(id);
    download_.fill_all(now);
}

void torrent_swarm::drop_all(time_point now) {
    peers_.cancel_calls(now);
    // no peer is asked for what the others leave behind
    for (auto& [id, l] : links_) l.peer.close("we leave");
    while (!links_.empty()) drop(now, links_.begin()->first, true);
}

/// Two nodes that fetch nothing more have nothing to say to each other.
void torrent_swarm::leave_fellow_seeds() {
    if (!is_complete()) return;
    for (auto& [id, l] : links_)
        if (l.peer.is_open() && !l.exam) leave_if_fellow_seed(id, l);
}

void torrent_swarm::leave_if_fellow_seed(connection_id id, link& l) {
    // a download of a part may be widened later: only a node that has everything is sure to want nothing
    const bool we_want_nothing = is_complete() && (has_everything() || l.peer.pieces().none());
    const bool it_wants_nothing = l.peer.pieces().size() > 0 && l.peer.is_upload_only();
    if (!we_want_nothing || !it_wants_nothing) return;
    l.peer.close("both have everything");
    links_.touch(id, l);
}

}  // namespace bt::swarm
