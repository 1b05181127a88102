// For how long neighbours may delay us.
#include "swarm/neighbour_credit.hpp"

#include <boost/test/unit_test.hpp>

using namespace bt;
using namespace bt::swarm;

namespace {

constexpr std::uint64_t rate = 1'000'000;  // of those who are spared

struct account {
    neighbour_credit it;
    time_point now = time_point{} + 1h;

    account() { it.tick(now, {0, 0, rate, false}); }
    /// `neighbours`, `others`: bytes per second.
    void passes(duration time, std::uint64_t neighbours, std::uint64_t others, bool idle) {
        for (const auto end = now + time; now < end;) {
            now += 250ms;
            it.tick(now, {neighbours / 4, others / 4, rate, idle});
        }
    }
    /// Until there is no credit left, while nothing comes.
    duration lasts(duration step = 250ms) {
        const auto began = now;
        while (it.is_good() && now - began < 1h) it.tick(now += step, {0, 0, rate, true});
        return now - began;
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(neighbour_credit_test)

BOOST_AUTO_TEST_CASE(to_begin_with_it_lasts_less_than_a_second_and_a_half) {
    account of;
    BOOST_TEST(of.lasts() == 1250ms);
    account seldom;  // a machine that is busy looks less often
    BOOST_TEST(seldom.lasts(3s) <= 6s);
}

BOOST_AUTO_TEST_CASE(time_alone_brings_nothing_back) {
    account of;
    of.lasts();
    of.passes(1h, 0, rate, false);
    BOOST_TEST(!of.it.is_good());
    of.passes(1h, 0, 0, true);
    BOOST_TEST(!of.it.is_good());
}

BOOST_AUTO_TEST_CASE(what_neighbours_bring_is_worth_the_time_it_saved) {
    account of;
    of.lasts();
    of.passes(10s, rate, 0, false);
    BOOST_TEST(of.it.is_good());
    BOOST_TEST(of.lasts() >= 9s);
    BOOST_TEST(of.lasts() <= 11s);
    of.passes(1h, rate, 0, false);
    BOOST_TEST(of.lasts() <= 31s);
}

BOOST_AUTO_TEST_CASE(neighbours_that_bring_as_much_are_waited_for_for_ever_and_slower_ones_are_not) {
    account equal, slower;
    equal.passes(1h, rate, 0, true);
    BOOST_TEST(equal.it.is_good());
    // a second for every ten in which they have brought a tenth
    int good = 0;
    for (int i = 0; i < 4 * 3600; ++i) {
        slower.passes(250ms, rate / 10, 0, slower.it.is_good());
        good += slower.it.is_good();
    }
    BOOST_TEST(good >= 4 * 200);
    BOOST_TEST(good <= 4 * 450);
}

BOOST_AUTO_TEST_CASE(what_the_others_bring_meanwhile_is_not_lost) {
    account of;
    of.passes(1h, 0, rate, true);
    BOOST_TEST(of.it.is_good());
}

BOOST_AUTO_TEST_SUITE_END()
