#include "guest/pace.hpp"

#include <boost/test/unit_test.hpp>

using namespace bt;

namespace {

constexpr std::uint64_t MiB = 1024 * 1024;

/// Bytes that guests get in a second when they take what they may, in parts of 64 KiB.
std::uint64_t taken_in_a_second(guest::pace& pace, time_point from) {
    std::uint64_t bytes = 0;
    for (auto now = from; now < from + 1s; now += 1ms)
        while (pace.next() <= now && bytes < 1000 * MiB) {
            pace.spend(now, 64 * 1024);
            bytes += 64 * 1024;
        }
    return bytes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(guest_pace)

BOOST_AUTO_TEST_CASE(while_peers_are_given_nothing_guests_take_what_they_can) {
    guest::pace pace;
    const time_point now{1h};
    pace.set_swarm_rate(now, 0);
    BOOST_TEST(!pace.is_bounded());
    BOOST_TEST(taken_in_a_second(pace, now) >= 1000 * MiB);
    pace.set_swarm_rate(now, 50 * 1024);  // the odd block
    BOOST_TEST(!pace.is_bounded());
}

BOOST_AUTO_TEST_CASE(beside_a_swarm_guests_have_an_eighth_of_its_rate_and_never_nothing) {
    guest::pace pace;
    const time_point now{1h};
    pace.set_swarm_rate(now, 80 * MiB);
    const auto fast = taken_in_a_second(pace, now);
    BOOST_TEST(fast >= 9 * MiB);
    BOOST_TEST(fast <= 13 * MiB);  // and what it may make up for
    pace.set_swarm_rate(now + 1s, 100 * 1024);
    const auto slow = taken_in_a_second(pace, now + 2s);
    BOOST_TEST(slow >= MiB / 4);
    BOOST_TEST(slow <= MiB / 2);
}

BOOST_AUTO_TEST_CASE(when_the_swarm_is_done_nothing_is_owed) {
    guest::pace pace;
    const time_point now{1h};
    pace.set_swarm_rate(now, MiB);
    pace.spend(now, 100 * MiB);
    BOOST_TEST((pace.next() > now + 60s));
    pace.set_swarm_rate(now + 1s, 0);
    BOOST_TEST((pace.next() <= now + 1s));
    pace.set_swarm_rate(now + 2s, MiB);
    BOOST_TEST((pace.next() <= now + 2s));
}

BOOST_AUTO_TEST_SUITE_END()
