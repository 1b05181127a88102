// What a user asks a session for: to share files, or to get a torrent.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/endpoint.hpp"
#include "base/time.hpp"
#include "session/selection.hpp"
#include "torrent/file_stamp.hpp"
#include "torrent/magnet.hpp"
#include "torrent/metainfo.hpp"

namespace bt::session {

/// When a finished download stops giving.
struct seed_rule {
    enum class kind { no, linger, forever, time, ratio } what = kind::linger;
    duration time{};   ///< kind::time
    double ratio = 0;  ///< kind::ratio, uploaded / size
};

/// What holds for one torrent beside its own limits.
struct torrent_bounds {
    std::size_t connections = 0;  ///< at most; 0: as of the others
    bool shares_limits = true;    ///< the limits over all hold for it
    friend bool operator==(const torrent_bounds&, const torrent_bounds&) = default;
};

struct share_request {
    torrent::metainfo torrent;
    std::vector<std::string> paths;           ///< absolute, per file; "" for padding
    std::uint32_t until = 0;                  ///< stop after so many other machines are complete; 0: never
    bool unlisted = false;                    ///< its name is not told to the network
    std::vector<torrent::file_stamp> stamps;  ///< per file, of before it was hashed; empty: it was not
};

/// A share by the name that hosts of the LAN give it.
struct asked_name {
    std::string name;  ///< as typed; empty: it was not asked for by name
    std::string by;    ///< the hosts that call this torrent so, for people
};

struct get_request {
    std::variant<torrent::magnet, torrent::metainfo> target;
    asked_name asked;  ///< the metadata's own name must fit it, or nothing is fetched
    std::string folder = ".";
    std::vector<std::string> trackers;        ///< added to the target's own
    std::vector<endpoint> peers;              ///< tried at once
    std::vector<named_endpoint> named_peers;  ///< the same, once their addresses are known
    file_choice files;  ///< "1,3-5" (1-based, as `--list` prints) or globs, comma separated
    bool sequential = false;
    bool overwrite = false;
    bool prealloc = false;       ///< room on the disk for all of it before anything is fetched
    bool visible = false;        ///< who asked may not put anything under a hidden name
    bool metadata_only = false;  ///< stop after the `metadata_found` event (show, get --list)
    seed_rule seed;
    duration timeout{};      ///< no progress at all for that long: give up; 0: never
    bool to_stdout = false;  ///< a single file, in order, on file descriptor 1
};

using request = std::variant<share_request, get_request>;

/// Its files lie in this folder, an absolute path, under these paths below it, one a file.
void use_folder(request& what, std::string folder, const std::vector<std::string>& paths);

}  // namespace bt::session
