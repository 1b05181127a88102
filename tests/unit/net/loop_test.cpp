#include "net/loop.hpp"

#include <sys/time.h>
#include <csignal>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <thread>
#include <vector>

#include "net/interfaces.hpp"
#include "net/signals.hpp"
#include "run_until.hpp"

using namespace bt;
using namespace bt::net;

BOOST_AUTO_TEST_SUITE(loop_and_timers)

BOOST_AUTO_TEST_CASE(a_loop_that_did_nothing_closes_cleanly) { loop on; }

BOOST_AUTO_TEST_CASE(the_clock_counts_microseconds_and_never_goes_back) {
    loop on;
    const auto first = on.now();
    auto last = first;
    while (last == first) last = on.now();
    BOOST_TEST((last > first));
    BOOST_TEST((last - first < 1s));
}

BOOST_AUTO_TEST_CASE(work_posted_by_other_threads_runs_on_the_loop_in_order) {
    loop on;
    const auto own = std::this_thread::get_id();
    std::vector<int> seen;
    bool here = true;
    std::thread other([&] {
        for (int i = 0; i < 1000; ++i)
            on.post([&, i] {
                seen.push_back(i);
                here = here && std::this_thread::get_id() == own;
                on.stop();
            });
    });
    BOOST_TEST(run_until(on, [&] { return seen.size() == 1000; }));
    other.join();
    BOOST_TEST(here);
    BOOST_TEST(std::is_sorted(seen.begin(), seen.end()));
}

BOOST_AUTO_TEST_CASE(work_posted_by_work_runs_too) {
    loop on;
    bool ran = false;
    on.post([&] {
        on.post([&] {
            ran = true;
            on.stop();
        });
    });
    BOOST_TEST(run_until(on, [&] { return ran; }));
}

BOOST_AUTO_TEST_CASE(what_is_posted_after_the_loop_is_gone_is_dropped) {
    auto on = std::make_unique<loop>();
    const auto post = on->make_poster();
    bool ran = false;
    post([&] { ran = true; });
    on.reset();
    post([&] { ran = true; });
    BOOST_TEST(!ran);
}

BOOST_AUTO_TEST_CASE(a_timer_fires_once_and_not_before_its_time) {
    loop on;
    int fired = 0;
    time_point at{};
    timer one(on, [&] {
        ++fired;
        at = on.now();
        on.stop();
    });
    const auto due = on.now() + 3300us;
    one.arm(due);
    BOOST_TEST((one.deadline() == due));
    BOOST_TEST(run_until(on, [&] { return fired > 0; }));
    BOOST_TEST((at >= due));
    BOOST_TEST((one.deadline() == never));
    BOOST_TEST(run_for(on, 5ms));
    BOOST_TEST(fired == 1);
}

BOOST_AUTO_TEST_CASE(a_timer_is_never_early_whatever_part_of_a_millisecond_is_asked_for) {
    loop on;
    for (auto wait = 50us; wait < 2500us; wait += 70us) {
        bool fired = false;
        time_point at{};
        timer one(on, [&] {
            fired = true;
            at = on.now();
            on.stop();
        });
        const auto due = on.now() + wait;
        one.arm(due);
        BOOST_REQUIRE(run_until(on, [&] { return fired; }));
        BOOST_TEST((at >= due), wait.count());
    }
}

BOOST_AUTO_TEST_CASE(the_earliest_moment_there_is_lies_in_the_past) {
    loop on;
    bool fired = false;
    timer one(on, [&] {
        fired = true;
        on.stop();
    });
    one.arm(time_point::min());
    BOOST_TEST(run_until(on, [&] { return fired; }));
}

BOOST_AUTO_TEST_CASE(timers_fire_in_the_order_of_their_deadlines) {
    loop on;
    std::vector<int> order;
    const auto note = [&](int which) {
        return [&, which] {
            order.push_back(which);
            on.stop();
        };
    };
    timer c(on, note(3)), a(on, note(1)), b(on, note(2)), off(on, note(4));
    const auto now = on.now();
    c.arm(now + 9ms);
    a.arm(now - 1s);
    b.arm(now + 4ms);
    off.arm(now + 2ms);
    off.arm(never);
    BOOST_TEST(run_until(on, [&] { return order.size() == 3; }));
    BOOST_TEST(order == (std::vector{1, 2, 3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_timer_may_be_rearmed_or_destroyed_inside_its_own_call) {
    loop on;
    int fired = 0;
    std::unique_ptr<timer> one;
    one = std::make_unique<timer>(on, [&, big = std::vector<int>(1000, 7)] {
        if (++fired < 3) return one->arm(on.now());
        one.reset();
        fired += big[999];  // the callback's own state is still there
        on.stop();
    });
    one->arm(on.now());
    BOOST_TEST(run_until(on, [&] { return fired == 10; }));
}

BOOST_AUTO_TEST_CASE(signals_arrive_as_events) {
    loop on;
    std::vector<int> seen;
    {
        signals watched(on, {SIGUSR1, SIGWINCH}, [&](int number) {
            seen.push_back(number);
            on.stop();
        });
        raise(SIGWINCH);
        BOOST_TEST(run_until(on, [&] { return seen.size() == 1; }));
        raise(SIGUSR1);
        BOOST_TEST(run_until(on, [&] { return seen.size() == 2; }));
    }
    BOOST_TEST(seen == (std::vector{SIGWINCH, SIGUSR1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(entropy_differs_from_call_to_call_and_fills_large_buffers) {
    BOOST_TEST(entropy_seed() != entropy_seed());
    std::vector<std::uint8_t> large(100'000);
    entropy(large);
    BOOST_TEST(std::count(large.end() - 1000, large.end(), 0) < 100);
}

BOOST_AUTO_TEST_CASE(the_loopback_interface_is_listed_with_its_address) {
    const auto all = running_interfaces();
    BOOST_REQUIRE(all.has_value());
    const auto at = std::find_if(all->begin(), all->end(), [](const interface_entry& one) {
        return one.address == ip_address::v4(127, 0, 0, 1);
    });
    BOOST_REQUIRE((at != all->end()));
    BOOST_TEST(at->name == "lo");
    BOOST_TEST(at->index != 0u);
    BOOST_TEST(at->prefix_bits == 8u);
    BOOST_TEST(at->loopback);
    BOOST_TEST((!at->broadcast));
    for (const auto& one : *all) BOOST_TEST((one.up && one.running));
}

BOOST_AUTO_TEST_CASE(the_directed_broadcast_is_the_last_address_of_the_prefix) {
    const auto text = [](const char* address, unsigned bits) {
        const auto last = directed_broadcast(*ip_address::parse(address), bits);
        return last ? last->to_string() : "none";
    };
    BOOST_TEST(text("192.168.1.7", 24) == "192.168.1.255");
    BOOST_TEST(text("10.1.2.3", 8) == "10.255.255.255");
    BOOST_TEST(text("172.16.5.4", 20) == "172.16.15.255");
    BOOST_TEST(text("192.0.2.129", 25) == "192.0.2.255");
    BOOST_TEST(text("192.0.2.5", 30) == "192.0.2.7");
    BOOST_TEST(text("192.0.2.5", 31) == "none");
    BOOST_TEST(text("192.0.2.5", 32) == "none");
    BOOST_TEST(text("192.0.2.5", 0) == "none");
    BOOST_TEST(text("fd00::1", 64) == "none");
}

BOOST_AUTO_TEST_CASE(an_interface_watcher_can_be_had_and_dropped) {
    loop on;
    interface_watcher watcher(on, [] {});
    BOOST_TEST(watcher.works());
}

BOOST_AUTO_TEST_SUITE_END()
