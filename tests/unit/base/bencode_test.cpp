#include "base/bencode.hpp"

#include <boost/test/unit_test.hpp>
#include <limits>

#include "base/limits.hpp"
#include "base/rng.hpp"
#include "base/text.hpp"

using namespace bt;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

std::optional<bencode_error> error_of(std::string_view text, const bencode_limits& limits) {
    const auto document = bencode_document::parse(as_bytes(text), limits);
    return document ? std::nullopt : std::optional(document.error().what);
}
bool lenient(std::string_view text) { return !error_of(text, bencode_file); }
bool strict(std::string_view text) { return !error_of(text, bencode_packet); }

std::optional<std::int64_t> integer(std::string_view text) {
    const auto document = bencode_document::parse(as_bytes(text), bencode_file);
    return document ? document->root().integer() : std::nullopt;
}

std::string repeated(std::string_view part, std::size_t times) {
    std::string text;
    for (std::size_t i = 0; i < times; ++i) text += part;
    return text;
}

/// Looks at everything there is; a view that points outside shows up in the sanitizers.
std::size_t visit(bencode_view view) {
    std::size_t bytes = view.raw().size();
    if (view.is_integer() && view.raw().size() < 20) BOOST_TEST(view.integer().has_value());
    if (view.is_string()) bytes += view.string()->size();
    for (const auto element : view) bytes += visit(element);
    for (const auto& [key, value] : view.entries()) {
        BOOST_TEST(view.find(key).has_value());
        bytes += visit(value);
    }
    return bytes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bencode)

BOOST_AUTO_TEST_CASE(integers_are_read_over_their_whole_range) {
    BOOST_TEST(integer("i12453e").value() == 12453);
    BOOST_TEST(integer("i0e").value() == 0);
    BOOST_TEST(integer("i9223372036854775807e").value() == std::numeric_limits<std::int64_t>::max());
    BOOST_TEST(integer("i-9223372036854775807e").value() == -std::numeric_limits<std::int64_t>::max());
    BOOST_TEST(integer("i-9223372036854775808e").value() == std::numeric_limits<std::int64_t>::min());
    for (auto text : {"i9223372036854775808e", "i-9223372036854775809e", "i18446744073709551615e",
                      "i18446744073709551616e", "i184467440737095516154e"}) {
        BOOST_TEST((error_of(text, bencode_packet) == bencode_error::bad_integer), text);
        // in a file it may stand where nobody reads it
        BOOST_TEST(lenient(text), text);
        BOOST_TEST(!integer(text), text);
    }
}

BOOST_AUTO_TEST_CASE(the_well_formed_values_of_the_vectors_are_accepted) {
    for (auto text : {"i12453e"sv, "0:"sv, "26:abcdefghijklmnopqrstuvwxyz"sv, "le"sv, "de"sv, "llleee"sv,
                      "li12453e3:aaae"sv, "d3:a\0bi1ee"sv}) {
        BOOST_TEST(lenient(text), text);
        BOOST_TEST(strict(text), text);
    }
}

BOOST_AUTO_TEST_CASE(the_malformed_values_of_the_vectors_are_refused) {
    for (auto text : {"",
                      "e",
                      "i",
                      "i10",
                      "ie",
                      "i-e",
                      "i-",
                      "i35412-5633e",
                      "i92337203t854775807e",
                      "-10:foobar",
                      "18446744073709551615:foobar",
                      "99999999:foobar",
                      "100:..",
                      "928",
                      "55",
                      "l2:..",
                      "l2:..0",
                      "di5e1:ae",
                      "d1:ai1e1:be",
                      "d1000",
                      "d1000:",
                      "d1000:..e",
                      "df00:",
                      "d1:a1919191010:11111",
                      "d2143289344:a4:aaaae",
                      "d214328934114:a4:aaaae",
                      "d9205357638345293824:a4:aaaae",
                      "d1:a9205357638345293824:11111",
                      "d20:",
                      "lllee",
                      "l1:a1:b1:c",
                      " "}) {
        BOOST_TEST(!lenient(text), text);
        BOOST_TEST(!strict(text), text);
    }
}

BOOST_AUTO_TEST_CASE(an_error_says_what_and_where) {
    const auto check = [](std::string_view text, bencode_error what, std::size_t position) {
        const auto document = bencode_document::parse(as_bytes(text), bencode_file);
        BOOST_REQUIRE(!document);
        BOOST_TEST((document.error().what == what), text << ": " << to_string(document.error().what));
        BOOST_TEST(document.error().position == position, text << " at " << document.error().position);
    };
    check("", bencode_error::unexpected_end, 0);
    check("e", bencode_error::unknown_type, 0);
    check("ie", bencode_error::bad_integer, 1);
    check("i-e", bencode_error::bad_integer, 2);
    check("i35412-5633e", bencode_error::bad_integer, 6);
    check("i92337203t854775807e", bencode_error::bad_integer, 9);
    check("-10:foobar", bencode_error::unknown_type, 0);
    check("2a:xx", bencode_error::bad_string, 1);
    check("di5e1:ae", bencode_error::bad_key, 1);
    check("d1:ai1e1:be", bencode_error::missing_value, 10);
    check("li1e", bencode_error::unexpected_end, 4);
}

BOOST_AUTO_TEST_CASE(a_length_is_not_read_past_the_end_of_the_buffer) {
    const auto text = "3:abc"s;
    BOOST_TEST(!lenient(std::string_view(text).substr(0, 4)));
    BOOST_TEST(!lenient(std::string_view("55").substr(0, 2)));
}

BOOST_AUTO_TEST_CASE(untidy_forms_are_for_files_only) {
    const std::pair<std::string_view, bencode_error> untidy[] = {
        {"d1:ai12453e1:b3:aaa1:c3:bbb1:X10:0123456789e", bencode_error::unsorted_keys},
        {"d2:aai1e2:aai2ee", bencode_error::unsorted_keys},
        {"i01e", bencode_error::bad_integer},
        {"i-03e", bencode_error::bad_integer},
        {"i-0e", bencode_error::bad_integer},
        {"06:foobar", bencode_error::bad_string},
        {"00:", bencode_error::bad_string},
        {"leee", bencode_error::trailing_bytes},
        {"i1e ", bencode_error::trailing_bytes},
    };
    for (const auto& [text, error] : untidy) {
        BOOST_TEST(lenient(text), text);
        BOOST_TEST((error_of(text, bencode_packet) == error), text);
    }
    BOOST_TEST(!lenient("00000000000000001:a"));  // untidy, not absurd
}

BOOST_AUTO_TEST_CASE(the_size_is_that_of_the_value_where_bytes_follow_it) {
    BOOST_TEST(bencode_document::parse(as_bytes("leee"), bencode_file)->size() == 2u);
    BOOST_TEST(bencode_document::parse(as_bytes("d1:ai1eePAYLOAD"), bencode_file)->size() == 8u);
}

BOOST_AUTO_TEST_CASE(the_depth_limit_is_exact) {
    const bencode_limits limits{100, 10'000, false};
    const auto nested = [](std::size_t depth) { return repeated("l", depth) + repeated("e", depth); };
    BOOST_TEST(!error_of(nested(100), limits).has_value());
    BOOST_TEST((error_of(nested(101), limits) == bencode_error::too_deep));
    BOOST_TEST((error_of(nested(1024), limits) == bencode_error::too_deep));
    // depth counts what is open, not what was
    BOOST_TEST(!error_of("l" + repeated("le", 500) + "e", limits).has_value());
}

BOOST_AUTO_TEST_CASE(the_token_limit_is_exact) {
    const bencode_limits limits{100, 1000, false};
    BOOST_TEST(!error_of("l" + repeated("0:", 999) + "e", limits).has_value());
    BOOST_TEST((error_of("l" + repeated("0:", 1000) + "e", limits) == bencode_error::too_many_tokens));
    BOOST_TEST((error_of("l" + repeated("0:", 5119) + "e", limits) == bencode_error::too_many_tokens));
}

BOOST_AUTO_TEST_CASE(packets_have_the_limits_of_packets) {
    BOOST_TEST(strict(repeated("l", 8) + repeated("e", 8)));
    BOOST_TEST(!strict(repeated("l", 9) + repeated("e", 9)));
    BOOST_TEST(strict("l" + repeated("0:", 499) + "e"));
    BOOST_TEST(!strict("l" + repeated("0:", 500) + "e"));
}

BOOST_AUTO_TEST_CASE(a_large_string_is_a_view_into_the_input) {
    std::string text = "99999999:";
    text.resize(text.size() + 99'999'999, 'x');
    const auto document = bencode_document::parse(as_bytes(text), bencode_file);
    BOOST_REQUIRE(document);
    BOOST_TEST(document->root().string()->size() == 99'999'999u);
    BOOST_TEST((document->root().string()->data() == text.data() + 9));
    text.pop_back();
    BOOST_TEST(!lenient(text));
}

BOOST_AUTO_TEST_CASE(a_malformed_packet_seen_in_the_wild_is_refused) {
    const auto packet = from_hex(
        "64313a6164323a696432303a2a2119899fcd5fc9bc80c176fee0c6842df6fcb8393a696e666f5f6861ae6832303a1478d5b0"
        "dcf6"
        "824232a0d688eb48570189404ebc65313a71393a6765745f7065657278ff3a74383aaad4a1887a8dc3d6313a7931ae71650"
        "0");
    BOOST_REQUIRE(packet);
    BOOST_TEST(!bencode_document::parse(*packet, bencode_packet).has_value());
    BOOST_TEST(!bencode_document::parse(*packet, bencode_file).has_value());
}

BOOST_AUTO_TEST_CASE(values_are_found_by_key_and_type) {
    const auto text = "d1:ai-7e1:bd1:xle1:yi9ee1:cl3:onei2ed1:zi3eee1:d4:texte"sv;
    const auto document = bencode_document::parse(as_bytes(text), bencode_packet);
    BOOST_REQUIRE(document);
    const auto root = document->root();
    BOOST_TEST(root.is_dict());
    BOOST_TEST(root.find_integer("a").value() == -7);
    BOOST_TEST(root.find_string("d").value() == "text");
    BOOST_TEST(root.find_dict("b")->find_integer("y").value() == 9);
    BOOST_TEST(as_text(root.find("b")->raw()) == "d1:xle1:yi9ee");
    BOOST_TEST(as_text(root.raw()) == text);

    // another type, or no such key, is simply not there
    BOOST_TEST(!root.find_string("a"));
    BOOST_TEST(!root.find_integer("d"));
    BOOST_TEST(!root.find_list("b"));
    BOOST_TEST(!root.find_dict("c"));
    BOOST_TEST(!root.find("x"));  // a key of an inner dictionary
    BOOST_TEST(!root.find("text"));
    BOOST_TEST(!root.find("c")->find("one"));

    std::vector<std::string> elements;
    const auto list = *root.find_list("c");
    for (const auto element : list) elements.emplace_back(as_text(element.raw()));
    BOOST_TEST(elements == (std::vector<std::string>{"3:one", "i2e", "d1:zi3ee"}),
               boost::test_tools::per_element());
    // only lists are walked
    for (const auto other : {*root.find("b"), *root.find("a"), *root.find("d")})
        BOOST_TEST((other.begin() == other.end()), as_text(other.raw()));

    std::string keys;
    for (const auto& [key, value] : root.entries()) keys += key;
    BOOST_TEST(keys == "abcd");
    BOOST_TEST(root.find("a")->entries().empty());
}

BOOST_AUTO_TEST_CASE(the_first_of_equal_keys_counts) {
    const auto document = bencode_document::parse(as_bytes("d2:aai1e2:aai2ee"), bencode_file);
    BOOST_TEST(document->root().find_integer("aa").value() == 1);
}

BOOST_AUTO_TEST_CASE(a_document_can_be_moved) {
    const auto text = "d1:ai5ee"sv;
    auto first = bencode_document::parse(as_bytes(text), bencode_packet);
    const bencode_document second = std::move(*first);
    BOOST_TEST(second.root().find_integer("a").value() == 5);
}

BOOST_AUTO_TEST_CASE(every_truncation_is_refused) {
    const auto text = "d1:ai-7e1:bd1:xle1:yi9ee1:cl3:onei2ed1:zi3eee1:d4:texte"sv;
    for (std::size_t size = 0; size < text.size(); ++size) {
        const std::string part(
            text.substr(0, size));  // its own allocation, so that a read past it is noticed
        BOOST_TEST((error_of(part, bencode_file) == bencode_error::unexpected_end), size);
        BOOST_TEST(!strict(part), size);
    }
    BOOST_TEST(strict(text));
}

BOOST_AUTO_TEST_CASE(random_changes_never_lead_outside_the_text) {
    const std::uint64_t seed = 20250101;
    BOOST_TEST_MESSAGE("seed " << seed);
    rng random(seed);
    const auto text = "d1:ai-7e1:bd1:xle1:yi9ee1:cl3:onei2ed1:zi3eee1:d4:texte"s;
    constexpr std::string_view letters = "0123456789:-ilde\0\xff"sv;
    std::size_t accepted = 0;
    for (int round = 0; round < 50'000; ++round) {
        auto changed = text;
        for (auto n = 1 + random.below(4); n > 0; --n)
            changed[random.below(changed.size())] = letters[random.below(letters.size())];
        const auto document = bencode_document::parse(as_bytes(changed), bencode_file);
        if (!document) continue;
        ++accepted;
        BOOST_REQUIRE(document->size() <= changed.size());
        visit(document->root());
    }
    BOOST_TEST(accepted > 1000u);
}

BOOST_AUTO_TEST_CASE(the_writer_writes_canonical_bencoding) {
    bencode_writer out;
    out.begin_dict()
        .pair("a", -7)
        .pair("b", "text")
        .pair("c", byte_view(to_bytes("raw")))
        .key("d")
        .begin_list()
        .integer(0)
        .string("")
        .begin_dict()
        .end_dict()
        .end_list()
        .key("e")
        .raw(as_bytes("i3e"))
        .end_dict();
    const auto written = out.take();
    BOOST_TEST(as_text(written) == "d1:ai-7e1:b4:text1:c3:raw1:dli0e0:dee1:ei3ee");
    BOOST_TEST(strict(as_text(written)));
}

BOOST_AUTO_TEST_CASE(the_writer_writes_the_extreme_integers) {
    bencode_writer out;
    out.begin_list()
        .integer(std::numeric_limits<std::int64_t>::min())
        .integer(std::numeric_limits<std::int64_t>::max())
        .end_list();
    BOOST_TEST(as_text(out.take()) == "li-9223372036854775808ei9223372036854775807ee");
}

BOOST_AUTO_TEST_CASE(the_writer_orders_keys_as_unsigned_bytes) {
    bencode_writer out;
    out.begin_dict().pair("a", 1).pair("\xc3\xa4", 2).end_dict();
    BOOST_TEST(strict(as_text(out.take())));
}

BOOST_AUTO_TEST_CASE(a_writer_can_be_used_again_after_take) {
    bencode_writer out;
    out.integer(1);
    BOOST_TEST(as_text(out.take()) == "i1e");
    out.integer(2);
    BOOST_TEST(as_text(out.take()) == "i2e");
}

BOOST_AUTO_TEST_SUITE_END()
