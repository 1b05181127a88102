// A torrent of which a user calls a file or folder otherwise than its maker. The bytes and the hash are the
// same.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "torrent/metainfo.hpp"

namespace bt::torrent {

/// The last element of `path`, which is that of a file, a folder or the whole torrent, becomes `name`.
/// errc::not_found: it has no such path; errc::usage: no name for a file; errc::occupied: another one of the
/// torrent has that name.
result<info> with_renamed(const info& of, const std::string& path, const std::string& name);

/// Per file: how it is written down.
std::vector<std::string> paths_of(const info& of);
/// The torrent with these paths. Nothing where they do not fit it.
std::optional<info> with_paths(const info& of, const std::vector<std::string>& paths);

}  // namespace bt::torrent
