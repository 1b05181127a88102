#include "discovery/lsd.hpp"

#include "base/limits.hpp"
#include "discovery/lsd_codec.hpp"
#include "lan.hpp"

namespace bt::discovery::test {
namespace {

const endpoint neighbour = at("192.168.1.9:6771");
const std::vector<interface_address> one_network = {ethernet("192.168.1.5", 24)};

lsd node_with(std::vector<interface_address> interfaces = one_network) {
    lsd node({"our-cookie", 6881}, rng(1));
    node.set_interfaces(start, std::move(interfaces));
    return node;
}

/// Announced, and its first three announces behind it.
lsd settled(std::vector<info_hash> torrents = {torrent('T')}) {
    auto node = node_with();
    for (const auto& t : torrents) node.announce(start, t);
    while (node.next_deadline() <= start + 20s) node.tick(node.next_deadline());
    drained{node};
    return node;
}
const time_point now = start + 30s;

bytes search(const info_hash& hash, std::string_view cookie = "theirs", std::uint16_t port = 51413) {
    return encode_lsd(ip_family::v4, port, hash, cookie);
}

drained<lsd> hear(lsd& node, byte_view datagram, const endpoint& from = neighbour, time_point when = now,
                  unsigned interface_index = 2) {
    node.receive(when, from, interface_index, datagram);
    return drained(node);
}

/// What it tells of within a second.
std::vector<peer_found> found(lsd& node, time_point since = now) {
    std::vector<peer_found> all;
    run_until<lsd>(node, since + 1s, [&](time_point, const drained<lsd>& out) {
        all.insert(all.end(), out.peers.begin(), out.peers.end());
    });
    return all;
}

/// Milliseconds after `start` of every datagram.
std::vector<long> times(lsd& node, time_point end) {
    std::vector<long> all;
    run_until<lsd>(node, end, [&](time_point when, const drained<lsd>& out) {
        for (std::size_t i = 0; i < out.sends.size(); ++i) all.push_back((when - start) / 1ms);
    });
    return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bep_14)

BOOST_AUTO_TEST_CASE(a_torrent_is_announced_at_0_2_and_6_seconds_and_then_every_5_minutes) {
    auto node = node_with();
    BOOST_TEST((node.next_deadline() == never));
    node.announce(start, torrent('T'));
    node.announce(start, torrent('T'));  // nothing new
    auto all = times(node, start + 1000s);
    BOOST_REQUIRE(all.size() == 6u);
    BOOST_TEST((std::vector(all.begin(), all.begin() + 3) == std::vector<long>{0, 2000, 6000}));
    for (std::size_t i = 3; i < all.size(); ++i)
        BOOST_TEST((all[i] - all[i - 1] >= 285'000 && all[i] - all[i - 1] <= 315'000));
}

BOOST_AUTO_TEST_CASE(an_announce_goes_to_the_group_on_every_interface_with_that_group_as_host) {
    auto node = node_with({loopback(), ethernet("192.168.1.5", 24), ethernet("fd00::5", 64, 3)});
    node.announce(start, torrent('T'));
    node.tick(start);
    const drained out(node);
    BOOST_REQUIRE(out.sends.size() == 2u);
    BOOST_TEST(out.sends[0].destination.to_string() == "239.192.152.143:6771");
    BOOST_TEST(out.sends[0].interface_index == 2u);
    BOOST_TEST(out.sends[0].multicast_or_broadcast);
    BOOST_TEST((out.sends[0].datagram == encode_lsd(ip_family::v4, 6881, torrent('T'), "our-cookie")));
    BOOST_TEST(out.sends[1].destination.to_string() == "[ff15::efc0:988f]:6771");
    BOOST_TEST(out.sends[1].interface_index == 3u);
    BOOST_TEST((out.sends[1].datagram == encode_lsd(ip_family::v6, 6881, torrent('T'), "our-cookie")));
}

BOOST_AUTO_TEST_CASE(a_withdrawn_torrent_is_neither_announced_nor_answered) {
    auto node = settled();
    node.withdraw(torrent('T'));
    BOOST_TEST((node.next_deadline() == never));
    const auto out = hear(node, search(torrent('T')));
    BOOST_TEST((out.sends.empty() && out.peers.empty()));
}

BOOST_AUTO_TEST_CASE(many_torrents_are_announced_slowly_and_a_new_one_first) {
    std::vector<info_hash> many;
    for (std::uint32_t n = 0; n < 100; ++n) many.push_back(torrent_number(n));
    auto node = node_with();
    for (const auto& t : many) node.announce(start, t);
    std::size_t in_5s = 0;
    for (const auto when : times(node, start + 4999ms)) in_5s += when < 5000 ? 1 : 0;
    BOOST_TEST((in_5s >= 32 && in_5s <= 40));
    times(node, start + 60s);
    // the second round of all is under way; who starts now does not wait for it
    node.set_interfaces(start + 60s, {ethernet("192.168.1.5", 24), ethernet("10.0.0.1", 8, 3)});
    times(node, start + 62s);
    node.announce(start + 62s, torrent('N'));
    bool found = false;
    run_until<lsd>(node, start + 64s, [&](time_point, const drained<lsd>& out) {
        for (const auto& s : out.sends) found |= parse_lsd(s.datagram).value().torrents[0] == torrent('N');
    });
    BOOST_TEST(!found);  // among torrents that never were announced here it waits its turn
    run_until<lsd>(node, start + 75s, [&](time_point, const drained<lsd>& out) {
        for (const auto& s : out.sends) found |= parse_lsd(s.datagram).value().torrents[0] == torrent('N');
    });
    BOOST_TEST(found);
}

BOOST_AUTO_TEST_CASE(a_new_torrent_overtakes_the_repeats_of_old_ones) {
    auto node = node_with();
    for (std::uint32_t n = 0; n < 100; ++n) node.announce(start, torrent_number(n));
    while (node.next_deadline() < start + 13s) node.tick(node.next_deadline()), drained{node};
    node.announce(start + 13s, torrent('N'));  // all had their first, most wait for their second
    bool found = false;
    run_until<lsd>(node, start + 15s, [&](time_point, const drained<lsd>& out) {
        for (const auto& s : out.sends) found |= parse_lsd(s.datagram).value().torrents[0] == torrent('N');
    });
    BOOST_TEST(found);
}

BOOST_AUTO_TEST_CASE(a_changed_interface_announces_anew_and_an_unchanged_one_does_not) {
    auto node = settled();
    node.set_interfaces(now, one_network);
    BOOST_TEST((node.next_deadline() > now));
    node.set_interfaces(now, {ethernet("192.168.1.5", 24), ethernet("10.0.0.1", 8, 3)});
    BOOST_TEST((node.next_deadline() <= now));
}

BOOST_AUTO_TEST_CASE(a_search_for_a_torrent_of_ours_is_a_peer_and_is_answered_at_once) {
    auto node = settled();
    const auto out = hear(node, search(torrent('T')));
    BOOST_TEST(out.peers.empty());  // not all that heard it at one moment
    const auto peers = found(node);
    BOOST_REQUIRE(peers.size() == 1u);
    BOOST_TEST((peers[0].torrent == torrent('T')));
    BOOST_TEST(peers[0].peer.to_string() == "192.168.1.9:51413");
    BOOST_TEST(!peers[0].confirmed);
    BOOST_REQUIRE(out.sends.size() == 1u);
    BOOST_TEST(out.sends[0].destination.to_string() == "239.192.152.143:6771");
    BOOST_TEST((out.sends[0].datagram == encode_lsd(ip_family::v4, 6881, torrent('T'), "our-cookie")));
}

BOOST_AUTO_TEST_CASE(a_torrent_is_answered_once_a_second) {
    auto node = settled();
    unsigned answers = 0;
    for (int i = 0; i < 100; ++i)
        answers +=
            static_cast<unsigned>(hear(node, search(torrent('T')), neighbour, now + i * 49ms).sends.size());
    BOOST_TEST(answers == 5u);
}

BOOST_AUTO_TEST_CASE(our_own_announce_counts_so_two_nodes_do_not_answer_each_other_forever) {
    auto node = node_with();
    node.announce(start, torrent('T'));
    node.tick(start);
    drained{node};
    const auto out = hear(node, search(torrent('T')), neighbour, start + 5ms);
    BOOST_TEST(found(node, start + 5ms).size() == 1u);
    BOOST_TEST(out.sends.empty());
}

BOOST_AUTO_TEST_CASE(an_answer_leaves_by_the_interface_that_leads_to_who_asked) {
    auto node = node_with({ethernet("192.168.1.5", 24), ethernet("10.0.0.5", 8, 3),
                           ethernet("fe80::5", 64, 3), ethernet("fd00::5", 64, 3)});
    for (const char name : {'T', 'U', 'V'}) node.announce(start, torrent(name));
    while (node.next_deadline() <= start + 20s) node.tick(node.next_deadline());
    drained{node};
    const auto answer_to = [&](char name, std::string_view from, unsigned index) {
        const auto out = hear(node, search(torrent(name)), at(from), now, index);
        BOOST_REQUIRE(out.sends.size() == 1u);
        return out.sends[0].destination.to_string() + " by " + std::to_string(out.sends[0].interface_index);
    };
    BOOST_TEST(answer_to('T', "10.9.9.9:6771", 0) == "239.192.152.143:6771 by 3");
    BOOST_TEST(answer_to('U', "[fd00::9]:6771", 0) == "[ff15::efc0:988f]:6771 by 3");
    BOOST_TEST(answer_to('V', "[fe80::9]:6771", 3) == "[ff15::efc0:988f]:6771 by 3");
}

BOOST_AUTO_TEST_CASE(a_packet_with_several_torrents_finds_a_peer_for_each_and_gets_one_answer) {
    auto node = settled({torrent('T'), torrent('U')});
    std::string text(as_text(search(torrent('T'))));
    text.insert(text.find("cookie"), "Infohash: " + to_hex(torrent('X').span()) +
                                         "\r\nInfohash: " + to_hex(torrent('U').span()) + "\r\n");
    const auto out = hear(node, as_bytes(text));
    BOOST_TEST(found(node).size() == 2u);
    BOOST_TEST(out.sends.size() == 1u);
}

BOOST_AUTO_TEST_CASE(our_own_echo_is_ignored_by_cookie_and_by_address) {
    auto node = settled();
    hear(node, search(torrent('T'), "our-cookie"), at("192.168.1.5:6771"));
    hear(node, search(torrent('T'), "", 6881), at("192.168.1.5:6771"));
    BOOST_TEST(found(node).empty());
    hear(node, search(torrent('T'), "", 6882), at("192.168.1.5:6771"), now + 1s);
    BOOST_TEST(found(node, now + 1s).size() == 1u);
}

BOOST_AUTO_TEST_CASE(other_torrents_and_other_networks_are_ignored) {
    auto node = settled();
    hear(node, search(torrent('X')));
    for (const auto* from :
         {"10.0.0.1:6771", "8.8.8.8:6771", "127.0.0.1:6771", "[fe80::1%2]:6771", "192.168.1.9:0"})
        hear(node, search(torrent('T')), at(from));
    BOOST_TEST(found(node).empty());
}

BOOST_AUTO_TEST_CASE(a_packet_leads_to_no_port_of_a_service) {
    auto node = settled();
    hear(node, search(torrent('T'), "theirs", 22));
    BOOST_TEST(found(node).empty());
}

BOOST_AUTO_TEST_CASE(two_hundred_packets_in_five_seconds_are_heard_and_no_more) {
    auto node = settled();
    std::size_t peers = 0;
    for (unsigned i = 0; i < 1000; ++i) {
        const endpoint from{ip_address::v4(192, 168, 1, static_cast<std::uint8_t>(10 + i % 200)), 6771};
        hear(node, search(torrent('T'), "theirs", static_cast<std::uint16_t>(2000 + i)), from, now + i * 4ms);
        node.tick(now + i * 4ms);
        peers += drained(node).peers.size();
    }
    peers += found(node, now + 4s).size();
    BOOST_TEST(peers == limits::lsd_heard_per_5s);
}

BOOST_AUTO_TEST_CASE(a_flood_about_other_torrents_does_not_hide_a_real_peer) {
    auto node = settled();
    for (std::uint32_t i = 0; i < 10'000; ++i) {
        hear(node, search(torrent_number(i)), at("192.168.1.66:6771"), now);
        hear(node, search(torrent('T')), at("192.168.1.66:6771"), now);
    }
    hear(node, search(torrent('T')));
    BOOST_TEST(found(node).size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_node_that_takes_no_peers_listens_only) {
    lsd node({"our-cookie", 0}, rng(1));
    node.set_interfaces(start, one_network);
    node.announce(start, torrent('T'));
    BOOST_TEST(times(node, start + 400s).empty());
    const auto out = hear(node, search(torrent('T')), neighbour, start + 400s);
    BOOST_TEST(found(node, start + 400s).size() == 1u);
    BOOST_TEST(out.sends.empty());
}

BOOST_AUTO_TEST_CASE(two_nodes_find_each_other_and_fall_silent) {
    lsd a({"a", 6001}, rng(1)), b({"b", 6002}, rng(2));
    a.set_interfaces(start, {ethernet("192.168.1.1", 24)});
    b.set_interfaces(start, {ethernet("192.168.1.2", 24)});
    a.announce(start, torrent('T'));
    b.announce(start + 1500ms, torrent('T'));
    std::vector<endpoint> a_found, b_found;
    unsigned datagrams = 0;
    struct flight {
        bool from_a;
        bytes datagram;
    };
    std::multimap<time_point, flight> flying;
    const auto collect = [&](lsd& node, bool is_a, time_point when) {
        const drained out(node);
        for (const auto& p : out.peers) (is_a ? a_found : b_found).push_back(p.peer);
        for (const auto& s : out.sends) flying.emplace(when + 1ms, flight{is_a, s.datagram}), ++datagrams;
    };
    for (auto when = start; when < start + 60s; when += 1ms) {
        while (!flying.empty() && flying.begin()->first <= when) {
            const auto packet = flying.begin()->second;
            flying.erase(flying.begin());
            const auto from = at(packet.from_a ? "192.168.1.1:6771" : "192.168.1.2:6771");
            a.receive(when, from, 2, packet.datagram), collect(a, true, when);
            b.receive(when, from, 2, packet.datagram), collect(b, false, when);
        }
        if (a.next_deadline() <= when) a.tick(when), collect(a, true, when);
        if (b.next_deadline() <= when) b.tick(when), collect(b, false, when);
    }
    BOOST_REQUIRE(!a_found.empty());
    BOOST_REQUIRE(!b_found.empty());
    BOOST_TEST(a_found[0].to_string() == "192.168.1.2:6002");
    BOOST_TEST(b_found[0].to_string() == "192.168.1.1:6001");
    BOOST_TEST(datagrams <= 12u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bt::discovery::test
