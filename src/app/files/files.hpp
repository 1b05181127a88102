// The commands that need no running node: hash a path, check files against a torrent, read a .torrent from
// disk.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/outgoing.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "net/http_client.hpp"
#include "session/bad_runs.hpp"
#include "torrent/file_stamp.hpp"
#include "torrent/magnet.hpp"
#include "torrent/metainfo.hpp"
#include "torrent/misfit.hpp"
#include "torrent/piece_set.hpp"

namespace bt::app {

struct make_request {
    std::vector<std::string> paths;
    std::string name;                  ///< empty: base name of the only path
    std::vector<std::string> exclude;  ///< globs
    std::uint64_t piece_bytes = 0;     ///< 0: chosen by size
    bool is_private = false;
    torrent::tracker_tiers trackers;
    std::vector<std::string> web_seeds;
    std::string comment, source;
    std::optional<std::int64_t> creation_date;
    bool dated_by_files = false;  ///< it is when the newest of them was changed last
    unsigned threads = 0;
    bool reuse = false;  ///< what was hashed before, and is as it was then, is not read again
    std::function<void(std::uint64_t done, std::uint64_t total)> progress;
    const std::atomic<bool>* cancel = nullptr;
};
struct made_torrent {
    torrent::metainfo torrent;
    bytes file;                               ///< the .torrent
    std::vector<std::string> paths;           ///< absolute, per file
    std::vector<torrent::file_stamp> stamps;  ///< per file, of before it was hashed
    std::vector<std::string> skipped;         ///< what was left out and why
};
result<made_torrent> make(const make_request& request);
/// Whether there is something to make a torrent of, without reading the files: `paths` instead of the
/// request's.
result<void> look_at_paths(const make_request& request, const std::vector<std::string>& paths);

/// Bounded read of a .torrent; "-" is standard input. Errors name the path.
result<torrent::metainfo> read_torrent(const std::string& path);
/// Its bytes as they are, within the same bound.
result<bytes> read_torrent_bytes(const std::string& path);
/// A file of lines, at most limits::text_file_bytes long; "-" is standard input.
result<std::string> read_text_file(const std::string& path);
/// Whole new file or nothing (tmp, fsync, rename); refuses to replace an existing one unless told.
result<void> write_file(const std::string& path, byte_view content, bool replace);

struct verify_report {
    torrent::piece_set good, bad;
    std::vector<torrent::misfit> misfits;  ///< that lie in no bad piece
};
/// Checks the files below `folder` (the torrent's file or folder lies in it) without changing anything.
result<verify_report> verify(const torrent::metainfo& torrent, const std::string& folder,
                             std::function<void(std::uint64_t done, std::uint64_t total)> progress);

/// What a person may name: a link, or a torrent as a whole.
using link_or_torrent = std::variant<torrent::magnet, torrent::metainfo>;
/// How much of a URL is read for a torrent, and for how long. `timeout`: 0 means as long as for a tracker.
net::http_limits torrent_url_limits(duration timeout = {});
/// What stands behind an http(s) URL, bounded in size and time: a .torrent, or a redirect to a magnet link.
result<link_or_torrent> fetch_torrent(const std::string& url, duration timeout, const outgoing& way = {});

}  // namespace bt::app
