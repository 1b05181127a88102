// Deadlines, and a limit that is one: times are milliseconds after the start.
#include "swarm/timers.hpp"

#include <boost/test/unit_test.hpp>

#include "swarm/rate.hpp"

using namespace bt;
using namespace bt::swarm;

namespace {

constexpr time_point start = time_point{} + 1h;

}  // namespace

BOOST_AUTO_TEST_SUITE(deadlines_of_a_swarm)

BOOST_AUTO_TEST_CASE(the_next_deadline_is_the_earliest_of_all_that_run) {
    timers all;
    BOOST_TEST((all.next() == never));
    all.set(timer::rotation, start + 30s);
    all.set(timer::super_seed, start + 10s);
    BOOST_TEST((all.next() == start + 10s));
    BOOST_TEST(!all.is_due(timer::super_seed, start + 9s));
    BOOST_TEST(all.is_due(timer::super_seed, start + 10s));
    BOOST_TEST(!all.is_due(timer::rotation, start + 10s));
    BOOST_TEST(!all.is_due(timer::maintenance, start + 10s));
    all.set(timer::super_seed, never);
    BOOST_TEST((all.next() == start + 30s));
}

BOOST_AUTO_TEST_CASE(a_timer_that_is_started_again_is_due_at_the_later_time) {
    timers all;
    all.start(timer::choke_round, start + 5s);
    BOOST_TEST((all.next() == start + 5s));
    all.start(timer::choke_round, start + 1s);
    BOOST_TEST((all.next() == start + 5s));
    all.start(timer::choke_round, start + 7s);
    BOOST_TEST((all.next() == start + 7s));
}

BOOST_AUTO_TEST_CASE(a_starved_limit_is_tried_again_when_it_has_room_and_not_at_once) {
    shared_limit all;
    torrent_limit one(all);
    one.set(1'000'000);
    BOOST_TEST((one.resumes_at() == never));
    one.use(one.allowance(start));
    BOOST_TEST((one.resumes_at() == never));
    one.starve(start);
    BOOST_TEST((one.resumes_at() == start + 5ms));  // it has room after a microsecond
    one.starve(start + 3ms);                        // whatever asks meanwhile puts nothing off
    BOOST_TEST((one.resumes_at() == start + 5ms));
    one.use(20'000);
    BOOST_TEST((one.resumes_at() >= start + 20ms));
    one.relieve();
    BOOST_TEST((one.resumes_at() == never));
}

BOOST_AUTO_TEST_SUITE_END()
