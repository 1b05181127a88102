// What each message does when it arrives, and which ones end the connection.
#include <boost/test/unit_test.hpp>

#include "conversation.hpp"

using namespace bt;
using namespace bt::wire;
using namespace bt::wire::test;

namespace {

std::string closed_by(violation v) { return "closed, their fault: the peer " + std::string(to_string(v)); }
const std::string unexpected_message = closed_by(violation::unexpected_message);
const std::string bad_bitfield = closed_by(violation::bad_bitfield);
const std::string bad_index = closed_by(violation::bad_index);
const std::string wrong_length = closed_by(violation::wrong_length);
const std::string too_long = closed_by(violation::message_too_long);

constexpr features no_fast{true, false, true};

bytes raw_message(std::uint8_t id, std::size_t payload) {
    bytes out;
    byte_writer(out).number(static_cast<std::uint32_t>(1 + payload)).number(id).raw(bytes(payload));
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(peer_receive)

BOOST_AUTO_TEST_CASE(states_are_told_only_when_they_change) {
    scripted s;
    BOOST_TEST(s.hears(choke{}).empty());
    BOOST_TEST(s.hears(unchoke{}) == (lines{"unchoked"}));
    BOOST_TEST(s.hears(unchoke{}).empty());
    BOOST_TEST(!s.us.choking_us());
    BOOST_TEST(s.hears(choke{}) == (lines{"choked"}));
    BOOST_TEST(s.hears(not_interested{}).empty());
    BOOST_TEST(s.hears(interested{}) == (lines{"interested"}));
    BOOST_TEST(s.hears(interested{}).empty());
    BOOST_TEST(s.us.interested_in_us());
    BOOST_TEST(s.hears(not_interested{}) == (lines{"not interested"}));
}

BOOST_AUTO_TEST_CASE(pieces_are_told_whole_and_then_one_by_one) {
    scripted s;
    BOOST_TEST(s.hears(bitfield{only({0, 9}).to_wire()}) == (lines{"pieces known"}));
    BOOST_CHECK(s.us.pieces() == only({0, 9}));
    BOOST_TEST(s.hears(have{4}) == (lines{"has 4"}));
    BOOST_TEST(s.hears(have{4}).empty());
    BOOST_CHECK(s.us.pieces() == only({0, 4, 9}));
}

BOOST_AUTO_TEST_CASE(a_set_of_pieces_may_come_behind_other_messages) {
    scripted s;
    s.hears(keep_alive{});
    s.learns_extensions();
    s.hears(unchoke{});
    BOOST_TEST(s.hears(have_all{}) == (lines{"pieces known"}));
}

BOOST_AUTO_TEST_CASE(have_all_and_have_none_in_turns_do_no_harm) {
    for (bool with_metadata : {true, false}) {
        auto s = with_metadata ? scripted() : scripted::without_metadata();
        for (int i = 0; i < 4; ++i) {
            s.hears(have_all{});
            s.hears(have_none{});
        }
        if (!with_metadata) s.us.learn_metadata(s.now, ten_pieces(), 1);
        BOOST_TEST(!s.us.is_closed());
        BOOST_TEST(s.us.pieces().all());
    }
}

BOOST_AUTO_TEST_CASE(have_all_and_have_none_without_end_are_a_fault) {
    scripted s;
    for (std::size_t i = 0; i < limits::whole_sets; ++i) s.hears(have_none{});
    BOOST_TEST(s.hears(have_all{}) == (lines{closed_by(violation::unexpected_message)}));
}

// aria2 sends a bitfield in place of many haves
BOOST_AUTO_TEST_CASE(a_later_set_adds_to_what_was_told_before_it) {
    for (bool with_metadata : {true, false}) {
        auto s = with_metadata ? scripted() : scripted::without_metadata();
        s.hears(have_none{});
        s.hears(have{4});
        s.hears(bitfield{only({0, 9}).to_wire()});
        s.hears(have{1});
        s.hears(bitfield{only({2}).to_wire()});
        if (!with_metadata) s.us.learn_metadata(s.now, ten_pieces(), 1);
        BOOST_CHECK(s.us.pieces() == only({0, 1, 2, 4, 9}));
    }
}

BOOST_AUTO_TEST_CASE(a_bitfield_one_byte_off_or_with_spare_bits_closes) {
    for (const char* bits : {"", "ff", "ffc000", "ffe0", "ffc1"}) {
        scripted s;
        BOOST_TEST(s.hears(bitfield{*from_hex(bits)}) == (lines{bad_bitfield}), bits);
    }
}

BOOST_AUTO_TEST_CASE(a_piece_that_does_not_exist_closes) {
    for (const message& m :
         {message(have{10}), message(have{0xffffffff}), message(suggest{10}), message(allowed_fast{10})}) {
        scripted s;
        BOOST_TEST(s.hears(m) == (lines{bad_index}), text(m));
    }
}

BOOST_AUTO_TEST_CASE(advice_says_nothing_of_what_a_peer_has) {
    scripted s(everything, no_pieces());
    BOOST_TEST(s.hears(suggest{9}).empty());
    BOOST_TEST(s.hears(allowed_fast{9}).empty());
    BOOST_TEST(s.us.pieces().none());
}

BOOST_AUTO_TEST_CASE(messages_of_bep_6_close_where_it_was_not_agreed_on) {
    for (const message& m : {message(have_all{}), message(have_none{}), message(suggest{0}),
                             message(allowed_fast{0}), message(reject{0, 0, 16384})}) {
        scripted s(no_fast);
        BOOST_TEST(s.hears(m) == (lines{unexpected_message}), text(m));
    }
}

BOOST_AUTO_TEST_CASE(wrong_lengths_close) {
    const std::vector<std::tuple<int, std::size_t, std::string>> rows{
        {0, 1, wrong_length},        {1, 1, wrong_length},  {2, 1, wrong_length},   {3, 1, wrong_length},
        {4, 3, wrong_length},        {4, 5, wrong_length},  {6, 11, wrong_length},  {6, 13, wrong_length},
        {8, 11, wrong_length},       {8, 13, wrong_length}, {16, 11, wrong_length}, {16, 13, wrong_length},
        {9, 1, wrong_length},        {9, 3, wrong_length},  {13, 3, wrong_length},  {17, 5, wrong_length},
        {14, 1, wrong_length},       {15, 1, wrong_length}, {7, 7, wrong_length},   {20, 0, wrong_length},
        {7, 8 + 16384 + 1, too_long}};
    for (const auto& [id, payload, outcome] : rows) {
        scripted s;
        BOOST_TEST(s.hears_bytes(raw_message(static_cast<std::uint8_t>(id), payload)) == (lines{outcome}),
                   id << " " << payload);
    }
}

BOOST_AUTO_TEST_CASE(a_huge_length_closes_when_its_four_bytes_are_there) {
    scripted s;
    BOOST_TEST(s.hears_bytes(*from_hex("00100001")) == (lines{too_long}));
    BOOST_TEST(s.us.receive_memory() <= 32u * 1024);
}

BOOST_AUTO_TEST_CASE(a_metadata_message_past_17_kib_closes) {
    scripted s;
    s.learns_extensions();
    BOOST_TEST(s.hears(extended{our_metadata_id, bytes(17 * 1024)}) == (lines{too_long}));
}

BOOST_AUTO_TEST_CASE(unknown_messages_are_ignored) {
    scripted s;
    for (std::uint8_t id : bytes{10, 11, 12, 18, 19, 21, 22, 23, 24, 200, 255})
        BOOST_TEST(s.hears_bytes(raw_message(id, 100)).empty());
    BOOST_TEST(s.hears(extended{77, to_bytes("whatever")}).empty());
    BOOST_TEST(s.hears(have{1}) == (lines{"has 1"}));
}

BOOST_AUTO_TEST_CASE(a_hash_rejection_with_wild_numbers_does_nothing) {
    // BEP 52's hash reject: root, base layer, index, length, proof layers
    scripted s;
    bytes raw;
    byte_writer(raw).number(std::uint32_t{49}).number(std::uint8_t{23}).raw(bytes(32, 0xff));
    for (int i = 0; i < 4; ++i) byte_writer(raw).number(std::uint32_t{0xfffffff0});
    BOOST_TEST(s.hears_bytes(raw).empty());
    BOOST_TEST(s.us.is_open());
}

BOOST_AUTO_TEST_CASE(malformed_extension_messages_close) {
    scripted s;
    BOOST_TEST(s.hears(extended{0, to_bytes("nonsense")}) == (lines{closed_by(violation::bad_extension)}));
    scripted t;
    BOOST_TEST(t.hears(extended{our_metadata_id, to_bytes("de")}) ==
               (lines{closed_by(violation::bad_extension)}));
}

BOOST_AUTO_TEST_CASE(extension_messages_mean_nothing_where_they_were_not_agreed_on) {
    scripted s({false, true, true});
    BOOST_TEST(s.hears(extended{0, to_bytes("nonsense")}).empty());
    BOOST_TEST(s.us.is_open());
}

BOOST_AUTO_TEST_CASE(a_bad_metadata_size_is_ignored) {
    for (const char* size : {"i0e", "i-1e", "i67108865e"}) {
        scripted s;
        BOOST_TEST(s.hears(extended{0, to_bytes("d13:metadata_size" + std::string(size) + "e")}) ==
                   (lines{"extensions"}));
        BOOST_CHECK(!s.us.extensions().metadata_bytes);
    }
}

BOOST_AUTO_TEST_CASE(a_dht_port_is_passed_on_unless_it_is_none) {
    scripted s;
    BOOST_TEST(s.hears(port{6881}) == (lines{"dht port 6881"}));
    BOOST_TEST(s.hears(port{0}).empty());
}

BOOST_AUTO_TEST_CASE(nothing_happens_behind_a_violation) {
    scripted s;
    BOOST_TEST(s.hears_bytes(encoded(have{1}) + encoded(have{10}) + encoded(have{2})) ==
               (lines{"has 1", bad_index}));
    BOOST_TEST(s.us.is_closed());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(peer_requests_of_theirs)

BOOST_AUTO_TEST_CASE(a_good_request_waits_until_it_is_taken) {
    scripted s;
    s.us.set_choking(s.now, false);
    BOOST_TEST(s.hears(request{0, 16384, 16384}) == (lines{"requests"}));
    BOOST_TEST(s.hears(request{9, 5'000, 5'000}) == (lines{"requests"}));
    BOOST_TEST(s.us.waiting_requests() == 2u);
    const auto taken = s.us.take_requests(1 << 20);
    BOOST_REQUIRE(taken.size() == 2u);
    BOOST_TEST(text(taken[0]) == "0:16384+16384");
    BOOST_TEST(text(taken[1]) == "9:5000+5000");
    BOOST_TEST(s.us.waiting_requests() == 0u);
}

BOOST_AUTO_TEST_CASE(invalid_requests_are_rejected_and_too_many_close) {
    const std::vector<request> rows{{10, 0, 16384},         {0xffffffff, 0, 1}, {0, 0, 0},
                                    {0, 0, 16385},          {0, 32768, 1},      {0, 16385, 16384},
                                    {0, 0xffffffff, 16384}, {9, 9'999, 2},      {0, 0, 0xffffffff}};
    for (const auto& r : rows) {
        scripted s;
        s.us.set_choking(s.now, false);
        s.says();
        const auto rejection = lines{text(message(reject{r.piece, r.begin, r.length}))};
        for (std::size_t i = 0; i < limits::invalid_requests; ++i) {
            BOOST_TEST(s.hears(r).empty());
            BOOST_TEST(s.says() == rejection);
        }
        BOOST_TEST(s.hears(r) == (lines{closed_by(violation::too_many_invalid_requests)}));
    }
}

BOOST_AUTO_TEST_CASE(a_request_for_a_piece_we_lack_is_invalid_until_we_have_it) {
    scripted s(everything, only({1}));
    s.us.set_choking(s.now, false);
    s.says();
    BOOST_TEST(s.hears(request{0, 0, 16384}).empty());
    BOOST_TEST(s.says() == (lines{"reject 0:0+16384"}));
    s.us.have(s.now, piece_index(0));
    BOOST_TEST(s.says() == (lines{"have 0"}));
    BOOST_TEST(s.hears(request{0, 0, 16384}) == (lines{"requests"}));
}

BOOST_AUTO_TEST_CASE(what_is_asked_of_a_piece_that_is_gone_is_rejected_and_forgiven_for_two_seconds) {
    scripted s;
    s.us.set_choking(s.now, false);
    s.hears(request{3, 0, 16384});
    s.hears(request{4, 0, 16384});
    s.says();
    s.us.dont_have(s.now, piece_index(3));
    BOOST_TEST(s.says() == (lines{"reject 3:0+16384"}));  // it speaks no BEP 54
    BOOST_TEST(s.us.waiting_requests() == 1u);
    s.now = at(2s) - 1us;
    for (std::size_t i = 0; i < 3 * limits::invalid_requests; ++i)
        BOOST_TEST(s.hears(request{3, 16384, 16384}).empty());
    BOOST_TEST(s.says().size() == 3 * limits::invalid_requests);
    s.now = at(2s);
    for (std::size_t i = 0; i < limits::invalid_requests; ++i) s.hears(request{3, 0, 16384});
    BOOST_TEST(s.hears(request{3, 0, 16384}) == (lines{closed_by(violation::too_many_invalid_requests)}));
}

BOOST_AUTO_TEST_CASE(without_bep_6_an_invalid_request_has_no_answer) {
    scripted s(no_fast);
    for (std::size_t i = 0; i < limits::invalid_requests; ++i) BOOST_TEST(s.hears(request{0, 0, 1}).empty());
    BOOST_TEST(s.says().empty());
    BOOST_TEST(s.hears(request{0, 0, 1}) == (lines{closed_by(violation::too_many_invalid_requests)}));
}

BOOST_AUTO_TEST_CASE(requests_that_crossed_our_choke_are_forgiven_for_two_seconds) {
    scripted s;
    s.us.set_choking(s.now, false);
    s.us.set_choking(s.now, true);
    s.says();
    s.now = at(2s) - 1us;
    for (std::size_t i = 0; i < 3 * limits::invalid_requests; ++i)
        BOOST_TEST(s.hears(request{0, 0, 16384}).empty());
    BOOST_TEST(s.says().size() == 3 * limits::invalid_requests);
    s.now = at(2s);
    for (std::size_t i = 0; i < limits::invalid_requests; ++i)
        BOOST_TEST(s.hears(request{0, 0, 16384}).empty());
    BOOST_TEST(s.hears(request{0, 0, 16384}) == (lines{closed_by(violation::too_many_invalid_requests)}));
}

BOOST_AUTO_TEST_CASE(an_invalid_request_is_counted_also_right_after_a_choke) {
    scripted s;
    s.us.set_choking(s.now, false);
    s.us.set_choking(s.now, true);
    for (std::size_t i = 0; i < limits::invalid_requests; ++i) s.hears(request{10, 0, 16384});
    BOOST_TEST(s.hears(request{10, 0, 16384}) == (lines{closed_by(violation::too_many_invalid_requests)}));
}

BOOST_AUTO_TEST_CASE(at_most_512_requests_wait_and_more_are_rejected_without_blame) {
    scripted s;
    s.us.set_choking(s.now, false);
    s.says();
    for (std::size_t i = 0; i < limits::requests_from_peer; ++i)
        BOOST_TEST(s.hears(request{0, 0, 16384}) == (lines{"requests"}));
    for (std::size_t i = 0; i < 2 * limits::invalid_requests; ++i)
        BOOST_TEST(s.hears(request{0, 0, 16384}).empty());
    BOOST_TEST(s.says().size() == 2 * limits::invalid_requests);
    BOOST_TEST(s.us.waiting_requests() == limits::requests_from_peer);
    s.us.take_requests(1);
    BOOST_TEST(s.hears(request{0, 0, 16384}) == (lines{"requests"}));
}

BOOST_AUTO_TEST_CASE(a_cancelled_request_is_forgotten_and_rejected) {
    scripted s;
    s.us.set_choking(s.now, false);
    s.hears(request{0, 0, 16384});
    s.hears(request{1, 0, 16384});
    s.says();
    s.hears(cancel{0, 0, 16384});
    BOOST_TEST(s.says() == (lines{"reject 0:0+16384"}));
    s.hears(cancel{0, 0, 16384});
    s.hears(cancel{0xffffffff, 1, 2});
    BOOST_TEST(s.says().empty());
    BOOST_TEST(s.us.waiting_requests() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
