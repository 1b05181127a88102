#include "dht/bootstrap.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

using namespace bt;
using namespace bt::dht;

namespace {

constexpr time_point t0{1000s};

/// What a bootstrap did until `end`, ticked exactly at its deadlines: "known" and "routers" by time.
struct course {
    std::vector<duration> known, routers;
};
course run(bootstrap& which, time_point from, time_point end) {
    course did;
    for (auto now = from; now < end;) {
        const auto step = which.tick(now);
        if (step.known) did.known.push_back(now - from);
        if (step.routers) did.routers.push_back(now - from);
        const auto next = which.next_deadline();
        BOOST_REQUIRE(next > now);  // a deadline that does not move would spin
        now = next;
    }
    return did;
}

/// The pauses between, in seconds without their jitter: which of the lengths known here each must have been.
std::string pauses(const std::vector<duration>& times, std::size_t most) {
    std::string text;
    for (std::size_t i = 1; i < times.size() && i <= most; ++i) {
        const double pause = seconds(times[i] - times[i - 1]);
        std::string name = "?";
        for (const int length : {1, 2, 4, 8, 15, 30, 60})
            if (pause >= length * 0.8 && pause <= length * 1.2) name = std::to_string(length);
        text += (i == 1 ? "" : " ") + name;
    }
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bootstrap_pauses)

BOOST_AUTO_TEST_CASE(nothing_is_done_before_there_is_a_reason) {
    bootstrap idle(rng(1));
    BOOST_TEST((idle.next_deadline() == never));
    const auto step = idle.tick(t0);
    BOOST_TEST((!step.known && !step.routers));
}

BOOST_AUTO_TEST_CASE(a_start_asks_all_at_once_and_each_thing_only_once) {
    bootstrap boot(rng(2));
    boot.start(t0);
    BOOST_TEST((boot.next_deadline() == t0));
    auto step = boot.tick(t0);
    BOOST_TEST((step.known && step.routers));
    step = boot.tick(t0);
    BOOST_TEST((!step.known && !step.routers));
}

BOOST_AUTO_TEST_CASE(known_nodes_are_asked_with_pauses_that_grow_to_eight_seconds_for_ever) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        bootstrap boot{rng(seed)};
        boot.start(t0);
        const auto did = run(boot, t0, t0 + 24h);
        BOOST_TEST(pauses(did.known, 6) == "1 2 4 8 8 8", "seed " << seed);
        BOOST_TEST(did.known.size() > 24 * 3600 / 9);
        BOOST_TEST(did.known.size() < 24 * 3600 / 7);
    }
}

BOOST_AUTO_TEST_CASE(routers_are_asked_often_for_five_minutes_and_once_a_minute_then) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        bootstrap boot{rng(seed)};
        boot.start(t0);
        const auto did = run(boot, t0, t0 + 1h);
        BOOST_TEST(pauses(did.routers, 5) == "2 4 8 8 8", "seed " << seed);
        std::vector<duration> late;
        for (const auto when : did.routers)
            if (when >= 5min) late.push_back(when);
        BOOST_TEST(pauses(late, 5) == "15 30 60 60 60", "seed " << seed);
    }
}

BOOST_AUTO_TEST_CASE(two_nodes_do_not_act_in_step) {
    bootstrap one(rng(3)), other(rng(4));
    one.start(t0);
    other.start(t0);
    BOOST_TEST((run(one, t0, t0 + 1min).known != run(other, t0, t0 + 1min).known));
}

BOOST_AUTO_TEST_CASE(a_new_start_begins_with_the_short_pauses_again) {
    bootstrap boot(rng(5));
    boot.start(t0);
    run(boot, t0, t0 + 1h);
    boot.start(t0 + 1h);
    const auto did = run(boot, t0 + 1h, t0 + 1h + 2min);
    BOOST_TEST((did.known.at(0) == 0s && did.routers.at(0) == 0s));
    BOOST_TEST(pauses(did.known, 4) == "1 2 4 8");
    BOOST_TEST(pauses(did.routers, 4) == "2 4 8 8");
}

BOOST_AUTO_TEST_CASE(a_healthy_node_does_nothing) {
    bootstrap boot(rng(6));
    boot.start(t0);
    boot.set_healthy(t0, true);
    BOOST_TEST((boot.next_deadline() == never));
    const auto step = boot.tick(t0 + 1h);
    BOOST_TEST((!step.known && !step.routers));
}

BOOST_AUTO_TEST_CASE(when_health_ends_known_nodes_are_asked_at_once_and_routers_after_two_seconds) {
    bootstrap boot(rng(7));
    boot.start(t0);
    boot.set_healthy(t0 + 1s, true);
    boot.set_healthy(t0 + 1h, false);
    const auto did = run(boot, t0 + 1h, t0 + 1h + 2min);
    BOOST_TEST((did.known.at(0) == 0s));
    BOOST_TEST((did.routers.at(0) >= 1600ms && did.routers.at(0) <= 2400ms));
    BOOST_TEST(pauses(did.known, 4) == "1 2 4 8");
    BOOST_TEST(pauses(did.routers, 3) == "4 8 8");
}

BOOST_AUTO_TEST_CASE(saying_the_same_of_health_again_changes_nothing) {
    bootstrap boot(rng(8));
    boot.set_healthy(t0, false);
    BOOST_TEST((boot.next_deadline() == never));
    boot.start(t0);
    boot.tick(t0);
    const auto next = boot.next_deadline();
    boot.set_healthy(t0 + 500ms, false);
    BOOST_TEST((boot.next_deadline() == next));
}

BOOST_AUTO_TEST_CASE(a_network_change_of_a_healthy_node_asks_known_nodes_once) {
    bootstrap boot(rng(9));
    boot.set_healthy(t0, true);
    boot.start(t0 + 1s);
    boot.set_healthy(t0 + 1s, true);  // counted again before the time was told
    BOOST_TEST((boot.next_deadline() == t0 + 1s));
    const auto step = boot.tick(t0 + 1s);
    BOOST_TEST((step.known && !step.routers));
    BOOST_TEST((boot.next_deadline() == never));
}

BOOST_AUTO_TEST_CASE(a_machine_that_slept_does_not_make_up_for_it) {
    bootstrap boot(rng(10));
    boot.start(t0);
    boot.tick(t0);
    BOOST_TEST(boot.tick(t0 + 8h).known);
    BOOST_TEST((boot.next_deadline() > t0 + 8h));
}

BOOST_AUTO_TEST_SUITE_END()
