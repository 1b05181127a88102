// Which pieces failed a check, and where they lie.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "torrent/metainfo.hpp"
#include "torrent/piece_set.hpp"

namespace bt::app {

struct bad_run {
    std::uint32_t first, last;  ///< pieces, inclusive
    std::string file;           ///< where it begins
};

/// For people: " (file 'NAME')", where the piece begins, or nothing for a torrent of one file.
std::string in_file(const torrent::info& info, piece_index piece);
std::vector<bad_run> bad_runs(const torrent::info& info, const torrent::piece_set& bad);

}  // namespace bt::app
