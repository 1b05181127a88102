// How a torrent stands, as a snapshot for the displays.
#include <algorithm>

#include "app/session/running_session.hpp"

namespace bt::app {
namespace {

const char* name_of(swarm::peer_source source) {
    switch (source) {
        case swarm::peer_source::user:
            return "user";
        case swarm::peer_source::lan:
        case swarm::peer_source::lan_hearsay:
            return "lan";
        case swarm::peer_source::incoming:
            return "incoming";
        case swarm::peer_source::tracker:
            return "tracker";
        case swarm::peer_source::dht:
            return "dht";
        case swarm::peer_source::exchange:
            return "exchange";
        case swarm::peer_source::saved:
            return "saved";
    }
    return "";
}

peer_status status_of(const swarm::peer_view& peer) {
    peer_status s;
    s.address = peer.address;
    s.client = peer.client;
    s.source = name_of(peer.source);
    s.incoming = peer.incoming;
    s.near = peer.near;
    s.upload_only = peer.upload_only;
    s.we_want = peer.we_want;
    s.we_are_choked = peer.we_are_choked;
    s.they_want = peer.they_want;
    s.they_are_choked = peer.they_are_choked;
    s.optimistic = peer.optimistic;
    s.progress = peer.progress;
    s.rate_down = peer.rate_down;
    s.rate_up = peer.rate_up;
    return s;
}

std::string folder_of(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? "" : path.substr(0, std::max<std::size_t>(slash, 1));
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

std::string handshake_text(std::size_t hosts) {
    const bool one = hosts == 1;
    return std::to_string(hosts) + (one ? " peer" : " peers") +
           " closed the connection during the handshake: " + (one ? "it does" : "they do") +
           " not have the torrent any more, or require" + (one ? "s" : "") +
           " encryption, which is not supported yet";
}

torrent_status running_session::status(torrent_id id) const {
    auto s = brief_status(id);
    const auto& j = *jobs_.at(id);
    if (j.over) return s;
    if (const auto* pieces = core_->swarm(id).pieces())
        s.pieces = piece_states(*pieces, j.failed, !s.peers.empty());
    return s;
}

torrent_status running_session::brief_status(torrent_id id) const {
    const auto& j = *jobs_.at(id);
    if (j.over) return j.end;
    const auto& swarm = core_->swarm(id);
    const auto now = loop_.now();
    torrent_status s;
    s.id = id;
    s.state = j.state;
    if (const auto run = core_->state(id); j.state != torrent_state::checking) {
        if (run == node::run_state::paused) s.state = torrent_state::paused;
        if (run == node::run_state::queued) s.state = torrent_state::queued;
    }
    if (j.torrent) {
        s.hash = j.torrent->info.hash;
        s.name = j.torrent->info.name;
        s.piece_count = j.torrent->info.shape.piece_count();
        s.piece_bytes = j.torrent->info.shape.piece_bytes();
        s.is_private = j.torrent->info.is_private;
        for (std::size_t i = 0; i < j.torrent->info.files.size(); ++i) {
            if (j.torrent->info.files[i].padding) continue;
            ++s.file_count;
            if (i < j.priorities.size() && j.priorities[i] != swarm::priority::skip) ++s.files_wanted;
        }
    } else if (const auto& link = std::get<torrent::magnet>(j.get->target); true) {
        s.hash = link.hash;
        s.name = link.name;
    }
    s.shared = j.share.has_value();
    s.folder = j.files ? folder_of(j.files->final_path()) : j.get ? j.get->folder : "";
    s.files = j.choice;
    s.down_limit = j.down_limit;
    s.up_limit = j.up_limit;
    s.node_down_limit = options_.down_limit;
    s.node_up_limit = options_.up_limit;
    s.size = j.wanted_bytes;
    s.downloaded = swarm.down().total();
    s.uploaded = swarm.up().total();
    s.wasted = swarm.wasted();
    const bool moves = s.state != torrent_state::paused && s.state != torrent_state::queued;
    s.rate_down = moves ? swarm.down().per_second(now) : 0;
    s.rate_up = moves ? swarm.up().per_second(now) : 0;
    s.downloaded_ever = j.memory.downloaded + s.downloaded;
    s.uploaded_ever = j.memory.uploaded + s.uploaded;
    for (const auto& peer : swarm.peers(now)) s.peers.push_back(status_of(peer));
    if (const auto* pieces = swarm.pieces()) {
        s.pieces_have = pieces->have().count();
        s.availability = pieces->peers().distributed_copies();
        pieces->have().for_each([&](piece_index piece) { s.have += j.wanted_in_piece[piece.value()]; });
    }
    s.peers_known = swarm.known_peers();
    s.peers_without_handshake =
        swarm.hosts_without_handshake() + (s.shared ? core_->hosts_without_handshake() : 0);
    s.peers_half_open = swarm.half_open_count();
    s.peers_completed = swarm.completed_machines();
    s.lan_nodes = core_->lan_nodes();
    s.trackers = core_->tracker_count(id);
    if (core_->dht() != nullptr && !(j.torrent && j.torrent->info.is_private))
        s.dht_nodes = core_->dht()->nodes(now);
    s.tracker_message = j.tracker_message;
    s.reason = reason_of(j, s.state);
    return s;
}

}  // namespace bt::app
