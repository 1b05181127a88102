#include "app/lan/page_queue.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>

using namespace bt;

namespace {

constexpr time_point start{1000s};

struct desk {
    app::page_queue<std::string> it;
    std::string send(time_point now = start) {
        std::string all;
        while (const auto next = it.next(now)) all += (all.empty() ? "" : " ") + next->second;
        return all;
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE(of_one_address_four_pages_are_asked_for_at_a_time) {
    desk d;
    for (int i = 0; i < 6; ++i) d.it.add("a", "a" + std::to_string(i));
    BOOST_TEST(d.send() == "a0 a1 a2 a3");
    d.it.done(start, "a", true);
    BOOST_TEST(d.send() == "a4");
}

BOOST_AUTO_TEST_CASE(addresses_are_asked_in_turn) {
    desk d;
    for (const std::string name : {"a", "b", "c"})
        for (int i = 0; i < 2; ++i) d.it.add(name, name + std::to_string(i));
    BOOST_TEST(d.send() == "a0 b0 c0 a1 b1 c1");
}

BOOST_AUTO_TEST_CASE(an_address_that_answered_before_goes_first) {
    desk d;
    d.it.add("b", "b0");
    d.send();
    d.it.done(start, "b", true);
    d.it.add("a", "a0");
    d.it.add("b", "b1");
    BOOST_TEST(d.send() == "b1 a0");
}

BOOST_AUTO_TEST_CASE(no_more_are_open_than_the_limit_however_many_addresses) {
    desk d;
    for (int i = 0; i < 200; ++i) d.it.add(std::to_string(i), "x");
    const auto sent = d.send();
    BOOST_TEST(std::count(sent.begin(), sent.end(), 'x') == static_cast<long>(limits::lan_pages_at_once));
}

BOOST_AUTO_TEST_CASE(a_silent_host_is_waited_for_a_second_and_a_slow_one_two) {
    desk d;
    BOOST_TEST(d.it.is_quiet(start));
    for (int i = 0; i < 200; ++i) d.it.add("mute", "m");
    d.it.add("good", "g");
    BOOST_TEST(!d.it.is_quiet(start));
    d.send();
    d.it.done(start, "good", true);
    BOOST_TEST(!d.it.is_quiet(start + 999ms));
    BOOST_TEST(d.it.is_quiet(start + 1s));
    for (auto now = start; now < start + 2s; now += 500ms) {
        d.it.done(now, "mute", true);
        d.send(now);
        BOOST_TEST(!d.it.is_quiet(now));
    }
    BOOST_TEST(d.it.is_quiet(start + 2s));
    d.it.begin_round();
    d.send(start + 5s);
    BOOST_TEST(!d.it.is_quiet(start + 5s));
}
