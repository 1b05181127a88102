// Names as a torrent gives them, where they are not what we would create: its maker's files have them.
#pragma once

#include <string>
#include <vector>

#include "torrent/metainfo.hpp"

namespace bt::torrent {

/// Per file: its path as the torrent gives it, where that differs from file_entry::path and can be a path
/// beneath a folder; else empty. No file differs: the list is empty.
std::vector<std::string> given_paths(const info& of);

}  // namespace bt::torrent
