#include "sim/swarm/scenarios.hpp"

#include "sim/swarm/trials.hpp"

namespace bt::sim {
namespace {

constexpr scenario all[] = {
    {"one seed, 50 on a LAN", one_seed_on_a_lan, 2},
    {"one seed, 50 far", one_seed_far, 1},
    {"super-seeding, 50 on a LAN", super_seeding_to_fifty, 1},
    {"super-seeding, 20 far", super_seeding_far, 4},
    {"seed leaves after a copy", seed_leaves, 6},
    {"a fifth rides free", free_riders, 4},
    {"30 % are slow", slow_peers, 4},
    {"up is down / 8", asymmetric, 4},
    {"churn", churn, 8},
    {"halves cut for 60 s", partition, 8},
    {"one copy over the uplink", one_copy, 4},
    {"  a claimer is slow", one_copy_slow, 4},
    {"  claimers die", one_copy_deaths, 4},
    {"  two sites", one_copy_each, 4},
    {"3 of 4 seeds lie", poisoned, 100},
    {"limit down", limited_down, 3},
    {"limit up", limited_up, 3},
};

}  // namespace

std::span<const scenario> scenarios() { return all; }

}  // namespace bt::sim
