#include "tracker/server/flat_index.hpp"

#include <boost/test/unit_test.hpp>
#include <map>
#include <set>

#include "base/rng.hpp"

using namespace bt;
using namespace bt::tracker;

BOOST_AUTO_TEST_SUITE(tracker_flat_index)

/// Few different hashes, many of them with neighbouring homes, at the end of the array as well: runs of slots
/// that wrap around, and gaps in their middle.
BOOST_AUTO_TEST_CASE(whatever_is_put_in_and_taken_out_the_rest_is_found) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        BOOST_TEST_CONTEXT("seed " << seed) {
            rng random(seed);
            flat_index index;
            std::map<std::uint32_t, std::uint32_t> expected;  // record, hash
            const auto records = 1 + random.below(400);
            const auto hashes = 1 + random.below(40);
            for (int step = 0; step < 5'000; ++step) {
                const auto record = static_cast<std::uint32_t>(random.below(records));
                if (const auto there = expected.find(record); there != expected.end()) {
                    index.erase(there->second, record);
                    expected.erase(there);
                } else {
                    const auto hash = static_cast<std::uint32_t>(random.below(hashes)) - 20u;
                    index.insert(hash, record);
                    expected[record] = hash;
                }
                const auto asked = static_cast<std::uint32_t>(random.below(records));
                const auto known = expected.find(asked);
                const auto hash = known != expected.end() ? known->second : 0u;
                const auto found = index.find(hash, [&](std::uint32_t it) { return it == asked; });
                BOOST_REQUIRE(found == (known != expected.end() ? asked : no_record));
            }
            for (std::uint32_t hash = ~20u; hash != 21; ++hash) {
                std::set<std::uint32_t> all, told;
                for (const auto& [record, of] : expected)
                    if (of == hash) all.insert(record);
                index.find(hash, [&](std::uint32_t it) { return !told.insert(it).second; });
                BOOST_REQUIRE(told == all);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(an_empty_index_has_nothing) {
    flat_index index;
    BOOST_TEST(index.find(0, [](std::uint32_t) { return true; }) == no_record);
    index.insert(5, 7);
    index.erase(5, 7);
    BOOST_TEST(index.find(5, [](std::uint32_t) { return true; }) == no_record);
}

BOOST_AUTO_TEST_SUITE_END()
