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

/// Every seed keeps what is promised. What is a target of our own the mean of all seeds keeps, so that no
/// single one decides, and the worst by this factor at most.
enum class rule { promised, own };
inline constexpr double worst_of_own = 1.25;

struct figure {
    std::string_view what;
    double value;
    double target;     ///< 0: a fact, which holds at any size; else for the full size
    double bound = 0;  ///< seconds: what no swarm is faster than, where `value` is a multiple of it
    rule judged = rule::promised;
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
