// What a file system that folds makes of a name: case, Unicode's normal forms, characters that are dropped.
#pragma once

#include <string>
#include <string_view>

namespace bt::torrent {

/// Two paths that name one file on some system have the same folded form. Elements are separated by '/'.
std::string folded_path(std::string_view path);

}  // namespace bt::torrent
