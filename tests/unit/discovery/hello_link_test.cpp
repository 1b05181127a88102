// Several nodes on one virtual link.
#include "discovery/hello.hpp"

#include <algorithm>
#include <map>

#include "lan.hpp"

namespace bt::discovery::test {
namespace {

/// Several nodes on one Ethernet. A broadcast reaches everybody, the sender too; a packet takes a
/// millisecond.
class ethernet_link {
  public:
    struct participant {
        ip_address address;
        std::uint16_t port;
        hello core;
        drained<hello> found;
    };

    participant& add(char name, hello_config config, std::string_view address = "") {
        const auto own =
            address.empty() ? ip_address::v4(192, 168, 1, static_cast<std::uint8_t>(name)) : ip(address);
        hello core(std::move(config), rng(static_cast<std::uint64_t>(name)));
        core.set_interfaces(now_, {own.scope() == address_scope::loopback ? loopback(own.to_string())
                                                                          : ethernet(own.to_string(), 24)});
        drained nothing(core);
        const auto port = static_cast<std::uint16_t>(40000 + name);
        nodes_.push_back(
            std::make_unique<participant>(participant{own, port, std::move(core), std::move(nothing)}));
        return *nodes_.back();
    }
    participant& add(char name) { return add(name, node_config(name)); }
    time_point now() const { return now_; }
    unsigned datagrams() const { return datagrams_; }

    void run(duration span) {
        const auto end = now_ + span;
        for (;;) {
            auto next = end;
            if (!flying_.empty()) next = std::min(next, flying_.begin()->first);
            for (auto& node : nodes_) next = std::min(next, std::max(now_, node->core.next_deadline()));
            now_ = next;
            deliver();
            for (auto& node : nodes_)
                if (node->core.next_deadline() <= now_) {
                    node->core.tick(now_);
                    collect(*node);
                }
            if (now_ == end && (flying_.empty() || flying_.begin()->first > end)) break;
        }
    }
    void collect(participant& node) {
        while (auto output = node.core.poll()) {
            if (auto* out = std::get_if<send>(&*output)) {
                ++datagrams_;
                flying_.emplace(now_ + 1ms, flight{{node.address, node.port}, std::move(*out)});
            } else {
                std::visit([&](auto& o) { node.found.add(o); }, *output);
            }
        }
    }

  private:
    struct flight {
        endpoint source;
        send packet;
    };
    void deliver() {
        while (!flying_.empty() && flying_.begin()->first <= now_) {
            const auto [source, packet] = std::move(flying_.begin()->second);
            flying_.erase(flying_.begin());
            for (auto& node : nodes_) {
                const bool own_socket = packet.destination == endpoint{node->address, node->port};
                if (!own_socket && !packet.multicast_or_broadcast) continue;
                node->core.receive(now_, source, 0, own_socket, packet.datagram);
                collect(*node);
            }
        }
    }

    time_point now_ = start;
    std::vector<std::unique_ptr<participant>> nodes_;
    std::multimap<time_point, flight> flying_;
    unsigned datagrams_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(hello_on_a_link)

BOOST_AUTO_TEST_CASE(two_nodes_find_each_other_and_a_torrent_by_its_token) {
    ethernet_link link;
    auto& a = link.add('A');
    a.core.add_served(torrent('T'));
    link.run(10s);
    auto& b = link.add('B');
    b.core.want(link.now(), torrent('T'));
    link.run(8ms);
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
    BOOST_TEST(started <= 20u * 5u * 20u);  // each pair asks once, both ways
    link.run(1h);
    for (const auto* node : nodes) {
        BOOST_TEST(node->core.online().size() == 19u);
        BOOST_TEST(node->found.gone.empty());
        BOOST_TEST(node->found.seen.size() == 19u);
    }
    BOOST_TEST(link.datagrams() - started <= 20u * 3600u / 24u);
}

BOOST_AUTO_TEST_CASE(a_node_that_leaves_is_missed_a_second_later) {
    ethernet_link link;
    auto& a = link.add('A');
    auto& b = link.add('B');
    link.run(5s);
    b.core.stop(link.now());
    link.collect(b);
    link.run(1100ms);
    BOOST_TEST(a.core.online().size() == 0u);
    BOOST_TEST(a.found.gone.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bt::discovery::test
