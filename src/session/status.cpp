// How a torrent stands, as a snapshot for the displays, and why it does not go on.
#include "session/status.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "session/life.hpp"

namespace bt::session {
namespace {

/// Without data for so long a download is shown as stalled. (Its place in the queue it keeps for longer.)
constexpr duration stalled_after = 5s;
/// A search that lasts longer than this is explained.
constexpr duration finding_patience = 3s, nobody_patience = 10s;

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
    s.machine = peer.machine;
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

/// What the torrent shows as its file or folder lies there. The owner's path less what the torrent says lies
/// below its folder, where the two agree.
std::string folder_of(const share_request& share, const torrent::info& info) {
    for (std::size_t i = 0; i < share.paths.size(); ++i) {
        if (info.files[i].padding) continue;
        const auto& path = info.files[i].path;
        const auto below =
            info.multi_file ? path.substr(std::min(path.size(), path.find('/'))) : std::string();
        auto place = share.paths[i];
        if (info.multi_file && place.ends_with(below)) place.resize(place.size() - below.size());
        const auto slash = place.rfind('/');
        return slash == std::string::npos ? "" : place.substr(0, std::max<std::size_t>(slash, 1));
    }
    return {};
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

std::string_view to_string(torrent_state state) {
    switch (state) {
        case torrent_state::finding:
            return "finding";
        case torrent_state::checking:
            return "checking";
        case torrent_state::queued:
            return "queued";
        case torrent_state::downloading:
            return "downloading";
        case torrent_state::stalled:
            return "stalled";
        case torrent_state::sharing:
            return "sharing";
        case torrent_state::paused:
            return "paused";
        case torrent_state::finished:
            return "finished";
        case torrent_state::error:
            return "error";
    }
    return "";
}

std::optional<torrent_state> read_torrent_state(std::string_view word) {
    for (int i = 0; i <= static_cast<int>(torrent_state::error); ++i)
        if (to_string(static_cast<torrent_state>(i)) == word) return static_cast<torrent_state>(i);
    return std::nullopt;
}

std::int64_t eta_of(const torrent_status& s) {
    const auto left = s.size - std::min(s.have, s.size);
    if (left == 0 || s.rate_down == 0 || s.state == torrent_state::stalled) return -1;
    return static_cast<std::int64_t>((left - 1) / s.rate_down + 1);
}

std::string handshake_text(std::size_t hosts) {
    const bool one = hosts == 1;
    return std::to_string(hosts) + (one ? " peer" : " peers") +
           " closed the connection during the handshake: " + (one ? "it does" : "they do") +
           " not have the torrent any more, or require" + (one ? "s" : "") +
           " encryption, which is not supported yet";
}

std::string pieces_text(std::size_t count) {
    return std::to_string(count) + (count == 1 ? " piece" : " pieces");
}

torrent_state core::life::state() const {
    if (is<in::checking>()) return torrent_state::checking;
    if (run() == node::run_state::paused) return torrent_state::paused;
    if (run() == node::run_state::queued) return torrent_state::queued;
    if (is<in::finding>()) return torrent_state::finding;
    if (is<in::seeding>() || completion_) return torrent_state::sharing;
    const bool stalls = trouble_ || without_data() > stalled_after;
    return stalls ? torrent_state::stalled : torrent_state::downloading;
}

const info_hash& core::life::hash() const {
    return torrent_ ? torrent_->info.hash : std::get<torrent::magnet>(get()->target).hash;
}

bool core::life::is_public() const {
    return !is_over() && torrent_ && !torrent_->info.is_private && (share() == nullptr || !share()->unlisted);
}

/// A paused share gives nothing: a download that took it for shared would wait in vain.
bool core::life::is_listed() const { return is_public() && !is_paused(); }

torrent_status core::life::status() const {
    auto s = brief_status();
    const auto* pieces = swarm().pieces();
    if (pieces == nullptr) return s;
    s.pieces = piece_states(*pieces, failed_, !s.peers.empty());
    for (std::uint32_t i = 0; i < s.pieces.size(); ++i)
        s.copies.push_back(static_cast<std::uint16_t>(pieces->peers().count(piece_index(i))));
    return s;
}

torrent_status core::life::brief_status() const {
    const auto& peers = swarm();
    torrent_status s;
    s.id = id_;
    s.hash = hash();
    s.state = state();
    s.name = torrent_ ? torrent_->info.name : std::get<torrent::magnet>(get()->target).name;
    s.shared = share() != nullptr;
    s.files = files_.choice;
    s.down_limit = down_limit_;
    s.up_limit = up_limit_;
    s.node_down_limit = around_.limits.down_limit;
    s.node_up_limit = around_.limits.up_limit;
    s.limits_near = around_.limits.limit_near;
    s.size = files_.wanted_bytes;
    describe_torrent(s);
    describe_transfer(s);
    for (const auto& peer : peers.peers(around_.now)) s.peers.push_back(status_of(peer));
    s.peers_known = peers.known_peers();
    s.peers_without_handshake =
        peers.hosts_without_handshake() + (s.shared ? around_.net.hosts_without_handshake() : 0);
    s.peers_half_open = peers.half_open_count();
    s.peers_completed = peers.completed_machines();
    s.lan_nodes = around_.net.lan_nodes();
    s.trackers = around_.net.tracker_count(id_);
    if (around_.net.dht() != nullptr && !s.is_private) s.dht_nodes = around_.net.dht()->nodes(around_.now);
    s.tracker_message = tracker_message_;
    if (const auto* checking = std::get_if<in::checking>(&phase_)) s.copies_old = checking->copies;
    s.reason = reason(s.state);
    return s;
}

std::string core::life::own_folder() const {
    return share() != nullptr ? folder_of(*share(), torrent_->info) : get()->folder;
}

void core::life::describe_torrent(torrent_status& s) const {
    s.folder = own_folder();
    if (!torrent_) return;
    const auto& info = torrent_->info;
    s.piece_count = info.shape.piece_count();
    s.piece_bytes = info.shape.piece_bytes();
    s.is_private = info.is_private;
    for (std::size_t i = 0; i < info.files.size(); ++i) {
        if (info.files[i].padding) continue;
        ++s.file_count;
        if (i < files_.priorities.size() && files_.priorities[i] != swarm::priority::skip) ++s.files_wanted;
    }
}

void core::life::describe_transfer(torrent_status& s) const {
    const auto& peers = swarm();
    s.downloaded = peers.down().total();
    s.uploaded = peers.up().total();
    s.wasted = peers.wasted();
    s.downloaded_ever = downloaded_ever();
    s.uploaded_ever = uploaded_ever();
    if (!is_waiting()) {
        s.rate_down = peers.down().per_second(around_.now);
        s.rate_up = peers.up().per_second(around_.now);
    }
    if (const auto* pieces = peers.pieces()) {
        s.pieces_have = pieces->have().count();
        s.availability = pieces->peers().distributed_copies() + (s.pieces_have == s.piece_count ? 1 : 0);
        pieces->have().for_each([&](piece_index piece) { s.have += files_.wanted_in_piece[piece.value()]; });
    }
}

// --- why nothing moves -----------------------------------------------------------------------------

/// Of peers that answer, and with which there is no connection nevertheless.
std::string core::life::why_no_peer_gives() const {
    const auto& peers = swarm();
    std::string why;
    const auto add = [&](const std::string& text) { why += (why.empty() ? "" : "; ") + text; };
    if (const auto hosts = peers.hosts_giving_nothing(); hosts > 0)
        add(std::to_string(hosts) + (hosts == 1 ? " peer closes" : " peers close") +
            " the connection after the handshake: it is paused there, or takes no more peers");
    if (const auto hosts = peers.hosts_without_handshake(); hosts > 0) add(handshake_text(hosts));
    if (const auto banned = peers.banned_peers(); banned > 0)
        add(std::to_string(banned) + (banned == 1 ? " peer is" : " peers are") +
            " banned, for data that does not match");
    return why;
}

bool core::life::lacks_wanted(const swarm::picker& pieces) const {
    for (std::uint32_t i = 0; i < files_.wanted_in_piece.size(); ++i)
        if (files_.wanted_in_piece[i] > 0 && !pieces.have().has(piece_index(i))) return true;
    return false;
}

std::string core::life::reason(torrent_state state) const {
    const auto& peers = swarm();
    const auto* pieces = peers.pieces();
    if (removal_)
        return is<in::checking>() ? "it is checked, and then removed with its files"
                                  : "it is removed in a moment";
    if (is_copying())
        return "its files are moved to " + moving_->folder + ", " + std::to_string(moving_->bytes_done) +
               " of " + std::to_string(moving_->bytes_total) + " bytes";
    if (trouble_) return trouble_->why.message;
    if (changes_.gone) {
        const auto& path = torrent_->info.files.front().path;
        return "gone: there is no '" +
               printable(path_in(own_folder(), path.substr(0, path.find('/'))), 4'096) + "' any more";
    }
    if (pieces != nullptr && !changes_.taken_back.none())
        return "changed, " + std::to_string(pieces->have().count()) + " of " +
               pieces_text(pieces->have().size());
    if (!changes_.misfit.empty()) return "changed: " + changes_.misfit;
    if (read_only_ && pieces != nullptr && lacks_wanted(*pieces))
        return "changed: its files stay as they are, and what is missing of them is not fetched";
    if (is_paused()) return why_paused_;
    const bool finds = state == torrent_state::finding && without_data() >= finding_patience;
    if (state != torrent_state::stalled && !finds) return {};
    if (finds && without_data() >= nobody_patience && peers.known_peers() == 0) return what_was_asked();
    if (peers.connection_count() == 0)
        if (auto why = why_no_peer_gives(); !why.empty() || pieces == nullptr) return why;
    if (pieces == nullptr) {
        const auto peers_text = std::to_string(peers.connection_count()) +
                                (peers.connection_count() == 1 ? " peer is" : " peers are");
        return is<in::finding>() ? peers_text + " connected, none has described it yet" : "";
    }
    if (peers.connection_count() == 0) return "nobody is connected who has it";
    return why_connected_peers_give_nothing(*pieces);
}

/// For a user who waits for what nobody has.
std::string core::life::what_was_asked() const {
    const auto& net = around_.net;
    std::vector<std::string> all;
    if (net.uses_lan()) all.push_back("this network");
    if (const auto trackers = net.tracker_count(id_); trackers > 0)
        all.push_back(trackers == 1 ? "its tracker" : std::to_string(trackers) + " trackers");
    if (net.dht() != nullptr) all.push_back("the DHT");
    std::string asked;
    for (const auto& each : all) asked += (asked.empty() ? "" : &each == &all.back() ? " and " : ", ") + each;
    return "nobody is known who has it" + (asked.empty() ? "" : ": " + asked + " did not tell of any") +
           "; it goes on when somebody shares it; --peer names a machine that has it";
}

std::string core::life::why_connected_peers_give_nothing(const swarm::picker& pieces) const {
    std::size_t missing = 0, nowhere = 0;
    pieces.wanted().for_each([&](piece_index piece) {
        if (pieces.have().has(piece)) return;
        ++missing;
        if (pieces.peers().count(piece) == 0) ++nowhere;
    });
    if (nowhere > 0)
        return "nobody connected has " + std::to_string(nowhere) + " of the " + pieces_text(missing) +
               " that are missing";
    const bool has_limit = down_limit_ > 0 || around_.limits.down_limit > 0;
    const auto all = swarm().peers(around_.now);
    const bool limited = has_limit && std::any_of(all.begin(), all.end(), [&](const swarm::peer_view& peer) {
                             return !peer.we_are_choked && (!peer.near || around_.limits.limit_near);
                         });
    return limited ? "the download limit lets nothing through now" : "those connected give nothing now";
}

}  // namespace bt::session
