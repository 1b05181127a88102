#include "swarm/upload_slots.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <vector>

#include "base/rng.hpp"

using namespace bt;
using namespace bt::swarm;

namespace {

/// A link that carries so much, and peers that take so much each at most.
struct uplink {
    double capacity, each;
    std::size_t peers;
    double noise = 0;

    /// One round with what `slots` says; gives what went out.
    double round(upload_slots& slots, rng& random, bool limited = false) const {
        const auto used = std::min(slots.count(), peers);
        double rate = std::min(capacity, each * static_cast<double>(used));
        rate *= 1 + noise * (2 * random.unit() - 1);
        slots.round(static_cast<std::uint64_t>(rate), used, peers - used, limited);
        return rate;
    }
};

/// The counts after each of so many rounds.
std::vector<std::size_t> run(upload_slots& slots, const uplink& over, int rounds, std::uint64_t seed = 1) {
    rng random(seed);
    std::vector<std::size_t> counts;
    for (int i = 0; i < rounds; ++i) {
        over.round(slots, random);
        counts.push_back(slots.count());
    }
    return counts;
}

std::size_t middle(std::vector<std::size_t> counts) {
    std::nth_element(counts.begin(), counts.begin() + static_cast<std::ptrdiff_t>(counts.size() / 2),
                     counts.end());
    return counts[counts.size() / 2];
}

}  // namespace

BOOST_AUTO_TEST_SUITE(upload_slots_test)

BOOST_AUTO_TEST_CASE(as_many_slots_as_it_takes_to_fill_the_link) {
    struct {
        double capacity, each;
        std::size_t least_expected, most_expected;
        const char* why;
    } const table[] = {
        {1'000'000, 100'000, 9, 10, "ten peers fill it"},
        {1'000'000, 25'000, 37, 41, "forty slow ones"},
        {740'000, 100'000, 7, 8, "the eighth would bring less than half"},
        {1'000'000, 2'000'000, 2, 3, "one alone fills it: as few as may be"},
        {1'000'000'000, 100'000, 64, 64, "never filled: as many as may be"},
    };
    for (const auto& row : table) {
        upload_slots slots(2, 8, 64);
        run(slots, {row.capacity, row.each, 200}, 100);
        const auto settled = middle(run(slots, {row.capacity, row.each, 200}, 100));
        BOOST_TEST(settled >= row.least_expected, row.why << ": " << settled);
        BOOST_TEST(settled <= row.most_expected, row.why << ": " << settled);
    }
}

BOOST_AUTO_TEST_CASE(it_climbs_in_minutes) {
    upload_slots slots(2, 8, 64);
    run(slots, {1e9, 1e5, 200}, 12);  // two of them
    BOOST_TEST(slots.count() == 64u);
}

BOOST_AUTO_TEST_CASE(once_settled_it_tries_rarely_and_by_one) {
    upload_slots slots(2, 8, 64);
    const uplink over{1'000'000, 100'000, 200};
    run(slots, over, 200);
    const auto counts = run(slots, over, 160);
    const auto usual = middle(counts);
    int away = 0;
    for (auto count : counts) {
        away += count != usual;
        BOOST_TEST(count + 1 >= usual);
        BOOST_TEST(count <= usual + 1);
    }
    BOOST_TEST(away <= 12);
}

BOOST_AUTO_TEST_CASE(it_follows_a_slower_link_at_once_however_long_it_was_to_rest) {
    for (int settled = 200; settled < 217; ++settled) {
        upload_slots slots(2, 8, 64);
        run(slots, {4'000'000, 100'000, 200}, settled);
        BOOST_TEST(slots.count() >= 35u);
        run(slots, {1'000'000, 100'000, 200}, 9);
        BOOST_TEST(slots.count() <= 20u, settled << ": " << slots.count());
        run(slots, {1'000'000, 100'000, 200}, 40);
        BOOST_TEST(middle(run(slots, {1'000'000, 100'000, 200}, 20)) <= 11u, settled);
    }
}

BOOST_AUTO_TEST_CASE(it_follows_a_link_that_gets_slower_and_one_that_gets_faster) {
    upload_slots slots(2, 8, 64);
    run(slots, {4'000'000, 100'000, 200}, 200);
    BOOST_TEST(slots.count() >= 36u);
    run(slots, {1'000'000, 100'000, 200}, 20);
    BOOST_TEST(slots.count() <= 13u);
    BOOST_TEST(slots.count() >= 8u);
    run(slots, {4'000'000, 400'000, 200}, 60);
    BOOST_TEST(slots.count() <= 12u);
    run(slots, {4'000'000, 100'000, 200}, 200);
    BOOST_TEST(middle(run(slots, {4'000'000, 100'000, 200}, 20)) >= 36u);
}

BOOST_AUTO_TEST_CASE(it_never_leaves_its_bounds_whatever_it_is_told) {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        rng random(seed);
        const auto least = static_cast<std::size_t>(random.below(5));
        const auto most = least + static_cast<std::size_t>(random.below(30));
        upload_slots slots(least, least + static_cast<std::size_t>(random.below(most - least + 1)), most);
        for (int i = 0; i < 500; ++i) {
            slots.round(random.chance(0.1) ? random.next() : random.below(1'000'000),
                        static_cast<std::size_t>(random.below(40)),
                        static_cast<std::size_t>(random.below(40)), random.chance(0.2));
            BOOST_TEST(slots.count() >= least, "seed " << seed);
            BOOST_TEST(slots.count() <= most, "seed " << seed);
        }
    }
}

BOOST_AUTO_TEST_CASE(measuring_errors_do_not_carry_it_away) {
    // the link is full with ten; a tenth of noise, as long as a day
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        upload_slots slots(4, 8, 64);
        run(slots, {1'000'000, 100'000, 200, 0.1}, 100, seed);
        const auto counts = run(slots, {1'000'000, 100'000, 200, 0.1}, 8'640, seed + 100);
        BOOST_TEST(middle(counts) <= 16u, "seed " << seed << ": " << middle(counts));
        BOOST_TEST(middle(counts) >= 7u, "seed " << seed << ": " << middle(counts));
    }
}

BOOST_AUTO_TEST_CASE(nothing_is_tried_while_it_could_tell_nothing) {
    rng random(1);
    {
        upload_slots slots(2, 8, 64);  // nobody waits
        run(slots, {1e9, 1e5, 8}, 50);
        BOOST_TEST(slots.count() == 8u);
    }
    {
        upload_slots slots(2, 8, 64);  // not all are taken
        run(slots, {1e9, 1e5, 5}, 50);
        BOOST_TEST(slots.count() == 8u);
    }
    {
        upload_slots slots(2, 8, 64);  // our own limit holds us back
        for (int i = 0; i < 50; ++i) uplink{1e9, 1e5, 200}.round(slots, random, true);
        BOOST_TEST(slots.count() == 8u);
    }
}

BOOST_AUTO_TEST_CASE(a_try_that_cannot_be_judged_is_taken_back) {
    rng random(1);
    for (const bool limited : {true, false}) {
        upload_slots slots(2, 8, 64);
        uplink{1e9, 1e5, 200}.round(slots, random);
        BOOST_TEST(slots.count() == 9u);
        if (limited)
            uplink{1e9, 1e5, 200}.round(slots, random, true);
        else
            uplink{1e9, 1e5, 6}.round(slots, random);
        BOOST_TEST(slots.count() == 8u);
    }
}

BOOST_AUTO_TEST_CASE(no_more_slots_are_tried_than_peers_wait) {
    upload_slots slots(2, 8, 64);
    run(slots, {1e9, 1e5, 14}, 100);
    BOOST_TEST(slots.count() == 14u);
}

BOOST_AUTO_TEST_SUITE_END()
