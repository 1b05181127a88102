// What became of a piece that was to be written, and of a download that was to be finished: as the disk says
// it and the session reads it.
#pragma once

#include <cstdint>

namespace bt::torrent {

enum class write_outcome : std::uint8_t {
    ok,
    hash_mismatch,
    failed,   ///< the disk did not take it now; later it may
    refused,  ///< and never will: what stands in its place is not ours
};

enum class finish_outcome : std::uint8_t {
    ok,
    unfinished,  ///< files were changed: what is lost is told
    failed,      ///< not now; later it may
    refused,     ///< something of another program stands in the place
};

}  // namespace bt::torrent
