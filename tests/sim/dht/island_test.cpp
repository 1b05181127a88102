// Islands: DHTs on one LAN, of any size, without a world. And how they meet others.
#include <boost/test/unit_test.hpp>
#include <numeric>

#include "sim/dht/dht_world.hpp"
#include "unit/base/tier.hpp"

namespace {

using namespace bt;
using namespace bt::sim;

enum class meeting { hello, one_contact };

/// Nodes of one /24. By hello everybody hears of everybody; else each was given the one before it.
std::vector<dht_host*> settle(dht_world& w, std::uint32_t first, std::uint32_t count, meeting how) {
    w.link.delay_min = 100us, w.link.delay_max = 900us;
    std::vector<dht_host*> all;
    for (std::uint32_t i = 0; i < count; ++i) {
        all.push_back(&w.add(lan_address(first + i)));
        if (how == meeting::one_contact && i > 0) w.contact(*all[i], all[i - 1]->at);
        if (how == meeting::hello)
            for (std::uint32_t k = 0; k < i; ++k) {
                w.contact(*all[i], all[k]->at);
                w.contact(*all[k], all[i]->at);
            }
        w.run_for(20ms);
    }
    w.run_for(5s);
    return all;
}

/// What one shares another looks for; true if it is found within two seconds.
bool finds(dht_world& w, dht_host& sharer, dht_host& getter) {
    const auto hash = made_up_hash(w.random());
    w.search(sharer, {hash, sharer.at.port, true});
    w.run_for(1s);
    const auto search = w.search(getter, {hash});
    return w.run_until(
        [&] {
            const auto& peers = getter.searches[search].peers;
            return std::find(peers.begin(), peers.end(), sharer.at) != peers.end();
        },
        2s);
}

std::size_t successes(dht_world& w, const std::vector<dht_host*>& from, const std::vector<dht_host*>& to,
                      std::size_t tries) {
    std::size_t good = 0;
    for (std::size_t i = 0; i < tries; ++i) {
        auto* sharer = from[w.random().below(from.size())];
        auto* getter = to[w.random().below(to.size())];
        while (getter == sharer) getter = to[w.random().below(to.size())];
        good += finds(w, *sharer, *getter) ? 1u : 0u;
    }
    return good;
}

BOOST_AUTO_TEST_SUITE(dht_island)

BOOST_AUTO_TEST_CASE(islands_of_every_size_find_everything) {
    for (const auto how : {meeting::hello, meeting::one_contact})
        for (const std::uint32_t count : {2u, 3u, 8u, 30u, 200u}) {
            BOOST_TEST_CONTEXT(count << " nodes, "
                                     << (how == meeting::hello ? "hello" : "one contact each")) {
                dht_world w(count);
                const auto all = settle(w, 0, count, how);
                BOOST_TEST(successes(w, all, all, 20) == 20u);
            }
        }
}

BOOST_AUTO_TEST_CASE(a_node_that_starts_after_those_it_was_named_to_leaves_no_islands) {
    test::for_each_seed(5, 5, [&](std::uint64_t seed) {
        dht_world w(seed);
        w.link.delay_min = 100us, w.link.delay_max = 900us;
        std::vector<dht_host*> all;
        for (std::uint32_t i = 0; i < 6; ++i) {  // pairs: the first knows the late one, the second the first
            all.push_back(&w.add(lan_address(1 + i)));
            w.contact(*all[i], i % 2 == 0 ? lan_address(0) : all[i - 1]->at);
        }
        w.run_for(1s);
        w.add(lan_address(0));
        w.run_for(20s);
        BOOST_TEST(successes(w, all, all, 5) == 5u);
    });
}

/// Each has looked before the other has announced, where a silent node holds both up.
BOOST_AUTO_TEST_CASE(who_begins_to_look_when_another_begins_to_share_looks_again_soon) {
    dht_world w(1);
    auto all = settle(w, 0, 30, meeting::hello);
    for (int i = 0; i < 4; ++i) {
        w.remove(*all.back());
        all.pop_back();
    }
    for (int i = 0; i < 20; ++i) {
        auto* sharer = all[w.random().below(all.size())];
        auto* getter = all[w.random().below(all.size())];
        if (getter == sharer) continue;
        const auto hash = made_up_hash(w.random());
        w.search(*sharer, {hash, sharer->at.port, true});
        const auto search = w.search(*getter, {hash, getter->at.port, true});
        const auto found = [&] {
            const auto& peers = getter->searches[search].peers;
            return std::find(peers.begin(), peers.end(), sharer->at) != peers.end();
        };
        for (int step = 0; step < 20 && !found(); ++step) {
            w.run_for(100ms);
            getter->node->hurry(w.now(), search);
            w.pump(*getter);
        }
        BOOST_TEST(found());
    }
}

/// Those who came and went are still named by everybody, and half of the others have just gone: the eight
/// that the only way in names may all be dead, whatever it is asked for twice.
BOOST_AUTO_TEST_CASE(by_one_node_that_names_dead_ones_the_living_are_found) {
    constexpr std::uint32_t count = 30, passing = 50;
    std::vector<duration> took;
    test::for_each_seed(10, 100, [&](std::uint64_t seed) {
        dht_world w(seed);
        auto all = settle(w, 0, count, meeting::one_contact);
        std::vector<info_hash> hashes;
        for (auto* h : all) {
            hashes.push_back(made_up_hash(w.random()));
            w.search(*h, {hashes.back(), h->at.port, true});
        }
        w.run_for(5s);
        for (std::uint32_t i = 0; i < passing; ++i) {
            auto& guest = w.add(lan_address(count + i));
            w.contact(guest, all[w.random().below(count)]->at);
            w.search(guest, {hashes[w.random().below(count)], guest.at.port, true});
            w.run_for(500ms);
            w.remove(guest);
        }
        std::vector<std::size_t> left(count);
        std::iota(left.begin(), left.end(), 0u);
        for (std::uint32_t i = 0; i < count / 2; ++i) {
            const auto at = w.random().below(left.size());
            w.remove(*all[left[at]]);
            left.erase(left.begin() + static_cast<std::ptrdiff_t>(at));
        }
        auto next = count + passing;
        for (const auto sharer : left) {
            auto& getter = w.add(lan_address(next++));
            w.contact(getter, all[left[w.random().below(left.size())]]->at);
            const auto search = w.search(getter, {hashes[sharer], getter.at.port, true});
            const auto began = w.now();
            const auto found = [&] {
                const auto& peers = getter.searches[search].peers;
                return std::find(peers.begin(), peers.end(), all[sharer]->at) != peers.end();
            };
            while (!found() && w.now() - began < 10s) {
                w.run_for(50ms);
                getter.node->hurry(w.now(), search);
                w.pump(getter);
            }
            took.push_back(w.now() - began);
            w.remove(getter);
        }
    });
    std::sort(took.begin(), took.end());
    BOOST_TEST(seconds(took[took.size() / 2]) < 0.5);
    // one of a thousand: none of those it told is left, and nobody who is knows it
    BOOST_TEST(seconds(took[took.size() * 999 / 1'000]) < 2);
}

BOOST_AUTO_TEST_CASE(two_islands_that_join_become_one) {
    test::for_each_seed(3, 3, [&](std::uint64_t seed) {
        dht_world w(seed);
        const auto left = settle(w, 0, 20, meeting::one_contact);
        const auto right = settle(w, 100, 20, meeting::one_contact);
        for (auto* h : right) h->island = 1;
        BOOST_TEST(successes(w, left, right, 5) == 0u);
        // a cable between them: one node hears of one
        for (auto* h : right) h->island = 0;
        w.contact(*left[7], right[7]->at);
        w.run_for(20min);
        BOOST_TEST(successes(w, left, right, 20) == 20u);
        BOOST_TEST(successes(w, right, left, 20) == 20u);
    });
}

BOOST_AUTO_TEST_CASE(islands_that_join_and_say_hello_are_one_at_once) {
    dht_world w(4);
    const auto left = settle(w, 0, 20, meeting::hello);
    const auto right = settle(w, 100, 20, meeting::hello);
    const auto hash = made_up_hash(w.random());
    for (auto* h : right) h->island = 1;
    w.search(*right[3], {hash, 6881, true});
    const auto waiting = w.search(*left[3], {hash, 6881, true});
    w.run_for(2min);
    BOOST_TEST(left[3]->searches[waiting].peers.empty());
    for (auto* h : right) h->island = 0;
    for (auto* a : left)
        for (auto* b : right) w.contact(*a, b->at), w.contact(*b, a->at);
    // what is sought on one side and shared on the other is found without anybody asking anew
    BOOST_TEST(w.run_until([&] { return !left[3]->searches[waiting].peers.empty(); }, 5s));
    BOOST_TEST(successes(w, left, right, 20) == 20u);
}

BOOST_AUTO_TEST_CASE(a_cable_pulled_for_an_hour_costs_ten_seconds_when_it_is_back) {
    test::for_each_seed(5, 40, [&](std::uint64_t seed) {
        dht_world w(seed);
        std::vector<dht_host*> all;
        for (std::uint32_t i = 0; i < 60; ++i) {
            all.push_back(&w.add(public_address(i)));
            if (i > 0) w.contact(*all[i], all[i - 1]->at);
            w.run_for(200ms);
        }
        w.run_for(60s);
        auto& lonely = *all[30];
        const auto known = lonely.node->nodes(w.now());
        BOOST_TEST(known >= 10u);
        lonely.online = false;
        w.run_for(61min);
        BOOST_TEST(lonely.node->nodes(w.now()) == 0u);
        // nothing tells it: the trouble was behind its router
        lonely.online = true;
        BOOST_TEST(w.run_until([&] { return lonely.node->nodes(w.now()) * 10 >= known * 8; }, 10s));
        BOOST_TEST(successes(w, all, {&lonely, all[5]}, 3) == 3u);
    });
}

BOOST_AUTO_TEST_CASE(offline_from_the_start_it_comes_in_within_ten_seconds_of_the_network) {
    dht_world w(9);
    std::vector<dht_host*> all;
    for (std::uint32_t i = 0; i < 30; ++i) {
        all.push_back(&w.add(public_address(i)));
        if (i > 0) w.contact(*all[i], all[0]->at);
    }
    w.run_for(60s);
    dht::config settings;
    settings.routers = {all[0]->at.to_string()};
    auto& late = w.add(public_address(100), settings);
    late.online = false;
    w.run_for(7h);
    BOOST_TEST(late.node->nodes(w.now()) == 0u);
    late.online = true;
    BOOST_TEST(w.run_until([&] { return late.node->nodes(w.now()) >= 8; }, 10s));
}

BOOST_AUTO_TEST_CASE(what_a_silent_network_costs_is_a_handful_of_packets) {
    dht_world w(10);
    dht::config settings;
    settings.routers = {"20.1.1.7:6881", "20.1.2.7:6881", "router.example:6881"};
    auto& alone = w.add(lan_address(1), settings);
    w.run_for(1h);
    BOOST_TEST(alone.datagrams_out < 1'200u);  // two routers, every 8 s
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
