#include "discovery/hello.hpp"

#include <algorithm>
#include <map>

#include "base/limits.hpp"
#include "settled_node.hpp"

namespace bt::discovery::test {
namespace {

hello_message question_for(std::vector<info_hash> torrents, char name = 'B') {
    auto message = message_from(name, hello_kind::who);
    message.nonce = id_of<hello_nonce>('n');
    for (const auto& t : torrents) message.tokens.push_back(token_of(*message.nonce, t));
    return message;
}

/// What was said, and how many milliseconds after `start`: "0 who/2, 1000 who/2" (two tokens each).
struct speech {
    hello& node;
    std::vector<std::pair<long, hello_message>> said;

    void until(time_point end) {
        run_until<hello>(node, end, [&](time_point when, const drained<hello>& out) {
            for (const auto& s : out.sends)
                said.emplace_back((when - start) / 1ms, parse_hello(s.datagram).value());
        });
    }
    std::string only(hello_kind kind) const {
        std::string text;
        for (const auto& [when, message] : said) {
            if (message.kind != kind) continue;
            text += text.empty() ? "" : ", ";
            text += std::to_string(when) + "/" + std::to_string(message.tokens.size());
        }
        return text;
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(hello_behaviour)

// --- what it says by itself -------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_start_asks_at_0_1_and_3_seconds_and_then_says_hello_every_30) {
    hello node(node_config('A'), rng(1));
    BOOST_TEST((node.next_deadline() == never));
    node.set_interfaces(start, {ethernet("192.168.1.5", 24)});
    speech heard{node, {}};
    heard.until(start + 400s);
    BOOST_TEST(heard.only(hello_kind::who) == "0/0, 1000/0, 3000/0");
    long last = 3000;
    unsigned hellos = 0;
    for (const auto& [when, message] : heard.said) {
        if (message.kind != hello_kind::hello) continue;
        BOOST_TEST((when - last >= 24000 && when - last <= 36000));
        last = when;
        ++hellos;
    }
    BOOST_TEST((hellos >= 11 && hellos <= 16));
}

BOOST_AUTO_TEST_CASE(a_changed_interface_asks_anew_and_an_unchanged_one_does_not) {
    auto node = settled();
    node.set_interfaces(now, {ethernet("192.168.1.5", 24)});
    BOOST_TEST((node.next_deadline() > now));
    node.set_interfaces(now, {ethernet("192.168.1.5", 24), ethernet("10.0.0.5", 8, 3)});
    speech heard{node, {}};
    heard.until(now + 5s);
    BOOST_TEST(heard.only(hello_kind::who) == "6000/0, 6000/0, 7000/0, 7000/0, 9000/0, 9000/0");
    node.set_interfaces(
        now + 5s, {ethernet("10.0.0.5", 8, 3), ethernet("192.168.1.5", 24)});  // the same in another order
    BOOST_TEST((node.next_deadline() > now + 5s));
}

BOOST_AUTO_TEST_CASE(a_message_leaves_on_every_interface_with_its_own_address) {
    hello node(node_config('A'), rng(1));
    node.set_interfaces(start, {loopback(), ethernet("192.168.1.5", 24), ethernet("fe80::5", 64)});
    node.tick(start);
    const drained out(node);
    BOOST_REQUIRE(out.sends.size() == 3u);
    BOOST_TEST(out.sends[0].destination.to_string() == "127.255.255.255:8001");
    BOOST_TEST(out.sends[1].destination.to_string() == "192.168.1.255:8001");
    BOOST_TEST((out.sends[1].source_address == std::optional(ip("192.168.1.5"))));
    BOOST_TEST(out.sends[2].destination.to_string() == "[ff12::8001]:8001");
    BOOST_TEST(out.sends[2].interface_index == 2u);
    for (const auto& s : out.sends) {
        BOOST_TEST(s.multicast_or_broadcast);
        BOOST_TEST((s.datagram == out.sends[0].datagram));
    }
}

BOOST_AUTO_TEST_CASE(it_introduces_itself_completely) {
    auto config = node_config('A');
    config.network = "lab";
    config.dht_port = 1, config.http_tracker_port = 2, config.udp_tracker_port = 3, config.page_port = 4;
    config.lan_port = 9000;
    hello node(config, rng(1));
    node.set_share_count(17);
    node.set_interfaces(start, {ethernet("192.168.1.5", 24)});
    node.tick(start);
    const drained out(node);
    BOOST_TEST(out.sends.at(0).destination.port == 9000);
    const auto said = parse_hello(out.sends.at(0).datagram).value();
    BOOST_TEST((said.instance == instance('A')));
    BOOST_TEST(said.network == "lab");
    BOOST_TEST(said.host_name == "host-A");
    BOOST_TEST(said.client == "btnode/0.1.0");
    BOOST_TEST(said.peer_port == config.peer_port);
    BOOST_TEST((said.dht_port == config.dht_port && said.http_tracker_port == config.http_tracker_port &&
                said.udp_tracker_port == config.udp_tracker_port && said.page_port == config.page_port));
    BOOST_TEST(said.shares == 17u);
    BOOST_TEST(said.nonce.has_value());
}

BOOST_AUTO_TEST_CASE(a_stop_says_bye_and_nothing_ever_after) {
    auto node = settled();
    node.want(now, torrent('T'));
    node.stop(now);
    const drained out(node);
    BOOST_REQUIRE(out.sends.size() == 1u);
    BOOST_TEST((parse_hello(out.sends[0].datagram).value().kind == hello_kind::bye));
    BOOST_TEST((node.next_deadline() == never));
    node.tick(now + 100s);
    BOOST_TEST(hear(node, datagram_of(question_for({}))).sends.empty());
    node.stop(now);
    BOOST_TEST(!node.poll());
}

// --- what it asks for -------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_wanted_torrent_shares_the_datagrams_of_the_start) {
    hello node(node_config('A'), rng(1));
    node.set_interfaces(start, {ethernet("192.168.1.5", 24)});
    node.want(start, torrent('T'));
    node.want(start, torrent('U'));
    speech heard{node, {}};
    heard.until(start + 20s);
    BOOST_TEST(heard.only(hello_kind::who) == "0/2, 1000/2, 3000/2, 7000/2, 15000/2");
    const auto& first = heard.said[0].second;
    BOOST_TEST((first.tokens[0] == token_of(*first.nonce, torrent('T'))));
    BOOST_TEST((first.nonce != heard.said[1].second.nonce));
}

/// All the while nobody answers, each neighbour fetches everything from outside: where the first questions
/// are lost on a link that is overloaded, the next may not be a minute away.
BOOST_AUTO_TEST_CASE(a_torrent_without_peers_is_asked_for_at_growing_pauses) {
    auto node = settled();
    node.want(now, torrent('T'));
    speech heard{node, {}};
    heard.until(now + 45s);
    BOOST_TEST(heard.only(hello_kind::who) == "6000/1, 7000/1, 9000/1, 13000/1, 21000/1, 37000/1");
}

BOOST_AUTO_TEST_CASE(a_torrent_without_peers_is_asked_for_every_minute_and_one_with_enough_is_not) {
    auto node = settled();
    node.want(now, torrent('T'));
    node.want(now, torrent('T'));  // nothing new
    speech heard{node, {}};
    heard.until(now + 4s);
    BOOST_TEST(heard.only(hello_kind::who) == "6000/1, 7000/1, 9000/1");
    heard.until(now + 45s);
    heard.said.clear();
    heard.until(now + 440s);
    const auto repeats = std::count_if(heard.said.begin(), heard.said.end(),
                                       [](const auto& s) { return s.second.kind == hello_kind::who; });
    BOOST_TEST((repeats >= 5 && repeats <= 8));
    node.satisfied(torrent('T'), true);
    heard.said.clear();
    heard.until(now + 800s);
    BOOST_TEST(heard.only(hello_kind::who) == "");
    node.satisfied(torrent('T'), false);
    heard.until(now + 870s);
    BOOST_TEST(heard.only(hello_kind::who) != "");
}

BOOST_AUTO_TEST_CASE(a_changed_interface_asks_for_the_wanted_torrents_anew) {
    auto node = settled();
    node.want(now, torrent('T'));
    while (node.next_deadline() <= now + 10s) node.tick(node.next_deadline());
    drained{node};
    node.set_interfaces(now + 10s, {ethernet("10.0.0.5", 8, 3)});
    speech heard{node, {}};
    heard.until(now + 14s);
    BOOST_TEST(heard.only(hello_kind::who) == "16000/1, 17000/1, 19000/1");
}

BOOST_AUTO_TEST_CASE(a_torrent_no_longer_wanted_is_not_asked_for) {
    auto node = settled();
    node.want(now, torrent('T'));
    node.unwant(torrent('T'));
    speech heard{node, {}};
    heard.until(now + 200s);
    BOOST_TEST(heard.only(hello_kind::who) == "");
}

BOOST_AUTO_TEST_CASE(many_torrents_go_out_by_sixteens_and_not_all_at_once) {
    auto node = settled();
    for (std::uint32_t n = 0; n < 40; ++n) node.want(now, torrent_number(n));
    speech heard{node, {}};
    heard.until(now + 900ms);
    BOOST_TEST(heard.only(hello_kind::who) == "6000/16, 6150/16, 6300/8");
}

BOOST_AUTO_TEST_CASE(repeats_of_torrents_that_started_apart_come_together) {
    auto node = settled();
    for (std::uint32_t n = 0; n < 8; ++n) {
        node.want(now + n * 500ms, torrent_number(n));
        while (node.next_deadline() <= now + n * 500ms) node.tick(node.next_deadline());
    }
    speech heard{node, {}};
    heard.until(now + 45s);
    heard.said.clear();
    heard.until(now + 105s);
    const auto text = heard.only(hello_kind::who);
    BOOST_TEST(std::count(text.begin(), text.end(), '/') <= 3, text);
}

BOOST_AUTO_TEST_CASE(a_thousand_wanted_torrents_are_all_asked_for_three_times) {
    auto node = settled();
    for (std::uint32_t n = 0; n < 1000; ++n) node.want(now, torrent_number(n));
    speech heard{node, {}};
    heard.until(now + 40s);
    std::size_t tokens = 0;
    for (const auto& [when, message] : heard.said) tokens += message.tokens.size();
    BOOST_TEST(tokens >= 3000u);
}

// --- what it answers --------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_question_is_answered_to_its_source_with_the_torrents_it_has) {
    auto node = settled();
    node.add_served(torrent('T'));
    node.add_served(torrent('X'));
    const auto question = question_for({torrent('T'), torrent('U')});
    const auto out = hear(node, datagram_of(question));
    BOOST_REQUIRE(out.sends.size() == 1u);
    BOOST_TEST((out.sends[0].destination == neighbour));
    BOOST_TEST(!out.sends[0].multicast_or_broadcast);
    const auto answer = parse_hello(out.sends[0].datagram).value();
    BOOST_TEST((answer.kind == hello_kind::hello));
    BOOST_TEST((answer.nonce == question.nonce));
    BOOST_TEST((answer.tokens == std::vector{question.tokens[0]}));
    // what asks can be asked, once it has said that it was it
    BOOST_TEST(out.peers.empty());
    const auto met = meet(node, question);
    BOOST_REQUIRE(met.peers.size() == 1u);
    BOOST_TEST((met.peers[0].torrent == torrent('T')));
    BOOST_TEST((met.peers[0].peer == endpoint{neighbour.address, question.peer_port}));
    BOOST_TEST(met.peers[0].confirmed);
    BOOST_TEST(hear(node, datagram_of(question)).peers.at(0).confirmed);
}

BOOST_AUTO_TEST_CASE(a_torrent_taken_back_is_neither_answered_nor_connected_for) {
    auto node = settled();
    node.add_served(torrent('T'));
    node.remove_served(torrent('T'));
    const auto out = hear(node, datagram_of(question_for({torrent('T')})));
    BOOST_TEST(parse_hello(out.sends.at(0).datagram).value().tokens.empty());
    BOOST_TEST(out.peers.empty());
}

BOOST_AUTO_TEST_CASE(who_looks_for_what_we_look_for_is_a_peer_but_gets_no_token) {
    auto node = settled();
    node.want(now, torrent('T'));
    const auto out = meet(node, question_for({torrent('T')}));
    BOOST_TEST(out.peers.size() == 1u);
    BOOST_TEST(parse_hello(out.sends.at(0).datagram).value().tokens.empty());
}

BOOST_AUTO_TEST_CASE(a_hello_of_an_unknown_node_is_answered_once) {
    auto node = settled();
    const auto datagram = datagram_of(message_from('B'));
    BOOST_TEST(hear(node, datagram).sends.size() == 1u);
    BOOST_TEST(hear(node, datagram).sends.empty());
}

BOOST_AUTO_TEST_CASE(an_answer_is_not_answered) {
    auto node = settled();
    BOOST_TEST(hear(node, datagram_of(message_from('B')), neighbour, now, true).sends.empty());
    auto with_nonce = message_from('C');
    with_nonce.nonce = id_of<hello_nonce>('n');
    BOOST_TEST(hear(node, datagram_of(with_nonce)).sends.empty());
    BOOST_TEST(node.online().size() == 2u);
}

BOOST_AUTO_TEST_CASE(an_answer_that_would_be_longer_than_the_question_is_not_given) {
    auto config = node_config('A');
    config.host_name = std::string(63, 'h');
    auto node = settled(config);
    const auto padded = datagram_of(question_for({}, 'B')), bare = encode_hello(question_for({}, 'C'));
    BOOST_TEST(hear(node, bare).sends.empty());
    BOOST_TEST(hear(node, padded).sends.size() == 1u);
}

BOOST_AUTO_TEST_CASE(one_source_gets_ten_answers_a_second) {
    auto node = settled();
    const auto datagram = datagram_of(question_for({}));
    unsigned first_second = 0, later = 0;
    for (int i = 0; i < 5000; ++i) {
        const auto when = now + i * 1ms;
        const auto count = static_cast<unsigned>(hear(node, datagram, neighbour, when).sends.size());
        (i < 1000 ? first_second : later) += count;
    }
    BOOST_TEST(first_second == 10u);
    BOOST_TEST(later <= 40u);
}

// the hundredth `get` of a script within seconds is called back by a node that may not answer it any more
BOOST_AUTO_TEST_CASE(who_asks_too_often_is_heard_but_not_answered) {
    auto node = settled();
    node.add_served(torrent('T'));
    meet(node, message_from('B'), neighbour, now - 1s);
    unsigned answers = 0, found = 0;
    for (int i = 0; i < 30; ++i) {
        const auto out = hear(node, datagram_of(question_for({torrent('T')})), neighbour, now + i * 10ms);
        answers += static_cast<unsigned>(out.sends.size());
        found += static_cast<unsigned>(out.peers.size());
    }
    BOOST_TEST(answers == 10u);
    BOOST_TEST(found == 30u);
}

BOOST_AUTO_TEST_CASE(one_source_makes_only_so_many_nodes_known_in_five_seconds) {
    auto node = settled();
    for (std::uint32_t n = 0; n < 1000; ++n) {
        auto message = message_from('B');
        for (std::size_t i = 0; i < 4; ++i) message.instance.bytes[i] = static_cast<std::uint8_t>(n >> 8 * i);
        hear(node, datagram_of(message), neighbour, now + n * 4ms);
    }
    BOOST_TEST(node.online().size() == limits::lan_news_per_5s_per_source);
}

BOOST_AUTO_TEST_CASE(all_sources_together_get_two_hundred_answers_in_five_seconds) {
    auto node = settled();
    unsigned answers = 0;
    for (unsigned i = 0; i < 5000; ++i) {
        const endpoint from{ip_address::v4(192, 168, 1, static_cast<std::uint8_t>(1 + i % 250)), 40000};
        answers += static_cast<unsigned>(
            hear(node, datagram_of(question_for({})), from, now + i * 900us).sends.size());
    }
    BOOST_TEST(answers == 200u);
}

// --- whom it ignores --------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(its_own_echo_is_ignored) {
    auto node = settled();
    const auto out = hear(node, datagram_of(question_for({}, 'A')));
    BOOST_TEST(out.sends.empty());
    BOOST_TEST(out.seen.empty());
    BOOST_TEST(node.online().size() == 0u);
}

BOOST_AUTO_TEST_CASE(another_network_is_ignored) {
    auto config = node_config('A');
    config.network = "lab";
    auto node = settled(config);
    for (const auto* network : {"", "Lab", "lab2", "la"}) {
        auto message = question_for({});
        message.network = network;
        BOOST_TEST(hear(node, datagram_of(message)).sends.empty(), network);
    }
    BOOST_TEST(node.online().size() == 0u);
    auto friendly = question_for({});
    friendly.network = "lab";
    BOOST_TEST(hear(node, datagram_of(friendly)).sends.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_source_that_is_not_on_the_link_is_ignored) {
    auto node = settled();
    for (const auto* from : {"192.168.2.9:40000", "8.8.8.8:40000", "127.0.0.1:40000", "192.168.1.255:40000",
                             "255.255.255.255:40000", "[2001:db8::1]:40000", "192.168.1.9:0"}) {
        const auto out = hear(node, datagram_of(question_for({})), at(from));
        BOOST_TEST(out.sends.empty(), from);
        BOOST_TEST(out.seen.empty(), from);
    }
}

// --- what it finds ----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_hello_causes_a_node_a_dht_contact_and_a_tracker) {
    auto node = settled();
    auto message = message_from('B');
    message.dht_port = 7000;
    message.http_tracker_port = 8080;
    message.page_port = 81;
    message.shares = 3;
    const auto out = meet(node, message);
    BOOST_REQUIRE(out.seen.size() == 1u);
    BOOST_TEST(out.seen[0].node.host_name == "host-B");
    BOOST_TEST(out.seen[0].node.shares == 3u);
    BOOST_TEST((out.seen[0].node.address == neighbour.address));
    BOOST_REQUIRE(out.contacts.size() == 1u);
    BOOST_TEST(out.contacts[0].node.to_string() == "192.168.1.9:7000");
    BOOST_REQUIRE(out.trackers.size() == 1u);
    BOOST_TEST(out.trackers[0].tracker.to_string() == "192.168.1.9:8080");
    BOOST_TEST((out.trackers[0].node == node_key{instance('B'), neighbour.address}));
    const auto again = hear(node, datagram_of(message));
    BOOST_TEST((again.seen.empty() && again.contacts.empty() && again.trackers.empty()));
}

BOOST_AUTO_TEST_CASE(a_silent_node_is_gone_after_a_hundred_seconds_and_so_is_its_tracker) {
    auto node = settled();
    auto message = message_from('B');
    message.http_tracker_port = 8080;
    meet(node, message);
    time_point when{};
    unsigned trackers = 0;
    run_until<hello>(node, now + 200s, [&](time_point at_time, const drained<hello>& out) {
        if (!out.gone.empty()) when = at_time;
        trackers += static_cast<unsigned>(out.lost_trackers.size());
    });
    BOOST_TEST((when == now + 100s));
    BOOST_TEST(trackers == 1u);
    BOOST_TEST(meet(node, message, neighbour, now + 200s).seen.size() == 1u);
}

BOOST_AUTO_TEST_CASE(an_answer_with_our_nonce_and_a_token_is_a_peer_and_any_other_is_not) {
    auto node = settled();
    meet(node, message_from('B'));
    node.want(now, torrent('T'));
    node.tick(now);
    const auto asked = parse_hello(drained(node).sends.at(0).datagram).value();
    const auto answer = [&](std::optional<hello_nonce> nonce, std::vector<hello_token> tokens) {
        auto message = message_from('B');
        message.nonce = nonce;
        message.tokens = std::move(tokens);
        return encode_hello(message);
    };
    const auto token = asked.tokens.at(0);
    BOOST_TEST(hear(node, answer(id_of<hello_nonce>('x'), {token})).peers.empty());
    BOOST_TEST(hear(node, answer(asked.nonce, {id_of<hello_token>('x')})).peers.empty());
    BOOST_TEST(hear(node, answer(asked.nonce, {})).peers.empty());
    const auto out = hear(node, answer(asked.nonce, {id_of<hello_token>('x'), token}));
    BOOST_REQUIRE(out.peers.size() == 1u);
    BOOST_TEST((out.peers[0].torrent == torrent('T')));
    BOOST_TEST((out.peers[0].peer == endpoint{neighbour.address, message_from('B').peer_port}));
    BOOST_TEST(out.sends.empty());
    // too late, or not wanted any more
    BOOST_TEST(hear(node, answer(asked.nonce, {token}), neighbour, now + 11s).peers.empty());
    node.unwant(torrent('T'));
    BOOST_TEST(hear(node, answer(asked.nonce, {token})).peers.empty());
}

BOOST_AUTO_TEST_CASE(a_link_local_neighbour_is_reached_by_the_interface_it_was_heard_on) {
    hello node(node_config('A'), rng(1));
    node.set_interfaces(start, {ethernet("fe80::5", 64, 7)});
    node.add_served(torrent('T'));
    const auto question = question_for({torrent('T')});
    node.receive(now, at("[fe80::9]:40000"), 7, false, datagram_of(question));
    BOOST_TEST(drained(node).sends.at(0).interface_index == 7u);
    node.tick(now);
    for (const auto& yes : confirmations(drained(node).sends, question))
        node.receive(now, at("[fe80::9]:40000"), 7, true, yes);
    BOOST_TEST(drained(node).peers.at(0).peer.address.zone() == 7u);
}

// --- what it believes -------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_node_confirms_what_it_said_and_nothing_else) {
    auto node = settled();
    auto said = message_from('A');
    const auto ask = [&](const hello_message& about) {
        hello_message message = message_from('B', hello_kind::ask);
        message.nonce = id_of<hello_nonce>('n');
        message.tokens = {token_of(*message.nonce, about)};
        return encode_hello(message);
    };
    const auto out = hear(node, ask(said));
    BOOST_REQUIRE(out.sends.size() == 1u);
    BOOST_TEST(out.sends[0].datagram.size() <= ask(said).size());
    BOOST_TEST((parse_hello(out.sends[0].datagram).value().kind == hello_kind::yes));
    said.peer_port = 22;
    BOOST_TEST(hear(node, ask(said)).sends.empty());
    BOOST_TEST(node.online().size() == 0u);
}

BOOST_AUTO_TEST_CASE(a_forged_source_becomes_no_node_and_its_peers_are_hearsay_after_seconds) {
    auto node = settled();
    node.add_served(torrent('T'));
    auto forged = question_for({torrent('T')});
    forged.http_tracker_port = 8080, forged.dht_port = 7000, forged.page_port = 8081;
    auto out = hear(node, datagram_of(forged));
    std::size_t asks = 0;
    std::vector<peer_found> peers;
    time_point told{};
    run_until<hello>(node, now + 20s, [&](time_point when, const drained<hello>& more) {
        for (const auto& each : more.sends)
            if (!each.multicast_or_broadcast) ++asks;
        for (const auto& each : more.peers) peers.push_back(each), told = when;
        BOOST_TEST((more.seen.empty() && more.trackers.empty() && more.contacts.empty()));
    });
    BOOST_TEST(asks == 3u);
    BOOST_REQUIRE(peers.size() == 1u);
    BOOST_TEST(!peers[0].confirmed);
    BOOST_TEST((told >= now + 1s && told <= now + 5s));
}

BOOST_AUTO_TEST_CASE(hearsay_leads_to_no_port_of_a_service) {
    auto node = settled();
    node.add_served(torrent('T'));
    auto forged = question_for({torrent('T')});
    forged.peer_port = 22;
    hear(node, datagram_of(forged));
    run_until<hello>(node, now + 20s,
                     [](time_point, const drained<hello>& more) { BOOST_TEST(more.peers.empty()); });
}

BOOST_AUTO_TEST_CASE(only_the_nonce_from_the_address_that_was_asked_confirms) {
    auto node = settled();
    const auto message = message_from('B');
    hear(node, datagram_of(message));
    node.tick(now);
    const auto yes = confirmations(drained(node).sends, message).at(0);
    BOOST_TEST(hear(node, yes, at("192.168.1.66:40000")).seen.empty());
    auto wrong = parse_hello(yes).value();
    wrong.nonce = id_of<hello_nonce>('x');
    BOOST_TEST(hear(node, encode_hello(wrong)).seen.empty());
    wrong = parse_hello(yes).value();
    wrong.instance = instance('C');
    BOOST_TEST(hear(node, encode_hello(wrong)).seen.empty());
    BOOST_TEST(hear(node, yes).seen.size() == 1u);
    BOOST_TEST(hear(node, yes).seen.empty());
}

BOOST_AUTO_TEST_CASE(a_node_that_was_confirmed_keeps_its_ports_whatever_is_said_in_its_name) {
    auto node = settled();
    auto message = message_from('B');
    message.http_tracker_port = 8080;
    meet(node, message);
    auto forged = message;
    forged.http_tracker_port = 22;
    for (const auto* from : {"192.168.1.9:40000", "192.168.1.9:8001", "192.168.1.66:1"}) {
        const auto out = hear(node, datagram_of(forged), at(from));
        BOOST_TEST((out.seen.empty() && out.trackers.empty() && out.lost_trackers.empty()));
    }
    BOOST_TEST(meet(node, forged, neighbour, now + 1s).trackers.size() == 1u);  // it says so itself
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bt::discovery::test
