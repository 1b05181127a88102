#include "sim/lives/lives.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace bt::sim;

BOOST_AUTO_TEST_CASE(whatever_happens_to_a_torrent_its_promises_hold) {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        const auto outcome = live(seed);
        for (const auto& broken : outcome.broken) BOOST_TEST(false, "seed " << seed << ": " << broken);
    }
}

BOOST_AUTO_TEST_CASE(a_life_comes_out_the_same_from_the_same_seed) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        const auto one = live(seed), other = live(seed);
        BOOST_TEST(one.trace == other.trace, "seed " << seed);
        BOOST_TEST(one.log == other.log, "seed " << seed);
    }
}

}  // namespace
