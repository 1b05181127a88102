#include "wire/messages.hpp"

#include <boost/test/unit_test.hpp>

#include "conversation.hpp"

using namespace bt;
using namespace bt::wire;
using namespace bt::wire::test;

namespace {

constexpr decode_limits ten_piece_limits{2, true};
constexpr decode_limits early_limits{limits::early_bitfield_bytes, false};

bytes hex(std::string_view text) {
    std::string digits;
    for (char c : text)
        if (c != ' ') digits += c;
    return *from_hex(digits);
}

std::string outcome(byte_view input, const decode_limits& allowed = ten_piece_limits) {
    const auto got = decode(input, allowed);
    if (!got) return std::string(to_string(got.error()));
    return *got ? text((*got)->value) : "more";
}

/// The first bytes of a message: what can be judged without its payload.
bytes head(std::uint32_t length, std::initializer_list<std::uint8_t> then) {
    bytes out;
    byte_writer(out).number(length);
    out.insert(out.end(), then);
    return out;
}

const std::vector<std::pair<std::string, message>>& table() {
    static const bytes bits = hex("ffc0"), data = hex("0102 03"), payload = to_bytes("de");
    static const std::vector<std::pair<std::string, message>> rows{
        {"00000000", keep_alive{}},
        {"00000001 00", choke{}},
        {"00000001 01", unchoke{}},
        {"00000001 02", interested{}},
        {"00000001 03", not_interested{}},
        {"00000005 04 00000102", have{0x102}},
        {"00000003 05 ffc0", bitfield{bits}},
        {"0000000d 06 00000001 00004000 00002000", request{1, 16384, 8192}},
        {"0000000c 07 00000007 00008000 010203", piece{7, 32768, data}},
        {"0000000d 08 00000001 00004000 00002000", cancel{1, 16384, 8192}},
        {"00000003 09 1ae1", port{6881}},
        {"00000005 0d ffffffff", suggest{0xffffffff}},
        {"00000001 0e", have_all{}},
        {"00000001 0f", have_none{}},
        {"0000000d 10 80000001 00004000 00004000", reject{0x80000001, 16384, 16384}},
        {"00000005 11 00000009", allowed_fast{9}},
        {"00000004 14 00 6465", extended{0, payload}},
    };
    return rows;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(messages)

BOOST_AUTO_TEST_CASE(each_message_is_these_bytes_and_back) {
    for (const auto& [written, m] : table()) {
        BOOST_TEST(to_hex(encoded(m)) == to_hex(hex(written)));
        const auto raw = hex(written);
        const auto got = decode(raw, ten_piece_limits);
        BOOST_REQUIRE(got && *got);
        BOOST_TEST((*got)->used == raw.size());
        BOOST_TEST(text((*got)->value) == text(m));
    }
}

BOOST_AUTO_TEST_CASE(every_truncation_of_a_message_asks_for_more_and_for_no_more_than_there_is) {
    for (const auto& [written, m] : table()) {
        const auto raw = hex(written);
        for (std::size_t cut = 0; cut < raw.size(); ++cut) {
            const auto begun = byte_view(raw).first(cut);
            BOOST_TEST(outcome(begun) == "more");
            BOOST_TEST(bytes_wanted(begun) > cut);
            BOOST_TEST(bytes_wanted(begun) <= raw.size());
        }
    }
}

BOOST_AUTO_TEST_CASE(a_message_takes_only_its_own_bytes) {
    const auto raw = encoded(have{3}) + encoded(choke{});
    const auto got = decode(raw, ten_piece_limits);
    BOOST_REQUIRE(got && *got);
    BOOST_TEST((*got)->used == 9u);
}

BOOST_AUTO_TEST_CASE(a_wrong_length_is_refused_before_the_payload_is_there) {
    const auto wrong = to_string(violation::wrong_length);
    for (std::uint8_t id : bytes{0, 1, 2, 3, 14, 15}) BOOST_TEST(outcome(head(2, {id})) == wrong);
    for (std::uint8_t id : bytes{4, 13, 17})
        for (std::uint32_t length : std::vector<std::uint32_t>{1, 4, 6})
            BOOST_TEST(outcome(head(length, {id})) == wrong);
    for (std::uint8_t id : bytes{6, 8, 16})
        for (std::uint32_t length : std::vector<std::uint32_t>{1, 12, 14})
            BOOST_TEST(outcome(head(length, {id})) == wrong);
    for (std::uint32_t length : std::vector<std::uint32_t>{1, 2, 4})
        BOOST_TEST(outcome(head(length, {9})) == wrong);
    BOOST_TEST(outcome(head(8, {7})) == wrong);
    BOOST_TEST(outcome(head(1, {20})) == wrong);
}

BOOST_AUTO_TEST_CASE(a_block_of_16_kib_is_the_longest) {
    BOOST_TEST(outcome(head(9, {7})) == "more");
    BOOST_TEST(outcome(head(9 + 16384, {7})) == "more");
    BOOST_TEST(outcome(head(10 + 16384, {7})) == to_string(violation::message_too_long));
}

BOOST_AUTO_TEST_CASE(a_bitfield_is_exact_once_the_pieces_are_known) {
    const auto bad = to_string(violation::bad_bitfield);
    BOOST_TEST(outcome(head(2, {5})) == bad);
    BOOST_TEST(outcome(head(3, {5})) == "more");
    BOOST_TEST(outcome(head(4, {5})) == bad);
    BOOST_TEST(outcome(head(1, {5}), early_limits) == "bitfield ");
    BOOST_TEST(outcome(head(1 + limits::early_bitfield_bytes, {5}), early_limits) == "more");
    BOOST_TEST(outcome(head(2 + limits::early_bitfield_bytes, {5}), early_limits) ==
               to_string(violation::message_too_long));
}

BOOST_AUTO_TEST_CASE(a_long_bitfield_does_not_make_other_messages_long) {
    const auto too_long = to_string(violation::message_too_long);
    const auto most = static_cast<std::uint32_t>(limits::wire_message_bytes);
    BOOST_TEST(outcome(head(most, {20, 0}), early_limits) == "more");
    BOOST_TEST(outcome(head(most + 1, {20, 0}), early_limits) == too_long);
    BOOST_TEST(outcome(head(most, {99}), early_limits) == "more");
    BOOST_TEST(outcome(head(most + 1, {99}), early_limits) == too_long);
    BOOST_TEST(outcome(head(most + 1, {})) == too_long);
    BOOST_TEST(outcome(head(0xffffffff, {})) == too_long);
}

BOOST_AUTO_TEST_CASE(a_metadata_message_is_at_most_17_kib) {
    const auto most = static_cast<std::uint32_t>(limits::metadata_message_bytes);
    BOOST_TEST(outcome(head(most, {20, 1})) == "more");
    BOOST_TEST(outcome(head(most + 1, {20, 1})) == to_string(violation::message_too_long));
    BOOST_TEST(outcome(head(most + 1, {20, 2})) == "more");
    BOOST_TEST(outcome(head(most + 1, {20})) == "more");
}

BOOST_AUTO_TEST_CASE(unknown_ids_are_messages_of_any_length) {
    for (std::uint8_t id : bytes{10, 12, 18, 19, 21, 22, 23, 24, 255}) {
        BOOST_TEST(outcome(head(1, {id})) == "unknown");
        BOOST_TEST(outcome(head(3, {id, 1, 2})) == "unknown");
    }
}

BOOST_AUTO_TEST_CASE(a_piece_header_is_what_an_encoded_block_begins_with) {
    const auto range = block(9);
    const auto data = content(range);
    std::array<std::uint8_t, piece_header_bytes> written{};
    write_piece_header(written, 9, range.offset, range.length);
    const auto whole = encoded(piece{9, range.offset, data});
    BOOST_TEST(to_hex(written) == to_hex(byte_view(whole).first(piece_header_bytes)));
}

BOOST_AUTO_TEST_CASE(a_handshake_is_these_68_bytes_and_back) {
    const auto raw = encode(handshake{everything, some_torrent(), id_of('x')});
    BOOST_TEST(to_hex(raw) == to_hex(hex("13 426974546f7272656e742070726f746f636f6c 0000000000100005") +
                                     bytes(20, 't') + bytes(20, 'x')));
    const auto got = decode_handshake(raw + to_bytes("more"));
    BOOST_REQUIRE(got && *got);
    BOOST_TEST((*got)->used == handshake_bytes);
    BOOST_CHECK((*got)->value.offers == everything);
    BOOST_CHECK((*got)->value.torrent == some_torrent());
    BOOST_CHECK((*got)->value.id == id_of('x'));
}

BOOST_AUTO_TEST_CASE(each_feature_is_one_reserved_bit_and_the_others_mean_nothing) {
    const auto reserved = [](features f) {
        return to_hex(byte_view(encode(handshake{f, {}, {}})).subspan(20, 8));
    };
    BOOST_TEST(reserved({true, false, false}) == "0000000000100000");
    BOOST_TEST(reserved({false, true, false}) == "0000000000000004");
    BOOST_TEST(reserved({false, false, true}) == "0000000000000001");
    auto raw = encode(handshake{nothing, {}, {}});
    const auto other_bits = hex("ffffffffffefffFA");
    std::copy(other_bits.begin(), other_bits.end(), raw.begin() + 20);
    BOOST_CHECK((*decode_handshake(raw))->value.offers == nothing);
}

BOOST_AUTO_TEST_CASE(a_handshake_is_refused_at_its_first_wrong_byte) {
    const auto raw = encode(handshake{everything, some_torrent(), id_of('x')});
    for (std::size_t cut = 0; cut < raw.size(); ++cut) {
        const auto got = decode_handshake(byte_view(raw).first(cut));
        BOOST_REQUIRE(got.has_value());
        BOOST_CHECK(!*got);
    }
    for (std::size_t i = 0; i < 20; ++i) {
        auto wrong = bytes(raw.begin(), raw.begin() + static_cast<std::ptrdiff_t>(i) + 1);
        wrong[i] ^= 1;
        const auto got = decode_handshake(wrong);
        BOOST_REQUIRE(!got);
        BOOST_CHECK(got.error() == violation::not_bittorrent);
    }
}

BOOST_AUTO_TEST_CASE(every_violation_has_words) {
    for (int v = 0; v <= static_cast<int>(violation::bad_extension); ++v)
        BOOST_TEST(to_string(static_cast<violation>(v)) != "unknown violation");
}

BOOST_AUTO_TEST_SUITE_END()
