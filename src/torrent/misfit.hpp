// A file that is not as its torrent says, seen without hashing: it is missing, or has another length.
#pragma once

#include <cstdint>
#include <optional>

#include "base/ids.hpp"

namespace bt::torrent {

struct misfit {
    file_index file;
    std::optional<std::uint64_t> size;  ///< as it is; nothing: there is no such file
};

}  // namespace bt::torrent
