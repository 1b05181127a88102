// The life of a peer: handshake, what is told at the start, metadata, time.
#include "wire/peer.hpp"

#include <boost/test/unit_test.hpp>

#include "conversation.hpp"

using namespace bt;
using namespace bt::wire;
using namespace bt::wire::test;

namespace {

/// What a started peer has said so far, its handshake first.
lines start_of(features theirs, const torrent::piece_set& ours) {
    auto p = peer::outgoing(start_time, node('u'), some_torrent());
    p.receive(start_time, encode(handshake{theirs, some_torrent(), id_of('x')}));
    p.start(start_time, ten_pieces(), ours, 20'000);
    return messages_of(bytes_of(p), true);
}

pair_of_peers opened_pair(const torrent::piece_set& a_has, const torrent::piece_set& b_has) {
    pair_of_peers both;
    both.on_event = [=](pair_of_peers& all, peer& p, const peer_event& e) {
        if (std::holds_alternative<event::knock>(e)) p.accept(start_time);
        if (std::holds_alternative<event::opened>(e))
            p.start(start_time, ten_pieces(), &p == &all.a ? a_has : b_has, 20'000);
    };
    both.settle(start_time);
    return both;
}

const std::string fault = "closed, their fault: the peer ";

}  // namespace

BOOST_AUTO_TEST_SUITE(peer_life)

BOOST_AUTO_TEST_CASE(two_peers_open_and_tell_what_they_have) {
    auto both = opened_pair(all_pieces(), no_pieces());
    BOOST_TEST(both.heard_by_a == (lines{"opened ext fast dht", "pieces known", "extensions"}));
    BOOST_TEST(both.heard_by_b == (lines{"knock", "opened ext fast dht", "pieces known", "extensions"}));
    BOOST_TEST(both.a.is_open());
    BOOST_TEST(both.b.is_open());
    BOOST_CHECK(both.a.id() == id_of('b'));
    BOOST_CHECK(both.b.id() == id_of('a'));
    BOOST_TEST(both.a.pieces().none());
    BOOST_TEST(both.b.pieces().all());
    BOOST_TEST(both.b.pieces().size() == 10u);
    BOOST_TEST(both.a.speaks_metadata());
    BOOST_CHECK(both.a.extensions().metadata_bytes == std::uint32_t{20'000});
    BOOST_CHECK(both.a.extensions().listen_port == std::uint16_t{6881});
    BOOST_TEST(both.a.extensions().request_queue == 512u);
    BOOST_TEST(both.a.extensions().client == "btnode/0.1.0");
    BOOST_TEST((both.a.choking_us() && both.a.choked_by_us()));
    BOOST_TEST((!both.a.interested_in_us() && !both.a.interesting_to_us()));
}

BOOST_AUTO_TEST_CASE(an_incoming_peer_says_nothing_before_it_is_accepted) {
    auto p = peer::incoming(start_time, node('u'));
    BOOST_TEST(bytes_of(p).empty());
    p.receive(start_time, encode(handshake{everything, some_torrent(), id_of('x')}));
    const auto knock = p.poll();
    BOOST_REQUIRE(knock.has_value());
    BOOST_CHECK(std::get<event::knock>(*knock).torrent == some_torrent());
    BOOST_TEST(!p.poll().has_value());
    BOOST_TEST(!p.is_open());
    BOOST_TEST(bytes_of(p).empty());
    p.accept(start_time);
    BOOST_TEST(events_of(p) == (lines{"opened ext fast dht"}));
    BOOST_TEST(said_by(p).empty() == false);
}

BOOST_AUTO_TEST_CASE(a_refused_knock_ends_without_a_byte) {
    auto p = peer::incoming(start_time, node('u'));
    p.receive(start_time, encode(handshake{everything, some_torrent(), id_of('x')}));
    events_of(p);
    p.close("no such torrent here");
    BOOST_TEST(events_of(p) == (lines{"closed: no such torrent here"}));
    BOOST_TEST(bytes_of(p).empty());
    BOOST_TEST(p.is_closed());
}

BOOST_AUTO_TEST_CASE(the_answer_for_another_torrent_closes) {
    auto p = peer::outgoing(start_time, node('u'), some_torrent('t'));
    p.receive(start_time, encode(handshake{everything, some_torrent('o'), id_of('x')}));
    BOOST_TEST(events_of(p) == (lines{"closed, their fault: the peer answered for another torrent"}));
}

BOOST_AUTO_TEST_CASE(a_connection_to_itself_closes_on_both_ends) {
    for (auto p : {0, 1}) {
        auto self = p == 0 ? peer::outgoing(start_time, node('u'), some_torrent())
                           : peer::incoming(start_time, node('u'));
        self.receive(start_time, encode(handshake{everything, some_torrent(), id_of('u')}));
        BOOST_TEST(events_of(self) == (lines{"closed: this is the node itself"}));
    }
}

BOOST_AUTO_TEST_CASE(another_protocol_closes_at_its_first_byte) {
    auto p = peer::incoming(start_time, node('u'));
    p.receive(start_time, to_bytes("G"));
    BOOST_TEST(events_of(p) == (lines{fault + "does not speak BitTorrent"}));
}

BOOST_AUTO_TEST_CASE(what_we_have_is_said_in_the_shortest_form_the_peer_knows) {
    BOOST_TEST(start_of(everything, all_pieces()) == (lines{"handshake", "have all", "extension handshake"}));
    BOOST_TEST(start_of(everything, no_pieces()) == (lines{"handshake", "have none", "extension handshake"}));
    BOOST_TEST(start_of(everything, only({0, 9})) ==
               (lines{"handshake", "bitfield 8040", "extension handshake"}));
    BOOST_TEST(start_of({true, false, false}, all_pieces()) ==
               (lines{"handshake", "bitfield ffc0", "extension handshake"}));
    BOOST_TEST(start_of(nothing, only({1})) == (lines{"handshake", "bitfield 4000"}));
    BOOST_TEST(start_of(nothing, no_pieces()) == (lines{"handshake"}));
}

BOOST_AUTO_TEST_CASE(the_dht_port_is_told_to_those_that_have_a_dht) {
    const auto says = [](features theirs, std::uint16_t port) {
        auto self = node('u');
        self.dht_port = port;
        auto p = peer::outgoing(start_time, self, some_torrent());
        p.receive(start_time, encode(handshake{theirs, some_torrent(), id_of('x')}));
        p.start(start_time, ten_pieces(), no_pieces(), 1);
        return messages_of(bytes_of(p), true).back();
    };
    BOOST_TEST(says(everything, 7000) == "port 7000");
    BOOST_TEST(says({true, true, false}, 7000) == "extension handshake");
    BOOST_TEST(says(everything, 0) == "extension handshake");
}

BOOST_AUTO_TEST_CASE(messages_behind_the_handshake_wait_for_the_start) {
    auto p = peer::outgoing(start_time, node('u'), some_torrent());
    const auto first = encode(handshake{everything, some_torrent(), id_of('x')}) +
                       encoded(bitfield{only({3}).to_wire()}) + to_bytes(std::string_view("\0\0", 2));
    p.receive(start_time, first);
    BOOST_TEST(events_of(p) == (lines{"opened ext fast dht"}));
    p.receive(start_time, to_bytes(std::string_view("\0\1\1\0\0", 5)));
    BOOST_TEST(events_of(p).empty());
    p.start(start_time, ten_pieces(), no_pieces(), 20'000);
    BOOST_TEST(events_of(p) == (lines{"pieces known", "unchoked"}));
    p.receive(start_time, to_bytes(std::string_view("\0\1\2", 3)));
    BOOST_TEST(events_of(p) == (lines{"interested"}));
}

BOOST_AUTO_TEST_CASE(who_floods_before_it_is_let_in_is_closed) {
    auto p = peer::incoming(start_time, node('u'));
    p.receive(start_time, encode(handshake{everything, some_torrent(), id_of('x')}));
    const bytes much(256 * 1024);
    p.receive(start_time, much);
    p.receive(start_time, much);
    BOOST_TEST(events_of(p) == (lines{"knock"}));
    BOOST_TEST(p.receive_memory() <= 600'000u);
    p.receive(start_time, bytes(1));
    BOOST_TEST(events_of(p) == (lines{fault + "sent a message that is not allowed at this point"}));
    BOOST_TEST(p.receive_memory() == 0u);
}

BOOST_AUTO_TEST_CASE(a_closed_peer_swallows_everything) {
    scripted s;
    s.hears(unchoke{});
    s.us.request(s.now, block(0));
    s.us.set_choking(s.now, false);
    s.hears(request{0, 0, 16384});
    s.us.send_blocks(s.now, framed({block(0)}), s.us.take_requests(1));
    s.us.close("enough");
    s.us.close("again");
    BOOST_TEST(events_of(s.us) == (lines{"closed: enough"}));
    BOOST_TEST(s.us.outstanding().size() == 1u);  // for the swarm to give back
    BOOST_TEST(s.hears(have{1}).empty());
    s.us.set_choking(s.now, false);
    s.us.set_interested(s.now, true);
    s.us.have(s.now, piece_index(0));
    s.us.request(s.now, block(1));
    s.us.cancel(s.now, block(0));
    s.us.send_blocks(s.now, framed({block(0)}), {block(0)});
    s.us.request_metadata(s.now, 0);
    s.us.tick(s.now + 1h);
    BOOST_TEST(events_of(s.us).empty());
    BOOST_TEST(bytes_of(s.us).empty());
    BOOST_CHECK(s.us.next_deadline() == never);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(peer_time)

BOOST_AUTO_TEST_CASE(a_handshake_takes_at_most_10_seconds) {
    for (bool knocked : {false, true}) {
        auto p = peer::incoming(start_time, node('u'));
        if (knocked) p.receive(at(9s), encode(handshake{everything, some_torrent(), id_of('x')}));
        events_of(p);
        BOOST_CHECK(p.next_deadline() == at(10s));
        p.tick(at(10s) - 1us);
        BOOST_TEST(events_of(p).empty());
        p.tick(at(10s));
        BOOST_TEST(events_of(p) == (lines{"closed: no handshake in time"}));
    }
}

BOOST_AUTO_TEST_CASE(silence_of_120_seconds_closes) {
    scripted s;
    s.now = at(50s);
    s.hears(keep_alive{});
    BOOST_CHECK(s.us.last_received() == at(50s));
    s.us.tick(at(100s));
    BOOST_CHECK(s.us.next_deadline() == at(170s));
    s.us.tick(at(170s) - 1us);
    BOOST_TEST(events_of(s.us).empty());
    s.us.tick(at(170s));
    BOOST_TEST(events_of(s.us) == (lines{"closed: the peer was silent for too long"}));
}

BOOST_AUTO_TEST_CASE(a_keep_alive_goes_out_after_100_seconds_without_another_message) {
    scripted s;
    s.us.tick(at(99s));
    BOOST_TEST(s.says().empty());
    BOOST_CHECK(s.us.next_deadline() == at(100s));
    s.us.tick(at(100s));
    BOOST_TEST(s.says() == (lines{"keep-alive"}));
    s.now = at(110s);
    s.hears(keep_alive{});
    s.us.have(at(150s), piece_index(0));
    s.us.set_choking(at(150s), false);
    s.says();
    s.us.tick(at(220s));
    BOOST_TEST(s.says().empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(peer_metadata)

BOOST_AUTO_TEST_CASE(without_metadata_we_say_have_none_and_no_size) {
    auto p = peer::outgoing(start_time, node('u'), some_torrent());
    p.receive(start_time, encode(handshake{everything, some_torrent(), id_of('x')}));
    p.start_without_metadata(start_time);
    const auto sent = bytes_of(p);
    BOOST_TEST(messages_of(sent, true) == (lines{"handshake", "have none", "extension handshake"}));
    BOOST_TEST(as_text(sent).find("metadata_size") == std::string_view::npos);
    BOOST_TEST(as_text(sent).find("ut_metadata") != std::string_view::npos);
    BOOST_TEST(p.pieces().size() == 0u);
}

BOOST_AUTO_TEST_CASE(metadata_goes_from_one_peer_to_the_other) {
    bytes metadata(20'000);
    rng(1).fill(metadata);
    pair_of_peers both;
    bytes got(metadata.size());
    both.on_event = [&](pair_of_peers& all, peer& p, const peer_event& e) {
        if (std::holds_alternative<event::knock>(e)) p.accept(start_time);
        if (std::holds_alternative<event::opened>(e)) {
            if (&p == &all.a)
                p.start(start_time, ten_pieces(), all_pieces(), 20'000);
            else
                p.start_without_metadata(start_time);
        }
        if (std::holds_alternative<event::extension_handshake_received>(e) && &p == &all.b)
            for (std::uint32_t piece = 0; piece < 2; ++piece) p.request_metadata(start_time, piece);
        if (const auto* wanted = std::get_if<event::metadata_requested>(&e))
            p.send_metadata(start_time, wanted->piece, 20'000,
                            byte_view(metadata).subspan(wanted->piece * metadata_piece_bytes,
                                                        metadata_piece_size(20'000, wanted->piece)));
        if (const auto* part = std::get_if<event::metadata_received>(&e))
            std::copy(part->data.begin(), part->data.end(), got.begin() + part->piece * metadata_piece_bytes);
    };
    both.settle(start_time);
    BOOST_CHECK(got == metadata);
    BOOST_TEST(both.b.pieces().size() == 0u);
    both.b.learn_metadata(start_time, ten_pieces(), 20'000);
    both.settle(start_time);
    BOOST_TEST(both.heard_by_b.back() == "pieces known");
    BOOST_TEST(both.b.pieces().all());
    BOOST_TEST(both.heard_by_a.back() == "extensions");
    BOOST_CHECK(both.a.extensions().metadata_bytes == std::uint32_t{20'000});
    // and from here on it is a peer like any other
    both.a.set_choking(start_time, false);
    both.settle(start_time);
    both.b.request(start_time, block(9));
    both.settle(start_time);
    BOOST_TEST(both.heard_by_a.back() == "requests");
}

BOOST_AUTO_TEST_CASE(what_was_told_early_is_checked_when_metadata_comes) {
    struct row {
        std::string name;
        std::vector<message> told;
        std::string outcome;
        std::string pieces = "";
    };
    static const bytes right = *from_hex("8040"), spare = *from_hex("8041"), small = *from_hex("80"),
                       large = *from_hex("804000"), zeros = *from_hex("0000");
    const std::string bad_bitfield = fault + "sent a bad bitfield";
    const std::string bad_index = fault + "named a piece that does not exist";
    const std::vector<row> rows{
        {"nothing", {}, "pieces known", "0000"},
        {"bitfield", {bitfield{right}}, "pieces known", "8040"},
        {"bitfield and haves", {bitfield{right}, have{1}, have{9}}, "pieces known", "c040"},
        {"haves", {have{8}, have{0}}, "pieces known", "8080"},
        {"all", {have_all{}}, "pieces known", "ffc0"},
        {"all and one more", {have_all{}, have{3}}, "pieces known", "ffc0"},
        {"none", {have_none{}}, "pieces known", "0000"},
        {"none and one", {have_none{}, have{9}}, "pieces known", "0040"},
        {"spare bit", {bitfield{spare}}, bad_bitfield},
        {"short", {bitfield{small}}, bad_bitfield},
        {"long", {bitfield{large}}, bad_bitfield},
        {"empty", {bitfield{}}, bad_bitfield},
        {"have in the spare bits", {have{10}}, bad_index},
        {"have past the end", {have{16}}, bad_index},
        {"have far past the end", {bitfield{zeros}, have{limits::pieces - 1}}, bad_bitfield},
        {"all and one too many", {have_all{}, have{10}}, bad_index},
    };
    for (const auto& r : rows) {
        auto s = scripted::without_metadata();
        for (const auto& m : r.told) BOOST_TEST(s.hears(m).empty(), r.name);
        s.us.learn_metadata(s.now, ten_pieces(), 20'000);
        BOOST_TEST(events_of(s.us) == (lines{r.outcome}), r.name);
        if (!r.pieces.empty()) BOOST_TEST(to_hex(s.us.pieces().to_wire()) == r.pieces, r.name);
    }
}

BOOST_AUTO_TEST_CASE(what_is_kept_before_metadata_is_bounded) {
    auto s = scripted::without_metadata();
    BOOST_TEST(s.hears(have{limits::pieces - 1}).empty());
    BOOST_TEST(s.hears(have{limits::pieces}) == (lines{fault + "named a piece that does not exist"}));

    auto t = scripted::without_metadata();
    BOOST_TEST(t.hears(bitfield{bytes(limits::early_bitfield_bytes)}).empty());
    auto u = scripted::without_metadata();
    BOOST_TEST(u.hears(bitfield{bytes(limits::early_bitfield_bytes + 1)}) ==
               (lines{fault + "sent a message that is too long"}));
}

BOOST_AUTO_TEST_CASE(a_request_before_we_have_metadata_is_rejected) {
    auto s = scripted::without_metadata();
    BOOST_TEST(s.hears(request{0, 0, 16384}).empty());
    BOOST_TEST(s.says() == (lines{"reject 0:0+16384"}));
}

BOOST_AUTO_TEST_CASE(metadata_requests_we_cannot_answer_are_rejected_at_once) {
    const auto ask = [](scripted& s, std::uint32_t piece) {
        return s.hears(extended{our_metadata_id, encode(metadata_message{metadata_request{piece}})});
    };
    auto without = scripted::without_metadata();
    without.learns_extensions();
    BOOST_TEST(ask(without, 0).empty());
    BOOST_TEST(without.says() == (lines{"extended 3 d8:msg_typei2e5:piecei0ee"}));

    scripted with;
    with.learns_extensions();
    BOOST_TEST(ask(with, 1) == (lines{"metadata wanted 1"}));
    BOOST_TEST(ask(with, 2).empty());  // 20,000 bytes are two pieces
    BOOST_TEST(with.says() == (lines{"extended 3 d8:msg_typei2e5:piecei2ee"}));
    with.us.reject_metadata(with.now, 1);
    BOOST_TEST(with.says() == (lines{"extended 3 d8:msg_typei2e5:piecei1ee"}));
}

BOOST_AUTO_TEST_CASE(at_most_64_metadata_requests_wait_for_an_answer) {
    scripted s;
    s.learns_extensions();
    const extended ask{our_metadata_id, {}};
    const auto body = encode(metadata_message{metadata_request{0}});
    for (std::size_t i = 0; i < limits::metadata_requests_queued; ++i)
        BOOST_TEST(s.hears(extended{ask.id, body}).size() == 1u);
    BOOST_TEST(s.says().empty());
    BOOST_TEST(s.hears(extended{ask.id, body}).empty());
    BOOST_TEST(s.says() == (lines{"extended 3 d8:msg_typei2e5:piecei0ee"}));
    s.us.reject_metadata(s.now, 0);
    BOOST_TEST(s.hears(extended{ask.id, body}).size() == 1u);
}

BOOST_AUTO_TEST_CASE(only_metadata_that_was_asked_for_arrives) {
    auto s = scripted::without_metadata();
    const auto data = to_bytes("abc");
    const auto arrives = [&] {
        return s.hears(extended{our_metadata_id, encode(metadata_message{metadata_data{0, 3, data}})});
    };
    s.us.request_metadata(s.now, 0);  // no id of ut_metadata yet
    BOOST_TEST(s.says().empty());
    s.learns_extensions(9);
    BOOST_TEST(arrives().empty());
    s.us.request_metadata(s.now, 0);
    BOOST_TEST(s.says() == (lines{"extended 9 d8:msg_typei0e5:piecei0ee"}));
    BOOST_TEST(arrives() == (lines{"metadata 0 of 3 " + checksum(data)}));
    BOOST_TEST(arrives().empty());
    s.us.request_metadata(s.now, 5);
    BOOST_TEST(s.hears(extended{our_metadata_id, encode(metadata_message{metadata_reject{5}})}) ==
               (lines{"metadata refused 5"}));
}

BOOST_AUTO_TEST_SUITE_END()
