// Whole nodes that find each other by the DHT alone: no tracker, no BEP 14, no tokens in a hello.
#include <boost/test/unit_test.hpp>

#include "base/text.hpp"
#include "sim/world.hpp"

namespace {

using namespace bt;
using namespace bt::sim;

constexpr std::size_t MiB = 1 << 20;

struct island {
    explicit island(std::uint64_t seed) : w(seed) { w.search_blocked = true; }

    host& add(host_plan plan = {}) {
        plan.dht = true;
        return w.add_host(std::move(plan));
    }
    host& add_without_hello(host_plan plan = {}) {
        plan.lan = false;
        return add(std::move(plan));
    }
    bool finishes(host& h, duration limit) {
        return w.run_until([&] { return h.is_complete(); }, limit);
    }
    bool meets(host& h, std::size_t nodes, duration limit) {
        return w.run_until([&] { return h.node().dht()->nodes(w.now()) >= nodes; }, limit);
    }
    world w;
    torrent_data data = make_torrent(1, MiB, 64 * 1024);
};

BOOST_AUTO_TEST_SUITE(by_dht_alone)

BOOST_AUTO_TEST_CASE(two_nodes_on_a_lan_find_each_other_whoever_comes_first) {
    for (const bool sharer_first : {true, false}) {
        island lan(sharer_first ? 1 : 2);
        auto& a = lan.add();
        auto& b = lan.add();
        if (sharer_first) a.share(lan.data), lan.w.run_until([] { return false; }, 60s);
        b.get(lan.data);
        if (!sharer_first) lan.w.run_until([] { return false; }, 60s), a.share(lan.data);
        BOOST_TEST(lan.finishes(b, 2s));
    }
}

BOOST_AUTO_TEST_CASE(thirty_nodes_on_a_lan_find_what_one_of_them_shares_within_two_seconds) {
    for (std::uint64_t seed = 10; seed < 15; ++seed) {
        BOOST_TEST_CONTEXT("seed " << seed) {
            island lan(seed);
            for (int i = 0; i < 30; ++i) lan.add();
            lan.w.run_until([] { return false; }, 10s);
            lan.w.random();
            auto& sharer = lan.add();
            sharer.share(lan.data);
            lan.w.run_until([] { return false; }, 10s);
            auto& getter = lan.add();
            getter.get(lan.data);
            BOOST_TEST(lan.finishes(getter, 2s));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_node_that_starts_offline_finds_once_the_network_is_there) {
    island lan(20);
    host_plan offline;
    offline.unplugged = true;
    offline.routers = {"router.example:6881"};
    lan.add().share(lan.data);
    auto& late = lan.add(offline);
    late.get(lan.data);
    lan.w.run_until([] { return false; }, 20min);
    BOOST_TEST(!late.is_complete());
    late.plug(true);
    BOOST_TEST(lan.finishes(late, 5s));
}

BOOST_AUTO_TEST_CASE(with_all_routers_dead_a_saved_table_leads_in) {
    island lan(21);
    auto& first = lan.add();
    lan.add().share(lan.data);
    BOOST_TEST(lan.meets(first, 1, 5s));
    host_plan restarted;
    restarted.routers = {"router.example:6881", "10.0.0.200:6881"};
    restarted.dht_state = first.node().dht()->state();
    first.die();
    auto& again = lan.add_without_hello(restarted);
    again.get(lan.data);
    BOOST_TEST(lan.finishes(again, 3s));
}

BOOST_AUTO_TEST_CASE(with_all_routers_dead_the_address_in_a_link_leads_in) {
    island lan(22);
    auto& gate = lan.add();  // knows the others, has nothing to give
    lan.add().share(lan.data);
    BOOST_TEST(lan.meets(gate, 1, 5s));
    auto& getter = lan.add_without_hello();
    getter.get(lan.data, {gate.address()});
    BOOST_TEST(lan.finishes(getter, 5s));
}

BOOST_AUTO_TEST_CASE(a_peer_that_tells_its_port_leads_in) {
    island lan(23);
    auto& a = lan.add();
    a.share(lan.data);
    auto& b = lan.add();
    BOOST_TEST(lan.meets(a, 1, 5s));
    // c is called by a peer and hears of the DHT by PORT alone
    host_plan silent;
    silent.lan = false;
    auto& c = lan.add(silent);
    const auto other = make_torrent(5, MiB, 64 * 1024);
    c.share(other);
    b.get(other, {c.address()});
    BOOST_TEST(lan.finishes(b, 10s));
    BOOST_TEST(lan.meets(c, 2, 60s));
}

BOOST_AUTO_TEST_CASE(nothing_of_a_private_torrent_comes_into_the_dht) {
    island lan(24);
    const auto secret = make_torrent(9, MiB, 64 * 1024, true);
    std::size_t seen = 0;
    time_point last{};
    const std::string hash(secret.info.hash.view());
    lan.w.dht_wire = [&](const endpoint&, const endpoint&, byte_view datagram) {
        if (as_text(datagram).find(hash) == std::string_view::npos) return;
        ++seen;
        last = lan.w.now();
    };
    auto& a = lan.add();
    auto& b = lan.add();
    lan.add();
    a.share(secret);
    lan.w.run_until([] { return false; }, 20min);
    BOOST_TEST(seen == 0u);
    // by magnet nobody knows until the metadata says so: then it ends
    b.get(secret, {a.address()});
    BOOST_TEST(lan.w.run_until([&] { return b.node().info(b.torrent()) != nullptr; }, 10s));
    const auto known = lan.w.now();
    lan.w.run_until([] { return false; }, 60min);
    BOOST_TEST((seen == 0 || last <= known + 1s));
}

BOOST_AUTO_TEST_CASE(a_node_alone_is_quiet) {
    island lan(25);
    auto& alone = lan.add();
    alone.share(lan.data);
    lan.w.run_until([] { return false; }, 60min);
    BOOST_TEST(alone.dht_datagrams == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
