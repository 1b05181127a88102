// Which files of a torrent, and in which order: `--select 1,3-5,'*.srt'`, a magnet's `so=`, `--first` and
// `--last`.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "swarm/priority.hpp"
#include "torrent/metainfo.hpp"

namespace bt::session {

/// Lists of files; empty: `select` all, the others none.
struct file_choice {
    std::string select, first, last;
};

/// Per file of the torrent. Numbers count from 1 over the files that are no padding; globs match the path
/// below the torrent's folder or its last element. Something that matches nothing is errc::not_found.
result<std::vector<bool>> select(const torrent::info& info, const std::string& list);
/// What can be said of a list before the files are known: errc::usage for a wrong range.
result<void> check_list(const std::string& list);
/// A magnet's ranges (from 0) in the words of --select.
std::string selection_text(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& ranges);

/// Per file of the torrent, padding is skipped. What is in both lists comes first; a file that is not
/// selected stays so.
result<std::vector<swarm::priority>> file_priorities(const torrent::info& info, const file_choice& choice);
/// The choice that gives these, by numbers alone; per file that is no padding.
file_choice choice_by_number(const std::vector<swarm::priority>& files);
/// Per piece: the highest of the files it has bytes of.
std::vector<swarm::priority> piece_priorities(const torrent::info& info,
                                              const std::vector<swarm::priority>& files);
/// Per piece: how many of its bytes belong to wanted files.
std::vector<std::uint32_t> wanted_bytes(const torrent::info& info, const std::vector<swarm::priority>& files);
/// The files that are wanted at all.
std::vector<bool> wanted_files(const std::vector<swarm::priority>& files);

}  // namespace bt::session
