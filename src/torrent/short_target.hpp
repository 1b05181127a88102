// The shortest that another machine of the network can type for a share.
#pragma once

#include <string>

#include "torrent/metainfo.hpp"

namespace bt::torrent {

/// Its name, as one word of a shell; the whole hash where the name is not told to the network, or would be
/// taken for something else: a file, a link, a pattern, a hash or the beginning of one.
std::string short_target(const info& of, bool unlisted);

/// 4 to 39 hex digits: perhaps the beginning of a hash, as it is shown.
bool looks_like_beginning(const std::string& text);

}  // namespace bt::torrent
