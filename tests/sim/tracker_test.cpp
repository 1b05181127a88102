// Neighbours' trackers: found by hello, helpful, and never needed.
#include <boost/test/unit_test.hpp>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "sim/world.hpp"

namespace {

using namespace bt;
using namespace bt::sim;
using namespace std::string_literals;

constexpr std::size_t MiB = 1 << 20;

host_plan http_tracker() {
    host_plan plan;
    plan.http_tracker = 8080;
    return plan;
}
host_plan udp_tracker() {
    host_plan plan;
    plan.udp_tracker = 6969;
    return plan;
}

/// How often this tracker was asked about that torrent since then.
std::size_t asked(const host& tracker, const torrent_data& data, time_point since = time_point::min()) {
    const auto hash = percent_encode(data.info.hash.span());
    return static_cast<std::size_t>(std::count_if(
        tracker.asked.begin(), tracker.asked.end(),
        [&](const auto& one) { return one.first >= since && one.second.find(hash) != std::string::npos; }));
}

BOOST_AUTO_TEST_CASE(a_torrent_is_found_through_a_neighbours_tracker_when_nothing_else_finds_it) {
    for (const bool there : {false, true})
        for (const auto& plan : {http_tracker(), udp_tracker()}) {
            world w(11);
            w.search_blocked = true;
            const auto data = make_torrent(11, 2 * MiB, 64 * 1024);
            if (there) w.add_host(plan);
            auto& seed = w.add_host();
            seed.share(data);
            w.run_until([] { return false; }, 2s);
            auto& leecher = w.add_host();
            leecher.get(data);
            BOOST_TEST(w.run_until([&] { return leecher.is_complete(); }, 10s) == there);
            if (there) BOOST_TEST(leecher.is_exact());
            if (there && plan.http_tracker) BOOST_TEST(seed.registered > 0u);
        }
}

BOOST_AUTO_TEST_CASE(a_tracker_that_comes_last_still_brings_them_together) {
    world w(12);
    w.search_blocked = true;
    const auto data = make_torrent(12, MiB, 64 * 1024);
    w.add_host().share(data);
    auto& leecher = w.add_host();
    leecher.get(data);
    BOOST_TEST(!w.run_until([&] { return leecher.is_complete(); }, 20s));
    w.add_host(http_tracker());
    // both announce at once, so one of them may hear of nobody; the next announce comes after a minute
    BOOST_TEST(w.run_until([&] { return leecher.is_complete(); }, 70s));
}

BOOST_AUTO_TEST_CASE(swarms_find_each_other_through_a_tracker_on_lossy_links_for_many_seeds) {
    for (std::uint64_t seed = 200; seed < 220; ++seed) {
        world w(seed);
        w.search_blocked = true;
        w.link.loss = w.random().unit() * 0.1;
        const auto data = make_torrent(seed, MiB, 64 * 1024);
        w.add_host(seed % 2 == 0 ? http_tracker() : udp_tracker());
        w.add_host().share(data);
        std::vector<host*> others;
        for (int i = 0; i < 4; ++i) {
            others.push_back(&w.add_host());
            others.back()->get(data);
        }
        const auto all = [&] {
            return std::all_of(others.begin(), others.end(), [](host* h) { return h->is_complete(); });
        };
        BOOST_TEST(w.run_until(all, 300s), "seed " << seed);
    }
}

BOOST_AUTO_TEST_CASE(a_tracker_that_dies_stops_no_transfer_and_one_that_is_back_is_used_within_five_seconds) {
    for (const auto& plan : {http_tracker(), udp_tracker()}) {
        world w(13);
        w.search_blocked = true;
        w.link.bytes_per_second = 500'000;
        const auto data = make_torrent(13, 4 * MiB, 64 * 1024);
        auto& tracker = w.add_host(plan);
        w.add_host().share(data);
        w.run_until([] { return false; }, 2s);
        auto& leecher = w.add_host();
        leecher.get(data);
        BOOST_TEST(w.run_until(
            [&] { return leecher.node().swarm(leecher.torrent()).down().total() > MiB / 2; }, 20s));
        tracker.die();
        w.run_until([] { return false; }, 3s);
        BOOST_TEST(!leecher.is_complete());
        const auto http_before = tracker.asked.size(), udp_before = tracker.udp_asked;
        tracker.boot();
        BOOST_TEST(w.run_until(
            [&] { return tracker.asked.size() >= http_before + 2 || tracker.udp_asked >= udp_before + 4; },
            5s));  // the seed and the leecher; over UDP two datagrams each
        BOOST_TEST(!leecher.is_complete());
        tracker.die();
        BOOST_TEST(w.run_until([&] { return leecher.is_complete(); }, 60s));
        BOOST_TEST(leecher.is_exact());
    }
}

BOOST_AUTO_TEST_CASE(a_tracker_that_says_goodbye_is_not_asked_again) {
    world w(14);
    const auto data = make_torrent(14, 256 * 1024, 64 * 1024);
    auto& tracker = w.add_host(http_tracker());
    auto& seed = w.add_host();
    seed.share(data);
    BOOST_TEST(w.run_until([&] { return asked(tracker, data) == 1; }, 1s));
    tracker.stop();
    w.run_until([&] { return seed.node().lan_tracker_count() == 0; }, 5s);
    const auto since = w.now();
    w.run_until([] { return false; }, 600s);
    BOOST_TEST(asked(tracker, data, since) == 0u);
}

BOOST_AUTO_TEST_CASE(a_private_torrent_is_never_announced_to_a_neighbours_tracker) {
    world w(15);
    auto& tracker = w.add_host(http_tracker());
    const auto secret = make_torrent(15, 4 * MiB, 64 * 1024, true);
    const auto open = make_torrent(16, 256 * 1024, 64 * 1024);
    auto& seed = w.add_host();
    seed.share(secret);
    w.add_host().share(open);
    w.run_until([] { return false; }, 300s);
    BOOST_TEST(asked(tracker, open) > 0u);
    BOOST_TEST(asked(tracker, secret) == 0u);
    BOOST_TEST(seed.registered == 0u);

    // a magnet does not tell: it is asked for until the metadata does
    auto& leecher = w.add_host();
    leecher.get(secret, {seed.address()});
    BOOST_TEST(w.run_until([&] { return leecher.node().info(leecher.torrent()) != nullptr; }, 10s));
    const auto since = w.now() + 1s;
    BOOST_TEST(w.run_until([&] { return leecher.is_complete(); }, 60s));
    w.run_until([] { return false; }, 300s);
    BOOST_TEST(asked(tracker, secret) >= 1u);
    BOOST_TEST(asked(tracker, secret, since) == 0u);
}

// N4
BOOST_AUTO_TEST_CASE(a_rogue_tracker_adds_peers_at_most_and_costs_little_time) {
    std::string many = "d8:intervali1e5:peers1048500:";
    for (std::size_t i = 0; i < 1'048'500 / 6; ++i)
        many += "\x0a\x63"s + static_cast<char>(i >> 8) + static_cast<char>(i) + "\x1a\xe1"s;
    many += "e";
    const std::pair<int, std::string> answers[] = {
        {200,
         "\x7f"
         "ELF garbage"s},
        {200, many},
        {302, ""},
        {200, "d8:trackersl13:http://evil/e13:announce-listlee"},
        {200, "d14:failure reason6:\x1b[2J\x07\x00"s + "8:retry in5:nevere"},
        {500, "<html>"},
    };
    for (const bool rogue_here : {false, true})
        for (const auto& answer : answers) {
            world w(17);
            w.link.bytes_per_second = 2'000'000;
            const auto data = make_torrent(17, 2 * MiB, 64 * 1024);
            if (rogue_here) {
                auto plan = http_tracker();
                plan.rogue = [&](const std::string&) { return answer; };
                w.add_host(std::move(plan));
            }
            w.add_host().share(data);
            auto& leecher = w.add_host();
            leecher.get(data);
            const auto begin = w.now();
            BOOST_TEST(w.run_until([&] { return leecher.is_complete(); }, 60s));
            BOOST_TEST(leecher.is_exact());
            BOOST_TEST(seconds(w.now() - begin) < 3.0);  // a clean one takes 1.5 s
            BOOST_TEST(leecher.node().tracker_count(leecher.torrent()) == (rogue_here ? 1u : 0u));
            BOOST_TEST(leecher.node().lan_tracker_count() == (rogue_here ? 1u : 0u));
        }
}

}  // namespace
