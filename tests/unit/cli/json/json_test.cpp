#include "cli/json/json.hpp"

#include <boost/test/unit_test.hpp>

#include "base/text.hpp"

using namespace bt::cli;

namespace {
std::string tree_of(const std::string& file) {
    const auto tree = parse_tree(bt::as_bytes(file));
    BOOST_REQUIRE(tree.has_value());
    std::string text;
    bt::json_writer to([&](std::string_view part) { text += part; }, 2);
    write_tree(to, tree->root());
    to.finish();
    return text;
}
}  // namespace

BOOST_AUTO_TEST_CASE(an_error_is_one_object_with_its_exit_code) {
    BOOST_TEST(error_json({bt::errc::not_found, "no such file: 'x'", ""}, nullptr) ==
               R"({"schema":1,"error":{"code":"not_found","exit":3,"message":"no such file: 'x'"}})");
    const bt::info_hash hash{};
    BOOST_TEST(error_json({bt::errc::storage, "full", "make room"}, &hash) ==
               R"({"schema":1,"error":{"code":"storage","exit":6,"message":"full","hint":"make room",)"
               R"("hash_string":"0000000000000000000000000000000000000000"}})");
}

BOOST_AUTO_TEST_CASE(text_that_is_no_utf8_does_not_end_the_program) {
    BOOST_TEST(warning_json("a\xff\"") == "{\"schema\":1,\"warning\":{\"message\":\"a\xef\xbf\xbd\\\"\"}}");
}

BOOST_AUTO_TEST_CASE(bencoding_becomes_json_with_bytes_as_base64) {
    const std::string file =
        "d1:ali1ei-2ee4:name2:\xff\xfe"
        "6:pieces1:x4:text3:\xc3\xa4!e";
    BOOST_TEST(tree_of(file) ==
               "{\n  \"a\": [\n    1,\n    -2\n  ],\n  \"name\": {\n    \"base64\": \"//4=\"\n  },\n"
               "  \"pieces\": {\n    \"base64\": \"eA==\"\n  },\n  \"text\": \"\xc3\xa4!\"\n}");
}

BOOST_AUTO_TEST_CASE(every_cut_of_a_bencoded_file_is_bad_data) {
    const std::string file = "d4:infod6:lengthi5e4:name1:aee";
    for (std::size_t size = 0; size < file.size(); ++size) {
        auto tree = parse_tree(bt::as_bytes(std::string_view(file).substr(0, size)));
        BOOST_REQUIRE(!tree.has_value());
        BOOST_TEST((tree.error().code == bt::errc::bad_data));
    }
}
