#include "guest/pace.hpp"

#include <algorithm>

namespace bt::guest {
namespace {

constexpr std::uint64_t quiet = 64 * 1024;   // bytes a second: peers that want little lose nothing
constexpr std::uint64_t least = 256 * 1024;  // what guests always have
constexpr std::uint64_t part = 8;            // of what peers get
constexpr duration ahead = 200ms;            // unused time that may be made up for

}  // namespace

void pace::set_swarm_rate(time_point now, std::uint64_t swarm_rate) {
    rate_ = swarm_rate < quiet ? 0 : std::max(least, swarm_rate / part);
    if (rate_ == 0) next_ = now;
}

void pace::spend(time_point now, std::uint64_t bytes) {
    if (rate_ == 0) return;
    next_ = std::max(next_, now - ahead) + std::chrono::duration_cast<duration>(std::chrono::duration<double>(
                                               static_cast<double>(bytes) / static_cast<double>(rate_)));
}

}  // namespace bt::guest
