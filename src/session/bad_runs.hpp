// Which pieces failed a check, and where they lie.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "torrent/metainfo.hpp"
#include "torrent/misfit.hpp"
#include "torrent/piece_set.hpp"

namespace bt::session {

/// Bad pieces one after the other, and the files they lie in.
struct bad_run {
    static constexpr std::size_t most_named = 20;

    std::uint32_t first, last;       ///< pieces, inclusive
    std::vector<std::string> files;  ///< in the torrent's order, most_named of them at most
    std::size_t more_files = 0;      ///< and so many that are not named
};

/// A file that no piece tells of: it is empty, or longer than it should be.
struct bad_file {
    std::string file;
    std::optional<std::uint64_t> size;  ///< as it is; nothing: it is not there
    std::uint64_t expected = 0;
};

/// Of files that are not as they should be only those stay that lie in no bad piece.
void drop_told(const torrent::info& info, const torrent::piece_set& bad, std::vector<torrent::misfit>& files);
bad_file as_bad_file(const torrent::info& info, const torrent::misfit& file);
/// "'x' is missing", "'x' has 9 bytes instead of 0".
std::string bad_file_text(const bad_file& file);

/// "2 in a", "4-9 in a, b and 3 more".
std::string bad_run_text(const bad_run& run);

/// For people: " (file 'NAME')", where the piece begins, or nothing for a torrent of one file.
std::string in_file(const torrent::info& info, piece_index piece);
/// One after the other, in the order of the pieces.
void for_each_bad_run(const torrent::info& info, const torrent::piece_set& bad,
                      const std::function<void(const bad_run&)>& f);
std::vector<bad_run> bad_runs(const torrent::info& info, const torrent::piece_set& bad);

}  // namespace bt::session
