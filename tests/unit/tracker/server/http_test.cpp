// Announce and scrape over HTTP as clients see them.
#include "desk.hpp"

using namespace bt;
using namespace bt::test;

BOOST_AUTO_TEST_SUITE(tracker_server_http)

BOOST_AUTO_TEST_CASE(these_questions_get_exactly_these_answers) {
    tracker_desk d;
    struct row {
        std::string from, target, body;
    };
    const std::string hash = "%48%48%48%48%48%48%48%48%48%48%48%48%48%48%48%48%48%48%48%48";
    const std::string a = "&peer_id=-BN0100-aaaaaaaaaaaa&port=6881&uploaded=0&downloaded=0";
    const std::string b = "&peer_id=-BN0100-bbbbbbbbbbbb&port=6882&uploaded=0&downloaded=0";
    const row rows[] = {
        {"192.168.1.7", "/announce?info_hash=" + hash + a + "&left=5&event=started&compact=1",
         "d8:completei0e10:downloadedi0e11:external ip4:\xc0\xa8\x01\x07"
         "10:incompletei1e8:intervali60e12:min intervali30e5:peers0:e"},
        {"192.168.1.9", "/announce?info_hash=" + hash + b + "&left=0",
         "d8:completei1e10:downloadedi0e11:external ip4:\xc0\xa8\x01\x09"
         "10:incompletei1e8:intervali60e12:min intervali30e5:peers6:\xc0\xa8\x01\x07\x1a\xe1"
         "e"},
        {"192.168.1.7", "/announce?info_hash=" + hash + a + "&left=5&compact=0",
         "d8:completei1e10:downloadedi0e11:external ip4:\xc0\xa8\x01\x07"
         "10:incompletei1e8:intervali60e12:min intervali30e"
         "5:peersld2:ip11:192.168.1.97:peer id20:-BN0100-bbbbbbbbbbbb4:porti6882eeee"},
        {"192.168.1.7", "/announce?info_hash=" + hash + a + "&left=5&compact=0&no_peer_id=1",
         "d8:completei1e10:downloadedi0e11:external ip4:\xc0\xa8\x01\x07"
         "10:incompletei1e8:intervali60e12:min intervali30e"
         "5:peersld2:ip11:192.168.1.94:porti6882eeee"},
        {"192.168.1.7", "/announce?info_hash=" + hash + a + "&left=0&event=completed&numwant=0",
         "d8:completei2e10:downloadedi1e11:external ip4:\xc0\xa8\x01\x07"
         "10:incompletei0e8:intervali60e12:min intervali30e5:peers0:e"},
        {"8.8.8.8", "/announce?info_hash=" + hash + "&peer_id=-BN0100-cccccccccccc&port=1&left=9",
         "d8:completei2e10:downloadedi1e11:external ip4:\x08\x08\x08\x08"
         "10:incompletei1e8:intervali1800e12:min intervali900e5:peers0:e"},
        {"192.168.1.7", "/scrape?info_hash=" + hash + "&info_hash=xxxxxxxxxxxxxxxxxxxx&info_hash=" + hash,
         "d5:filesd20:HHHHHHHHHHHHHHHHHHHHd8:completei2e10:downloadedi1e10:incompletei1ee"
         "20:xxxxxxxxxxxxxxxxxxxxd8:completei0e10:downloadedi0e10:incompletei0eeee"},
        {"192.168.1.9", "/announce?info_hash=" + hash + b + "&left=0&event=stopped",
         "d8:completei1e10:downloadedi1e11:external ip4:\xc0\xa8\x01\x09"
         "10:incompletei1e8:intervali60e12:min intervali30e5:peers0:e"},
        {"192.168.1.7", "/scrape",
         "d14:failure reason48:name the torrents: a full scrape is not answered8:retry in5:nevere"},
        {"192.168.1.7", "/announce", "d14:failure reason20:info_hash is missing8:retry in5:nevere"},
        {"192.168.1.7", "/announce?info_hash=%4" + a,
         "d14:failure reason43:malformed query: a % without two hex digits8:retry in5:nevere"},
    };
    for (const auto& row : rows) {
        const auto answer = d.ask(row.from, row.target);
        BOOST_TEST(answer.status == 200);
        BOOST_TEST(answer.body == row.body, row.target << "\n" << answer.body);
        BOOST_TEST(bencode_document::parse(as_bytes(answer.body), bencode_packet).has_value());
    }
}

BOOST_AUTO_TEST_CASE(what_is_malformed_is_refused_with_a_reason) {
    tracker_desk d;
    const std::string good = tracker_desk::target_of({});
    for (const auto& target :
         {"/announce?peer_id=aaaaaaaaaaaaaaaaaaaa&port=1"s,
          "/announce?info_hash=aaaaaaaaaaaaaaaaaaaa&port=1"s,
          "/announce?info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=aaaaaaaaaaaaaaaaaaaa"s,
          "/announce?info_hash=aaaaaaaaaaaaaaaaaaa&peer_id=aaaaaaaaaaaaaaaaaaaa&port=1"s,
          "/announce?info_hash=aaaaaaaaaaaaaaaaaaaaa&peer_id=aaaaaaaaaaaaaaaaaaaa&port=1"s,
          good + "&port=65536", good + "&port=-1", good + "&port=", good + "&peer_id=%zz",
          good + "&info_hash=aaaaaaaaaaaaaaaaaaaa"}) {
        const auto answer = d.ask("192.168.1.7", target);
        BOOST_TEST(answer.status == 200);
        BOOST_TEST(answer.body.starts_with("d14:failure reason"), target);
        BOOST_TEST(answer.body.ends_with("8:retry in5:nevere"));
    }
    BOOST_TEST(d.counts() == "none");
    for (std::size_t length = 0; length < good.size(); ++length) d.ask("192.168.1.7", good.substr(0, length));
    BOOST_TEST(d.ask("192.168.1.7", good, "POST").status == 405);
    BOOST_TEST(d.ask("192.168.1.7", good, "HEAD").status == 405);
}

BOOST_AUTO_TEST_CASE(unusual_arguments_are_tolerated) {
    tracker_desk d;
    for (const auto* more :
         {"&event=paused", "&event=empty", "&event=", "&event=else", "&trackerid=x", "&numwant=-1",
          "&num%20want=3", "&supportcrypto=1&requirecrypto=1", "&&&", "&left=-1",
          "&left=", "&uploaded=99999999999999999999", "&key=", "&key=not%20hex%20at%20all",
          "&corrupt=0&redundant=0&ipv6=%zz", "&compact", "&="})
        BOOST_TEST(!d.announce({.more = more}).failure, more);
    BOOST_TEST(d.counts() == "0 complete 1 incomplete 0 downloaded");
}

BOOST_AUTO_TEST_CASE(numwant_is_a_bound_for_both_families_together) {
    tracker_desk d;
    for (int i = 0; i < 150; ++i) {
        const auto end = std::to_string(i + 10);
        d.announce({.from = "192.168.1." + end, .id = "p" + end, .key = end});
        d.announce({.from = "2001:db8:1::" + end, .id = "p" + end, .key = end});
    }
    BOOST_TEST(d.counts() == "0 complete 150 incomplete 0 downloaded");
    BOOST_TEST(d.announce({}).peers.size() == 50u);
    BOOST_TEST(d.announce({.more = "&numwant=0"}).peers.size() == 0u);
    BOOST_TEST(d.announce({.more = "&numwant=10"}).peers.size() == 10u);
    BOOST_TEST(d.announce({.more = "&numwant=-1"}).peers.size() == 50u);
    BOOST_TEST(d.announce({.more = "&numwant=5000"}).peers.size() == 200u);
}

BOOST_AUTO_TEST_CASE(seeders_are_not_told_of_seeders) {
    tracker_desk d;
    d.announce({.from = "192.168.1.11", .id = "s", .left = "0"});
    d.announce({.from = "192.168.1.12", .id = "l", .left = "1"});
    BOOST_TEST(d.peers({.left = "0"}) == "192.168.1.12:6881");
    BOOST_TEST(d.peers({.left = "1"}) == "192.168.1.11:6881 192.168.1.12:6881");
    d.announce({.from = "192.168.1.12", .id = "l", .left = "0", .event = "completed"});
    BOOST_TEST(d.peers({.left = "0"}) == "192.168.1.11:6881 192.168.1.12:6881");  // better than nobody
    BOOST_TEST(d.counts() == "3 complete 0 incomplete 1 downloaded");
    d.announce({.from = "192.168.1.12", .id = "l", .left = "0", .event = "completed"});
    BOOST_TEST(d.counts() == "3 complete 0 incomplete 1 downloaded");  // it counts once
}

BOOST_AUTO_TEST_CASE(seeders_fill_the_answer_of_a_seeder_that_starts_or_has_nobody_else) {
    // webtorrent announces left=0 as long as it has a magnet link and no metadata
    tracker_desk d;
    d.announce({.from = "192.168.1.11", .id = "s", .left = "0"});
    BOOST_TEST(d.peers({.left = "0", .event = "started"}) == "192.168.1.11:6881");
    BOOST_TEST(d.peers({.left = "0"}) == "192.168.1.11:6881");
    d.announce({.from = "192.168.1.12", .id = "l", .left = "1"});
    BOOST_TEST(d.peers({.left = "0"}) == "192.168.1.12:6881");
    BOOST_TEST(d.peers({.left = "0", .event = "started"}) == "192.168.1.11:6881 192.168.1.12:6881");
    BOOST_TEST(d.peers({.left = "0", .event = "started", .more = "&numwant=1"}) == "192.168.1.12:6881");
    const auto connection = d.connection("192.168.1.7");
    const auto answer = d.datagram("192.168.1.7", d.udp_announce(connection, {.left = "0"}, 2));
    BOOST_TEST(answer.size() == 20u + 2 * 6);
}

BOOST_AUTO_TEST_CASE(a_peer_of_the_trackers_machine_is_told_by_the_family_of_the_asker) {
    for (const std::string from : {"::1", "2001:db8:1::5"}) {
        tracker_desk d;
        d.announce({.from = from, .id = "own", .left = "0"});
        BOOST_TEST(d.peers({}) == "192.168.1.5:6881", from);
        BOOST_TEST(d.peers({.from = "2001:db8:1::7"}) == "[2001:db8:1::5]:6881", from);
        BOOST_TEST(
            d.datagram("192.168.1.8", d.udp_announce(d.connection("192.168.1.8"), {.id = "u"})).size() >= 26u,
            from);
    }
    tracker_desk d;
    d.announce({.from = "127.0.0.1", .id = "own", .left = "0"});
    BOOST_TEST(d.peers({.from = "2001:db8:1::7"}) == "[2001:db8:1::5]:6881");
    // with both families it is told once by each
    d.announce({.from = "::1", .id = "own", .left = "0"});
    BOOST_TEST(d.peers({.id = "b"}) == "192.168.1.5:6881 [2001:db8:1::7]:6881");
}

BOOST_AUTO_TEST_CASE(the_announce_may_have_a_key_and_slashes_in_its_path) {
    tracker_desk d;
    d.announce({.from = "192.168.1.11", .id = "s", .left = "0"});
    const auto query = tracker_desk::target_of({}).substr(std::string("/announce").size());
    for (const std::string path :
         {"/announce", "/announce/", "//announce", "/a8f3/announce", "/a8f3//announce/"}) {
        const auto answer = parse_announce(as_bytes(d.ask("192.168.1.7", path + query).body));
        BOOST_REQUIRE_MESSAGE(answer, path);
        BOOST_TEST(answer->peers.size() == 1u, path);
    }
    for (const std::string path : {"/a/b/announce", "/announces", "/announce/x", "/"})
        BOOST_TEST(!parse_announce(as_bytes(d.ask("192.168.1.7", path + query).body)), path);
    BOOST_TEST(d.ask("192.168.1.7", "/a8f3/scrape?info_hash=" + percent_encode(hash_of('H').span()))
                   .body.starts_with("d5:files"));
}

BOOST_AUTO_TEST_CASE(a_scrape_of_what_is_unknown_says_zero) {
    tracker_desk d;
    d.announce({.from = "192.168.1.11", .id = "s", .left = "0"});
    const auto both = "/scrape?info_hash=" + percent_encode(hash_of('H').span()) +
                      "&info_hash=" + percent_encode(hash_of('U').span());
    const auto body = d.ask("192.168.1.7", both).body;
    const auto document = bencode_document::parse(as_bytes(body), bencode_packet);
    const auto files = document->root().find_dict("files");
    BOOST_TEST(files->entries().size() == 2u);
    BOOST_TEST(*files->find(hash_of('U').view())->find_integer("complete") == 0);
}

BOOST_AUTO_TEST_CASE(an_address_in_the_question_is_believed_of_this_machine_alone) {
    tracker_desk d;
    d.announce(
        {.from = "192.168.1.66", .id = "liar", .more = "&ip=192.168.1.99&ipv4=192.168.1.98&ipv6=fd00::1"});
    d.announce({.from = "8.8.8.8", .id = "far", .more = "&ip=9.9.9.9"});
    BOOST_TEST(d.peers({}) == "8.8.8.8:6881 192.168.1.66:6881");
    d.announce({.from = "127.0.0.1", .id = "own", .more = "&ip=192.168.1.77"});
    d.announce({.from = "192.168.1.5",
                .id = "own2",
                .port = 7000,
                .more = "&ipv4=192.168.1.78&ipv6=%5b2001:db8:1::78%5d:7001"});
    BOOST_TEST(d.peers({}) ==
               "8.8.8.8:6881 192.168.1.66:6881 192.168.1.77:6881 192.168.1.78:7000 [2001:db8:1::78]:7001");
    for (const auto* bad : {"0.0.0.0", "224.1.1.1", "255.255.255.255", "nonsense"})
        d.announce({.from = "127.0.0.1", .id = "own3", .port = 7002, .more = "&ip="s + bad});
    BOOST_TEST(d.announce({}).peers.size() == 6u);  // what is no address is not there
}

BOOST_AUTO_TEST_CASE(nobody_is_told_of_port_0) {
    tracker_desk d;
    d.announce({.from = "192.168.1.11", .id = "none", .port = 0});
    BOOST_TEST(d.peers({}) == "");
    BOOST_TEST(d.counts() == "0 complete 1 incomplete 0 downloaded");
}

BOOST_AUTO_TEST_CASE(a_peer_on_this_machine_is_told_where_the_asker_can_reach_it) {
    tracker_desk d;
    d.announce({.from = "127.0.0.1", .id = "own"});
    d.announce({.from = "::1", .id = "own"});
    BOOST_TEST(d.counts() == "0 complete 1 incomplete 0 downloaded");
    BOOST_TEST(d.peers({.from = "192.168.1.7", .id = "b"}) == "192.168.1.5:6881");
    BOOST_TEST(d.peers({.from = "2001:db8:1::7", .id = "b"}) == "[2001:db8:1::5]:6881");
    d.announce({.from = "192.168.1.5", .id = "own"});  // the same process by another way
    BOOST_TEST(d.peers({.from = "192.168.1.7", .id = "b"}) == "192.168.1.5:6881");
    d.announce({.from = "127.0.0.1", .id = "other", .port = 7000});
    BOOST_TEST(d.peers({.from = "127.0.0.1", .id = "other", .port = 7000}).find("127.0.0.1:6881") == 0u);
}

BOOST_AUTO_TEST_CASE(lists_of_torrents_are_kept_to) {
    tracker_desk d;
    d.it.set_access(access_mode::allow_list, {hash_of('A')});
    BOOST_TEST(!d.announce({.hash = 'A'}).failure);
    BOOST_TEST(d.announce({.hash = 'B'}).failure.value() == "not on the list of this tracker");
    BOOST_TEST(d.announce({.hash = 'B'}).never_retry);
    d.it.set_access(access_mode::deny_list, {hash_of('A')});
    BOOST_TEST(d.announce({.hash = 'A'}).failure.has_value());
    BOOST_TEST(d.counts('A') == "none");
    BOOST_TEST(!d.announce({.hash = 'B'}).failure);
    d.it.set_access(access_mode::open, {});
    BOOST_TEST(!d.announce({.hash = 'A'}).failure);
}

BOOST_AUTO_TEST_CASE(a_full_tracker_says_so_and_does_not_grow) {
    server_config config;
    config.limits.torrents = 2;
    config.limits.peers = 4;
    tracker_desk d(config);
    d.announce({.hash = 'A'});
    d.announce({.hash = 'B'});
    BOOST_TEST((d.announce({.hash = 'C'}).retry == duration(30min)));
    BOOST_TEST(d.announce({.hash = 'C'}).failure.value() == "this tracker has no room for more torrents");
    d.announce({.from = "192.168.1.8", .id = "b", .hash = 'A'});
    d.announce({.from = "192.168.1.9", .id = "c", .hash = 'A'});
    BOOST_TEST(d.announce({.from = "192.168.1.10", .id = "d", .hash = 'A'}).failure.value() ==
               "this tracker has no room for more peers");
    BOOST_TEST(!d.announce({.from = "192.168.1.9", .id = "c", .hash = 'A'}).failure);  // who is in stays in
    d.announce({.event = "stopped", .hash = 'B'});
    BOOST_TEST(!d.announce({.hash = 'C'}).failure);  // an empty torrent makes room
    BOOST_TEST(d.it.totals(d.now).peers == 4u);
}

BOOST_AUTO_TEST_CASE(who_asks_too_often_has_to_wait) {
    tracker_desk d;
    int refused = 0;
    for (std::size_t i = 0; i < limits::tracker_burst_per_source + 10; ++i)
        refused += d.body({}).find("too many requests") != std::string::npos;
    BOOST_TEST(refused == 10);
    BOOST_TEST(!d.announce({.from = "192.168.1.8", .id = "b"}).failure);
    BOOST_TEST((d.announce({}).retry == duration(1min)));
    d.now += 1s;
    BOOST_TEST(!d.announce({}).failure);
    for (std::size_t i = 0; i < limits::tracker_burst_per_source + 10; ++i)
        BOOST_TEST(!d.announce({.from = "127.0.0.1", .id = "own", .more = "&numwant=0"}).failure);
}

BOOST_AUTO_TEST_CASE(addresses_of_one_v6_network_share_their_rate) {
    tracker_desk d;
    int refused = 0;
    for (std::size_t i = 0; i < limits::tracker_burst_per_source + 10; ++i)
        refused += d.body({.from = "2001:db8:7::" + std::to_string(i % 100 + 1)}).find("too many") !=
                   std::string::npos;
    BOOST_TEST(refused == 10);
}

BOOST_AUTO_TEST_CASE(peers_that_fall_silent_are_gone_within_two_intervals) {
    tracker_desk d;
    d.announce({.from = "192.168.1.7", .id = "lan"});
    d.announce({.from = "8.8.8.8", .id = "far"});
    d.pass(100s);
    BOOST_TEST(d.counts() == "0 complete 2 incomplete 0 downloaded");
    d.pass(20s);
    BOOST_TEST(d.counts() == "0 complete 1 incomplete 0 downloaded");
    d.pass(1h);
    BOOST_TEST(d.counts() == "none");
    BOOST_TEST(d.it.totals(d.now).peers == 0u);
    BOOST_TEST(d.it.totals(d.now).torrents == 0u);
    BOOST_TEST((d.it.next_deadline() == never));
}

BOOST_AUTO_TEST_CASE(a_tracker_that_stops_says_when_to_come_again_and_lets_people_go) {
    tracker_desk d;
    d.announce({.from = "192.168.1.8", .id = "b"});
    d.it.drain();
    BOOST_TEST((d.announce({}).retry == duration(1min)));
    BOOST_TEST(d.ask("192.168.1.7", "/healthz").status == 503);
    d.announce({.from = "192.168.1.8", .id = "b", .event = "stopped"});
    BOOST_TEST(d.counts() == "none");
}

BOOST_AUTO_TEST_CASE(the_interval_can_be_set_and_grows_with_the_load) {
    server_config config;
    config.interval = 300s;
    tracker_desk d(config);
    BOOST_TEST((d.announce({}).interval == duration(300s)));
    BOOST_TEST((d.announce({.from = "8.8.8.8", .id = "far"}).min_interval == duration(150s)));
}

BOOST_AUTO_TEST_SUITE_END()
