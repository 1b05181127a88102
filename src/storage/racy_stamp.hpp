// Whether a stamp may hide a change that comes after it.
#pragma once

#include <algorithm>
#include <cstdint>

#include "torrent/file_stamp.hpp"

namespace bt::storage {

/// Changed so short a time before `now_ns`, in the time of file stamps, that another change may look the
/// same. A program that has mapped a file changes a page that is dirty without a new time; the system writes
/// it back within half a minute, and the next change shows.
inline bool is_racy(const torrent::file_stamp& stamp, std::int64_t now_ns) {
    constexpr std::int64_t write_back_ns = 60'000'000'000;
    return now_ns - std::max(stamp.modified_ns, stamp.changed_ns) < write_back_ns;
}

}  // namespace bt::storage
