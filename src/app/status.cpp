// How a torrent stands, as a snapshot for the displays.
#include <algorithm>

#include "app/running_session.hpp"

namespace bt::app {
namespace {

bool is_lan(const swarm::peer_view& peer) {
    return peer.source == swarm::peer_source::lan || peer.address.address.is_local();
}

std::vector<piece_state> piece_states(const swarm::picker& pieces, const torrent::piece_set& failed,
                                      bool has_peers) {
    std::vector<piece_state> states(pieces.have().size(), piece_state::missing);
    for (std::uint32_t i = 0; i < states.size(); ++i) {
        const piece_index piece(i);
        if (pieces.have().has(piece))
            states[i] = piece_state::have;
        else if (!pieces.wanted().has(piece))
            states[i] = piece_state::unwanted;
        else if (failed.size() > 0 && failed.has(piece))
            states[i] = piece_state::failed;
        else if (!pieces.peers().is_offered(piece))
            states[i] = piece_state::active;
        else if (has_peers && pieces.peers().count(piece) == 0)
            states[i] = piece_state::unavailable;
    }
    return states;
}

}  // namespace

torrent_status running_session::status(torrent_id id) const {
    const auto& j = *jobs_.at(id);
    const auto& swarm = core_->swarm(id);
    const auto now = loop_.now();
    torrent_status s;
    s.id = id;
    s.state = j.state;
    if (j.torrent) {
        s.hash = j.torrent->info.hash;
        s.name = j.torrent->info.name;
        s.piece_count = j.torrent->info.shape.piece_count();
        s.piece_bytes = j.torrent->info.shape.piece_bytes();
    } else if (const auto& link = std::get<torrent::magnet>(j.get->target); true) {
        s.hash = link.hash;
        s.name = link.name;
    }
    s.size = j.wanted_bytes;
    s.downloaded = swarm.down().total();
    s.uploaded = swarm.up().total();
    s.wasted = swarm.wasted();
    s.rate_down = swarm.down().per_second(now);
    s.rate_up = swarm.up().per_second(now);
    for (const auto& peer : swarm.peers(now))
        s.peers.push_back({peer.address, peer.client, peer.incoming, is_lan(peer), peer.we_want,
                           peer.we_are_choked, peer.they_want, peer.they_are_choked, peer.optimistic,
                           peer.progress, peer.rate_down, peer.rate_up});
    if (const auto* pieces = swarm.pieces()) {
        s.pieces = piece_states(*pieces, j.failed, !s.peers.empty());
        s.pieces_have = pieces->have().count();
        s.availability = pieces->peers().distributed_copies();
        const auto& shape = j.torrent->info.shape;
        pieces->have().for_each([&](piece_index piece) {
            if (pieces->wanted().has(piece)) s.have += shape.piece_size(piece);
        });
    }
    s.peers_known = swarm.known_peers();
    s.peers_half_open = swarm.half_open_count();
    s.peers_completed = swarm.completed_peers();
    s.lan_nodes = core_->lan_nodes();
    s.trackers = core_->tracker_count(id);
    if (core_->dht() != nullptr && !(j.torrent && j.torrent->info.is_private))
        s.dht_nodes = core_->dht()->nodes(now);
    s.tracker_message = j.tracker_message;
    return s;
}

}  // namespace bt::app
