// What scenarios() lists, by what they are about.
#pragma once

#include "sim/swarm/scenarios.hpp"

namespace bt::sim {

// sharing.cpp
figures one_seed_on_a_lan(std::uint64_t seed, extent size);
figures one_seed_far(std::uint64_t seed, extent size);
figures super_seeding_to_fifty(std::uint64_t seed, extent size);
figures super_seeding_far(std::uint64_t seed, extent size);
figures seed_leaves(std::uint64_t seed, extent size);
figures free_riders(std::uint64_t seed, extent size);
figures slow_peers(std::uint64_t seed, extent size);
figures asymmetric(std::uint64_t seed, extent size);
figures churn(std::uint64_t seed, extent size);
figures partition(std::uint64_t seed, extent size);
// uplink.cpp
figures one_copy(std::uint64_t seed, extent size);
figures one_copy_slow(std::uint64_t seed, extent size);
figures one_copy_deaths(std::uint64_t seed, extent size);
figures one_copy_each(std::uint64_t seed, extent size);
// poison.cpp
figures poisoned(std::uint64_t seed, extent size);
// limits.cpp
figures limited_down(std::uint64_t seed, extent size);
figures limited_up(std::uint64_t seed, extent size);

}  // namespace bt::sim
