#include "base/text.hpp"

#include <boost/test/unit_test.hpp>

using namespace bt;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

std::string decoded32(std::string_view text) {
    const auto raw = from_base32(text);
    return raw ? std::string(as_text(*raw)) : "refused";
}

/// The code points of a text as "U+41 ? U+20AC", '?' for each byte that is none.
std::string code_points(std::string_view text) {
    std::string list;
    while (!text.empty()) {
        const auto code = take_code_point(text);
        if (!list.empty()) list += ' ';
        list += code ? "U+" + std::to_string(static_cast<unsigned>(*code)) : "?";
    }
    return list;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(texts)

BOOST_AUTO_TEST_CASE(hex_goes_both_ways) {
    const bytes raw{0x00, 0x01, 0x7f, 0x80, 0xab, 0xff};
    BOOST_TEST(to_hex(raw) == "00017f80abff");
    BOOST_TEST((from_hex("00017f80abff") == raw));
    BOOST_TEST((from_hex("00017F80ABFF") == raw));
    BOOST_TEST(from_hex("")->empty());
    for (auto text : {"0", "000", "0g", "g0", " 0", "0x", "-1", "00 1"}) BOOST_TEST(!from_hex(text), text);
}

BOOST_AUTO_TEST_CASE(base32_is_that_of_rfc_4648_without_padding) {
    BOOST_TEST(decoded32("") == "");
    BOOST_TEST(decoded32("MY") == "f");
    BOOST_TEST(decoded32("MZXQ") == "fo");
    BOOST_TEST(decoded32("MZXW6") == "foo");
    BOOST_TEST(decoded32("MZXW6YQ") == "foob");
    BOOST_TEST(decoded32("MZXW6YTB") == "fooba");
    BOOST_TEST(decoded32("mzxw6ytboi") == "foobar");
    BOOST_TEST(decoded32("MFRGCYTBMJQWEYLCMFRGCYTBMJQWEYLC") == "abababababababababab");
    BOOST_TEST(to_hex(*from_base32("2I2UAEFDZJFN4W3UE65QSOTCUOEZ744B")) ==
               "d2354010a3ca4ade5b7427bb093a62a3899ff381");
    for (auto text : {"M", "MZX", "MZXW6Y", "M0", "M1", "M8", "MY======", "M ", "MY\n"})
        BOOST_TEST(decoded32(text) == "refused", text);
}

BOOST_AUTO_TEST_CASE(percent_encoding_keeps_the_unreserved_characters_only) {
    BOOST_TEST(percent_encode(as_bytes("AZaz09-._~")) == "AZaz09-._~");
    BOOST_TEST(percent_encode(as_bytes("a b/%+\n\xff"sv)) == "a%20b%2F%25%2B%0A%FF");
    BOOST_TEST(percent_encode(as_bytes("\0"sv)) == "%00");
    BOOST_TEST(percent_decode("a%20b%2f%2F+").value() == "a b//+");
    BOOST_TEST(percent_decode("%00").value() == "\0"s);
    BOOST_TEST(percent_decode("").value() == "");
    for (auto text : {"%", "a%", "%4", "a%4", "%4g", "%g4", "%%41", "urn%%3A", "%\xf7", "% 1", "%-1"})
        BOOST_TEST(!percent_decode(text), text);
    // a cut escape is not completed by what lies behind the view
    for (std::size_t size = 1; size < 3; ++size)
        BOOST_TEST(!percent_decode(std::string_view("%41").substr(0, size)));
}

BOOST_AUTO_TEST_CASE(numbers_are_digits_alone_and_fit) {
    BOOST_TEST(parse_number("0").value() == 0u);
    BOOST_TEST(parse_number("007").value() == 7u);
    BOOST_TEST(parse_number("18446744073709551615").value() == ~std::uint64_t{0});
    for (auto text :
         {"", " 1", "1 ", "+1", "-1", "1.0", "0x1", "18446744073709551616", "99999999999999999999"})
        BOOST_TEST(!parse_number(text), text);
}

BOOST_AUTO_TEST_CASE(utf8_is_taken_apart_by_code_points) {
    BOOST_TEST(code_points("A\xc3\xa4\xe2\x82\xac\xf0\x9f\x92\xa9") == "U+65 U+228 U+8364 U+128169");
    BOOST_TEST(code_points("\0"sv) == "U+0");
    BOOST_TEST(code_points("\xef\xbf\xbf\xf4\x8f\xbf\xbf") == "U+65535 U+1114111");
}

BOOST_AUTO_TEST_CASE(what_is_not_utf8_is_taken_byte_by_byte) {
    const std::pair<std::string_view, std::string_view> broken[] = {
        {"\xc2", "?"},              // cut short
        {"\xe2\x9f", "? ?"},        //
        {"\xf0\x9f\x92", "? ? ?"},  //
        {"\xc2"
         "A",
         "? U+65"},                       // the byte after it is not swallowed
        {"\x80", "?"},                    // a continuation alone
        {"\xc0\xae", "? ?"},              // overlong '.'
        {"\xe0\x80\xae", "? ? ?"},        //
        {"\xf0\x80\x80\xae", "? ? ? ?"},  //
        {"\xc1\xbf", "? ?"},              //
        {"\xe0\x9f\xbf", "? ? ?"},        //
        {"\xf0\x8f\xbf\xbf", "? ? ? ?"},  //
        {"\xed\xa0\x80", "? ? ?"},        // a surrogate
        {"\xf4\x90\x80\x80", "? ? ? ?"},  // past the end of Unicode
        {"\xf8\x88\x80\x80\x80", "? ? ? ? ?"},
        {"\xff\xfe", "? ?"},
    };
    for (const auto& [text, expected] : broken) BOOST_TEST(code_points(text) == expected);
}

BOOST_AUTO_TEST_CASE(every_code_point_survives_encoding_and_decoding) {
    for (char32_t code = 0; code <= 0x10ffff; ++code) {
        std::string text;
        append_utf8(text, code);
        std::string_view rest = text;
        const auto back = take_code_point(rest);
        const bool surrogate = code >= 0xd800 && code < 0xe000;
        if (surrogate ? back.has_value() : (back != code || !rest.empty()))
            BOOST_ERROR("code point " << static_cast<unsigned>(code));
    }
}

BOOST_AUTO_TEST_CASE(printable_text_is_safe_to_show) {
    BOOST_TEST(printable("plain \xc3\xa4") == "plain \xc3\xa4");
    BOOST_TEST(printable("a\nb\x1b[31mc\x7f\0d"sv) == "a?b?[31mc??d");
    BOOST_TEST(printable("\xc2\x9b") == "?");  // a C1 control
    BOOST_TEST(printable("a\xe2\x80\xae"
                         "b\xe2\x81\xa6") == "a?b?");  // direction marks
    BOOST_TEST(printable("a\xff"
                         "b") == "a?b");
    BOOST_TEST(printable("") == "");
}

BOOST_AUTO_TEST_CASE(what_shows_nothing_is_shown_as_a_question_mark) {
    for (const char32_t code : std::initializer_list<char32_t>{
             0x00,   0x1b,   0x7f,   0x9b,   0xad,    0x034f,  0x061c, 0x115f, 0x180e,
             0x200b, 0x200e, 0x2028, 0x202e, 0x2060,  0x2066,  0x206f, 0x2800, 0x3164,
             0xfeff, 0xffa0, 0xfff9, 0xfffb, 0xe0001, 0xe0041, 0xe007f}) {
        std::string text = "a";
        append_utf8(text, code);
        BOOST_TEST(printable(text + "b") == "a?b", static_cast<unsigned>(code));
        BOOST_TEST(is_hidden(code));
    }
    for (const char32_t code : std::initializer_list<char32_t>{0x20, 0x7e, 0xa0, 0xe4, 0x0301, 0x2027, 0x3000,
                                                               0x4e2d, 0xfffd, 0x1f469})
        BOOST_TEST(!is_hidden(code), static_cast<unsigned>(code));
}

BOOST_AUTO_TEST_CASE(joiners_and_selectors_stay_where_they_shape_what_is_before_them) {
    for (const auto whole :
         {"\U0001f469\u200d\U0001f4bb", "\u2764\ufe0f", "\U0001f441\ufe0f\u200d\U0001f5e8\ufe0f",
          "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0915\u094d\u200d\u0937"})
        BOOST_TEST(printable(whole) == whole);
    BOOST_TEST(printable("a\u200cb") == "a?b");
    BOOST_TEST(printable("\u200dx") == "?x");
    BOOST_TEST(printable("a\ufe0f") == "a?");
    BOOST_TEST(printable("\u4e2d\u200d\u200d") == "\u4e2d\u200d?");  // one is enough
    BOOST_TEST(printable("\u4e2d\u200d\ufe0f") == "\u4e2d\u200d?");
}

BOOST_AUTO_TEST_CASE(printable_text_is_cut_between_characters) {
    BOOST_TEST(printable("abcdef", 3) == "abc");
    BOOST_TEST(printable("ab\xc3\xa4", 4) == "ab\xc3\xa4");
    BOOST_TEST(printable("ab\xc3\xa4", 3) == "ab");
    BOOST_TEST(printable(std::string(2000, 'x')).size() == 1024u);
    BOOST_TEST(printable("x", 0) == "");
}

BOOST_AUTO_TEST_CASE(only_ascii_letters_are_lowered) {
    BOOST_TEST(to_lower("AZ az [@\xc3\x84") == "az az [@\xc3\x84");
}

BOOST_AUTO_TEST_CASE(a_path_in_the_root_has_one_slash) {
    BOOST_TEST(path_in("/", "tmp") == "/tmp");
    BOOST_TEST(path_in("/srv", "a/b") == "/srv/a/b");
    BOOST_TEST(path_in("/srv/", "a") == "/srv/a");
    BOOST_TEST(path_in("", "a") == "/a");
}

BOOST_AUTO_TEST_CASE(blanks_around_a_text_go) {
    BOOST_TEST(trimmed(" \ta b\t ") == "a b");
    BOOST_TEST(trimmed(" \t").empty());
    BOOST_TEST(trimmed("").empty());
    BOOST_TEST(trimmed(" a\r\n") == "a\r\n");
    BOOST_TEST(trimmed(" a\r\n", " \r\n") == "a");
}

BOOST_AUTO_TEST_CASE(a_decimal_has_as_few_digits_as_it_takes) {
    BOOST_TEST(decimal_text(2) == "2.0");
    BOOST_TEST(decimal_text(0) == "0.0");
    BOOST_TEST(decimal_text(0.75) == "0.75");
    BOOST_TEST(decimal_text(10.5) == "10.5");
}

BOOST_AUTO_TEST_SUITE_END()
