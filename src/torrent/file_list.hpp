// The `files` list of an info dictionary: sizes, attributes (BEP 47), and paths that are safe and unique.
//
//   collision                      what is done
//   the same path twice            the later file becomes "name (1).ext", "name (2).ext", ...
//   paths that some system takes   likewise: one of them would take the place of the other there, and what
//   for one (case, normal forms,   a torrent is on disk must not depend on the system
//   dots at the end)
//   a file where a folder must be  the file is renamed likewise
//   padding, symbolic links        their names are never created, so they collide with nothing
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bencode.hpp"
#include "base/result.hpp"
#include "torrent/metainfo.hpp"

namespace bt::torrent {

/// The elements of a file's path as the torrent gives them: `path.utf-8` where it is what it says.
std::optional<std::vector<std::string_view>> given_path(bencode_view file);

/// The files in the order of the torrent, below `folder` (a safe element). Errors are `bad_data`: an entry
/// without length or path, sizes that do not add up, more than limits::directory_depth folders (`folder`
/// counted), more than limits::equal_names files of one path.
result<std::vector<file_entry>> read_file_list(bencode_view files, const std::string& folder);

/// Renames files whose path is taken, as above.
result<void> make_paths_unique(std::vector<file_entry>& files);

}  // namespace bt::torrent
