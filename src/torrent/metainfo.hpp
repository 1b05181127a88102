// What a .torrent file (BEP 3, 12, 19, 27, 47) or fetched metadata (BEP 9) says, checked.
// Hybrid torrents (BEP 52) are read as v1; pure v2 is refused with a clear error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/shared_list.hpp"
#include "torrent/geometry.hpp"

namespace bt::torrent {

struct file_entry {
    /// Safe, relative, '/' between elements; the first is the torrent's name (for a single-file torrent: the
    /// name alone). Unique among the files that are no padding; of names that differ in case only, both stay.
    std::string path;
    std::uint64_t begin = 0;  ///< bytes from the start of the torrent
    std::uint64_t size = 0;   ///< bytes
    /// BEP 47: zeros that are never written and never on disk. Also a symbolic link, which has size 0 here:
    /// we neither create nor follow links made by strangers.
    bool padding = false;
    bool executable = false;  ///< BEP 47 attribute x
};

using tracker_tiers = std::vector<std::vector<std::string>>;

/// The `info` dictionary: everything the info-hash covers. Copies share what is large.
struct info {
    info_hash hash;           ///< SHA-1 over `raw`
    shared_bytes raw;         ///< the value exactly as it stood in the file
    std::string name;         ///< safe file name
    bool multi_file = false;  ///< has a folder of its own
    bool is_private = false;  ///< BEP 27; whatever is set there and does not say 0
    /// A hybrid torrent (BEP 52) whose two lists of files differ: others may show other files for this hash.
    bool lists_differ = false;
    bool renamed = false;  ///< names are those of its user (torrent/renamed.hpp)
    std::string source;    ///< one printable line
    geometry shape;
    shared_list<file_entry> files;  ///< at least one, in the order of their bytes, without gaps
    shared_bytes piece_hashes;      ///< 20 bytes a piece, exactly; a part of `raw`

    sha1_digest piece_hash(piece_index piece) const;
    /// Files on disk: those that are no padding.
    std::size_t file_count() const;
    /// Bytes on disk: the sum of the files that are no padding.
    std::uint64_t payload_bytes() const;
};

/// URLs are printable ASCII with a scheme we speak; others are dropped, and so are repetitions and what is
/// beyond the limit of its kind (base/limits.hpp). Texts are one printable line.
struct metainfo {
    bt::torrent::info info;
    tracker_tiers trackers;              ///< BEP 12, no tier is empty; `announce` alone is one tier of one
    std::vector<std::string> web_seeds;  ///< BEP 19 url-list
    std::vector<std::string> nodes;      ///< BEP 5 "host:port", "[v6 address]:port"
    std::string comment, created_by;
    std::optional<std::int64_t> creation_date;  ///< Unix seconds, not negative
    std::vector<std::string> remarks;           ///< sources it names that are not used, in words
};

/// A whole .torrent file. Keys out of order and bytes after the end are tolerated, as such files exist.
/// Errors are `bad_data` and say what is wrong in words.
result<metainfo> parse_torrent(byte_view file);
/// The same without a copy: `info.raw` is a part of the file.
result<metainfo> parse_torrent(shared_bytes file);
/// The info dictionary alone, as it comes from peers. `raw` must be exactly one value.
result<info> parse_info(byte_view raw);
result<info> parse_info(shared_bytes raw);

}  // namespace bt::torrent
