// What a peer does with the extensions of BEP 10, 11, 21, 54 and with claims.
#include <boost/test/unit_test.hpp>

#include "conversation.hpp"

using namespace bt;
using namespace bt::wire;
using namespace bt::wire::test;

namespace {

constexpr extension_offer all_offered{true, true, false};

/// The first extension handshake among what a peer has to say.
std::optional<extension_handshake> handshake_of(peer& p, bool with_handshake = false) {
    const auto said = bytes_of(p);
    byte_view rest(said);
    if (with_handshake) rest = rest.subspan(handshake_bytes);
    while (!rest.empty()) {
        const auto next = decode(rest, {limits::early_bitfield_bytes, false});
        if (!next || !*next) return std::nullopt;
        const auto* m = std::get_if<extended>(&(*next)->value);
        if (m != nullptr && m->id == handshake_extension_id) return *decode_extension_handshake(m->payload);
        rest = rest.subspan((*next)->used);
    }
    return std::nullopt;
}

std::string ids(const extension_handshake& h) {
    return std::to_string(h.metadata_id) + " " + std::to_string(h.exchange_id) + " " +
           std::to_string(h.donthave_id) + " " + std::to_string(h.claim_id);
}

message handshake_with(std::uint8_t exchange, std::uint8_t claim, bytes& payload) {
    extension_handshake h;
    h.exchange_id = exchange;
    h.claim_id = claim;
    payload = encode(h);
    return extended{0, payload};
}

/// A peer with both extensions on, on both sides: theirs are 7 and 8.
scripted extended_peer(const torrent::piece_set& ours = all_pieces()) {
    scripted s(everything, ours);
    s.us.offer(s.now, all_offered);
    bytes payload;
    s.hears(handshake_with(7, 8, payload));
    s.says();
    return s;
}

lines hears_extended(scripted& s, std::uint8_t id, const bytes& payload) {
    return s.hears(extended{id, payload});
}
bytes index_bytes(std::uint32_t number) {
    bytes out;
    byte_writer(out).number(number);
    return out;
}

const std::string fault = "closed, their fault: the peer ";
const std::string bad_index = fault + "named a piece that does not exist";
const std::string bad_extension = fault + "sent a malformed extension message";
const exchange_message some_peers{{{*endpoint::parse("192.0.2.1:6881"), {}}}, {}};

}  // namespace

BOOST_AUTO_TEST_SUITE(peer_extensions)

BOOST_AUTO_TEST_CASE(every_handshake_tells_who_we_are_and_where_the_peer_is) {
    for (const char* address : {"192.0.2.7", "2001:db8::7"}) {
        auto p = peer::outgoing(start_time, node('u'), some_torrent());
        p.receive(start_time, encode(handshake{everything, some_torrent(), id_of('x')}));
        p.seen_at(*ip_address::parse(address));
        p.start(start_time, ten_pieces(), no_pieces(), 20'000);
        const auto h = handshake_of(p, true);
        BOOST_REQUIRE(h.has_value());
        BOOST_TEST(ids(*h) == "1 0 3 0");
        BOOST_TEST(h->request_queue == 512u);
        BOOST_TEST(h->client == "btnode/0.1.0");
        BOOST_CHECK(h->listen_port == std::uint16_t{6881});
        BOOST_CHECK(h->metadata_bytes == std::uint32_t{20'000});
        BOOST_CHECK(h->your_address == ip_address::parse(address));
        BOOST_TEST(!h->upload_only);
    }
}

BOOST_AUTO_TEST_CASE(what_is_offered_goes_out_with_the_handshake_and_again_when_it_changes) {
    scripted early(everything, [](peer& p) {
        p.offer(start_time, {true, false, true});
        p.start(start_time, ten_pieces(), all_pieces(), 20'000);
        const auto h = handshake_of(p, true);
        BOOST_REQUIRE(h.has_value());
        BOOST_TEST(ids(*h) == "1 2 3 0");
        BOOST_TEST(h->upload_only);
    });
    early.us.offer(early.now, {true, false, true});
    BOOST_TEST(early.says().empty());
    early.us.offer(early.now, all_offered);
    const auto again = handshake_of(early.us);
    BOOST_REQUIRE(again.has_value());
    BOOST_TEST(ids(*again) == "1 2 3 4");
    BOOST_TEST(!again->upload_only);

    scripted plain(nothing);
    plain.us.offer(plain.now, all_offered);
    BOOST_TEST(plain.says().empty());
}

BOOST_AUTO_TEST_CASE(peers_are_exchanged_where_both_sides_offer_it) {
    auto s = extended_peer();
    BOOST_TEST(s.us.speaks_exchange());
    s.us.send_exchange(s.now, some_peers);
    BOOST_TEST(s.says() == (lines{"extended 7 " + printable(as_text(encode(some_peers)), 48)}));
    BOOST_TEST(hears_extended(s, our_exchange_id, encode(some_peers)) == (lines{"peers +192.0.2.1:6881"}));
    BOOST_TEST(hears_extended(s, our_exchange_id, to_bytes("d5:added1:xe")) == (lines{bad_extension}));
}

BOOST_AUTO_TEST_CASE(what_was_not_offered_is_neither_sent_nor_heard) {
    scripted s;
    bytes payload;
    s.hears(handshake_with(7, 8, payload));
    BOOST_TEST((!s.us.speaks_exchange() && !s.us.speaks_claims()));
    s.us.send_exchange(s.now, some_peers);
    s.us.send_claim(s.now, {false, {1}});
    BOOST_TEST(s.says().empty());
    BOOST_TEST(hears_extended(s, our_exchange_id, encode(some_peers)).empty());
    BOOST_TEST(hears_extended(s, our_exchange_id, to_bytes("nonsense")).empty());
    BOOST_TEST(hears_extended(s, our_claim_id, encode(claim_message{false, {99}})).empty());
    BOOST_TEST(s.us.is_open());
}

BOOST_AUTO_TEST_CASE(an_id_of_0_in_a_later_handshake_switches_an_extension_off) {
    auto s = extended_peer();
    s.hears(extended{0, to_bytes("d1:md6:ut_pexi0eee")});
    BOOST_TEST((!s.us.speaks_exchange() && s.us.speaks_claims()));
    s.us.send_exchange(s.now, some_peers);
    BOOST_TEST(s.says().empty());
    s.hears(extended{0, to_bytes("d1:md6:ut_pexi9eee")});
    s.us.send_exchange(s.now, some_peers);
    BOOST_TEST(s.says().front().starts_with("extended 9 "));
}

BOOST_AUTO_TEST_CASE(who_fetches_nothing_is_known_by_its_word_or_its_pieces) {
    scripted s;
    BOOST_TEST(!s.us.is_upload_only());
    s.hears(extended{0, to_bytes("d11:upload_onlyi1ee")});
    BOOST_TEST(s.us.is_upload_only());
    s.hears(extended{0, to_bytes("d1:v1:xe")});
    BOOST_TEST(s.us.is_upload_only());
    s.hears(extended{0, to_bytes("d11:upload_onlyi0ee")});
    BOOST_TEST(!s.us.is_upload_only());
    s.hears(have_all{});
    BOOST_TEST(s.us.is_upload_only());
}

BOOST_AUTO_TEST_CASE(a_lost_piece_is_gone_once) {
    scripted s;
    s.hears(bitfield{only({3, 4}).to_wire()});
    BOOST_TEST(hears_extended(s, our_donthave_id, index_bytes(3)) == (lines{"has no more 3"}));
    BOOST_CHECK(s.us.pieces() == only({4}));
    BOOST_TEST(hears_extended(s, our_donthave_id, index_bytes(3)).empty());
    BOOST_TEST(s.hears(have{3}) == (lines{"has 3"}));
    BOOST_TEST(hears_extended(s, our_donthave_id, index_bytes(10)) == (lines{bad_index}));
}

BOOST_AUTO_TEST_CASE(a_peer_is_told_once_that_a_piece_is_gone_and_again_when_it_is_back) {
    scripted s(everything, only({3}));
    bytes payload;
    extension_handshake theirs;
    theirs.donthave_id = 9;
    payload = encode(theirs);
    s.hears(extended{0, payload});
    s.says();
    for (const auto number : {3u, 3u, 4u}) s.us.dont_have(s.now, piece_index(number));
    const auto said = bytes_of(s.us);
    BOOST_TEST(to_hex(said) == "00000006140900000003");
    s.us.have(s.now, piece_index(3));
    BOOST_TEST(s.says() == (lines{"have 3"}));
}

BOOST_AUTO_TEST_CASE(more_pieces_lost_than_there_are_is_a_fault) {
    scripted s(everything, no_pieces());
    s.hears(have_all{});
    for (std::uint32_t i = 0; i < 10; ++i) {
        BOOST_TEST(hears_extended(s, our_donthave_id, index_bytes(i)).size() == 1u);
        s.hears(have{i});
    }
    BOOST_TEST(hears_extended(s, our_donthave_id, index_bytes(0)) ==
               (lines{fault + std::string(to_string(violation::unexpected_message))}));
}

BOOST_AUTO_TEST_CASE(a_lost_piece_is_four_bytes_and_no_more) {
    for (std::size_t size : {0u, 1u, 3u, 5u, 8u}) {
        scripted s;
        BOOST_TEST(hears_extended(s, our_donthave_id, bytes(size)) == (lines{bad_extension}));
    }
}

BOOST_AUTO_TEST_CASE(a_lost_piece_is_no_longer_allowed) {
    scripted s(everything, no_pieces());
    s.hears(have_all{});
    s.hears(allowed_fast{3});
    BOOST_TEST(hears_extended(s, our_donthave_id, index_bytes(3)) == (lines{"has no more 3"}));
    BOOST_TEST(s.us.allowed_to_us().empty());
    BOOST_TEST(s.hears(have{3}) == (lines{"has 3", "allowed 3"}));
}

BOOST_AUTO_TEST_CASE(what_was_asked_of_a_lost_piece_is_rejected_or_lost) {
    for (const bool fast : {true, false}) {
        scripted s({true, fast, true}, no_pieces());
        s.hears(bitfield{only({3, 4}).to_wire()});
        s.hears(unchoke{});
        s.us.request(s.now, block(3));
        s.us.request(s.now, block(4));
        const auto heard = hears_extended(s, our_donthave_id, index_bytes(3));
        BOOST_TEST(heard == (fast ? lines{"has no more 3"} : lines{"has no more 3", "lost 3:0+16384"}));
        BOOST_TEST(s.us.outstanding().size() == (fast ? 2u : 1u));
    }
}

BOOST_AUTO_TEST_CASE(pieces_lost_before_the_metadata_are_not_there_with_it) {
    using script = std::function<void(scripted&)>;
    const auto after = [&](const script& said) -> std::string {
        auto s = scripted::without_metadata();
        said(s);
        s.us.learn_metadata(s.now, ten_pieces(), 20'000);
        return s.us.is_open() ? to_hex(s.us.pieces().to_wire()) : "closed";
    };
    const auto lose = [](scripted& s, std::uint32_t number) {
        hears_extended(s, our_donthave_id, index_bytes(number));
    };
    BOOST_TEST(after([&](scripted& s) { s.hears(have{0}), s.hears(have{9}), lose(s, 0); }) == "0040");
    BOOST_TEST(after([&](scripted& s) { s.hears(have{0}), lose(s, 0), s.hears(have{0}); }) == "8000");
    BOOST_TEST(after([&](scripted& s) { s.hears(have_all{}), lose(s, 0); }) == "7fc0");
    BOOST_TEST(after([&](scripted& s) { lose(s, 0), s.hears(have_all{}); }) == "ffc0");
    BOOST_TEST(after([&](scripted& s) { lose(s, 0), s.hears(bitfield{only({0, 1}).to_wire()}); }) == "c000");
    BOOST_TEST(after([&](scripted& s) { lose(s, 10); }) == "closed");
    BOOST_TEST(after([&](scripted& s) { lose(s, limits::pieces); }) == "closed");
}

BOOST_AUTO_TEST_CASE(claims_are_told_with_checked_indices) {
    auto s = extended_peer();
    BOOST_TEST(s.us.speaks_claims());
    BOOST_TEST(hears_extended(s, our_claim_id, encode(claim_message{false, {0, 9}})) ==
               (lines{"claimed 0 9"}));
    BOOST_TEST(hears_extended(s, our_claim_id, encode(claim_message{true, {9}})) == (lines{"released 9"}));
    BOOST_TEST(hears_extended(s, our_claim_id, bytes{9, 1, 2, 3, 4}).empty());
    BOOST_TEST(hears_extended(s, our_claim_id, bytes{0}).empty());
    BOOST_TEST(hears_extended(s, our_claim_id, encode(claim_message{false, {0, 10}})) == (lines{bad_index}));
    auto t = extended_peer();
    BOOST_TEST(hears_extended(t, our_claim_id, bytes{0, 1}) == (lines{bad_extension}));
}

BOOST_AUTO_TEST_CASE(claims_before_the_metadata_mean_nothing) {
    auto s = scripted::without_metadata();
    s.us.offer(s.now, all_offered);
    BOOST_TEST(hears_extended(s, our_claim_id, encode(claim_message{false, {3, 1'000'000}})).empty());
    s.us.learn_metadata(s.now, ten_pieces(), 20'000);
    events_of(s.us);
    BOOST_TEST(hears_extended(s, our_claim_id, encode(claim_message{false, {3}})) == (lines{"claimed 3"}));
}

BOOST_AUTO_TEST_CASE(more_claims_than_a_message_holds_are_told_in_several) {
    auto s = extended_peer();
    claim_message many;
    many.pieces.resize(2 * limits::claims_in_message + 1);
    s.us.send_claim(s.now, many);
    BOOST_TEST(s.says().size() == 3u);
    s.us.send_claim(s.now, {true, {}});
    BOOST_TEST(s.says().empty());
}

BOOST_AUTO_TEST_CASE(a_leecher_serves_metadata_as_soon_as_it_has_it) {
    auto s = scripted::without_metadata();
    s.learns_extensions();
    const auto asks = encode(metadata_message{metadata_request{1}});
    BOOST_TEST(hears_extended(s, our_metadata_id, asks).empty());
    BOOST_TEST(s.says().front().starts_with("extended 3 d8:msg_typei2e"));
    s.us.learn_metadata(s.now, ten_pieces(), 20'000);
    events_of(s.us);
    const auto h = handshake_of(s.us);
    BOOST_REQUIRE(h.has_value());
    BOOST_CHECK(h->metadata_bytes == std::uint32_t{20'000});
    BOOST_TEST(hears_extended(s, our_metadata_id, asks) == (lines{"metadata wanted 1"}));
    s.us.send_metadata(s.now, 1, 20'000, bytes(3616, 'm'));
    BOOST_TEST(s.says().front().starts_with("extended 3 d8:msg_typei1e"));
}

BOOST_AUTO_TEST_SUITE_END()
