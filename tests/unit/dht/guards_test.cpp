#include "dht/guards.hpp"

#include <boost/test/unit_test.hpp>

#include "base/limits.hpp"

using namespace bt;
using namespace bt::dht;

namespace {

const time_point start(1h);
const auto flooder = ip_address::v4(203, 0, 113, 1), quiet = ip_address::v4(203, 0, 113, 2);

ip_address number(std::uint32_t i) {
    return ip_address::v4(60, static_cast<std::uint8_t>(i >> 16), static_cast<std::uint8_t>(i >> 8),
                          static_cast<std::uint8_t>(i));
}
/// How many of `count` messages at once are let in.
int let_in(flood_guard& guard, time_point now, const ip_address& from, int count) {
    int allowed = 0;
    for (int i = 0; i < count; ++i) allowed += guard.allows(now, from);
    return allowed;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(guards)

BOOST_AUTO_TEST_CASE(fifty_messages_in_ten_seconds_are_let_in_and_one_more_shuts_the_door_for_five_minutes) {
    flood_guard guard;
    BOOST_TEST(let_in(guard, start, flooder, 50) == 50);
    BOOST_TEST(let_in(guard, start + 9s, flooder, 1) == 0);
    BOOST_TEST(guard.allows(start + 9s, quiet));
    BOOST_TEST(!guard.allows(start + 9s + 5min - 1us, flooder));
    BOOST_TEST(let_in(guard, start + 9s + 5min, flooder, 51) == 50);
    BOOST_TEST(!guard.allows(start + 9s + 5min, flooder));
}

BOOST_AUTO_TEST_CASE(who_stays_below_the_rate_is_let_in_for_ever) {
    flood_guard guard;
    for (int i = 0; i < 1'000; ++i) BOOST_TEST(guard.allows(start + i * 200ms, quiet));
}

BOOST_AUTO_TEST_CASE(a_blocked_address_is_not_freed_by_messages_of_many_others) {
    flood_guard guard;
    BOOST_TEST(let_in(guard, start, flooder, 60) == 50);
    for (std::uint32_t i = 0; i < 2'000; ++i) BOOST_TEST(guard.allows(start + 1min, number(i)));
    BOOST_TEST(!guard.allows(start + 2min, flooder));
}

BOOST_AUTO_TEST_CASE(the_busier_half_is_remembered_when_there_are_too_many) {
    flood_guard guard;
    const auto half = static_cast<std::uint32_t>(limits::dht_flood_sources / 2);
    for (std::uint32_t i = 0; i < half; ++i) let_in(guard, start, number(i), 40);
    for (std::uint32_t i = 0; i < 3 * half; ++i) guard.allows(start, number(1'000 + i));
    for (std::uint32_t i = 0; i < half; ++i) BOOST_TEST(let_in(guard, start + 1s, number(i), 20) == 10);
}

BOOST_AUTO_TEST_CASE(when_all_it_remembers_are_blocked_the_next_free_one_makes_room) {
    flood_guard guard;
    for (std::uint32_t i = 0; i < limits::dht_flood_sources; ++i)
        let_in(guard, start + i * 1ms, number(i), 51);
    BOOST_TEST(let_in(guard, start + 1s, quiet, 60) == 50);
    BOOST_TEST(!guard.allows(start + 1s, number(1)));
    BOOST_TEST(guard.allows(start + 1s, number(0)));  // it was the first, so the one forgotten
}

BOOST_AUTO_TEST_CASE(addresses_that_differ_only_in_the_zone_or_collide_are_told_apart) {
    flood_guard guard;
    const auto one = *ip_address::parse("fe80::1%1"), other = *ip_address::parse("fe80::1%2");
    BOOST_TEST(let_in(guard, start, one, 60) == 50);
    BOOST_TEST(let_in(guard, start, other, 60) == 50);
}

BOOST_AUTO_TEST_CASE(a_budget_gives_its_burst_at_once_and_then_its_rate) {
    budget spending(100, 3);
    BOOST_TEST(spending.take(start, 200));
    BOOST_TEST(spending.take(start, 100));
    BOOST_TEST(!spending.take(start, 1));
    BOOST_TEST((spending.when(start, 50) == start + 500ms));
    BOOST_TEST(!spending.take(start + 499ms, 50));
    BOOST_TEST(spending.take(start + 500ms, 50));
    BOOST_TEST(!spending.take(start + 500ms, 1));
    BOOST_TEST(spending.take(start + 1h, 300));
    BOOST_TEST(!spending.take(start + 1h, 1));
    BOOST_TEST(!spending.take(start, 1));  // time that runs backwards brings nothing
    BOOST_TEST((spending.when(start + 1h, 301) == never));
}

BOOST_AUTO_TEST_CASE(what_a_budget_promises_is_there) {
    budget spending(7, 3);
    auto now = start;
    for (int i = 0; i < 1'000; ++i) {
        now = spending.when(now, 1.7);
        BOOST_TEST(spending.take(now, 1.7));
    }
    BOOST_TEST(seconds(now - start) == (1'700 - 21) / 7.0, boost::test_tools::tolerance(1e-3));
}

BOOST_AUTO_TEST_SUITE_END()
