// Whom the pool tries first, how often it knocks at one host, and whom it remembers.
#include <boost/test/unit_test.hpp>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "swarm/peer_pool.hpp"

using namespace bt;
using namespace bt::swarm;
using enum bt::swarm::peer_source;

namespace {

constexpr time_point start = time_point{} + 1h;

endpoint at(const std::string& text) { return *endpoint::parse(text); }
/// Above the ports of services, which only some sources may name.
constexpr std::uint16_t first_port = 2'000;
endpoint port(const char* host, std::uint16_t number) {
    return {*ip_address::parse(host), static_cast<std::uint16_t>(first_port + number)};
}

std::string order(peer_pool& pool, time_point now) {
    std::string out;
    while (const auto next = pool.next(now)) out += static_cast<char>(next->port - first_port);
    return out;
}

/// Addresses named by a letter.
endpoint named(char name) {
    return {ip_address::v4(10, 0, 0, static_cast<std::uint8_t>(name)),
            static_cast<std::uint16_t>(first_port + static_cast<std::uint8_t>(name))};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(peer_pool_rank_test)

BOOST_AUTO_TEST_CASE(near_before_far_then_what_has_proven_good_then_the_source) {
    peer_pool pool(rng(1));
    pool.add(start, named('s'), saved, false);
    pool.add(start, named('x'), exchange, false);
    pool.add(start, named('t'), tracker, false);
    pool.add(start, named('u'), user, false);
    pool.add(start, named('n'), exchange, true);
    pool.add(start, named('N'), lan, true);
    BOOST_TEST(order(pool, start) == "Nnutxs");
    for (char each : std::string("sxun")) pool.failed(start, named(each));
    pool.failed(start + 1min, named('n'));  // twice
    for (char each : std::string("tN")) {
        pool.connected(named(each));
        pool.disconnected(start, named(each), {.trip = 1ms, .best_rate = 9, .useful = 1, .gave = true});
    }
    BOOST_TEST(order(pool, start + 1h) == "Nntuxs");
}

BOOST_AUTO_TEST_CASE(of_those_that_gave_the_fastest_with_most_that_we_need_then_the_shortest_way) {
    peer_pool pool(rng(1));
    struct {
        char name;
        peer_record seen;
    } const table[] = {
        {'A', {.trip = 90ms, .best_rate = 9'000, .useful = 0.9, .gave = true}},
        {'B', {.trip = 10ms, .best_rate = 5'000, .useful = 1, .gave = true}},
        {'C', {.trip = 10ms, .best_rate = 9'000, .useful = 0.1, .gave = true}},
        {'D', {.trip = 10ms, .best_rate = 0, .useful = 1, .gave = true}},  // we gave to it
        {'E', {.trip = 20ms, .best_rate = 0, .useful = 1, .gave = true}},
        {'F', {.best_rate = 0, .useful = 1, .gave = true}},
    };
    for (const auto& row : table) pool.add(start, named(row.name), dht, false);
    pool.add(start, named('Z'), user, false);  // never met
    while (pool.next(start)) {
    }
    for (const auto& row : table) {
        pool.connected(named(row.name));
        pool.disconnected(start, named(row.name), row.seen);
    }
    pool.refresh(start);
    pool.failed(start, named('Z'));
    pool.refresh(start + 1min);
    BOOST_TEST(order(pool, start + 1min) == "ABCDEFZ");
}

BOOST_AUTO_TEST_CASE(a_connection_that_came_to_nothing_does_not_wipe_out_what_a_peer_has_shown) {
    peer_pool pool(rng(1));
    for (char each : std::string("AB")) pool.add(start, named(each), dht, false);
    while (pool.next(start)) {
    }
    for (char each : std::string("AB")) pool.connected(named(each));
    pool.disconnected(start, named('A'), {.best_rate = 9, .useful = 1, .gave = true});
    pool.disconnected(start, named('B'), {.best_rate = 8, .useful = 1, .gave = true});
    pool.disconnected(start, named('A'), {});  // full, this time
    pool.refresh(start);
    BOOST_TEST(order(pool, start) == "AB");
}

BOOST_AUTO_TEST_CASE(refreshed_all_are_tried_again_but_those_connected_or_banned) {
    peer_pool pool(rng(1));
    for (char each : std::string("ABCDE")) pool.add(start, named(each), tracker, false);
    BOOST_TEST(order(pool, start).size() == 5u);
    for (int i = 0; i < 9; ++i) pool.failed(start, named('A'));
    pool.failed(start, named('B'));
    pool.connected(named('C'));
    pool.ban(named('D'));
    pool.refresh(start + 1s);
    BOOST_TEST((pool.next_deadline() == start + 1s));
    const auto again = order(pool, start + 1s);
    BOOST_TEST(std::set(again.begin(), again.end()) == (std::set{'A', 'B'}));  // E is being tried
    // as if just learnt: the pause is short again
    pool.failed(start + 1s, named('A'));
    BOOST_TEST((pool.next_deadline() <= start + 20s));
}

BOOST_AUTO_TEST_CASE(of_one_host_only_a_few_ports_are_tried_at_a_time) {
    struct {
        const char *host, *why;
        peer_source source;
        bool near;
        std::size_t at_a_time, in_a_minute;
    } const table[] = {
        {"198.51.100.7", "a stranger: many ports of a victim", exchange, false, 4, 16},
        {"2001:db8::7", "the same", tracker, false, 4, 16},
        {"10.0.0.7", "a neighbour that others named", exchange, true, 16, 64},
        {"10.0.0.7", "one that called itself", lan, true, 16, 100},
        {"198.51.100.7", "one that somebody here named", user, false, 4, 100},
        {"127.0.0.1", "many nodes of one machine", exchange, true, 100, 100},
        {"::1", "the same", lan, true, 100, 100},
    };
    for (const auto& row : table) {
        peer_pool pool(rng(1));
        for (std::uint16_t i = 1; i <= 100; ++i) pool.add(start, port(row.host, i), row.source, row.near);
        pool.add(start, at("203.0.113.1:1"), saved, false);  // is not held up
        std::vector<endpoint> trying;
        bool other = false;
        const auto pull = [&](time_point now) {
            while (const auto next = pool.next(now)) {
                other = other || next->address == at("203.0.113.1:1").address;
                if (next->address == *ip_address::parse(row.host)) trying.push_back(*next);
            }
        };
        pull(start);
        BOOST_TEST(trying.size() == row.at_a_time, row.host << ": " << row.why);
        BOOST_TEST(other, row.why);
        // each attempt takes a second; how many are there before the minute is over, each port once?
        std::size_t tried = 0;
        std::set<std::uint16_t> ports;
        for (auto now = start; now < start + 59s; now += 1s) {
            tried += trying.size();
            for (const auto& each : trying) {
                ports.insert(each.port);
                pool.connected(each);
            }
            trying.clear();
            pull(now + 1s);
            BOOST_TEST(trying.size() <= row.at_a_time);
        }
        BOOST_TEST(ports.size() == row.in_a_minute, row.why << ": " << ports.size());
        BOOST_TEST(tried == row.in_a_minute, row.why << ": " << tried);
        BOOST_TEST((pool.next_deadline() > start + 59s));
    }
}

BOOST_AUTO_TEST_CASE(in_any_minute_a_host_is_knocked_at_no_more_often) {
    peer_pool pool(rng(1));
    for (std::uint16_t i = 1; i <= 1'000; ++i) pool.add(start, port("198.51.100.7", i), exchange, false);
    std::deque<time_point> lately;
    std::size_t all = 0;
    for (auto now = start; now < start + 10min; now += 100ms) {
        while (const auto next = pool.next(now)) {
            pool.failed(now, *next);
            lately.push_back(now);
            ++all;
        }
        while (!lately.empty() && now - lately.front() >= 1min) lately.pop_front();
        BOOST_TEST(lately.size() <= limits::attempts_per_host_per_minute);
    }
    BOOST_TEST(all >= 150u);  // and it is not forgotten
}

BOOST_AUTO_TEST_CASE(what_a_neighbour_is_said_to_be_is_bounded_and_what_it_confirmed_is_not) {
    const auto tried_in_a_minute = [](peer_source source) {
        peer_pool pool(rng(1));
        std::size_t tried = 0;
        for (auto now = start; now < start + 59s; now += 100ms) {
            for (std::uint16_t i = 0; i < 4; ++i)
                pool.add(now, port("192.168.1.7", static_cast<std::uint16_t>(tried + i)), source, true);
            while (const auto next = pool.next(now)) pool.failed(now, *next), ++tried;
        }
        return tried;
    };
    BOOST_TEST(tried_in_a_minute(lan_hearsay) == 4 * limits::attempts_per_host_per_minute);
    BOOST_TEST(tried_in_a_minute(lan) > 500u);
}

BOOST_AUTO_TEST_CASE(ports_of_services_are_not_tried_because_others_name_them) {
    for (const auto source : {lan_hearsay, dht, exchange}) {
        peer_pool pool(rng(1));
        pool.add(start, *endpoint::parse("198.51.100.7:22"), source, false);
        BOOST_TEST(pool.size() == 0u);
    }
    peer_pool pool(rng(1));
    pool.add(start, *endpoint::parse("198.51.100.7:443"), tracker, false);
    BOOST_TEST(pool.size() == 1u);
}

BOOST_AUTO_TEST_CASE(ports_that_failed_leave_half_of_a_hosts_pace_to_a_new_one) {
    host_pace pace;
    peer_pool pool(rng(1), &pace);
    for (std::uint16_t i = 0; i < 100; ++i) pool.add(start, port("192.168.1.7", i), lan, true);
    auto now = start;
    for (; now < start + 30s; now += 10ms)
        while (const auto next = pool.next(now)) pool.failed(now, *next);
    for (int i = 0; i < 50; ++i) {
        const auto fresh = port("192.168.1.7", static_cast<std::uint16_t>(200 + i));
        pool.add(now, fresh, lan, true);
        BOOST_TEST((pool.next(now) == std::optional(fresh)));
        pool.connected(fresh);
        for (const auto until = now + 1s; now < until; now += 10ms)
            while (const auto next = pool.next(now)) pool.failed(now, *next);
    }
}

BOOST_AUTO_TEST_CASE(all_torrents_together_call_one_host_ten_times_a_second) {
    host_pace pace;
    std::deque<peer_pool> pools;
    for (std::uint64_t i = 0; i < 20; ++i) pools.emplace_back(rng(i), &pace);
    std::map<long, std::size_t> by_second;
    for (auto now = start; now < start + 10s; now += 50ms)
        for (auto& pool : pools) {
            for (std::uint16_t i = 0; i < 3; ++i)
                pool.add(now, port("192.168.1.7", static_cast<std::uint16_t>((now - start) / 1ms + i)), lan,
                         true);
            while (const auto next = pool.next(now)) pool.failed(now, *next), ++by_second[(now - start) / 1s];
        }
    for (const auto& [second, count] : by_second)
        BOOST_TEST(count <= limits::connections_per_host_per_second, second);
    BOOST_TEST(by_second.size() == 10u);
}

BOOST_AUTO_TEST_CASE(a_place_at_a_host_is_free_again_however_the_attempt_ends) {
    for (int how = 0; how < 4; ++how) {
        peer_pool pool(rng(1));
        for (std::uint16_t i = 1; i <= 5; ++i) pool.add(start, port("198.51.100.7", i), user, false);
        std::vector<endpoint> trying;
        while (const auto next = pool.next(start)) trying.push_back(*next);
        BOOST_TEST_REQUIRE(trying.size() == 4u);
        BOOST_TEST(!pool.next(start + 5s).has_value());
        switch (how) {
            case 0:
                pool.failed(start + 5s, trying[0]);
                break;
            case 1:
                pool.connected(trying[0]);
                break;
            case 2:
                pool.ban(trying[0]);
                break;
            case 3:
                pool.disconnected(start + 5s, trying[0], {});
                pool.disconnected(start + 5s, trying[0], {});  // twice frees one
        }
        const auto next = pool.next(start + 8s);
        BOOST_TEST(next.has_value());
        BOOST_TEST(!pool.next(start + 9s).has_value());
    }
}

BOOST_AUTO_TEST_CASE(those_worth_saving_were_connected_once_the_best_first) {
    peer_pool pool(rng(1));
    for (char each : std::string("ABCDEF")) pool.add(start, named(each), tracker, false);
    BOOST_TEST(pool.worth_saving(9).empty());
    while (pool.next(start)) {
    }
    for (char each : std::string("ABCDE")) pool.connected(named(each));
    pool.disconnected(start, named('A'), {});
    pool.disconnected(start, named('B'), {.best_rate = 8, .useful = 1, .gave = true});
    pool.disconnected(start, named('C'), {.best_rate = 9, .useful = 1, .gave = true});
    pool.ban(named('D'));
    const auto names = [&](std::size_t most) {
        std::string out;
        for (const auto& each : pool.worth_saving(most)) out += static_cast<char>(each.port - first_port);
        return out;
    };
    BOOST_TEST(names(9) == "ECBA");  // E still is
    BOOST_TEST(names(2) == "EC");
    BOOST_TEST(names(0).empty());
}

BOOST_AUTO_TEST_CASE(whatever_happens_it_stays_in_order) {
    for (std::uint64_t luck = 1; luck <= 40; ++luck) {
        rng random(luck);
        peer_pool pool(rng{luck});
        auto now = start;
        for (int step = 0; step < 2'000; ++step) {
            const endpoint address{ip_address::v4(10, 0, 0, static_cast<std::uint8_t>(1 + random.below(4))),
                                   static_cast<std::uint16_t>(1 + random.below(12))};
            switch (random.below(9)) {
                case 0:
                case 1:
                    pool.add(now, address, static_cast<peer_source>(random.below(7)), random.chance(0.3),
                             1s * random.below(3));
                    break;
                case 2:
                    pool.failed(now, address);
                    break;
                case 3:
                    pool.connected(address);
                    break;
                case 4:
                    pool.disconnected(now, address,
                                      {.best_rate = random.below(9), .gave = random.chance(0.5)});
                    break;
                case 5:
                    if (random.chance(0.05)) pool.ban(address);
                    if (random.chance(0.05)) pool.forget(static_cast<peer_source>(random.below(7)));
                    if (random.chance(0.05)) pool.refresh(now);
                    break;
                case 6:
                    now += 1s * random.below(20);
                    break;
                default: {
                    const auto due = pool.next_deadline();
                    const auto next = pool.next(now);
                    BOOST_TEST((!next || due <= now));
                    BOOST_TEST((!next || !pool.is_banned(*next)));
                    if (!next) BOOST_TEST((pool.next_deadline() > now));
                }
            }
        }
        BOOST_TEST(pool.size() <= 48u);
    }
}

BOOST_AUTO_TEST_SUITE_END()
