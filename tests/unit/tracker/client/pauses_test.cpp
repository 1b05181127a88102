// How long a tracker client waits after failures.
#include "client_desk.hpp"

BOOST_AUTO_TEST_SUITE(tracker_client_pauses)

BOOST_AUTO_TEST_CASE(pauses_between_failed_rounds_grow_to_half_an_hour) {
    desk d({{at("a")}, {at("b")}});
    d.start();
    duration last = 0s;
    for (int round = 0; round < 14; ++round) {
        d.bad("a");
        d.bad("b");
        const auto pause = d.wait();
        const auto expected = std::min<duration>(15s * (1 << std::min(round, 8)), 30min);
        BOOST_TEST((pause >= expected * 4 / 5 && pause <= std::min<duration>(expected * 6 / 5, 30min)),
                   round);
        last = pause;
    }
    BOOST_TEST((last >= 24min));
    d.it.need_peers(d.now);  // being in need is no reason to hurry
    d.bad("a");
    d.good("b");
    d.wait();
    d.bad("a");
    d.bad("b");
    BOOST_TEST((d.wait() <= 18s));  // a success makes the next pause short again
}

BOOST_AUTO_TEST_CASE(a_person_who_asks_ends_the_pause_ten_seconds_after_a_failure) {
    desk d({{at("a")}});
    d.start();
    d.bad("a");
    for (int i = 0; i < 4; ++i) {
        d.wait();
        d.bad("a");
    }
    const auto failed = d.now;
    d.pass(3s);
    for (int i = 0; i < 5; ++i) {
        d.it.ask_again(d.now);
        d.drain();
        BOOST_TEST(d.asked.empty());
    }
    d.wait();
    BOOST_TEST((d.now - failed == 10s));
    d.bad("a");
    const auto pause = d.wait();
    BOOST_TEST((pause >= 15s * 16 * 4 / 5 && pause <= 15s * 16 * 6 / 5), seconds(pause));
    d.bad("a");
    d.pass(60s);
    d.it.ask_again(d.now);
    d.drain();
    BOOST_TEST(d.asked.size() == 1u);  // at once
}

BOOST_AUTO_TEST_CASE(a_person_who_asks_does_not_cut_short_what_the_tracker_asked_for_itself) {
    desk busy({{at("a")}});
    busy.start();
    busy.body("a", "d14:failure reason4:busy8:retry ini20ee");
    busy.it.ask_again(busy.now);
    busy.drain();
    BOOST_TEST((busy.wait() >= 20min));
    desk well({{at("a")}});
    well.start();
    well.good("a", "8:intervali1800e12:min intervali120e");
    well.it.ask_again(well.now);
    well.drain();
    BOOST_TEST((well.wait() == 120s));
}

BOOST_AUTO_TEST_CASE(need_does_not_cut_a_pause_after_failures_short) {
    desk d({{at("a")}});
    d.start();
    d.bad("a");
    d.it.need_peers(d.now);
    d.drain();
    BOOST_TEST(d.asked.empty());
    BOOST_TEST((d.wait() >= 12s));
}

BOOST_AUTO_TEST_SUITE_END()
