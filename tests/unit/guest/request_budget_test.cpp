#include "guest/request_budget.hpp"

#include <boost/test/unit_test.hpp>

using namespace bt;

namespace {

/// Of `hosts`, each asking `each` times a second for ten seconds, one after the other.
int answered(int hosts, int each) {
    guest::request_budget budget;
    int count = 0;
    const int all = hosts * each * 10;
    for (int i = 0; i < all; ++i) {
        const auto now = time_point{1h} + duration(10'000'000ll * i / all);
        count += budget.allow(now, ip_address::v4(10, 0, 0, static_cast<std::uint8_t>(i % hosts + 1)));
    }
    return count;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(guest_request_budget)

BOOST_AUTO_TEST_CASE(whoever_looks_at_pages_is_always_answered) {
    BOOST_TEST(answered(1, 10) == 100);
    BOOST_TEST(answered(50, 1) == 500);
}

BOOST_AUTO_TEST_CASE(one_that_asks_without_end_is_answered_a_bounded_number_of_times) {
    BOOST_TEST(answered(1, 1'000) <= 60 + 20 * 10);
    BOOST_TEST(answered(200, 100) <= 200 + 100 * 10);
}

BOOST_AUTO_TEST_CASE(one_that_asks_without_end_takes_nothing_from_another) {
    guest::request_budget budget;
    const auto loud = ip_address::v4(10, 0, 0, 1), quiet = ip_address::v4(10, 0, 0, 2);
    int refused = 0;
    for (auto now = time_point{1h}; now < time_point{1h} + 10s; now += 1ms) {
        budget.allow(now, loud);
        if ((now - time_point{1h}) % 200ms == 0ms) refused += !budget.allow(now, quiet);
    }
    BOOST_TEST(refused == 0);
}

BOOST_AUTO_TEST_CASE(more_hosts_than_there_is_room_for_are_served_still) {
    guest::request_budget budget;
    auto now = time_point{1h};
    int refused = 0;
    for (std::uint32_t i = 0; i < 5'000; ++i, now += 20ms)
        refused += !budget.allow(
            now, ip_address::v4(10, 1, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)));
    BOOST_TEST(refused == 0);
}

BOOST_AUTO_TEST_SUITE_END()
