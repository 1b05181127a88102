#include "base/json.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <limits>
#include <string>

#include "base/json_writer.hpp"
#include "base/rng.hpp"

using namespace bt;

namespace {

std::string again(const std::string& text) {
    const auto parsed = json::parse(text);
    return parsed ? parsed->dump() : "error: " + parsed.error().message;
}
std::string why_not(const std::string& text, std::size_t depth = 16) {
    const auto parsed = json::parse(text, depth);
    return parsed ? "accepted" : parsed.error().message;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_values)

BOOST_AUTO_TEST_CASE(values_are_written_in_the_order_given) {
    const json value{
        {"b", 1}, {"a", json::array{1, -2, 0.5, true, nullptr, "x"}}, {"c", json{{"d", json::object{}}}}};
    BOOST_TEST(value.dump() == R"({"b":1,"a":[1,-2,0.5,true,null,"x"],"c":{"d":{}}})");
    BOOST_TEST(value.dump(2).starts_with("{\n  \"b\": 1,\n"));
    BOOST_TEST(json().dump() == "null");
}

BOOST_AUTO_TEST_CASE(what_was_written_is_read_again) {
    for (const auto text :
         {"null", "true", "false", "0", "-1", "18446744073709551615", "-9223372036854775808", "0.5", "\"\"",
          "\"a\\\"b\\\\c\\n\"", "[]", "{}", "[[],{}]", R"({"a":{"b":[1,2,{"c":null}]}})"})
        BOOST_TEST(again(text) == text);
    BOOST_TEST(again(" { \"a\" : [ 1 , 2 ] } ") == R"({"a":[1,2]})");
    BOOST_TEST(again("\"\\u00fc\\ud83d\\ude00\"") == "\"\u00fc\U0001f600\"");
}

BOOST_AUTO_TEST_CASE(numbers_keep_their_kind_and_are_given_only_where_they_fit) {
    BOOST_TEST(*json(UINT64_MAX).natural() == UINT64_MAX);
    BOOST_TEST(!json(UINT64_MAX).integer());
    BOOST_TEST(!json(-1).natural());
    BOOST_TEST(*json(-1).integer() == -1);
    BOOST_TEST(*json(7).natural() == 7u);
    BOOST_TEST(!json(7.0).natural());
    BOOST_TEST(*json(7).number() == 7.0);
    BOOST_TEST(*json(0.25).number() == 0.25);
    BOOST_TEST(!json("7").number());
    BOOST_TEST(!json(true).natural());
    BOOST_TEST(json(std::numeric_limits<double>::infinity()).dump() == "null");
    BOOST_TEST(json(std::numeric_limits<double>::quiet_NaN()).dump() == "null");
}

BOOST_AUTO_TEST_CASE(asking_for_what_is_not_there_gives_nothing) {
    const json value{{"a", "x"}, {"n", 5}};
    BOOST_TEST(*value.find_text("a") == "x");
    BOOST_TEST(!value.find_text("n"));
    BOOST_TEST(*value.find_natural("n") == 5u);
    BOOST_TEST(!value.find_natural("a"));
    BOOST_TEST(value.find("b") == nullptr);
    BOOST_TEST(json(5).find("b") == nullptr);
    BOOST_TEST(json(5).elements() == nullptr);
    BOOST_TEST(json::array{}.empty());
    BOOST_TEST(!json().boolean());
}

BOOST_AUTO_TEST_CASE(a_null_becomes_what_is_put_into_it) {
    json list, members;
    list.push_back(1);
    list.push_back("two");
    BOOST_TEST(list.dump() == R"([1,"two"])");
    members["a"]["b"] = 1;
    members["a"]["b"] = 2;
    members["c"] = nullptr;
    BOOST_TEST(members.dump() == R"({"a":{"b":2},"c":null})");
    members.append(json{{"d", 4}});
    BOOST_TEST(members.dump() == R"({"a":{"b":2},"c":null,"d":4})");
}

BOOST_AUTO_TEST_CASE(nothing_in_it_can_be_taken_for_markup) {
    const json value{{"<k>&", "</script><!-- & \u2028\u2029 'x'"}};
    BOOST_TEST(value.dump() ==
               "{\"\\u003ck\\u003e\\u0026\":\"\\u003c/script\\u003e\\u003c!-- \\u0026 \\u2028\\u2029 'x'\"}");
    BOOST_TEST(json::parse(value.dump())->find_text("<k>&").value() == "</script><!-- & \u2028\u2029 'x'");
    // neighbours of the line separators stay as they are
    BOOST_TEST(json("\u2027\u202f").dump() == "\"\u2027\u202f\"");
    BOOST_TEST(json("\xe2\x80").dump() == "\"\ufffd\ufffd\"");
}

BOOST_AUTO_TEST_CASE(what_drives_a_terminal_is_escaped_and_read_back_the_same) {
    const std::string hostile = "a\u009b31m\u202e\x7f\u200b\ufeff\U000e0041\u00ad";
    BOOST_TEST(json(hostile).dump() == "\"a\\u009b31m\\u202e\\u007f\\u200b\\ufeff\\udb40\\udc41\\u00ad\"");
    BOOST_TEST(*json::parse(json(hostile).dump())->text() == hostile);
    BOOST_TEST(json("\U0001f469\u200d\U0001f4bb").dump() == "\"\U0001f469\u200d\U0001f4bb\"");
}

BOOST_AUTO_TEST_CASE(a_document_that_is_written_as_it_goes_is_the_same_document) {
    const json value{
        {"list", json::array{1, json::array{}, json::object{}, "x"}}, {"n", -2.5}, {"last", nullptr}};
    for (const int indent : {-1, 2}) {
        std::string text;
        json_writer to([&](std::string_view part) { text += part; }, indent);
        to.begin_object().key("list").begin_array().value(1);
        to.begin_array().end_array().begin_object().end_object().text("x").end_array();
        to.member("n", -2.5).member("last", nullptr).end_object().finish("\n");
        BOOST_TEST(text == value.dump(indent) + "\n");
    }
    BOOST_TEST(json(json::array{100000.0, 1e20, 0.1, 1e-7, -0.0}).dump() ==
               "[100000.0,1e+20,0.1,1e-07,-0.0]");
}

BOOST_AUTO_TEST_CASE(a_large_document_leaves_in_parts) {
    std::size_t parts = 0, largest = 0, bytes = 0;
    json_writer to([&](std::string_view part) {
        ++parts;
        largest = std::max(largest, part.size());
        bytes += part.size();
    });
    to.begin_array();
    for (int i = 0; i < 1000; ++i) to.text(std::string(1000, 'x'));
    to.text(std::string(1'000'000, 'x')).base64(std::string(1'000'000, 'x')).end_array().finish();
    BOOST_TEST(bytes == 2u + 1000 * 1003 + 1'000'003 + 1'333'338);
    BOOST_TEST(parts > 20u);
    BOOST_TEST(largest < 200'000u);
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_text_are_replaced_on_the_way_out) {
    for (const std::string& bad :
         {std::string("a\xff"), std::string("\xc0\xbc"), std::string("\xed\xa0\x80"),
          std::string("\xf8\x88\x80\x80\x80"), std::string("\xe2"), std::string("\0", 1)}) {
        const auto text = json(bad).dump();
        BOOST_TEST(json::parse(text).has_value());
        BOOST_TEST(text.find('\xff') == text.npos);
        BOOST_TEST(text.find('\0') == text.npos);
    }
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_text_are_refused_on_the_way_in) {
    for (const auto bad : {"\"\xff\"", "\"\xc0\xbc\"", "\"\xed\xa0\x80\"", "\"\xe2\x80\"", "{\"\xff\":1}",
                           "\"\\ud800\"", "\"\\udc00\"", "\"\\u12\"", "\"\\x41\"", "\"a\nb\""})
        BOOST_TEST(why_not(bad).starts_with("not JSON"), bad);
}

BOOST_AUTO_TEST_CASE(what_is_no_json_is_refused_with_its_place) {
    for (const auto bad :
         {"",           " ",     "nul",      "NaN",          "Infinity", "-Infinity", "-",    "01",
          "1.",         ".5",    "+1",       "0x1",          "1e",       "'a'",       "[1,]", "[,1]",
          "{\"a\":1,}", "{a:1}", "{\"a\"}",  "{1:2}",        "[1 2]",    "1 2",       "[]]",  "// x\n1",
          "[1]/**/",    "\"a",   "{\"a\":1", "\xef\xbb\xbf", "True"})
        BOOST_TEST(why_not(bad).starts_with("not JSON"), bad);
    BOOST_TEST(why_not("[1,x]") == "not JSON at byte 4");
}

BOOST_AUTO_TEST_CASE(numbers_beyond_every_type_are_refused_or_nearly_right) {
    for (const auto huge : {"1e999", "-1e999", "123456789e400"})
        BOOST_TEST(why_not(huge).starts_with("not JSON"), huge);
    BOOST_TEST(why_not(std::string(100'000, '9')).starts_with("not JSON"));
    const auto beyond = json::parse("18446744073709551616");
    BOOST_REQUIRE(beyond);
    BOOST_TEST(!beyond->natural());
    BOOST_TEST(*beyond->number() == 18446744073709551616.0);
    BOOST_TEST(*json::parse("1e-999")->number() == 0.0);
}

BOOST_AUTO_TEST_CASE(depth_is_bounded_while_reading) {
    BOOST_TEST(why_not("[[1]]", 2) == "accepted");
    BOOST_TEST(why_not("[[[1]]]", 2) == "nested deeper than 2");
    BOOST_TEST(why_not("{\"a\":{\"b\":{}}}", 2) == "nested deeper than 2");
    BOOST_TEST(why_not("1", 0) == "accepted");
    BOOST_TEST(why_not("[]", 0) == "nested deeper than 0");
    BOOST_TEST(why_not(std::string(1'000'000, '[')) == "nested deeper than 16");
    std::string members;
    for (int i = 0; i < 100'000; ++i) members += "{\"a\":";
    BOOST_TEST(why_not(members) == "nested deeper than 16");
}

BOOST_AUTO_TEST_CASE(the_number_of_values_is_bounded_while_reading) {
    const auto counted = [](std::string_view text) {
        const auto read = json::parse(text, 16, 3);
        return read ? std::string("accepted") : read.error().message;
    };
    for (const auto* text : {"[1,2]", "[[],{}]", R"({"a":{"b":1}})", "[]"})
        BOOST_TEST(counted(text) == "accepted", text);
    for (const auto* text : {"[1,2,3]", "[[],[],[]]", R"({"a":{"b":[1]}})", "[{},{},{}]"})
        BOOST_TEST(counted(text) == "too many values", text);
}

BOOST_AUTO_TEST_CASE(a_key_stands_once_in_an_object) {
    BOOST_TEST(why_not(R"({"a":1,"a":2})") == "the key 'a' stands twice");
    BOOST_TEST(why_not(R"({"a":1,"\u0061":2})") == "the key 'a' stands twice");
    BOOST_TEST(why_not(R"({"a":{"a":1},"b":{"a":1}})") == "accepted");
}

BOOST_AUTO_TEST_CASE(an_object_of_very_many_keys_is_refused_before_it_costs_much) {
    const auto object = [](int keys) {
        std::string text = "{";
        for (int i = 0; i < keys; ++i) text += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":0";
        return text + "}";
    };
    BOOST_TEST(why_not(object(1024)) == "accepted");
    BOOST_TEST(why_not(object(1025)) == "an object of more than 1024 keys");
    BOOST_TEST(why_not(object(1'000'000)) == "an object of more than 1024 keys");
}

BOOST_AUTO_TEST_CASE(a_text_cut_short_anywhere_is_refused) {
    const std::string whole = R"({"a":[1,-2.5e3,true,null,"x\u00fc\n"],"b":{"c":"\ud83d\ude00"}})";
    BOOST_TEST(why_not(whole) == "accepted");
    for (std::size_t i = 0; i < whole.size(); ++i) BOOST_TEST(why_not(whole.substr(0, i)) != "accepted");
}

BOOST_AUTO_TEST_CASE(changed_bytes_are_read_or_refused_but_never_more) {
    const std::string whole = R"({"a":[1,-2.5e3,true,null,"x\u00fc\n"],"b":{"c":"\ud83d\ude00","d":{}}})";
    rng random(5);
    for (int round = 0; round < 20'000; ++round) {
        auto text = whole;
        for (int i = 0; i < 3; ++i) text[random.below(text.size())] = static_cast<char>(random.below(256));
        if (const auto parsed = json::parse(text)) {
            const auto written = parsed->dump();
            BOOST_REQUIRE(json::parse(written).has_value());
            BOOST_REQUIRE(json::parse(written)->dump() == written);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
