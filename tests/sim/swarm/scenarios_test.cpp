// Every scenario once more in a small size, under sanitizers: facts must hold at any size, figures are worse
// where there is less to share.
#include <boost/test/unit_test.hpp>

#include "sim/swarm/scenarios.hpp"

namespace {

using namespace bt::sim;

/// A small swarm misses a target for the full size by this factor at most.
constexpr double slack = 2;

BOOST_AUTO_TEST_CASE(small_swarms_keep_what_large_ones_promise) {
    for (const auto& s : scenarios())
        for (std::uint64_t seed = 1; seed <= 3; ++seed)
            for (const auto& f : s.run(seed, extent::small))
                BOOST_TEST(f.value <= f.target * slack, s.name << ", seed " << seed << ": " << f.what
                                                               << " is " << f.value << ", target "
                                                               << f.target);
}

BOOST_AUTO_TEST_CASE(a_scenario_comes_out_the_same_from_the_same_seed) {
    const auto values = [](const figures& all) {
        std::vector<double> list;
        for (const auto& f : all) list.push_back(f.value);
        return list;
    };
    for (const auto& s : scenarios())
        BOOST_TEST((values(s.run(9, extent::small)) == values(s.run(9, extent::small))), s.name);
}

}  // namespace
