#include "wire/claim.hpp"

#include <boost/test/unit_test.hpp>

#include "base/limits.hpp"
#include "base/text.hpp"

using namespace bt;
using namespace bt::wire;

namespace {

std::string hex(const claim_message& m) { return to_hex(encode(m)); }

std::string outcome(byte_view raw) {
    const auto got = decode_claim(raw);
    if (!got) return "violation";
    std::string line = got->released ? "released" : "claimed";
    for (auto piece : got->pieces) line += " " + std::to_string(piece);
    return line;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(claim_codec)

BOOST_AUTO_TEST_CASE(a_message_is_a_kind_and_piece_numbers) {
    BOOST_TEST(hex({false, {}}) == "00");
    BOOST_TEST(hex({false, {1, 0x01020304}}) == "000000000101020304");
    BOOST_TEST(hex({true, {0xffffffff}}) == "01ffffffff");
    for (const claim_message& m : {claim_message{false, {}}, {true, {}}, {false, {1, 2}}, {true, {7}}})
        BOOST_TEST((decode_claim(encode(m)) == m));
}

BOOST_AUTO_TEST_CASE(kinds_to_come_have_no_pieces) {
    BOOST_TEST(outcome(bytes{2, 0, 0, 0, 1}) == "claimed");
    BOOST_TEST(outcome(bytes{255}) == "claimed");
}

BOOST_AUTO_TEST_CASE(what_is_no_list_of_pieces_is_a_violation) {
    const auto whole = encode(claim_message{false, {1, 2, 3}});
    for (std::size_t cut = 0; cut < whole.size(); ++cut) {
        const auto heard = outcome(byte_view(whole).first(cut));
        BOOST_TEST((heard == "violation") == (cut % 4 != 1), cut << " bytes");
    }
}

BOOST_AUTO_TEST_CASE(a_thousand_pieces_are_read_and_one_more_is_a_violation) {
    claim_message m;
    m.pieces.resize(limits::claims_in_message);
    auto raw = encode(m);
    BOOST_TEST((decode_claim(raw) == m));
    raw.resize(raw.size() + 4);
    BOOST_TEST(outcome(raw) == "violation");
}

BOOST_AUTO_TEST_SUITE_END()
