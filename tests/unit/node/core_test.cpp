// The routing of one node: connections to torrents, torrents to the LAN.
#include "node/core.hpp"

#include <boost/test/unit_test.hpp>

#include "desk.hpp"
#include "unit/base/letter_ids.hpp"

namespace {

const time_point start{1s};
const endpoint stranger{ip_address::v4(10, 0, 0, 9), 40000};

node::core make_core() { return node::core(settings(), rng(1)); }

template <class T>
std::vector<T> drain(node::core& core) {
    std::vector<T> list;
    while (auto what = core.poll())
        if (auto* match = std::get_if<T>(&*what)) list.push_back(std::move(*match));
    return list;
}

bytes handshake_for(const info_hash& hash, char id = 'b') {
    return wire::encode(wire::handshake{{true, true, false}, hash, test::id_of(id)});
}

torrent_id share(node::core& core, const torrent::info& info) {
    const auto id = *core.add(start, {info.hash, info, {}, {}, true});
    const torrent::piece_set all(1, true);
    core.begin(start, id, all, std::vector(1, swarm::priority::normal), false);
    return id;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_knock_for_a_torrent_of_ours_is_answered_and_one_for_another_is_closed) {
    auto core = make_core();
    const auto info = make_info(false);
    share(core, info);
    const auto known = core.accepted(start, stranger);
    core.received(start, known, handshake_for(info.hash));
    BOOST_TEST(!drain<out::tcp_send>(core).empty());
    const auto unknown = core.accepted(start, stranger);
    core.received(start, unknown, handshake_for(info_hash{}));
    const auto closed = drain<out::tcp_close>(core);
    BOOST_REQUIRE(closed.size() == 1u);
    BOOST_TEST((closed[0].id == unknown));
}

BOOST_AUTO_TEST_CASE(a_knock_for_a_paused_torrent_gets_our_handshake_and_is_closed) {
    auto core = make_core();
    const auto info = make_info(false);
    core.set_paused(start, share(core, info), true);
    drain<out::tcp_send>(core);
    const auto id = core.accepted(start, stranger);
    core.received(start, id, handshake_for(info.hash));
    std::size_t sent = 0, closed = 0;
    while (auto what = core.poll()) {
        if (const auto* send = std::get_if<out::tcp_send>(&*what)) sent += send->data.size();
        closed += std::holds_alternative<out::tcp_close>(*what);
    }
    BOOST_TEST(sent == wire::handshake_bytes);
    BOOST_TEST(closed == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_no_handshake_is_closed_without_an_answer) {
    auto core = make_core();
    const auto id = core.accepted(start, stranger);
    core.received(start, id, as_bytes("GET / HTTP/1.1\r\n\r\n"));
    std::size_t sent = 0, closed = 0;
    while (auto what = core.poll()) {
        sent += std::holds_alternative<out::tcp_send>(*what);
        closed += std::holds_alternative<out::tcp_close>(*what);
    }
    BOOST_TEST(sent == 0u);
    BOOST_TEST(closed == 1u);
}

BOOST_AUTO_TEST_CASE(a_connection_that_says_nothing_is_closed_after_ten_seconds_and_a_hundred_may_wait) {
    auto core = make_core();
    for (int i = 0; i < 100; ++i) core.accepted(start, stranger);
    BOOST_TEST(drain<out::tcp_close>(core).empty());
    core.accepted(start, stranger);
    BOOST_TEST(drain<out::tcp_close>(core).size() == 1u);
    core.tick(start + 11s);
    BOOST_TEST(drain<out::tcp_close>(core).size() == 100u);
}

BOOST_AUTO_TEST_CASE(a_host_that_says_nothing_on_a_hundred_connections_keeps_no_other_out) {
    auto core = make_core();
    const auto info = make_info(false);
    share(core, info);
    const auto first = core.accepted(start, stranger);
    for (int i = 1; i < 100; ++i) core.accepted(start, stranger);
    const auto other = core.accepted(start, *endpoint::parse("10.0.0.77:4000"));
    const auto closed = drain<out::tcp_close>(core);
    BOOST_REQUIRE(closed.size() == 1u);
    BOOST_TEST((closed.front().id == first));
    core.received(start, other, handshake_for(info.hash, 'b'));
    BOOST_TEST(!drain<out::tcp_send>(core).empty());
}

BOOST_AUTO_TEST_CASE(our_own_handshake_closes) {
    auto core = make_core();
    const auto info = make_info(false);
    share(core, info);
    const auto id = core.accepted(start, stranger);
    core.received(start, id, handshake_for(info.hash, 'a'));
    BOOST_TEST(drain<out::tcp_close>(core).size() == 1u);
}

BOOST_AUTO_TEST_CASE(one_torrent_is_there_once) {
    auto core = make_core();
    const auto info = make_info(false);
    share(core, info);
    const auto again = core.add(start, {info.hash, info, {}, {}, true});
    BOOST_REQUIRE(!again);
    BOOST_TEST((again.error().code == errc::usage));
}

BOOST_AUTO_TEST_CASE(switched_off_the_node_is_gone_from_the_lan_and_switched_on_it_is_there_again) {
    desk node;
    const auto info = make_info(false);
    node.share(info);
    node.hello('T', ip_address::v4(10, 0, 0, 7), 8000);
    node.pass(10s);
    BOOST_TEST(!node.asked.empty());  // the tracker of the neighbour
    node.reply(node.http.back(), "d8:intervali60e5:peers0:e");
    node.asked.clear();
    BOOST_TEST(node.core.lan_neighbours().size() == 1u);
    const auto byes = [&] {
        std::size_t count = 0;
        for (const auto kind : node.lan_kinds) count += kind == discovery::hello_kind::bye;
        return count;
    };
    BOOST_TEST(byes() == 0u);
    node.core.set_lan(node.now, false);
    node.drain();
    BOOST_TEST(byes() == 1u);
    BOOST_TEST((node.asked == names{"10.0.0.7:8000 stopped"}));
    BOOST_TEST(node.core.lan_neighbours().empty());
    node.said.clear();
    node.asked.clear();
    node.share(make_info(false, "y"));
    node.hello('U', ip_address::v4(10, 0, 0, 8), 8000);
    node.pass(10min);
    BOOST_TEST(node.said.empty());
    BOOST_TEST(node.asked.empty());
    node.core.set_lan(node.now, true);
    node.drain();
    node.hello('T', ip_address::v4(10, 0, 0, 7), 8000);
    node.pass(10s);
    BOOST_TEST(node.said.find(to_hex(info.hash.span())) != std::string::npos);  // BEP 14
    BOOST_TEST(node.asked.size() >= 2u);
    BOOST_TEST(node.core.lan_neighbours().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_node_that_was_started_without_the_lan_is_never_there) {
    auto config = settings();
    config.lan = false;
    desk node(config);
    node.core.set_lan(node.now, true);
    node.share(make_info(false));
    node.pass(1min);
    BOOST_TEST(node.said.empty());
}

// BEP 27: nothing about it leaves by hello or BEP 14
BOOST_AUTO_TEST_CASE(a_private_torrent_is_not_announced_on_the_lan_and_a_public_one_is) {
    for (const bool is_private : {false, true}) {
        auto core = make_core();
        const auto info = make_info(is_private);
        const auto hash_text = to_hex(info.hash.span());
        core.set_interfaces(start, {card()});
        share(core, info);
        bool shouted = false;
        for (int i = 0; i < 100; ++i) {
            core.tick(start + i * 100ms);
            for (const auto& sent : drain<out::lan_send>(core))
                shouted = shouted || as_text(sent.what.datagram).find(hash_text) != std::string_view::npos;
        }
        BOOST_TEST(shouted == !is_private);
    }
}
