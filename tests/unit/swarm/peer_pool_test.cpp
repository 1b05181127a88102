#include "swarm/peer_pool.hpp"

#include <boost/test/unit_test.hpp>
#include <set>
#include <string>

using namespace bt;
using namespace bt::swarm;
using enum bt::swarm::peer_source;

namespace {

constexpr time_point start = time_point{} + 1h;

endpoint at(std::uint32_t number) {
    return {ip_address::v4(10, static_cast<std::uint8_t>(number >> 16),
                           static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)),
            6881};
}
endpoint at(const char* text) { return *endpoint::parse(text); }

/// Far ones, unless near is said: see peer_pool_rank_test.cpp.
void add(peer_pool& pool, time_point now, const endpoint& address, peer_source source, duration delay = {}) {
    pool.add(now, address, source, false, delay);
}

constexpr peer_record nothing{};
constexpr peer_record gave{.trip = 50ms, .best_rate = 1'000, .useful = 1, .gave = true};

/// The order in which addresses are tried at that moment, as text.
std::vector<std::string> order(peer_pool& pool, time_point now) {
    std::vector<std::string> out;
    while (const auto next = pool.next(now)) out.push_back(next->to_string());
    return out;
}

/// How long after `now` the address is tried again.
duration pause_after(const peer_pool& pool, time_point now) { return pool.next_deadline() - now; }

bool about(duration actual, duration expected) {  // the jitter is a fifth
    return actual >= expected * 8 / 10 && actual <= expected * 12 / 10;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(peer_pool_test)

BOOST_AUTO_TEST_CASE(an_address_is_tried_once_at_a_time) {
    peer_pool pool(rng(1));
    BOOST_TEST(!pool.next(start).has_value());
    BOOST_TEST((pool.next_deadline() == never));
    add(pool, start, at(1), tracker);
    BOOST_TEST((pool.next_deadline() == start));
    BOOST_TEST((pool.next(start) == at(1)));
    BOOST_TEST(!pool.next(start).has_value());
    BOOST_TEST((pool.next_deadline() == never));
    pool.connected(at(1));
    add(pool, start, at(1), lan);
    BOOST_TEST(!pool.next(start + 1h).has_value());
    BOOST_TEST(pool.size() == 1u);
}

BOOST_AUTO_TEST_CASE(sources_are_tried_in_their_order) {
    peer_pool pool(rng(1));
    add(pool, start, at("10.0.0.6:6006"), exchange);
    add(pool, start, at("10.0.0.5:6005"), dht);
    add(pool, start, at("10.0.0.4:6004"), tracker);
    add(pool, start, at("10.0.0.7:6007"), lan_hearsay);
    add(pool, start, at("10.0.0.3:6003"), incoming);
    add(pool, start, at("10.0.0.2:6002"), lan);
    add(pool, start, at("10.0.0.1:6001"), user);
    BOOST_TEST(order(pool, start) ==
               (std::vector<std::string>{"10.0.0.1:6001", "10.0.0.2:6002", "10.0.0.3:6003", "10.0.0.7:6007",
                                         "10.0.0.4:6004", "10.0.0.5:6005", "10.0.0.6:6006"}));
}

BOOST_AUTO_TEST_CASE(an_address_learnt_again_counts_by_its_best_source) {
    peer_pool pool(rng(1));
    add(pool, start, at("10.0.0.1:1"), exchange);
    add(pool, start, at("10.0.0.2:2"), tracker);
    add(pool, start, at("10.0.0.1:1"), lan);
    add(pool, start, at("10.0.0.1:1"), dht);
    BOOST_TEST((pool.source(at("10.0.0.1:1")) == lan));
    BOOST_TEST(order(pool, start) == (std::vector<std::string>{"10.0.0.1:1", "10.0.0.2:2"}));
    BOOST_TEST((pool.source(at("10.9.9.9:9")) == incoming));  // unknown: it came to us
}

BOOST_AUTO_TEST_CASE(two_nodes_try_the_same_addresses_in_different_orders) {
    const auto order_of = [](std::uint64_t seed) {
        peer_pool pool((rng(seed)));
        for (std::uint32_t i = 1; i <= 20; ++i) add(pool, start, at(i), tracker);
        return order(pool, start);
    };
    BOOST_TEST(order_of(1) == order_of(1));
    BOOST_TEST(order_of(1) != order_of(2));
}

BOOST_AUTO_TEST_CASE(unusable_addresses_are_ignored) {
    peer_pool pool(rng(1));
    for (const auto* text : {"0.0.0.0:1", "224.0.0.1:1", "255.255.255.255:1", "10.0.0.1:0", "[ff02::1]:1"})
        add(pool, start, at(text), tracker);
    BOOST_TEST(pool.size() == 0u);
}

BOOST_AUTO_TEST_CASE(each_failure_doubles_the_pause_up_to_a_bound) {
    struct {
        peer_source source;
        std::vector<duration> pauses;
    } const table[] = {
        {tracker, {15s, 30s, 60s, 120s, 240s, 480s, 15min, 15min, 15min, 15min}},
        {user, {2s, 4s, 8s, 16s, 32s, 64s, 128s, 256s, 512s, 512s, 512s}},
        {lan, {2s, 4s, 8s, 16s, 32s, 64s, 128s, 256s, 512s, 512s, 512s}},
    };
    for (const auto& row : table) {
        peer_pool pool(rng(1));
        auto now = start;
        add(pool, now, at(1), row.source);
        for (auto expected : row.pauses) {
            BOOST_TEST_REQUIRE((pool.next(now) == at(1)));
            pool.failed(now, at(1));
            const auto pause = pause_after(pool, now);
            BOOST_TEST(about(pause, expected), seconds(pause) << " for " << seconds(expected));
            BOOST_TEST(!pool.next(now + pause - 1us).has_value());
            now += pause;
        }
    }
}

BOOST_AUTO_TEST_CASE(an_address_that_failed_is_tried_after_those_that_did_not) {
    peer_pool pool(rng(1));
    add(pool, start, at("10.0.0.1:6001"), tracker);
    pool.next(start);
    pool.failed(start, at("10.0.0.1:6001"));
    add(pool, start, at("10.0.0.2:6002"), exchange);
    BOOST_TEST(order(pool, start + 1h) == (std::vector<std::string>{"10.0.0.2:6002", "10.0.0.1:6001"}));
}

BOOST_AUTO_TEST_CASE(a_connection_that_was_useful_forgives_earlier_failures) {
    for (const bool useful : {false, true}) {
        peer_pool pool(rng(1));
        auto now = start;
        add(pool, now, at(1), tracker);
        for (int i = 0; i < 4; ++i) {
            pool.next(now);
            pool.failed(now, at(1));
            now = pool.next_deadline();
        }
        pool.next(now);
        pool.connected(at(1));
        pool.disconnected(now + 1min, at(1), useful ? gave : nothing);
        BOOST_TEST(about(pause_after(pool, now + 1min), useful ? duration{15s} : duration{240s}));
    }
}

BOOST_AUTO_TEST_CASE(a_lan_or_user_source_says_it_is_there_now) {
    for (const auto source : {user, lan, incoming, tracker, dht, exchange}) {
        peer_pool pool(rng(1));
        auto now = start;
        add(pool, now, at(1), tracker);
        for (int i = 0; i < 8; ++i) {
            pool.next(now);
            pool.failed(now, at(1));
            now = pool.next_deadline();
        }
        pool.next(now);
        pool.failed(now, at(1));
        add(pool, now + 3s, at(1), source);
        if (source <= lan)
            BOOST_TEST((pool.next_deadline() == now + 3500ms));
        else
            BOOST_TEST(about(pause_after(pool, now), 15min));
    }
}

BOOST_AUTO_TEST_CASE(a_lan_peer_heard_again_is_tried_before_strangers_whatever_failed_before) {
    peer_pool pool(rng(1));
    add(pool, start, at("10.0.0.1:1"), lan);
    pool.next(start);
    pool.failed(start, at("10.0.0.1:1"));
    add(pool, start, at("10.0.0.1:1"), lan);
    add(pool, start, at("10.0.0.2:2"), tracker);
    BOOST_TEST(order(pool, start + 1s) == (std::vector<std::string>{"10.0.0.1:1", "10.0.0.2:2"}));
    // when that fails too it is one of those that failed, until it is heard again
    pool.failed(start + 1s, at("10.0.0.1:1"));
    pool.failed(start + 1s, at("10.0.0.2:2"));
    BOOST_TEST(order(pool, start + 1h) == (std::vector<std::string>{"10.0.0.2:2", "10.0.0.1:1"}));
}

BOOST_AUTO_TEST_CASE(many_hellos_of_a_peer_that_refuses_make_two_tries_a_second_at_most) {
    peer_pool pool(rng(1));
    int tries = 0;
    for (auto now = start; now < start + 10s; now += 50ms) {
        add(pool, now, at(1), lan);
        while (pool.next(now)) {
            ++tries;
            pool.failed(now, at(1));
        }
    }
    BOOST_TEST(tries >= 16);
    BOOST_TEST(tries <= 21);
}

BOOST_AUTO_TEST_CASE(an_address_may_be_asked_to_wait_at_first) {
    peer_pool pool(rng(1));
    add(pool, start, at(1), lan, 3s);
    BOOST_TEST((pool.next_deadline() == start + 3s));
    BOOST_TEST(!pool.next(start).has_value());
    BOOST_TEST((pool.next(start + 3s) == at(1)));
}

BOOST_AUTO_TEST_CASE(the_deadline_is_that_of_the_first_whose_time_comes) {
    peer_pool pool(rng(1));
    for (std::uint32_t i = 1; i <= 9; ++i) add(pool, start, at(i), tracker, 1s * i);
    for (std::uint32_t i = 1; i <= 9; ++i) {
        BOOST_TEST((pool.next_deadline() == start + 1s * i));
        BOOST_TEST((pool.next(start + 1s * i) == at(i)));
    }
    BOOST_TEST((pool.next_deadline() == never));
    pool.failed(start, at(3));
    BOOST_TEST(about(pause_after(pool, start), 15s));
    pool.connected(at(3));
    BOOST_TEST((pool.next_deadline() == never));
    pool.disconnected(start, at(3), gave);
    pool.ban(at(3));
    BOOST_TEST((pool.next_deadline() == never));
    pool.failed(start, at(4));
    pool.forget(tracker);
    BOOST_TEST((pool.next_deadline() == never));
    BOOST_TEST(pool.size() == 1u);  // the ban stays
}

BOOST_AUTO_TEST_CASE(a_banned_address_never_comes_back) {
    peer_pool pool(rng(1));
    add(pool, start, at(1), tracker);
    pool.ban(at(1));
    pool.ban(at(2));
    for (const auto& address : {at(1), at(2)}) {
        BOOST_TEST(pool.is_banned(address));
        add(pool, start, address, user);
        pool.connected(address);
        pool.failed(start, address);
        pool.disconnected(start, address, gave);
        BOOST_TEST(pool.is_banned(address));
    }
    BOOST_TEST(!pool.is_banned(at(3)));
    BOOST_TEST(!pool.next(start + 24h).has_value());
    BOOST_TEST((pool.next_deadline() == never));
}

BOOST_AUTO_TEST_CASE(a_full_pool_lets_go_of_who_is_worth_least_for_who_is_worth_more) {
    const auto full_of = [](peer_source source, bool near) {
        peer_pool pool(rng(1));
        for (std::uint32_t i = 0; i < limits::known_peers; ++i) pool.add(start, at(i), source, near);
        BOOST_TEST(pool.size() == limits::known_peers);
        return pool;
    };
    struct {
        const char* why;
        peer_source in, newcomer;
        bool near_in, near_newcomer, gets_in;
    } const table[] = {
        {"equals: those who are there stay", tracker, tracker, false, false, false},
        {"a worse source is refused", tracker, exchange, false, false, false},
        {"what peers say gives way to what the tracker says", exchange, tracker, false, false, true},
        {"strangers give way to a neighbour", user, lan, false, true, true},
        {"a neighbour never to a stranger", lan, user, true, false, false},
        {"nor to an equal neighbour", lan, lan, true, true, false},
    };
    for (const auto& row : table) {
        auto pool = full_of(row.in, row.near_in);
        pool.add(start, at(90'000), row.newcomer, row.near_newcomer);
        BOOST_TEST(pool.size() == limits::known_peers);
        bool tried = false;
        while (const auto next = pool.next(start)) tried = tried || *next == at(90'000);
        BOOST_TEST(tried == row.gets_in, row.why);
    }
}

BOOST_AUTO_TEST_CASE(a_full_pool_lets_go_of_those_that_failed_most_and_were_never_met) {
    peer_pool pool(rng(1));
    for (std::uint32_t i = 0; i < limits::known_peers; ++i) add(pool, start, at(i), tracker);
    while (pool.next(start)) {
    }
    pool.failed(start, at(5));
    for (int i = 0; i < 3; ++i) pool.failed(start, at(6));
    pool.connected(at(7));
    pool.disconnected(start, at(7), gave);
    for (int i = 0; i < 9; ++i) pool.failed(start, at(7));
    const auto known = [&](std::uint32_t i) {
        return pool.source(at(i)) == tracker;  // of an unknown one: incoming
    };
    add(pool, start, at(90'001), tracker);
    BOOST_TEST((!known(6) && known(5) && known(7)));
    add(pool, start, at(90'002), tracker);
    BOOST_TEST((!known(5) && known(7)));
    pool.next(start);
    pool.next(start);
    add(pool, start, at(90'003), tracker);  // those left are connected, being tried, or were met
    BOOST_TEST((!known(90'003) && known(7)));
    BOOST_TEST(pool.size() == limits::known_peers);
}

BOOST_AUTO_TEST_CASE(bans_take_no_more_than_half_of_the_room) {
    peer_pool pool(rng(1));
    for (std::uint32_t i = 0; i < 3 * limits::known_peers; ++i) pool.ban(at(i));
    BOOST_TEST(pool.size() <= limits::known_peers / 2);
    BOOST_TEST(pool.is_banned(at(3 * limits::known_peers - 1)));  // the newest holds
    add(pool, start, at(90'000), tracker);
    BOOST_TEST((pool.next(start) == at(90'000)));
}

BOOST_AUTO_TEST_CASE(a_ban_finds_room_in_a_full_pool) {
    peer_pool pool(rng(1));
    for (std::uint32_t i = 0; i < limits::known_peers; ++i) add(pool, start, at(i), tracker);
    pool.ban(at(90'000));
    BOOST_TEST(pool.is_banned(at(90'000)));
    BOOST_TEST(pool.size() <= limits::known_peers);
}

BOOST_AUTO_TEST_SUITE_END()
