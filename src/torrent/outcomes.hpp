// What became of a piece that was to be written, of a download that was to be finished, and of files that
// were to be deleted: as the disk says it and the session reads it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

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

struct deleted_files {
    struct kept_file {
        std::string path;  ///< absolute
        std::string why;
    };
    std::size_t files = 0;
    std::uint64_t bytes = 0;      ///< of those
    std::vector<kept_file> kept;  ///< the first of those that stay
    std::size_t more_kept = 0;    ///< beside them
    std::string folder_left;      ///< the torrent's folder, where other files than its own lie in it
};

}  // namespace bt::torrent
