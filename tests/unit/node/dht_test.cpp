// What of the torrents comes into the DHT, and what of it to the torrents.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <utility>

#include "desk.hpp"
#include "dht/krpc.hpp"

namespace krpc = bt::dht::krpc;

namespace {

const time_point start{1s};
const endpoint neighbour{ip_address::v4(10, 0, 0, 7), 7000}, other{ip_address::v4(10, 0, 0, 8), 7000};

/// On a network of its own, 10.0.0.0/24.
struct one_node {
    explicit one_node(bool with_dht = true) : it(config(with_dht), rng(1)) {
        it.set_interfaces(start, {card()});
        collect();
    }
    static node::config config(bool with_dht) {
        auto made = settings();
        made.lan = false;
        if (with_dht) made.dht.emplace();
        made.dht_port = 6881;
        return made;
    }
    void collect() {
        while (auto what = it.poll()) {
            if (auto* sent = std::get_if<out::dht_send>(&*what)) datagrams.push_back(std::move(*sent));
            if (const auto* call = std::get_if<out::tcp_connect>(&*what)) called.push_back(call->to);
            outputs += std::holds_alternative<dht::out::search_over>(*what) ||
                       std::holds_alternative<dht::out::peers_found>(*what);
        }
        BOOST_TEST(it.is_sound());
    }
    void run_for(duration length) {
        for (const auto end = now + length; now < end;) {
            now = std::min(end, std::max(now + 1ms, it.next_deadline()));
            it.tick(now);
            collect();
        }
    }
    void hear(const endpoint& from, byte_view datagram) {
        it.dht_received(now, from, ip_address::v4(10, 0, 0, 1), datagram);
        collect();
    }
    bool is_asked(const endpoint& who) const {
        return std::any_of(datagrams.begin(), datagrams.end(), [&](const auto& d) { return d.to == who; });
    }
    bool names(const info_hash& hash) const {
        return std::any_of(datagrams.begin(), datagrams.end(), [&](const auto& d) {
            return as_text(d.datagram).find(hash.view()) != std::string_view::npos;
        });
    }

    node::core it;
    time_point now = start;
    std::vector<out::dht_send> datagrams;
    std::vector<endpoint> called;
    std::size_t outputs = 0;
};

/// Answers what was asked as a node with these peers.
void answer(one_node& of, const endpoint& who, const std::vector<endpoint>& peers) {
    for (const auto& sent : std::exchange(of.datagrams, {})) {
        const auto message = krpc::parse(sent.datagram);
        if (sent.to != who || !message || !std::holds_alternative<krpc::query>(*message)) continue;
        krpc::answer_form form;
        form.tid = std::get<krpc::query>(*message).tid;
        form.id.bytes.fill(0x77);
        form.asker = {ip_address::v4(10, 0, 0, 1), 6881};
        form.peers = peers;
        form.token = "12345678";
        of.hear(who, krpc::write_answer(form));
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(dht_of_a_node)

BOOST_AUTO_TEST_CASE(what_a_torrent_and_its_link_name_is_asked_for_it) {
    one_node one;
    const auto info = make_info(false);
    BOOST_REQUIRE(one.it.add(one.now, {info.hash, {}, {}, {neighbour}, false, {"10.0.0.8:7000"}}));
    one.collect();
    one.run_for(1s);
    BOOST_TEST(one.is_asked(neighbour));
    BOOST_TEST(one.is_asked(other));
    BOOST_TEST(one.names(info.hash));
    BOOST_TEST(one.it.dht()->stats(one.now).searches == 1u);
}

BOOST_AUTO_TEST_CASE(a_search_of_the_user_for_a_private_torrent_of_ours_is_refused) {
    one_node one;
    const auto info = make_info(true);
    BOOST_REQUIRE(one.it.add(one.now, {info.hash, info, {}, {}, false}));
    BOOST_TEST(one.it.dht_search(one.now, {info.hash, 6881, false}) == 0u);
}

BOOST_AUTO_TEST_CASE(nothing_of_a_private_torrent_comes_into_it) {
    one_node one;
    const auto info = make_info(true);
    one.it.dht_contact(one.now, "10.0.0.8:7000");  // somebody is there who could be asked
    const auto id = one.it.add(one.now, {info.hash, info, {}, {neighbour}, true, {"10.0.0.9:7000"}});
    BOOST_REQUIRE(id);
    one.it.begin(one.now, *id, torrent::piece_set(1, true), std::vector(1, swarm::priority::normal),
                 false);  // it runs
    one.collect();
    for (int i = 0; i < 60; ++i) {
        answer(one, other, {});
        one.run_for(1s);
        BOOST_REQUIRE(!one.names(info.hash));
    }
    BOOST_TEST(one.it.dht()->nodes(one.now) == 1u);
    BOOST_TEST(!one.is_asked(neighbour));
    BOOST_TEST(!one.is_asked({ip_address::v4(10, 0, 0, 9), 7000}));
    BOOST_TEST(one.it.dht()->stats(one.now).searches == 0u);
}

BOOST_AUTO_TEST_CASE(peers_it_finds_are_called_and_its_search_is_nobody_elses) {
    one_node one;
    const auto info = make_info(false);
    one.it.dht_contact(one.now, "10.0.0.8:7000");
    const auto id = one.it.add(one.now, {info.hash, {}, {}, {}, false});
    BOOST_REQUIRE(id);
    one.collect();
    for (int i = 0; i < 10; ++i) {
        one.run_for(20ms);
        answer(one, other, {neighbour});
    }
    one.run_for(1s);
    BOOST_REQUIRE(one.called.size() == 1u);
    BOOST_TEST((one.called[0] == neighbour));
    BOOST_TEST(one.outputs == 0u);  // of a user's search there would be
    one.it.remove(one.now, *id);
    BOOST_TEST(one.it.dht()->stats(one.now).searches == 0u);
}

BOOST_AUTO_TEST_CASE(a_torrent_that_was_removed_is_not_searched_for) {
    one_node one;
    const auto info = make_info(false);
    const auto id = one.it.add(one.now, {info.hash, info, {}, {}, false});
    BOOST_REQUIRE(id);
    one.it.remove(one.now, *id);
    one.it.dht_contact(one.now, "10.0.0.8:7000");
    one.collect();
    for (int i = 0; i < 10; ++i) {
        answer(one, other, {neighbour});
        one.run_for(1s);
    }
    BOOST_TEST(!one.names(info.hash));
    BOOST_TEST(one.called.empty());
}

BOOST_AUTO_TEST_CASE(a_search_of_the_user_is_told_to_him) {
    one_node one;
    one.it.dht_contact(one.now, "10.0.0.8:7000");
    info_hash hash;
    hash.bytes.fill(9);
    BOOST_TEST(one.it.dht_search(one.now, {hash}) != 0u);
    one.collect();
    for (int i = 0; i < 10; ++i) {
        one.run_for(20ms);
        answer(one, other, {neighbour});
    }
    BOOST_TEST(one.outputs == 2u);  // its peer and its end
    BOOST_TEST(one.called.empty());
}

BOOST_AUTO_TEST_CASE(who_asks_is_answered_where_it_asked_from) {
    one_node one;
    krpc::query_form ping;
    ping.tid = "aa";
    ping.id.bytes.fill(3);
    one.hear(neighbour, krpc::write_query(ping));
    BOOST_REQUIRE(!one.datagrams.empty());
    BOOST_TEST((one.datagrams[0].to == neighbour));
    BOOST_TEST(as_text(one.datagrams[0].datagram).find("1:y1:r") != std::string_view::npos);
}

BOOST_AUTO_TEST_CASE(switched_off_nothing_of_it_leaves_and_switched_on_its_torrents_are_searched_for_again) {
    one_node one;
    const auto info = make_info(false);
    BOOST_REQUIRE(one.it.add(one.now, {info.hash, {}, {}, {}, false, {"10.0.0.7:7000"}}));
    one.run_for(10s);
    BOOST_TEST(one.is_asked(neighbour));
    one.it.set_dht(one.now, false);
    one.collect();
    one.datagrams.clear();
    BOOST_TEST(!one.it.is_in_dht());
    krpc::query_form ping;
    ping.tid = "aa";
    ping.id.bytes.fill(3);
    one.hear(neighbour, krpc::write_query(ping));
    const auto hash_of_another = make_info(false, "y").hash;
    BOOST_REQUIRE(one.it.add(one.now, {hash_of_another, {}, {}, {}, false, {"10.0.0.8:7000"}}));
    one.run_for(20min);
    BOOST_TEST(one.datagrams.empty());
    one.it.set_dht(one.now, true);
    one.collect();
    one.run_for(10s);
    BOOST_TEST(one.is_asked(neighbour));
    BOOST_TEST(one.is_asked(other));
    BOOST_TEST(one.names(hash_of_another));
}

BOOST_AUTO_TEST_CASE(without_it_there_is_nothing_of_it) {
    one_node one(false);
    const auto info = make_info(false);
    BOOST_REQUIRE(one.it.add(one.now, {info.hash, {}, {}, {neighbour}, false, {"10.0.0.8:7000"}}));
    BOOST_TEST(one.it.dht() == nullptr);
    BOOST_TEST(one.it.dht_search(one.now, {info.hash}) == 0u);
    BOOST_TEST(one.it.dht_ping(one.now, neighbour) == 0u);
    one.it.dht_contact(one.now, "10.0.0.8:7000");
    one.it.dht_unreachable(one.now, neighbour);
    one.it.set_dht(one.now, true);
    krpc::query_form ping;
    ping.tid = "aa";
    one.hear(neighbour, krpc::write_query(ping));
    one.run_for(1min);
    BOOST_TEST(one.datagrams.empty());
}

BOOST_AUTO_TEST_SUITE_END()
