// The rules by which a torrent is made: piece length, order of files, and the bytes themselves. Reading and
// hashing the files is storage's work.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "torrent/metainfo.hpp"

namespace bt::torrent {

/// 16 KiB to 16 MiB by size: about 1,000 to 2,000 pieces, 1 MiB at 1 GiB and a little above. Up to 64 MiB
/// where the limit on pieces asks for it, beyond 32 TiB.
std::uint64_t choose_piece_bytes(std::uint64_t total_bytes);
/// A piece length given by the user: a power of two within the limits, else `usage`.
result<std::uint64_t> check_piece_bytes(std::uint64_t piece_bytes);

struct source_file {
    /// Elements below the torrent's folder; empty for a single-file torrent. A reader of the torrent sees
    /// each as `safe_element` leaves it, so a name that function changes is found on this disk only.
    std::vector<std::string> path;
    std::uint64_t size = 0;
    bool executable = false;
};

struct info_plan {
    std::string name;
    bool multi_file = false;
    std::vector<source_file> files;  ///< in the order they are hashed
    std::uint64_t piece_bytes = 0;
    bool is_private = false;
    std::string source;
};

/// The order files get inside a torrent: by path, element by element, bytewise (the order BEP 52 prescribes),
/// so that the same folder gives the same hash.
void sort_files(std::vector<source_file>& files);
/// The canonical `info` dictionary: equal plans give equal bytes. `piece_hashes` is 20 bytes a piece. Asserts
/// that a single-file plan has one file.
bytes encode_info(const info_plan& plan, byte_view piece_hashes);

struct torrent_plan {
    tracker_tiers trackers;
    std::vector<std::string> web_seeds;
    std::string comment, created_by;
    std::optional<std::int64_t> creation_date;
};
/// A canonical .torrent file around a raw `info` value. Empty fields leave no key.
bytes encode_torrent(const torrent_plan& plan, byte_view raw_info);

}  // namespace bt::torrent
