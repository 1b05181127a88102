// Who is the same peer as whom, and what a stranger that knows a peer's id can do to it.
#include "desk.hpp"

using namespace bt;
using namespace bt::test;

BOOST_AUTO_TEST_SUITE(tracker_server_identity)

BOOST_AUTO_TEST_CASE(a_peer_of_two_families_counts_once_and_is_told_by_both_addresses) {
    tracker_desk d;
    d.announce({.from = "192.168.1.11", .id = "two", .key = "01020304"});
    d.announce({.from = "2001:db8:1::11", .id = "two", .key = "01020304"});
    BOOST_TEST(d.counts() == "0 complete 1 incomplete 0 downloaded");
    BOOST_TEST(d.it.totals(d.now).hosts == 1u);
    BOOST_TEST(d.peers({}) == "192.168.1.11:6881 [2001:db8:1::11]:6881");
    // a client may use another key for each family
    d.announce({.from = "192.168.1.12", .id = "split", .key = "1"});
    d.announce({.from = "2001:db8:1::12", .id = "split", .key = "2"});
    BOOST_TEST(d.counts() == "0 complete 3 incomplete 0 downloaded");
}

BOOST_AUTO_TEST_CASE(nobody_is_told_of_himself) {
    tracker_desk d;
    d.announce({.from = "192.168.1.11", .id = "two", .key = "5"});
    BOOST_TEST(d.peers({.from = "2001:db8:1::11", .id = "two", .key = "5"}) == "");
    BOOST_TEST(d.peers({.from = "192.168.1.11", .id = "two", .key = "5"}) == "");
    // nor of an address it had before it moved without a key
    d.announce({.from = "192.168.1.21", .id = "moved"});
    BOOST_TEST(d.peers({.from = "192.168.1.22", .id = "moved"}).find("192.168.1.21") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_peer_that_knows_its_key_moves_and_leaves_nothing_behind) {
    tracker_desk d;
    d.announce({.from = "192.168.1.11", .id = "m", .key = "abc"});
    d.announce({.from = "192.168.1.12", .id = "m", .key = "abc"});
    BOOST_TEST(d.peers({}) == "192.168.1.12:6881");
    BOOST_TEST(d.counts() == "0 complete 2 incomplete 0 downloaded");
    d.announce({.from = "192.168.1.13", .id = "m", .event = "stopped", .key = "abc"});
    BOOST_TEST(d.peers({}) == "");
}

BOOST_AUTO_TEST_CASE(a_process_that_restarts_takes_the_place_of_the_old_one) {
    tracker_desk d;
    d.announce({.from = "192.168.1.11", .id = "old", .left = "0", .key = "1"});
    d.announce({.from = "192.168.1.11", .id = "new", .left = "5", .key = "2"});
    BOOST_TEST(d.peers({}) == "192.168.1.11:6881");
    BOOST_TEST(d.counts() == "0 complete 2 incomplete 0 downloaded");
}

BOOST_AUTO_TEST_CASE(a_stranger_with_the_id_can_neither_remove_nor_move_nor_change_a_peer) {
    for (const auto* key : {"", "secret"}) {
        tracker_desk d;
        const announcer victim{.from = "192.168.1.11", .id = "victim", .left = "100", .key = key};
        d.announce(victim);
        for (const auto* from : {"192.168.1.66", "2001:db8:1::66", "8.8.8.8"})
            for (const auto* strange : {"", "1", "secre"})
                for (const auto* event : {"stopped", "", "completed", "stopped"}) {
                    d.announce({.from = from,
                                .id = "victim",
                                .port = 1,
                                .left = "0",
                                .event = event,
                                .key = strange});
                    BOOST_TEST(d.peers({}).find("192.168.1.11:6881") != std::string::npos,
                               from << ' ' << strange << ' ' << event);
                    BOOST_TEST(d.peers({.left = "0"}).find("192.168.1.11:6881") != std::string::npos,
                               "it still wants data: " << from << ' ' << strange << ' ' << event);
                }
        d.announce({.from = "192.168.1.11", .id = "victim", .event = "stopped", .key = key});
        BOOST_TEST(d.peers({}).find("192.168.1.11:6881") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(a_second_address_without_the_key_speaks_for_itself_alone) {
    tracker_desk d;
    d.announce({.from = "192.168.1.11", .id = "two", .left = "100", .key = "1"});
    d.announce({.from = "2001:db8:1::66", .id = "two", .left = "0", .event = "completed", .key = "2"});
    BOOST_TEST(d.counts() == "0 complete 1 incomplete 0 downloaded");
    d.announce({.from = "2001:db8:1::66", .id = "two", .left = "0", .event = "completed", .key = "1"});
    BOOST_TEST(d.counts() == "1 complete 0 incomplete 1 downloaded");
}

BOOST_AUTO_TEST_CASE(very_many_peers_with_one_id_are_stored_and_found) {
    tracker_desk d;
    for (int i = 0; i < 3'000; ++i)
        d.announce({.from = "192.168.1.66", .id = "same", .port = 1000 + i, .key = std::to_string(i + 1)});
    BOOST_TEST(d.counts() == "0 complete 3000 incomplete 0 downloaded");
    for (int i = 0; i < 900; ++i)
        d.announce({.from = "192.168.1.66",
                    .id = "same",
                    .port = 1000 + i,
                    .event = "stopped",
                    .key = std::to_string(i + 1)});
    BOOST_TEST(d.counts() == "0 complete 2100 incomplete 0 downloaded");
}

BOOST_AUTO_TEST_CASE(each_address_of_a_peer_ages_by_itself) {
    tracker_desk d;
    const announcer four{.from = "192.168.1.11", .id = "two", .key = "5"};
    d.announce({.from = "2001:db8:1::11", .id = "two", .key = "5"});
    for (int i = 0; i < 3; ++i) {
        d.announce(four);
        d.pass(1min);
    }
    BOOST_TEST(d.counts() == "0 complete 1 incomplete 0 downloaded");
    BOOST_TEST(d.peers({}).find("192.168.1.11:6881") != std::string::npos);
    d.pass(57min);
    BOOST_TEST(d.peers({}) == "");
}

BOOST_AUTO_TEST_SUITE_END()
