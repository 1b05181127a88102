#include "dht/peer_store.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <map>
#include <set>

#include "base/limits.hpp"

using namespace bt;
using namespace bt::dht;

namespace {

const time_point start(1h);
const auto world = ip_address::v4(8, 8, 8, 8);
const address_rules rules;

info_hash torrent(std::uint32_t i) {
    info_hash hash;
    for (std::size_t at = 0; at < 4; ++at) hash.bytes[at] = static_cast<std::uint8_t>(i >> 8 * at);
    return hash;
}
endpoint v4(std::uint32_t i) {
    return {ip_address::v4(60, static_cast<std::uint8_t>(i >> 16), static_cast<std::uint8_t>(i >> 8),
                           static_cast<std::uint8_t>(i)),
            static_cast<std::uint16_t>(1 + i % 60'000)};
}
endpoint v6(std::uint32_t i) {
    auto at = *endpoint::parse("[2001:db8::]:1");
    bytes raw(at.address.raw().begin(), at.address.raw().end());
    for (std::size_t b = 0; b < 4; ++b) raw[8 + b] = static_cast<std::uint8_t>(i >> 8 * b);
    return {*ip_address::from_bytes(raw), 6881};
}
endpoint at(const char* text) { return *endpoint::parse(text); }

std::vector<endpoint> sampled(peer_store& store, time_point now, const info_hash& hash,
                              ip_family family = ip_family::v4, std::size_t count = 1'000,
                              const ip_address& asker = world) {
    BOOST_TEST(store.is_sound());
    std::vector<endpoint> out;
    store.sample(now, hash, family, asker, rules, count, out);
    return out;
}
std::vector<endpoint> sorted(std::vector<endpoint> all) {
    std::sort(all.begin(), all.end());
    return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(stored_peers)

BOOST_AUTO_TEST_CASE(what_is_announced_comes_back_by_family) {
    peer_store store(rng(1));
    const auto local = ip_address::parse("fe80::9%3").value();
    const std::vector mine = {at("1.2.3.4:65535"),       at("255.254.1.1:1"),          at("[2001:db8::ff]:2"),
                              at("[fe80::1:2:3:4%3]:4"), at("[fe80::1%4294967295]:5"), at("10.0.0.1:6")};
    for (const auto& peer : mine) {
        store = peer_store(rng(1));
        BOOST_TEST(store.add(start, torrent(1), peer));
        const auto asker = peer.address.scope() == address_scope::link_local
                               ? local.with_zone(peer.address.zone())
                           : peer.address.is_local() ? at("10.0.0.2:1").address
                                                     : world;
        const auto expected = peer.address.scope() == address_scope::unusable ? 0u : 1u;
        const auto found = sampled(store, start, torrent(1), peer.address.family(), 10, asker);
        BOOST_REQUIRE(found.size() == expected);
        if (expected) BOOST_TEST((found[0] == peer), peer.to_string());
        const auto other = peer.address.is_v4() ? ip_family::v6 : ip_family::v4;
        BOOST_TEST(sampled(store, start, torrent(1), other, 10, asker).empty());
    }
    BOOST_TEST(sampled(store, start, torrent(2)).empty());
}

BOOST_AUTO_TEST_CASE(a_link_local_address_that_leaves_no_place_for_its_zone_is_not_taken) {
    peer_store store(rng(1));
    BOOST_TEST(!store.add(start, torrent(1), at("[fe80::1:0:0:0:0:1%2]:4")));
    BOOST_TEST(store.peers() == 0u);
}

BOOST_AUTO_TEST_CASE(nobody_is_told_what_is_of_no_use_to_him) {
    peer_store store(rng(1));
    store.add(start, torrent(1), at("10.0.0.1:1"));
    store.add(start, torrent(1), at("60.0.0.1:1"));
    BOOST_TEST((sampled(store, start, torrent(1)) == std::vector{at("60.0.0.1:1")}));
    BOOST_TEST(sampled(store, start, torrent(1), ip_family::v4, 1, at("10.0.0.2:1").address).size() == 1u);
    BOOST_TEST(sampled(store, start, torrent(1), ip_family::v4, 9, at("10.0.0.2:1").address).size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_peer_is_gone_half_an_hour_after_its_last_announce) {
    peer_store store(rng(1));
    BOOST_TEST((store.next_deadline() == never));
    store.add(start + 59s, torrent(1), v4(1));
    store.add(start + 59s, torrent(2), v6(1));
    store.add(start + 10min, torrent(1), v4(2));
    store.add(start + 20min, torrent(1), v4(1));  // again: refreshed in place
    BOOST_TEST(store.peers() == 3u);
    BOOST_TEST(store.torrents() == 2u);
    for (auto now = start + 20min; now <= start + 2h; now += 20s) {
        const auto there = sampled(store, now, torrent(1)).size();
        if (now <= start + 40min) BOOST_TEST(there == 2u);
        if (now > start + 41min && now <= start + 50min) BOOST_TEST(there == 1u);
        if (now > start + 51min) BOOST_TEST(there == 0u);
        BOOST_TEST(sampled(store, now, torrent(2), ip_family::v6).size() == (now < start + 31min ? 1u : 0u));
        if (now >= store.next_deadline()) {
            store.tick(now);
            BOOST_TEST((store.next_deadline() > now));
        }
    }
    BOOST_TEST(store.peers() == 0u);
    BOOST_TEST(store.torrents() == 0u);
    BOOST_TEST((store.next_deadline() == never));
}

BOOST_AUTO_TEST_CASE(the_minute_stamp_may_wrap) {
    for (const auto now : {time_point(65'535min), time_point(65'536min + 30s), time_point(-3min)}) {
        peer_store store(rng(1));
        store.add(now, torrent(1), v4(1));
        BOOST_TEST(sampled(store, now + 30min, torrent(1)).size() == 1u);
        store.tick(now + 29min);
        BOOST_TEST(store.peers() == 1u);
        BOOST_TEST(sampled(store, now + 31min, torrent(1)).empty());
        store.tick(now + 31min);
        BOOST_TEST(store.peers() == 0u);
    }
}

BOOST_AUTO_TEST_CASE(torrents_and_peers_are_bounded_over_both_families) {
    peer_store store(rng(1));
    for (std::uint32_t i = 0; i < limits::dht_torrents; ++i) BOOST_TEST(store.add(start, torrent(i), v4(i)));
    BOOST_TEST(store.has_room(torrent(0), world));
    BOOST_TEST(!store.has_room(torrent(limits::dht_torrents), world));
    BOOST_TEST(!store.add(start, torrent(limits::dht_torrents), v4(1)));
    for (std::uint32_t i = 0; i < 3 * limits::dht_peers_per_torrent; ++i)
        BOOST_TEST(store.add(start, torrent(1), i % 2 ? v4(i + 9'000) : v6(i)));
    BOOST_TEST(store.peers() == limits::dht_torrents - 1 + limits::dht_peers_per_torrent);
    const auto told =
        sampled(store, start, torrent(1)).size() + sampled(store, start, torrent(1), ip_family::v6).size();
    BOOST_TEST(told == limits::dht_peers_per_torrent);
    store.tick(start + 31min);
    BOOST_TEST(store.has_room(torrent(limits::dht_torrents), world));
}

BOOST_AUTO_TEST_CASE(a_full_torrent_keeps_a_uniform_sample_of_all_who_announced) {
    // 2,000 announce to 40 torrents: each of them stays in about a quarter
    constexpr std::uint32_t announcers = 2'000, torrents = 40;
    peer_store store(rng(5));
    for (std::uint32_t t = 0; t < torrents; ++t)
        for (std::uint32_t i = 0; i < announcers; ++i)
            store.add(start, torrent(t), i % 4 == 3 ? v6(i) : v4(i));
    std::map<endpoint, std::uint32_t> kept;
    for (std::uint32_t t = 0; t < torrents; ++t)
        for (const auto family : {ip_family::v4, ip_family::v6})
            for (const auto& peer : sampled(store, start, torrent(t), family)) ++kept[peer];
    // by tenths of the order they came in: 2,000 expected in each, sigma about 39
    for (std::uint32_t tenth = 0; tenth < 10; ++tenth) {
        std::uint32_t sum = 0;
        for (std::uint32_t i = tenth * 200; i < tenth * 200 + 200; ++i)
            sum += kept[i % 4 == 3 ? v6(i) : v4(i)];
        BOOST_TEST(sum > 1'840u, tenth);
        BOOST_TEST(sum < 2'160u, tenth);
    }
}

BOOST_AUTO_TEST_CASE(a_sample_is_uniform_without_repeats_and_the_asker_is_one_among_others) {
    constexpr std::uint32_t stored = 100, rounds = 3'000, count = 10;
    peer_store store(rng(3));
    for (std::uint32_t i = 0; i < stored; ++i) store.add(start, torrent(1), v4(i));
    std::map<endpoint, unsigned> hits;
    for (std::uint32_t i = 0; i < rounds; ++i) {
        const auto some = sampled(store, start, torrent(1), ip_family::v4, count, v4(7).address);
        BOOST_REQUIRE(std::set(some.begin(), some.end()).size() == count);
        for (const auto& peer : some) ++hits[peer];
    }
    // 300 expected of each; chi-squared with 99 degrees of freedom stays below 161 but once in 10,000
    double chi = 0;
    for (std::uint32_t i = 0; i < stored; ++i) {
        const auto off = hits[v4(i)] - 300.0;
        chi += off * off / 300;
    }
    BOOST_TEST(chi < 161);
    BOOST_TEST(chi > 40);  // what is more even than chance is no chance either
}

BOOST_AUTO_TEST_CASE(asking_for_more_than_there_is_gives_all) {
    peer_store store(rng(3));
    std::vector<endpoint> all;
    for (std::uint32_t i = 0; i < 20; ++i) store.add(start, torrent(1), all.emplace_back(v4(i)));
    BOOST_TEST((sorted(sampled(store, start, torrent(1))) == sorted(all)));
    BOOST_TEST(sampled(store, start, torrent(1), ip_family::v4, 0).empty());
}

BOOST_AUTO_TEST_CASE(one_address_fills_half_of_it_at_most_and_gets_its_places_back) {
    peer_store store(rng(1));
    rng random(2);
    const auto announce = [&](time_point now, std::uint8_t host) {
        info_hash hash;
        random.fill(hash.bytes);
        return store.add(now, hash, {ip_address::v4(192, 168, 1, host), 6881});
    };
    const time_point begin(1h);
    std::size_t taken = 0;
    for (std::size_t i = 0; i < limits::dht_torrents; ++i) taken += announce(begin, 66) ? 1u : 0u;
    BOOST_TEST(taken == limits::dht_torrents_per_address);
    BOOST_TEST(announce(begin, 7));
    store.tick(begin + 32min);
    BOOST_TEST(store.torrents() == 0u);
    BOOST_TEST(announce(begin + 32min, 66));
}

BOOST_AUTO_TEST_CASE(two_addresses_that_fill_it_give_way_to_a_third_and_displace_nobody_else) {
    peer_store store(rng(1));
    rng random(2);
    const auto host = [](std::uint8_t number) { return ip_address::v4(192, 168, 1, number); };
    const auto announce = [&](std::uint8_t number, const info_hash& hash) {
        return store.add(start, hash, {host(number), 6881});
    };
    const auto any = [&] {
        info_hash hash;
        random.fill(hash.bytes);
        return hash;
    };
    std::vector<info_hash> first_two{any(), any()};
    announce(66, first_two[0]);
    announce(67, first_two[1]);
    for (std::size_t i = 2; i < limits::dht_torrents; ++i) announce(i % 2 ? 67 : 66, any());
    BOOST_TEST(store.torrents() == limits::dht_torrents);
    BOOST_TEST(!store.has_room(any(), host(66)));
    BOOST_TEST(store.has_room(any(), host(7)));
    std::vector<info_hash> honest;
    for (int i = 0; i < 100; ++i) {
        honest.push_back(any());
        BOOST_TEST(announce(7, honest.back()));
        announce(66, any());
        announce(67, any());
    }
    BOOST_TEST(store.torrents() == limits::dht_torrents);
    for (const auto& hash : honest)
        BOOST_TEST(sampled(store, start, hash, ip_family::v4, 1, host(8)).size() == 1u);
    for (const auto& hash : first_two)  // the oldest of the greedy went
        BOOST_TEST(sampled(store, start, hash, ip_family::v4, 1, host(8)).empty());
    store.tick(start + 31min);
    BOOST_TEST(store.peers() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
