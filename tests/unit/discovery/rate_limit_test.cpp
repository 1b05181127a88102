#include "discovery/rate_limit.hpp"

#include "base/rng.hpp"
#include "lan.hpp"

namespace bt::discovery::test {
namespace {

ip_address host(unsigned n) {
    return ip_address::v4(10, static_cast<std::uint8_t>(n >> 16), static_cast<std::uint8_t>(n >> 8),
                          static_cast<std::uint8_t>(n));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rate_limits)

BOOST_AUTO_TEST_CASE(as_many_as_the_limit_are_allowed_at_once_and_one_more_is_not) {
    rate_limit limit(10, 1s);
    for (int i = 0; i < 10; ++i) BOOST_TEST(limit.take(start));
    BOOST_TEST(!limit.take(start));
    BOOST_TEST(!limit.take(start + 999ms));
    BOOST_TEST((limit.next_free() == start + 1s));
    BOOST_TEST(limit.take(start + 1s));
}

BOOST_AUTO_TEST_CASE(no_window_of_the_span_ever_holds_more_than_the_limit) {
    rng random(3);
    rate_limit limit(10, 1s);
    std::vector<time_point> taken;
    auto now = start;
    for (int i = 0; i < 20000; ++i) {
        now += duration(random.below(random.chance(0.01) ? 2'000'000 : 20'000));
        if (limit.take(now)) taken.push_back(now);
    }
    BOOST_REQUIRE(taken.size() > 1000u);
    for (std::size_t i = 10; i < taken.size(); ++i) BOOST_REQUIRE((taken[i] - taken[i - 10] >= 1s));
}

BOOST_AUTO_TEST_CASE(a_limit_is_idle_when_its_last_use_is_a_span_ago) {
    rate_limit limit(3, 1s);
    BOOST_TEST(limit.idle(start));
    for (int i = 0; i < 5; ++i) {
        const auto now = start + i * 400ms;
        BOOST_TEST(limit.take(now));
        BOOST_TEST(!limit.idle(now + 999ms));
        BOOST_TEST(limit.idle(now + 1s));
    }
}

BOOST_AUTO_TEST_CASE(one_source_cannot_use_up_the_share_of_another) {
    source_rate_limit limit({2, 1s}, {100, 1s}, 16);
    BOOST_TEST(limit.take(start, host(1)));
    BOOST_TEST(limit.take(start, host(1)));
    BOOST_TEST(!limit.take(start, host(1)));
    BOOST_TEST(limit.take(start, host(2)));
}

BOOST_AUTO_TEST_CASE(all_sources_together_have_a_limit_too) {
    source_rate_limit limit({2, 1s}, {100, 5s}, 1000);
    unsigned allowed = 0;
    for (unsigned i = 0; i < 500; ++i) allowed += limit.take(start + 1s, host(i)) ? 1u : 0u;
    BOOST_TEST(allowed == 100u);
}

BOOST_AUTO_TEST_CASE(a_bounded_number_of_sources_is_remembered) {
    source_rate_limit limit({2, 1s}, {100'000, 1s}, 64);
    for (unsigned i = 0; i < 1000; ++i) {
        limit.take(start, host(i));
        BOOST_REQUIRE(limit.sources() <= 64u);
    }
    BOOST_TEST(!limit.take(start + 500ms, host(2000)));  // all busy
    BOOST_TEST(limit.take(start + 2s, host(2000)));      // idle ones made room
    BOOST_TEST(limit.sources() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bt::discovery::test
