// Which trackers one node asks for which torrent, and the way of their answers.
#include <boost/test/unit_test.hpp>
#include <set>

#include "base/limits.hpp"
#include "desk.hpp"

namespace {

using namespace std::string_literals;
constexpr auto per_element = boost::test_tools::per_element();

const auto five = ip_address::v4(10, 0, 0, 5), six = ip_address::v4(10, 0, 0, 6);

}  // namespace

BOOST_AUTO_TEST_SUITE(trackers)

BOOST_AUTO_TEST_CASE(a_neighbours_tracker_is_asked_within_a_second_of_its_hello_beside_the_torrents_own) {
    desk d;
    const auto id = d.share(make_info(false), {{"http://192.0.2.1:80/announce"}});
    BOOST_TEST(d.news() == names{"192.0.2.1:80 started"}, per_element);
    d.hello('t', five, 8080);
    BOOST_TEST(d.news() == names{"10.0.0.5:8080 started"}, per_element);
    BOOST_TEST((d.http[1].by_hello && !d.http[0].by_hello));
    BOOST_TEST(d.core.tracker_count(id) == 2u);
    BOOST_TEST(d.core.lan_tracker_count() == 1u);
    BOOST_TEST(d.core.lan_trackers().at(0).to_string() == "10.0.0.5:8080");
    BOOST_TEST(d.core.lan_neighbours().at(0).host_name == "t");
    d.get(make_info(false, "y"));  // and a torrent that comes later asks it at once
    BOOST_TEST(d.news() == names{"10.0.0.5:8080 started"}, per_element);
}

BOOST_AUTO_TEST_CASE(http_is_preferred_and_udp_is_asked_where_there_is_no_http) {
    desk d;
    d.share(make_info(false));
    d.hello('t', five, 8080, 8081);
    BOOST_TEST(d.news() == names{"10.0.0.5:8080 started"}, per_element);
    BOOST_TEST(d.datagrams.empty());
    d.hello('u', six, {}, 6969);
    BOOST_TEST(d.lookups.empty());
    d.pass(1s);
    BOOST_REQUIRE(!d.datagrams.empty());
    BOOST_TEST(d.datagrams[0].to.to_string() == "10.0.0.6:6969");
    BOOST_TEST(d.news().empty());
    d.hello('t', five, {}, 8081);  // its HTTP side ended
    d.pass(1s);
    BOOST_TEST(d.datagrams.back().to.to_string() == "10.0.0.5:8081");
}

BOOST_AUTO_TEST_CASE(announces_to_a_tracker_that_is_gone_stop_and_one_that_is_back_is_used_at_once) {
    desk d;
    d.share(make_info(false));
    d.hello('t', five, 8080);
    d.reply(d.http.at(0), "d8:intervali60e5:peers0:e");
    d.news();
    d.bye('t', five);
    d.pass(1100ms);
    BOOST_TEST(d.core.lan_neighbours().empty());
    d.pass(10min);
    BOOST_TEST(d.news().empty());
    BOOST_TEST(d.core.lan_tracker_count() == 0u);
    d.hello('t', five, 8080);
    BOOST_TEST(d.news() == names{"10.0.0.5:8080 started"}, per_element);
}

BOOST_AUTO_TEST_CASE(a_tracker_started_anew_at_its_old_address_is_asked_although_the_old_one_failed) {
    desk d;
    d.share(make_info(false));
    d.hello('t', five, 8080);
    d.core.http_answered(d.now, d.http.at(0).request, fail(errc::network, "refused"));
    d.pass(5s);
    d.news();
    d.hello('n', five, 8080);  // another process: its instance is new
    d.pass(1s);
    BOOST_TEST(d.news() == names{"10.0.0.5:8080 started"}, per_element);
    BOOST_TEST(d.troubles.empty());                // nobody named it: its troubles are its own
    BOOST_TEST(d.core.lan_tracker_count() == 1u);  // one place, however many say they are there
    d.bye('t', five);
    BOOST_TEST(d.core.lan_tracker_count() == 1u);
}

BOOST_AUTO_TEST_CASE(no_more_than_four_neighbours_trackers_are_asked) {
    desk d;
    d.share(make_info(false));
    for (std::uint8_t i = 0; i < 10; ++i)
        d.hello(static_cast<char>('A' + i), ip_address::v4(10, 0, 0, static_cast<std::uint8_t>(20 + i)),
                8080);
    d.pass(2s);
    BOOST_TEST(d.news().size() == limits::lan_trackers);
}

BOOST_AUTO_TEST_CASE(who_comes_and_goes_all_the_time_does_not_make_us_ask_each_time) {
    desk d;
    d.share(make_info(false));
    for (std::uint16_t i = 0; i < 600; ++i) {
        d.hello('r', five, static_cast<std::uint16_t>(2000 + i));
        d.pass(100ms);
    }
    BOOST_TEST(d.http.size() <= 10u);  // a minute of it
}

BOOST_AUTO_TEST_CASE(a_private_torrent_never_asks_a_neighbours_tracker) {
    desk d;
    const auto id = d.share(make_info(true), {{"http://192.0.2.1:80/announce"}});
    d.hello('t', five, 8080);
    d.hello('u', six, {}, 6969);
    d.pass(10min);
    for (const auto& each : d.news()) BOOST_TEST(each.find("192.0.2.1") == 0u, each);
    BOOST_TEST(d.datagrams.empty());
    BOOST_TEST(d.registered.empty());
    BOOST_TEST(d.core.tracker_count(id) == 1u);
}

BOOST_AUTO_TEST_CASE(what_turns_out_to_be_private_stops_at_once_and_says_no_goodbye) {
    desk d;
    const auto info = make_info(true);
    d.hello('t', five, 8080);
    d.hello('u', six, {}, 6969);
    const auto id = d.get(info, {{"http://192.0.2.1:80/announce"}});
    d.pass(1s);
    BOOST_TEST(d.core.tracker_count(id) == 3u);
    const auto late = d.http.back();
    BOOST_TEST(late.by_hello);
    d.news();
    d.datagrams.clear();

    // a peer that was named gives the metadata
    const auto peer = d.core.accepted(d.now, {ip_address::v4(10, 0, 0, 9), 40000});
    peer_id other;
    other.bytes.fill('b');
    d.core.received(d.now, peer, wire::encode(wire::handshake{{true, true, false}, info.hash, other}));
    wire::extension_handshake can;
    can.metadata_id = 2;
    can.metadata_bytes = static_cast<std::uint32_t>(info.raw.size());
    bytes said;
    wire::encode(wire::extended{0, wire::encode(can)}, said);
    d.core.received(d.now, peer, said);
    d.drain();
    said.clear();
    wire::encode(
        wire::extended{wire::our_metadata_id, wire::encode(wire::metadata_data{
                                                  0, static_cast<std::uint32_t>(info.raw.size()), info.raw})},
        said);
    d.core.received(d.now, peer, said);
    d.drain();
    BOOST_REQUIRE(d.core.info(id) != nullptr);
    BOOST_TEST(d.core.tracker_count(id) == 1u);
    d.reply(late,
            "d8:intervali60e5:peers6:\x0a\0\0\x07\x1a\xe1"
            "e"s);
    d.core.stop(d.now);
    d.pass(1min);
    for (const auto& each : d.news()) BOOST_TEST(each.find("192.0.2.1") == 0u, each);
    BOOST_TEST(d.datagrams.empty());
}

BOOST_AUTO_TEST_CASE(stopped_is_told_to_all_that_know_us_when_the_node_stops) {
    desk d;
    d.share(make_info(false), {{"http://192.0.2.1:80/announce"}});
    d.hello('t', five, 8080);
    for (const auto& get : std::exchange(d.http, {})) d.reply(get, "d8:intervali60e5:peers0:e");
    d.news();
    d.core.stop(d.now);
    d.drain();
    BOOST_TEST(d.news() == (names{"192.0.2.1:80 stopped", "10.0.0.5:8080 stopped"}), per_element);
    d.pass(10min);
    BOOST_TEST(d.news().empty());
}

BOOST_AUTO_TEST_CASE(a_torrent_that_is_removed_says_stopped_to_neighbours_too) {
    desk d;
    const auto id = d.share(make_info(false));
    d.hello('t', five, 8080);
    d.reply(d.http.at(0), "d8:intervali60e5:peers0:e");
    d.news();
    d.core.remove(d.now, id);
    d.drain();
    BOOST_TEST(d.news() == names{"10.0.0.5:8080 stopped"}, per_element);
    d.bye('t', five);
    d.hello('t', five, 8080);
    d.pass(10s);
    BOOST_TEST(d.news().empty());
}

BOOST_AUTO_TEST_CASE(shares_are_registered_when_either_is_new_and_every_five_minutes) {
    desk d;
    d.share(make_info(false, "a"));
    d.share(make_info(false, "b"));
    d.share(make_info(true, "c"));
    d.get(make_info(false, "d"));
    BOOST_TEST(d.registered.empty());
    d.hello('t', five, 8080);
    BOOST_TEST(d.registered == (names{"10.0.0.5:8080", "10.0.0.5:8080"}), per_element);
    d.share(make_info(false, "e"));
    BOOST_TEST(d.registered.size() == 3u);
    d.hello('u', six, {}, 6969);  // has no HTTP
    d.registered.clear();
    for (int i = 0; i < 34; ++i) {  // 340 s, with hellos to stay online
        d.hello('t', five, 8080);
        d.pass(10s);
    }
    BOOST_TEST(d.registered.size() == 3u);
    d.bye('t', five);
    d.pass(20min);
    BOOST_TEST(d.registered.size() == 3u);
}

BOOST_AUTO_TEST_CASE(what_the_machine_serves_is_said_in_the_hello) {
    auto config = settings();
    config.http_tracker_port = 8080;
    config.udp_tracker_port = 8081;
    config.page_port = 8082;
    node::core core(std::move(config), rng(1));
    core.set_interfaces(time_point(1s), {card()});
    core.tick(time_point(1s));
    bool said = false;
    while (auto what = core.poll())
        if (auto* sent = std::get_if<out::lan_send>(&*what))
            if (const auto message = discovery::parse_hello(sent->what.datagram))
                said = message->http_tracker_port == 8080 && message->udp_tracker_port == 8081 &&
                       message->page_port == 8082;
    BOOST_TEST(said);
}

BOOST_AUTO_TEST_CASE(a_seed_is_a_seed_from_its_first_announce) {
    desk d;
    const auto info = make_info(false);
    const auto id = *d.core.add(d.now, {info.hash, info, {{"http://192.0.2.1:80/announce"}}, {}, true});
    d.hello('t', five, 8080);
    d.pass(10s);
    BOOST_TEST(d.news().empty());  // its files are being checked
    d.begin(id, true);
    BOOST_TEST(d.news() == (names{"192.0.2.1:80 started", "10.0.0.5:8080 started"}), per_element);
    for (const auto& get : d.http) BOOST_TEST(get.url.find("&left=0&") != std::string::npos);
    BOOST_TEST(d.registered.size() == 1u);
}

// --- UDP trackers that a torrent names

BOOST_AUTO_TEST_CASE(the_name_of_a_udp_tracker_is_looked_up_once_for_both_families) {
    desk d;
    d.share(make_info(false, "a"), {{"udp://u.example:1337/announce"}});
    d.share(make_info(false, "b"), {{"udp://u.example:1337/announce"}});
    BOOST_REQUIRE(d.lookups.size() == 1u);
    BOOST_TEST(d.lookups[0].host == "u.example");
    d.core.resolved(d.now, d.lookups[0].lookup,
                    std::vector{ip_address::v4(192, 0, 2, 7), ip_address::v4(192, 0, 2, 8),
                                *ip_address::parse("2001:db8::7")});
    d.drain();
    names to;
    for (const auto& each : d.datagrams) to.push_back(each.to.to_string());
    BOOST_TEST(to == (names{"192.0.2.7:1337", "[2001:db8::7]:1337"}), per_element);
    d.core.resolved(d.now, d.lookups[0].lookup, std::vector{ip_address::v4(192, 0, 2, 9)});  // again: ignored
    d.drain();
    BOOST_TEST(d.datagrams.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_whole_udp_announce_brings_peers_and_a_stop_says_goodbye) {
    desk d;
    d.get(make_info(false), {{"udp://192.0.2.7:1337"}});
    const auto reply = [&](std::uint32_t action, const std::string& body) {
        BOOST_REQUIRE(!d.datagrams.empty());
        const auto question = std::exchange(d.datagrams, {}).back();
        bytes raw;
        raw.reserve(64);  // or gcc 12 sees it written beyond its end
        byte_writer(raw).number(action).raw(byte_view(question.datagram).subspan(12, 4)).text(body);
        d.core.udp_received(d.now, question.to, raw);
        d.drain();
        return question;
    };
    BOOST_TEST(!d.core.farewells_sent());
    reply(0, "12345678");
    BOOST_TEST(d.core.farewells_sent());
    const auto started = reply(1, "\0\0\7\x08\0\0\0\0\0\0\0\1\x0a\0\0\x07\x1a\xe1"s);
    BOOST_TEST(started.datagram.size() == 98u);
    BOOST_TEST(started.datagram[83] == 2u);  // started
    d.pass(1s);
    BOOST_TEST(d.connects == names{"10.0.0.7:6881"}, per_element);
    d.core.stop(d.now);
    d.drain();
    BOOST_REQUIRE(d.datagrams.size() == 1u);
    BOOST_TEST(d.datagrams[0].datagram[83] == 3u);  // stopped
}

BOOST_AUTO_TEST_CASE(an_announce_under_way_is_not_sent_again_after_the_goodbye) {
    desk d;
    d.get(make_info(false), {{"udp://10.0.0.7:1337"}});
    d.core.stop(d.now);
    d.drain();
    BOOST_REQUIRE(!d.datagrams.empty());
    const auto connect = std::exchange(d.datagrams, {}).back();
    bytes raw;
    raw.reserve(64);
    byte_writer(raw)
        .number(std::uint32_t{0})
        .raw(byte_view(connect.datagram).subspan(12, 4))
        .text("12345678");
    d.core.udp_received(d.now, connect.to, raw);
    d.drain();
    BOOST_REQUIRE(d.datagrams.size() == 1u);
    BOOST_TEST(d.datagrams[0].datagram[83] == 3u);  // stopped, and no `started` beside it
}

BOOST_AUTO_TEST_CASE(a_name_that_leads_where_it_must_not_is_not_asked) {
    for (const char* address : {"127.0.0.1", "::1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
                                "169.254.169.254", "169.254.1.1", "ff02::1"}) {
        desk d;
        d.share(make_info(false), {{"udp://u.example:53/admin"}});
        d.core.resolved(d.now, d.lookups.at(0).lookup, std::vector{*ip_address::parse(address)});
        d.drain();
        BOOST_TEST(d.datagrams.empty(), address);
        BOOST_TEST(d.troubles.size() == 1u);
    }
    desk d;
    d.share(make_info(false), {{"udp://u.example:53"}});
    d.core.resolved(d.now, d.lookups.at(0).lookup, fail(errc::network, "no such name"));
    d.drain();
    BOOST_TEST(d.troubles == names{"u.example:53: no such name"}, per_element);
}

BOOST_AUTO_TEST_CASE(addresses_of_169_254_are_asked_on_our_own_link_or_if_a_hello_came_from_there) {
    const auto where = tracker::url::parse("http://t.example/announce").value();
    const auto local = ip_address::v4(169, 254, 7, 7), metadata = ip_address::v4(169, 254, 169, 254);
    desk d;
    BOOST_TEST(!d.core.tracker_allowed_at(where, local));
    BOOST_TEST(d.core.tracker_allowed_at(where, five));
    auto zeroconf = card(ip_address::v4(169, 254, 7, 1));
    zeroconf.prefix_bits = 16;
    d.core.set_interfaces(d.now, {zeroconf});
    d.drain();
    BOOST_TEST(d.core.tracker_allowed_at(where, local));
    BOOST_TEST(!d.core.tracker_allowed_at(where, metadata));
    d.share(make_info(false));
    d.hello('t', local, 8080);
    BOOST_TEST(d.news() == names{"169.254.7.7:8080 started"}, per_element);
    d.hello('m', metadata, 80);
    d.pass(2s);
    BOOST_TEST(d.news().empty());
}

BOOST_AUTO_TEST_CASE(a_family_the_system_cannot_send_to_is_not_waited_for) {
    desk d;
    d.share(make_info(false), {{"udp://[2001:db8::7]:80"}, {"http://192.0.2.1:80/announce"}});
    BOOST_TEST(d.news().empty());
    d.core.udp_unreachable(d.now, d.datagrams.at(0).to, {errc::network, "network is unreachable", ""});
    d.drain();
    BOOST_TEST(d.troubles == names{"[2001:db8::7]:80: network is unreachable"}, per_element);
    BOOST_TEST(d.news() == names{"192.0.2.1:80 started"}, per_element);
}

// N4: a neighbour's tracker can add peers, at most
BOOST_AUTO_TEST_CASE(a_rogue_neighbours_tracker_adds_peers_at_most) {
    std::string many = "d8:intervali1e12:min intervali0e5:peers1048500:";
    for (std::size_t i = 0; i < 1'048'500 / 6; ++i)
        many += "\x0a\x01"s + static_cast<char>(i >> 8) + static_cast<char>(i) + "\x1a\xe1";
    many += "10:tracker id3:abc12:external ip4:\1\2\3\4e";
    for (const auto& [status, body] :
         {std::pair{200, "garbage"s}, std::pair{200, std::string(500'000, 'd')}, std::pair{200, many},
          std::pair{301, ""s}, std::pair{200, "d14:failure reason4:\x1b[2J8:retry in5:nevere"s},
          std::pair{200, "d8:trackersl19:http://evil/announcee13:announce-listlee"s}}) {
        desk d;
        const auto id = d.get(make_info(false), {{"http://192.0.2.1:80/announce"}});
        d.hello('t', five, 8080);
        d.news();
        d.reply(d.http.at(1), body, status);
        BOOST_TEST(d.core.tracker_count(id) == 2u);
        BOOST_TEST(d.troubles.empty());
        d.pass(10s);
        BOOST_TEST(d.connects.size() <= limits::tracker_numwant);
        BOOST_TEST(d.news().empty());
        BOOST_TEST(d.core.tracker_count(id) == 2u);
    }
}

// two hundred nodes hear it at one moment
BOOST_AUTO_TEST_CASE(nodes_do_not_all_call_at_one_moment_whom_a_neighbours_tracker_names) {
    const auto first_call = [](std::uint64_t seed, const std::string& peers, names& calls) {
        desk d(settings(), seed);
        d.get(make_info(false));
        d.hello('t', five, 8080);
        d.reply(d.http.at(0), "d8:intervali60e5:peers" + std::to_string(peers.size()) + ":" + peers + "e");
        const auto began = d.now;
        while (d.connects.empty() && d.now - began < 10s) d.pass(10ms);
        const auto took = d.now - began;
        d.pass(10s - took);
        calls = d.connects;
        return took;
    };
    const auto victim = "\x0a\0\0\x07\x1a\xe1"s, service = "\x0a\0\0\x07\0\x16"s,
               itself = "\x0a\0\0\x05\x1a\xe1"s;
    std::set<duration> times;
    names calls;
    for (std::uint64_t node = 1; node <= 20; ++node) {
        times.insert(first_call(node, victim, calls));
        BOOST_TEST(calls == names{"10.0.0.7:6881"}, per_element);
    }
    BOOST_TEST(times.size() >= 15u);
    BOOST_TEST((*times.rbegin() <= 2s && *times.rbegin() - *times.begin() >= 1s));
    first_call(1, service, calls);
    BOOST_TEST(calls.empty());
    BOOST_TEST((first_call(1, itself, calls) <= 20ms));  // the tracker's own host
}

BOOST_AUTO_TEST_CASE(answers_to_questions_nobody_asked_are_ignored) {
    desk d;
    d.get(make_info(false), {{"http://192.0.2.1:80/announce"}});
    const auto body =
        "d8:intervali60e5:peers6:\x0a\0\0\x07\x1a\xe1"
        "e"s;
    d.core.http_answered(d.now, 4711, tracker::http_reply{200, as_bytes(body)});
    d.core.resolved(d.now, 4711, std::vector{five});
    d.core.udp_received(d.now, {five, 1}, bytes(100));
    d.core.udp_unreachable(d.now, {five, 1}, {});
    d.pass(1s);
    BOOST_TEST(d.connects.empty());
    d.reply(d.http.at(0), body);
    d.reply(d.http.at(0), body);
    d.pass(1s);
    BOOST_TEST(d.connects.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_download_without_peers_asks_again_as_soon_as_its_tracker_allows) {
    desk d;
    d.get(make_info(false), {{"http://192.0.2.1:80/announce"}});
    d.reply(d.http.at(0), "d8:intervali1800e12:min intervali120e5:peers0:e");
    d.news();
    d.pass(119s);
    BOOST_TEST(d.news().empty());
    d.pass(2s);
    BOOST_TEST(d.news() == names{"192.0.2.1:80"}, per_element);
}

BOOST_AUTO_TEST_SUITE_END()
