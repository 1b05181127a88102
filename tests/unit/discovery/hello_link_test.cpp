// Several nodes on one virtual link.
#include "discovery/hello.hpp"
#include "lan.hpp"

namespace bt::discovery::test {

BOOST_AUTO_TEST_SUITE(hello_on_a_link)

BOOST_AUTO_TEST_CASE(two_nodes_find_each_other_and_a_torrent_by_its_token) {
    ethernet_link link;
    auto& a = link.add('A');
    a.core.add_served(torrent('T'));
    link.run(10s);
    auto& b = link.add('B');
    b.core.want(link.now(), torrent('T'));
    link.run(5ms);
    BOOST_REQUIRE(!b.found.peers.empty());
    BOOST_TEST((b.found.peers[0].peer == endpoint{a.address, node_config('A').peer_port}));
    BOOST_REQUIRE(!a.found.peers.empty());
    BOOST_TEST((a.found.peers[0].peer == endpoint{b.address, node_config('B').peer_port}));
    BOOST_TEST(a.core.online().size() == 1u);
    BOOST_TEST(b.core.online().size() == 1u);
}

BOOST_AUTO_TEST_CASE(two_nodes_of_one_machine_with_only_loopback_find_each_other) {
    ethernet_link link;
    auto& a = link.add('A', node_config('A'), "127.0.0.1");
    auto& b = link.add('B', node_config('B'), "127.0.0.1");
    a.core.add_served(torrent('T'));
    b.core.want(link.now(), torrent('T'));
    link.run(10ms);
    BOOST_TEST(!b.found.peers.empty());
    BOOST_TEST(a.core.online().size() == 1u);
}

BOOST_AUTO_TEST_CASE(nodes_of_two_networks_on_one_link_do_not_meet) {
    ethernet_link link;
    auto config = node_config('B');
    config.network = "other";
    auto& a = link.add('A');
    auto& b = link.add('B', config);
    a.core.add_served(torrent('T'));
    b.core.want(link.now(), torrent('T'));
    link.run(120s);
    BOOST_TEST(a.core.online().size() == 0u);
    BOOST_TEST(b.core.online().size() == 0u);
    BOOST_TEST(b.found.peers.empty());
}

BOOST_AUTO_TEST_CASE(twenty_nodes_stay_online_for_an_hour_without_chatter) {
    ethernet_link link;
    std::vector<ethernet_link::participant*> nodes;
    for (char name = 'A'; name < 'A' + 20; ++name) nodes.push_back(&link.add(name));
    link.run(20s);
    const auto started = link.datagrams();
    BOOST_TEST(started <= 20u * 3u * 20u);
    link.run(1h);
    for (const auto* node : nodes) {
        BOOST_TEST(node->core.online().size() == 19u);
        BOOST_TEST(node->found.gone.empty());
        BOOST_TEST(node->found.seen.size() == 19u);
    }
    BOOST_TEST(link.datagrams() - started <= 20u * 3600u / 24u);
}

BOOST_AUTO_TEST_CASE(a_node_that_leaves_is_missed_at_once) {
    ethernet_link link;
    auto& a = link.add('A');
    auto& b = link.add('B');
    link.run(5s);
    b.core.stop(link.now());
    link.collect(b);
    link.run(10ms);
    BOOST_TEST(a.core.online().size() == 0u);
    BOOST_TEST(a.found.gone.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bt::discovery::test
