// Peers told of each other, what we offer, where we are seen, metadata.
#include <boost/test/unit_test.hpp>

#include "unit/swarm/town.hpp"

using namespace bt;
using namespace bt::swarm;
using namespace bt::swarm::test;

BOOST_AUTO_TEST_SUITE(what_peers_tell_of_themselves_and_others)

// --- peer exchange (BEP 11)

BOOST_AUTO_TEST_CASE(two_peers_are_told_of_each_other_soon) {
    town t(no_pieces());
    auto& a = t.comes('a', stranger(1), no_pieces());
    t.run(10s);
    BOOST_TEST(!has_line(a.hears, "peers"));
    auto& b = t.comes('b', stranger(2), no_pieces());
    t.run(10s);
    // where they take connections, not where these come from
    BOOST_TEST(has_line(a.hears, "peers +8.8.2.1:6881"));
    BOOST_TEST(has_line(b.hears, "peers +8.8.1.1:6881"));
    BOOST_TEST(count_of(a.hears, "peers") == 1u);

    t.leaves(b);
    t.run(70s, 1s);
    BOOST_TEST(has_line(a.hears, "peers -8.8.2.1:6881"));
}

BOOST_AUTO_TEST_CASE(neighbours_are_not_told_to_strangers) {
    town t(no_pieces());
    auto& a = t.comes('a', stranger(1), no_pieces());
    auto& b = t.comes('b', neighbour(2), no_pieces());
    t.run(10s);
    BOOST_TEST(!has_line(a.hears, "peers"));
    BOOST_TEST(has_line(b.hears, "peers +8.8.1.1:6881"));
}

BOOST_AUTO_TEST_CASE(who_is_told_of_is_called) {
    town t(no_pieces());
    auto& a = t.comes('a', stranger(1), no_pieces());
    wire::exchange_message news;
    news.added.push_back({at("8.8.5.1:7000"), {}});
    news.added.push_back({at("10.0.0.7:7000"), {}});  // not from a stranger
    a.peer.send_exchange(t.now, news);
    t.run(1s);
    BOOST_REQUIRE(t.calls.size() == 1u);
    BOOST_TEST(t.calls.at(0).to_string() == "8.8.5.1:7000");
}

BOOST_AUTO_TEST_CASE(a_private_torrent_has_no_exchange) {
    town t(no_pieces(), {.is_private = true});
    auto& a = t.comes('a', stranger(1), no_pieces());
    auto& b = t.comes('b', stranger(2), no_pieces());
    BOOST_TEST(a.peer.extensions().exchange_id == 0);
    t.run(70s, 1s);
    BOOST_TEST(!has_line(a.hears, "peers"));
    BOOST_TEST(!has_line(b.hears, "peers"));
    const auto forced = wire::encode(wire::exchange_message{{{at("8.8.5.1:7000"), {}}}, {}});
    t.says(a, wire::extended{wire::our_exchange_id, forced});
    BOOST_TEST(t.calls.empty());
}

// --- what we say of us

BOOST_AUTO_TEST_CASE(upload_only_is_told_when_everything_is_there) {
    town t(no_pieces());
    auto& taker = t.comes('b', neighbour(3), no_pieces());
    BOOST_TEST(!taker.peer.extensions().upload_only);
    auto& giver = t.comes('a', neighbour(2), all_pieces());
    t.run(1s);
    BOOST_TEST(had(t) == "##########");
    BOOST_TEST(taker.peer.extensions().upload_only);
    BOOST_TEST(taker.peer.pieces().all());
    BOOST_TEST(giver.left);
    BOOST_TEST(!taker.left);
}

BOOST_AUTO_TEST_CASE(both_ends_tell_where_they_see_the_other) {
    town t(no_pieces());
    auto& guest = t.comes('a', stranger(1), no_pieces());
    BOOST_REQUIRE(guest.peer.extensions().your_address.has_value());
    BOOST_TEST(guest.peer.extensions().your_address->to_string() == "8.8.1.1");
    wire::extension_handshake hello;
    hello.your_address = ip_address::v4(9, 9, 9, 9);
    const auto payload = wire::encode(hello);
    t.says(guest, wire::extended{0, payload});
    BOOST_TEST(has_line(t.said, "we are 9.9.9.9 to 8.8.1.1"));
}

// --- metadata (BEP 9)

BOOST_AUTO_TEST_CASE(who_has_no_piece_yet_gives_the_metadata) {
    town t(no_pieces());
    auto& guest = t.comes('a', stranger(1), no_pieces());
    BOOST_REQUIRE(guest.peer.extensions().metadata_bytes.has_value());
    BOOST_TEST(*guest.peer.extensions().metadata_bytes == 20'000u);
    guest.peer.request_metadata(t.now, 0);
    guest.peer.request_metadata(t.now, 1);
    guest.peer.request_metadata(t.now, 2);
    t.settle();
    BOOST_TEST(has_line(guest.hears, "metadata 0 of 20000 16384#"));
    BOOST_TEST(has_line(guest.hears, "metadata 1 of 20000 3616#"));
    BOOST_TEST(has_line(guest.hears, "metadata refused 2"));
}

BOOST_AUTO_TEST_SUITE_END()
