// The command's own clock, for rates and times on the display. The node has another.
#pragma once

#include <chrono>

#include "base/time.hpp"

namespace bt::cli {

/// Time since some fixed moment.
inline duration steady_now() {
    return std::chrono::duration_cast<duration>(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace bt::cli
