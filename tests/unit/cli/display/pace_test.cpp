#include "cli/display/pace.hpp"

#include <boost/test/unit_test.hpp>

using namespace bt::cli;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(no_guess_is_made_in_the_first_second) {
    pace p;
    p.update(100s, 0, 1000, 10);
    p.update(100800ms, 8, 1000, 10);
    BOOST_TEST(p.left(true) == "- left");
    p.update(101s, 10, 1000, 10);
    BOOST_TEST(p.left(true) == "1m39s left");
}

BOOST_AUTO_TEST_CASE(a_short_dip_hardly_moves_the_guess) {
    pace p;
    for (int t = 0; t < 60; ++t) p.update(std::chrono::seconds(t), 0, 6000, 100);
    BOOST_TEST(p.left(true) == "1m00s left");
    p.update(60s, 0, 6000, 50);
    BOOST_TEST(p.left(true) == "1m01s left");
}

BOOST_AUTO_TEST_CASE(ten_seconds_without_data_are_endless) {
    pace p;
    for (int t = 0; t < 20; ++t) p.update(std::chrono::seconds(t), 0, 6000, 100);
    p.update(28s, 0, 6000, 0);
    BOOST_TEST(p.left(true) != "inf left");
    p.update(29s, 0, 6000, 0);
    BOOST_TEST(p.left(true) == "inf left");
    BOOST_TEST(p.left(false) == "∞ left");
}
