// Which files of a torrent: `--select 1,3-5,'*.srt'` and a magnet's `so=`.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "torrent/metainfo.hpp"

namespace bt::app {

/// Per file of the torrent. Numbers count from 1 over the files that are no padding; globs match the path
/// below the torrent's folder or its last element. Something that matches nothing is errc::not_found.
result<std::vector<bool>> select(const torrent::info& info, const std::string& list);
/// A magnet's ranges (from 0) in the words of --select.
std::string selection_text(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& ranges);

}  // namespace bt::app
