#include "base/rng.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <numeric>

using namespace bt;

BOOST_AUTO_TEST_SUITE(random_numbers)

BOOST_AUTO_TEST_CASE(the_generator_is_xoshiro256_starstar_seeded_by_splitmix64) {
    // computed by an independent implementation of both
    rng random(42);
    BOOST_TEST(random.next() == 1546998764402558742u);
    BOOST_TEST(random.next() == 6990951692964543102u);
    BOOST_TEST(random.next() == 12544586762248559009u);
}

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_run) {
    rng a(7), b(7), c(8);
    BOOST_TEST(a.next() == b.next());
    BOOST_TEST(a.child().next() == b.child().next());
    BOOST_TEST(a.next() != c.next());
}

BOOST_AUTO_TEST_CASE(below_reaches_every_value_evenly_and_never_the_bound) {
    rng random(1);
    std::array<int, 7> seen{};
    for (int i = 0; i < 7000; ++i) ++seen.at(random.below(7));
    for (auto count : seen) BOOST_TEST((count > 850 && count < 1150), count);
    for (int i = 0; i < 10; ++i) BOOST_TEST(random.below(1) == 0u);
    // 2^64 is no multiple of this bound: plain modulo would give half of all values to the first third
    const auto third = std::uint64_t{1} << 62;
    int low = 0;
    for (int i = 0; i < 3000; ++i) low += random.below(3 * third) < third ? 1 : 0;
    BOOST_TEST((low > 850 && low < 1150), low);
    const auto half = std::uint64_t{1} << 63;
    for (int i = 0; i < 100; ++i) BOOST_TEST(random.below(half + 1) <= half);
}

BOOST_AUTO_TEST_CASE(unit_lies_in_its_half_open_range) {
    rng random(2);
    double sum = 0;
    for (int i = 0; i < 10'000; ++i) {
        const auto value = random.unit();
        BOOST_REQUIRE((value >= 0.0 && value < 1.0));
        sum += value;
    }
    BOOST_TEST((sum > 4800 && sum < 5200), sum);
    BOOST_TEST(!random.chance(0.0));
    BOOST_TEST(random.chance(1.0));
}

BOOST_AUTO_TEST_CASE(jitter_stays_within_its_part_on_both_sides) {
    rng random(3);
    bool shorter = false, longer = false;
    for (int i = 0; i < 1000; ++i) {
        const auto d = random.jitter(10s, 0.2);
        BOOST_REQUIRE((d >= 8s && d <= 12s));
        shorter = shorter || d < 9s;
        longer = longer || d > 11s;
    }
    BOOST_TEST(shorter);
    BOOST_TEST(longer);
    BOOST_TEST((random.jitter(10s, 0.0) == 10s));
}

BOOST_AUTO_TEST_CASE(shuffle_keeps_the_elements_and_changes_the_order) {
    rng random(4);
    std::vector<int> cards(52), sorted(52);
    std::iota(sorted.begin(), sorted.end(), 0);
    cards = sorted;
    random.shuffle(cards);
    BOOST_TEST(cards != sorted);
    BOOST_TEST(std::is_permutation(cards.begin(), cards.end(), sorted.begin()));
    std::vector<int> none;
    random.shuffle(none);
}

BOOST_AUTO_TEST_CASE(fill_writes_every_byte) {
    rng random(5);
    std::array<std::uint8_t, 33> ever{};
    for (int i = 0; i < 20; ++i) {
        std::array<std::uint8_t, 33> round{};
        random.fill(round);
        for (std::size_t k = 0; k < round.size(); ++k)
            ever[k] = static_cast<std::uint8_t>(ever[k] | round[k]);
    }
    BOOST_TEST(std::count(ever.begin(), ever.end(), 0) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
