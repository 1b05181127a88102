// The store against a model that keeps everything in a map and counts by looking at all of it.
#include "tracker/server/peer_store.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "desk.hpp"

using namespace bt;
using namespace bt::test;

namespace {

struct model_peer {
    peer_id id;
    std::uint32_t key;
    bool seeder;
    stamp last;
    std::optional<endpoint> v4, v6;
};

/// Peers that behave: one id, one key, one address of each family, ports that are their own.
struct model {
    std::map<std::pair<int, int>, model_peer> peers;  // torrent, number

    std::pair<std::uint32_t, std::uint32_t> counts(int torrent) const {
        std::pair<std::uint32_t, std::uint32_t> sum{0, 0};
        for (const auto& [where, one] : peers)
            if (where.first == torrent) ++(one.seeder ? sum.first : sum.second);
        return sum;
    }
};

info_hash torrent_hash(int torrent) { return hash_of(static_cast<char>('A' + torrent)); }

peer_id number_id(int number) { return id_of(std::to_string(100'000 + number)); }

endpoint address_of(int number, ip_family family) {
    const auto port = static_cast<std::uint16_t>(1000 + number);
    const auto last = static_cast<std::uint8_t>(number % 3);
    if (family == ip_family::v4)
        return {number % 2 == 0 ? ip_address::v4(192, 168, last, 9) : ip_address::v4(9, 9, 9, last), port};
    return {ip("2001:db8:" + std::to_string(number % 40) + "::1"), port};
}

struct told_one {
    endpoint at;
    std::uint32_t peer;
};

std::vector<told_one> all_of(const told_peers& told) {
    std::vector<told_one> list;
    for (const auto family : {ip_family::v4, ip_family::v6}) {
        const std::size_t each = family == ip_family::v4 ? 6 : 18;
        for (std::size_t i = 0; i < told.size(family); ++i)
            list.push_back(
                {endpoint::from_compact(told.compact(family).subspan(i * each, each)).value_or(endpoint{}),
                 told.peer(family, i)});
    }
    return list;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tracker_peer_store)

BOOST_AUTO_TEST_CASE(whatever_peers_do_the_counts_are_those_of_the_model) {
    const neighbourhood around({{{ip("192.168.1.5"), 24}, false}});
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        BOOST_TEST_CONTEXT("seed " << seed) {
            rng random(seed);
            peer_store store(siphash_key{}, {100, 10'000, 10'000}, rng(seed));
            model expected;
            stamp now = 1'000'000;
            constexpr std::uint16_t lifetime = 100;
            for (int step = 0; step < 20'000; ++step) {
                const int torrent = static_cast<int>(random.below(4)),
                          number = static_cast<int>(random.below(300));
                const auto family = random.chance(0.5) ? ip_family::v4 : ip_family::v6;
                const auto at = address_of(number, family);
                peer_announce said;
                said.hash = torrent_hash(torrent);
                said.id = number_id(number);
                said.key = static_cast<std::uint32_t>(number) + 1;
                said.addresses[0] = {at, around.place_of(at.address)};
                said.left = random.chance(0.4) ? 0 : 1;
                said.lifetime = lifetime;
                const bool stop = random.chance(0.2);
                if (stop) said.event = announce_event::stopped;
                store.announce({now, 5}, said);
                if (stop) {
                    expected.peers.erase({torrent, number});
                } else {
                    auto& one = expected.peers[{torrent, number}];
                    one.id = said.id;
                    one.seeder = said.left == 0;
                    (family == ip_family::v4 ? one.v4 : one.v6) = at;
                    one.last = now;
                }
                if (random.chance(0.01)) {
                    const auto found = store.find(said.hash);
                    if (found == no_record) continue;
                    const auto [seeders, leechers] = expected.counts(torrent);
                    BOOST_REQUIRE(store.torrent(found).seeders == seeders);
                    BOOST_REQUIRE(store.torrent(found).leechers == leechers);
                    BOOST_REQUIRE(store.peers() == expected.peers.size());
                    BOOST_REQUIRE(store.is_sound());
                    const asker who(around, at.address, ip("192.168.1.5"));
                    const auto want = random.below(70);
                    const bool seeder = random.chance(0.5);
                    told_peers told;
                    store.sample({found, who, store.with_id(found, said.id), no_record, seeder, false, want,
                                  random.chance(0.5)},
                                 told);
                    BOOST_REQUIRE(told.size() <= want);
                    std::set<std::string> addresses;
                    std::size_t told_seeders = 0;
                    for (const auto& one : all_of(told)) {
                        BOOST_REQUIRE(addresses.insert(one.at.to_string()).second);
                        const auto& peer = store.peer(one.peer);
                        const auto told_family = one.at.address.family();
                        BOOST_REQUIRE((peer.id != said.id));
                        BOOST_REQUIRE((store.endpoint_of(peer, told_family) == one.at));
                        told_seeders += peer.addresses[static_cast<std::size_t>(told_family)].seeder;
                    }
                    // none of them to a seeder, unless there is nobody else
                    if (seeder) BOOST_REQUIRE((told_seeders == 0 || told_seeders == told.size()));
                }
                if (random.chance(0.002)) {
                    // all are silent for too long but those who announce again now
                    now += lifetime + 1;
                    store.sweep({now, 5}, 100'000, 1'000'000);
                    expected.peers.clear();
                    BOOST_REQUIRE(store.peers() == 0u);
                    BOOST_REQUIRE(store.is_sound());
                }
            }
            for (int torrent = 0; torrent < 4; ++torrent) {
                const auto found = store.find(torrent_hash(torrent));
                if (found == no_record) continue;
                BOOST_TEST((std::pair{store.torrent(found).seeders, store.torrent(found).leechers} ==
                            expected.counts(torrent)));
            }
            std::size_t v4 = 0, v6 = 0, seeders = 0;
            for (const auto& [where, one] : expected.peers) {
                v4 += one.v4.has_value();
                v6 += one.v6.has_value();
                seeders += one.seeder;
            }
            BOOST_TEST(store.peers_with(ip_family::v4) == v4);
            BOOST_TEST(store.peers_with(ip_family::v6) == v6);
            BOOST_TEST(store.seeders() == seeders);
        }
    }
}

BOOST_AUTO_TEST_CASE(everybody_is_told_as_often_as_everybody_else_and_neighbours_first) {
    const neighbourhood around;
    peer_store store(siphash_key{}, {100, 10'000, 10'000}, rng(3));
    const auto add = [&](const std::string& at) {
        peer_announce said;
        said.id = id_of(at.substr(at.size() - 4));
        const auto where = endpoint::parse(at).value();
        said.addresses[0] = {where, around.place_of(where.address)};
        store.announce({1'000'000, 5}, said);
    };
    for (int i = 0; i < 5; ++i) add("192.168.7.1:" + std::to_string(3000 + i));
    for (int i = 0; i < 100; ++i) add("10.0." + std::to_string(i) + ".1:" + std::to_string(2000 + i));
    const asker who(around, ip("192.168.7.99"), ip("192.168.1.5"));
    std::map<std::string, int> times;
    for (int i = 0; i < 4'000; ++i) {
        told_peers told;
        store.sample({store.find({}), who, {}, no_record, false, false, 15, true}, told);
        BOOST_REQUIRE(told.size() == 15u);
        for (const auto& one : all_of(told)) ++times[one.at.to_string()];
    }
    BOOST_TEST(times.size() == 105u);
    for (const auto& [at, count] : times) {
        // neighbours always, each of a hundred others in a tenth of the answers
        if (at.starts_with("192.168.7."))
            BOOST_TEST(count == 4'000, at);
        else
            BOOST_TEST((count > 300 && count < 500), at << ": " << count);
    }
}

BOOST_AUTO_TEST_CASE(more_links_than_have_a_group_of_their_own_are_no_harm) {
    const neighbourhood around;
    peer_store store(siphash_key{}, {100, 10'000, 10'000}, rng(3));
    std::vector<endpoint> all;
    for (int i = 0; i < 60; ++i) {
        all.push_back({ip("10.0." + std::to_string(i) + ".1"), 1});
        all.push_back({ip("fe80::1%" + std::to_string(i + 1)), 1});
        all.push_back({ip("fd00:0:0:" + std::to_string(i) + "::1"), 1});
    }
    const auto announce = [&](std::size_t i, announce_event event) {
        peer_announce said;
        said.id = id_of(std::to_string(1000 + i));
        said.event = event;
        said.addresses[0] = {all[i], around.place_of(all[i].address)};
        store.announce({1'000'000, 5}, said);
    };
    for (std::size_t i = 0; i < all.size(); ++i) announce(i, announce_event::started);
    BOOST_TEST(store.peers() == all.size());
    for (int i = 0; i < 60; ++i) {
        const asker who(around, ip("fe80::2%" + std::to_string(i + 1)), ip("fe80::9%1"));
        told_peers told;
        store.sample({store.find({}), who, {}, no_record, false, false, 500, true}, told);
        const auto list = all_of(told);
        const auto strange = std::count_if(list.begin(), list.end(), [](const told_one& one) {
            return one.at.address.is_v6() && one.at.address.scope() == address_scope::link_local;
        });
        BOOST_TEST(strange <= 1);  // of a link that is not his own: none
        BOOST_TEST(told.size() >= 120u);
    }
    for (int round = 0; round < 3; ++round)
        for (std::size_t i = 0; i < all.size(); ++i) announce(i, announce_event::none);
    for (std::size_t i = 0; i < all.size(); ++i) announce(i, announce_event::stopped);
    BOOST_TEST(store.peers() == 0u);
}

BOOST_AUTO_TEST_CASE(one_source_cannot_fill_the_store) {
    const neighbourhood around;
    peer_store store(siphash_key{}, {100, 1'000, 10}, rng(3));
    std::size_t taken = 0;
    for (int i = 0; i < 20; ++i) {
        peer_announce said;
        said.id = number_id(i);
        said.addresses[0] = {{ip("9.9.9.9"), static_cast<std::uint16_t>(i + 1)}, {reach::global, {}}};
        taken += store.announce({1'000'000, 5}, said).answer == store_answer::taken;
    }
    BOOST_TEST(taken == 10u);
}

BOOST_AUTO_TEST_CASE(a_day_is_kept_in_quarters_of_an_hour) {
    swarm_history history;
    BOOST_TEST(history.until(10).empty());
    history.note(1000, {1, 0});
    history.note(1000, {3, 1});
    history.note(1000, {2, 1});
    history.note(1003, {0, 5});
    const auto steps = history.until(1004);
    BOOST_REQUIRE(steps.size() == 5u);
    const std::pair<int, int> expected[] = {{3, 1}, {2, 1}, {2, 1}, {2, 5}, {0, 5}};
    for (std::size_t i = 0; i < 5; ++i)
        BOOST_TEST((steps[i].seeders == expected[i].first && steps[i].leechers == expected[i].second),
                   "step " << i);
    BOOST_TEST(history.until(5000).size() == 96u);
    for (const auto& step : history.until(5000)) BOOST_TEST((step.seeders == 0 && step.leechers == 5));
    history.note(900, {7, 7});  // the calendar was set back
    BOOST_TEST(history.until(1003).back().seeders == 7);
}

BOOST_AUTO_TEST_CASE(size_classes_are_exact_when_small_and_never_off_by_much) {
    for (std::uint32_t peers = 0; peers < 3'000'000; peers = peers < 5'000 ? peers + 1 : peers + peers / 50) {
        const auto size = size_class_of(peers);
        BOOST_REQUIRE(size < size_classes);
        BOOST_REQUIRE(size_of_class(size) <= peers);
        BOOST_REQUIRE(peers - size_of_class(size) <= peers / 16);
        BOOST_REQUIRE(size_class_of(peers + 1) >= size);
    }
}

BOOST_AUTO_TEST_CASE(hosts_are_counted_nearly_right) {
    host_tally tally;
    rng random(1);
    std::vector<std::uint64_t> hosts(200'000);
    for (auto& host : hosts) host = random.next();
    for (std::size_t i = 0; i < 100; ++i) tally.add(hosts[i]), tally.add(hosts[i]);
    BOOST_TEST(tally.hosts() == 100u);
    for (std::size_t i = 100; i < hosts.size(); ++i) tally.add(hosts[i]);
    BOOST_TEST((tally.hosts() > 197'000u && tally.hosts() < 203'000u));
    for (std::size_t i = 0; i < hosts.size(); ++i) tally.remove(hosts[i]);
    for (std::size_t i = 0; i < 100; ++i) tally.remove(hosts[i]);
    BOOST_TEST(tally.hosts() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
