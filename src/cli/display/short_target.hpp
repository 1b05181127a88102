// The shortest that another machine of the network can type for a share.
#pragma once

#include <string>

#include "torrent/metainfo.hpp"

namespace bt::cli {

/// Its name, as one word of a shell; the whole hash where the name is not told to the network, or would be
/// taken for something else: a file, a link, a pattern, a hash or the beginning of one.
std::string short_target(const torrent::info& of, bool unlisted);

}  // namespace bt::cli
