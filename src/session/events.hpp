// What happened to a torrent, as displays, plain lines, JSON and the control protocol tell it. Declared here
// once, and wrapped once with the torrent it is about.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "session/bad_runs.hpp"
#include "session/status.hpp"
#include "torrent/metainfo.hpp"

namespace bt::session {

struct metadata_found {
    std::unique_ptr<const torrent::metainfo> torrent;
};
struct checking {
    std::uint64_t bytes_done, bytes_total;
    bool copies = false;  ///< what is right of files that are replaced is copied from them
};
/// Checked; it shares, or downloads what is missing.
struct ready {};
struct piece_verified {
    piece_index piece;
};
struct piece_failed {
    piece_index piece;
};
struct peer_connected {
    endpoint peer;
    std::string client;
};
/// It had not everything when it came.
struct peer_complete {
    endpoint peer;
    std::string client;
};
struct peer_banned {
    endpoint peer;
    std::string reason;
};
/// All that is wanted is there, and again after `reopened`.
struct completed {
    std::string path;
    duration took;                   ///< without what it waited: paused, queued, for a full disk
    std::uint64_t bytes_downloaded;  ///< payload bytes of this run
    std::uint64_t downloaded_ever;   ///< and of all runs
    bool was_there;
    std::uint64_t size;        ///< bytes of the wanted files
    std::vector<bool> wanted;  ///< per file of the torrent
};
/// What was complete is not any more: files were lost, or others are wanted.
struct reopened {};
/// A check that the user asked for is over.
struct rechecked {
    std::uint32_t pieces_good, pieces_wanted;
    std::vector<bad_run> bad;         ///< what was there before and is not any more
    std::vector<bad_file> bad_files;  ///< and what no piece tells of
    bool fetched_again;               ///< it is; else it is only not given any more
};
/// Something a person may want to know; goes on.
struct warning {
    std::string message;
    bool detail = false;  ///< only for those who want to know more
};

// The four ways in which a torrent leaves the session; nothing follows about it. `last`: how it stood.
struct failed {
    error why;
    std::unique_ptr<const torrent_status> last;
};
/// Its seed rule or `until` is fulfilled. `why` is empty if metadata was all.
struct done {
    std::string why;
    std::unique_ptr<const torrent_status> last;
};
/// By the user. The files stay, or are being deleted.
struct removed {
    std::unique_ptr<const torrent_status> last;
};
/// The whole session ends.
struct stopped {
    std::unique_ptr<const torrent_status> last;
};

using event =
    std::variant<metadata_found, checking, ready, piece_verified, piece_failed, peer_connected, peer_complete,
                 peer_banned, completed, reopened, rechecked, warning, failed, done, removed, stopped>;

struct happening {
    std::optional<torrent_id> torrent;  ///< nothing: a warning about the node as a whole
    event what;
};

}  // namespace bt::session
