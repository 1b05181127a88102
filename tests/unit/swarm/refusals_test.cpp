#include "swarm/refusals.hpp"

#include <boost/test/unit_test.hpp>

#include "unit/swarm/vocabulary.hpp"

using namespace bt;
using namespace bt::swarm;

BOOST_AUTO_TEST_SUITE(refusals_test)

BOOST_AUTO_TEST_CASE(a_refused_piece_is_left_out_for_a_while_longer_each_time) {
    refusals it;
    time_point now{1h};
    for (const duration pause : {5s, 10s, 20s, 40s, 80s, 160s, 300s, 300s}) {
        BOOST_TEST(it.add(now, piece_index(1)));
        BOOST_TEST(!it.add(now + pause / 2, piece_index(1)));  // the piece's other blocks
        BOOST_TEST(picture(it.without(now + pause - 1ms, pieces("###"))) == "#.#");
        BOOST_TEST(it.any(now + pause - 1ms));
        now += pause;
        BOOST_TEST(picture(it.without(now, pieces("###"))) == "###");
        BOOST_TEST(!it.any(now));
    }
}

BOOST_AUTO_TEST_CASE(who_refuses_very_many_is_asked_for_nothing) {
    refusals it;
    const time_point now{1h};
    const torrent::piece_set theirs(100, true);
    for (std::uint32_t i = 0; i < 100; ++i) {
        BOOST_TEST(it.too_many(now, theirs) == (i >= refusals::most));
        it.add(now, piece_index(i));
    }
    BOOST_TEST(!it.too_many(now + piece_pauses::first_pause, theirs));
    // what it took back is not refused
    BOOST_TEST(!it.too_many(now, torrent::piece_set(100)));
}

BOOST_AUTO_TEST_SUITE_END()
