// How a torrent stands, as a snapshot for displays, JSON and the control protocol.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"
#include "session/bad_runs.hpp"
#include "session/selection.hpp"

namespace bt::session {

/// In the words of users: a phase of the torrent (phase.hpp), or what holds it up.
enum class torrent_state {
    finding,
    checking,
    queued,
    downloading,
    stalled,
    sharing,
    paused,
    finished,
    error
};
std::string_view to_string(torrent_state state);
std::optional<torrent_state> read_torrent_state(std::string_view word);

struct peer_status {
    endpoint address;
    std::string client;
    std::string source;  ///< how it was learnt: "lan", "tracker", "dht", …
    bool incoming = false;
    bool near = false;         ///< on a link of ours
    ip_address machine;        ///< the same for all addresses that are known to be of one machine
    bool upload_only = false;  ///< it fetches nothing
    bool we_want = false, we_are_choked = true, they_want = false, they_are_choked = true, optimistic = false;
    double progress = 0;                       ///< 0 … 1
    std::uint64_t rate_down = 0, rate_up = 0;  ///< bytes per second
};

enum class piece_state : std::uint8_t { missing, active, have, failed, unavailable, unwanted };

struct torrent_status {
    torrent_id id;
    info_hash hash;
    std::string name;  ///< best known: metadata, else dn, else ""
    torrent_state state = torrent_state::finding;
    std::uint64_t size = 0;                                  ///< bytes of the wanted files
    std::uint64_t have = 0;                                  ///< verified bytes of them
    std::uint64_t downloaded = 0, uploaded = 0, wasted = 0;  ///< payload bytes of this run
    std::uint64_t rate_down = 0, rate_up = 0;
    std::uint32_t piece_count = 0, piece_bytes = 0, pieces_have = 0;
    std::vector<piece_state> pieces;
    std::vector<std::uint16_t> copies;  ///< per piece, among connected peers; with `pieces`
    std::vector<peer_status> peers;
    std::size_t peers_known = 0, peers_half_open = 0;
    std::size_t peers_without_handshake = 0;  ///< hosts that closed during it: handshake_text()
    std::uint32_t peers_completed = 0;        ///< other nodes that became, or were, complete
    double availability = 0;                  ///< copies among connected peers, and its own where it is whole
    std::size_t lan_nodes = 0, trackers = 0;
    std::optional<std::size_t> dht_nodes;  ///< that answer; nothing for one that has no part in the DHT
    std::string tracker_message;           ///< last trouble of a tracker, if any
    bool copies_old = false;  ///< while it is checked: what is right of files that are replaced is copied
    std::string reason;  ///< why it does not go on, or gives only a part: a full disk, a changed file, …

    bool shared = false, is_private = false;
    std::uint64_t downloaded_ever = 0, uploaded_ever = 0;  ///< payload bytes of all runs
    std::uint64_t down_limit = 0, up_limit = 0;            ///< of this torrent, bytes per second; 0: none
    std::uint64_t node_down_limit = 0, node_up_limit = 0;  ///< of all torrents of its process together
    bool limits_near = false;                              ///< they all hold for peers on links of ours, too
    std::string folder;                                    ///< where its file or folder lies, or will
    file_choice files;
    std::size_t file_count = 0, files_wanted = 0;  ///< without padding
};

/// A tracker of a torrent. Times as of the core.
struct tracker_view {
    std::string url;
    std::size_t tier = 0;
    std::size_t number = 0;  ///< its place, from 0
    bool working = false;    ///< it answered last time
    bool asking = false;     ///< its answer is awaited
    std::string message;     ///< of the last failure or warning
    std::optional<std::uint64_t> seeders, leechers;
    std::size_t peers = 0;                      ///< in the last answer
    std::optional<time_point> asked, answered;  ///< last
    std::optional<time_point> next;
};

/// Seconds until it has everything, as its bytes come now; -1: not known, or nothing is left.
std::int64_t eta_of(const torrent_status& s);
/// "1 piece", "3 pieces".
std::string pieces_text(std::size_t count);
/// Of hosts that take connections, or come, and do not shake hands.
std::string handshake_text(std::size_t hosts);

/// A check that the user asked for: the last of a torrent.
struct check_standing {
    std::uint32_t number = 0;  ///< 0: there was none
    bool over = false;
    std::uint64_t bytes_done = 0, bytes_total = 0;
    std::uint32_t pieces_good = 0, pieces_wanted = 0;
    std::vector<bad_run> bad;
    std::vector<bad_file> bad_files;
};

}  // namespace bt::session
