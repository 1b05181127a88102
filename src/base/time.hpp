// Time as the cores see it: an argument. The clock below has no now(); only src/net reads the real one.
#pragma once

#include <chrono>
#include <cstdint>

namespace bt {

using namespace std::chrono_literals;

using duration = std::chrono::microseconds;

struct node_clock {
    using rep = std::int64_t;
    using period = std::micro;
    using duration = bt::duration;
    using time_point = std::chrono::time_point<node_clock, duration>;
    static constexpr bool is_steady = true;
};

/// A moment on the node's own steady clock. Its zero has no meaning outside one run.
using time_point = node_clock::time_point;

/// The deadline of something that will not happen by itself.
inline constexpr time_point never = time_point::max();

constexpr double seconds(duration d) { return std::chrono::duration<double>(d).count(); }

}  // namespace bt
