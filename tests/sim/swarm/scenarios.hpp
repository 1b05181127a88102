// What a swarm must do, as trials in virtual time: a seed in, figures out. A figure holds when it is not
// above its target. The sim suite runs small ones, `swarm_scale` many seeds of the full size.
//
// Bytes are those of TCP at the links, control messages and all.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace bt::sim {

struct figure {
    std::string_view what;
    double value;
    double target;     ///< 0: a fact, which holds at any size; else for the full size
    double bound = 0;  ///< seconds: what no swarm is faster than, where `value` is a multiple of it
    bool holds() const { return value <= target; }
};
using figures = std::vector<figure>;

enum class extent { small, full };

struct scenario {
    std::string_view name;
    figures (*run)(std::uint64_t seed, extent size);
    unsigned seeds;  ///< for the full size
};
std::span<const scenario> scenarios();

}  // namespace bt::sim
