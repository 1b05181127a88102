#include "wire/peer_exchange.hpp"

#include <boost/test/unit_test.hpp>

#include "conversation.hpp"

using namespace bt;
using namespace bt::wire;
using namespace bt::wire::test;

namespace {

std::string outcome(byte_view raw) {
    const auto got = decode_exchange(raw);
    return got ? text(*got) : std::string(to_string(got.error()));
}
std::string outcome(std::string_view raw) { return outcome(as_bytes(raw)); }

endpoint at_address(const char* text) { return *endpoint::parse(text); }

std::string list(std::string_view key, std::string_view value) {
    return std::to_string(key.size()) + ":" + std::string(key) + std::to_string(value.size()) + ":" +
           std::string(value);
}

using namespace std::string_literals;
const std::string bad(to_string(violation::bad_extension));
const std::string one_v4 = "\x0a\x00\x00\x01\x1a\xe1"s;  // 10.0.0.1:6881
const std::string one_v6 = "\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\x01\x1a\xe1"s;

}  // namespace

BOOST_AUTO_TEST_SUITE(exchange_codec)

BOOST_AUTO_TEST_CASE(a_message_is_the_lists_of_bep_11) {
    exchange_message m;
    m.added = {{at_address("10.0.0.1:6881"), {false, true, false, false, true}},
               {at_address("[2001:db8::1]:6881"), {true, false, true, true, false}}};
    m.dropped = {at_address("[2001:db8::1]:6881"), at_address("10.0.0.1:6881")};
    BOOST_TEST(as_text(encode(m)) == "d" + list("added", one_v4) + list("added.f", "\x12") +
                                         list("added6", one_v6) + list("added6.f", "\x0d") +
                                         list("dropped", one_v4) + list("dropped6", one_v6) + "e");
    BOOST_TEST(outcome(encode(m)) ==
               "peers +10.0.0.1:6881 seed reachable +[2001:db8::1]:6881 encryption utp holepunch "
               "-10.0.0.1:6881 -[2001:db8::1]:6881");
}

BOOST_AUTO_TEST_CASE(lists_without_entries_are_left_out) {
    BOOST_TEST(as_text(encode(exchange_message{})) == "de");
    BOOST_TEST(outcome("de") == "peers");
    const exchange_message gone{{}, {at_address("10.0.0.1:6881")}};
    BOOST_TEST(as_text(encode(gone)) == "d" + list("dropped", one_v4) + "e");
}

BOOST_AUTO_TEST_CASE(flags_that_do_not_fit_their_list_are_as_if_absent) {
    BOOST_TEST(outcome("d" + list("added", one_v4) + "e") == "peers +10.0.0.1:6881");
    BOOST_TEST(outcome("d" + list("added", one_v4) + list("added.f", "\x02") + "e") ==
               "peers +10.0.0.1:6881 seed");
    for (const char* flags : {"", "\x02\x02"})
        BOOST_TEST(outcome("d" + list("added", one_v4) + list("added.f", flags) + "e") ==
                   "peers +10.0.0.1:6881");
    BOOST_TEST(outcome("d" + list("added.f", "\x02") + "e") == "peers");
    BOOST_TEST(outcome("d" + list("added", one_v4) + list("added.f", "\xff") + "e") ==
               "peers +10.0.0.1:6881 encryption seed utp holepunch reachable");
}

BOOST_AUTO_TEST_CASE(addresses_nobody_can_be_reached_at_are_left_out_and_the_flags_stay_with_their_own) {
    const auto port_0 = "\x0a\x00\x00\x02\x00\x00"s, nowhere = "\x00\x00\x00\x00\x1a\xe1"s,
               multicast = "\xe0\x00\x00\x01\x1a\xe1"s;
    BOOST_TEST(outcome("d" + list("added", port_0 + nowhere + one_v4 + multicast) +
                       list("added.f", "\x01\x01\x02\x01") + list("dropped", nowhere) + "e") ==
               "peers +10.0.0.1:6881 seed");
}

BOOST_AUTO_TEST_CASE(fifty_of_each_list_are_read) {
    std::string many;
    for (int i = 0; i < 60; ++i) many += "\x0a\x00\x00"s + static_cast<char>(i + 1) + "\x1a\xe1";
    const auto got = decode_exchange(as_bytes("d" + list("added", many) + list("dropped", many) + "e"));
    BOOST_REQUIRE(got.has_value());
    BOOST_TEST(got->added.size() == 50u);
    BOOST_TEST(got->dropped.size() == 50u);
    BOOST_TEST(got->added.back().address.to_string() == "10.0.0.50:6881");
}

BOOST_AUTO_TEST_CASE(a_list_of_a_wrong_length_and_a_message_past_4_kib_are_violations) {
    for (const char* key : {"added", "dropped", "added6", "dropped6"}) {
        BOOST_TEST(outcome("d" + list(key, "12345") + "e") == bad, key);
        BOOST_TEST(outcome("d" + list(key, std::string(19, 'x')) + "e") == bad, key);
    }
    for (const char* raw : {"", "le", "i1e", "d", "d5:addede"}) BOOST_TEST(outcome(raw) == bad, raw);
    BOOST_TEST(outcome("d5:addedi1ee") == "peers");
    const auto padded = [](std::size_t size) {
        const auto value = std::string(size - 2 - 3 - 5, 'x');  // d, 1:z, NNNN:, e
        return "d1:z" + std::to_string(value.size()) + ":" + value + "e";
    };
    BOOST_REQUIRE(padded(4096).size() == 4096u);
    BOOST_TEST(outcome(padded(4096)) == "peers");
    BOOST_TEST(outcome(padded(4097)) == bad);
}

BOOST_AUTO_TEST_CASE(no_truncation_of_a_message_is_a_message) {
    const exchange_message m{{{at_address("10.0.0.1:6881"), {}}, {at_address("[2001:db8::1]:6881"), {}}},
                             {at_address("10.0.0.2:6881")}};
    const auto whole = encode(m);
    for (std::size_t cut = 0; cut < whole.size(); ++cut)
        BOOST_TEST(outcome(byte_view(whole).first(cut)) == bad);
}

BOOST_AUTO_TEST_CASE(the_longest_message_of_ours_is_read_by_everybody) {
    exchange_message m;
    for (std::uint8_t i = 0; i < limits::exchange_peers; ++i) {
        m.added.push_back({endpoint{*ip_address::parse("2001:db8::" + std::to_string(i + 1)), 1}, {}});
        m.dropped.push_back(endpoint{*ip_address::parse("2001:db8:1::" + std::to_string(i + 1)), 1});
    }
    const auto raw = encode(m);
    BOOST_TEST(raw.size() <= limits::exchange_bytes);
    const auto got = decode_exchange(raw);
    BOOST_REQUIRE(got.has_value());
    BOOST_TEST((got->added == m.added && got->dropped == m.dropped));
}

BOOST_AUTO_TEST_SUITE_END()
