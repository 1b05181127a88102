#include "torrent/file_names.hpp"

#include <boost/test/unit_test.hpp>

#include "base/rng.hpp"
#include "base/text.hpp"

using namespace bt;
using namespace std::string_literals;
using namespace std::string_view_literals;
using torrent::safe_element;
using torrent::safe_path;

BOOST_AUTO_TEST_SUITE(file_names)

BOOST_AUTO_TEST_CASE(an_element_becomes_safe) {
    const std::pair<std::string_view, std::string_view> names[] = {
        {"a", "a"},
        {"a...b", "a...b"},
        {".hidden", ".hidden"},
        {"...", "..."},
        {"Gr\xc3\xb6\xc3\x9f"
         "e \xe2\x82\xac \xf0\x9f\x92\xa9.txt",
         "Gr\xc3\xb6\xc3\x9f"
         "e \xe2\x82\xac \xf0\x9f\x92\xa9.txt"},
        {"a:b*c?d\"e<f>g|h", "a:b*c?d\"e<f>g|h"},  // what only Windows refuses stays
        // nothing, or what means another folder
        {"", "_"},
        {".", "_"},
        {"..", "_"},
        {"/", "_"},
        {"//\\", "_"},
        {"/../", "_"},
        // separators
        {"/a/", "a"},
        {"\\c", "c"},
        {"C:\\x", "C:x"},
        {"test2/../test3/.././../../test4", "test2..test3.......test4"},
        {"/test1/test2/test3", "test1test2test3"},
        // controls
        {"a\0b"sv, "a_b"},
        {"\0"sv, "_"},
        {"a\nb\x1b\x7f", "a_b__"},
        {"a\xc2\x80\xc2\x9f", "a__"},
        {"a\xe2\x80\xa8z", "a_z"},
        // bytes that are no UTF-8
        {"\xc2", "_"},
        {"\xe2\x9f", "_"},
        {"\xf0\x9f\x92", "_"},
        {"\xf8\x88\x80\x80\x80", "_"},
        {"a\xff\xfe"
         "b\xff",
         "a_b_"},
        {"\xed\xa0\x80", "_"},
        // an overlong dot must never become one
        {"\xc0\xae", "_"},
        {"\xe0\x80\xae", "_"},
        {"\xf0\x80\x80\xae", "_"},
        {"\xc0\xae\xc0\xae", "_"},
        {".\xc0\xae", "._"},
        // joiners stay, other invisible characters go, and none helps to make a ".."
        {"a\xe2\x80\x8b"
         "b\xe2\x80\x8f",
         "a\xe2\x80\x8b"
         "b"},
        {"\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb.png",
         "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb.png"},
        {".\xe2\x80\x8c.\xe2\x81\xa0", "_"},
        {"\xe2\x80\xaetxt.exe", "txt.exe"},
        {"\xe2\x80\xaa\xe2\x81\xa0\xe2\x81\xa4\xe2\x81\xa6\xe2\x81\xa9\xd8\x9c\xef\xbb\xbfx",
         "\xe2\x81\xa0\xef\xbb\xbfx"},
        {".\xe2\x80\x8b.", "_"},
        {"\xe2\x80\x8b", "_"},
        {"\xef\xbb\xbf./", "_"},
    };
    for (const auto& [given, expected] : names) BOOST_TEST(safe_element(given) == expected);
}

BOOST_AUTO_TEST_CASE(a_long_element_is_cut_and_keeps_a_short_extension) {
    const auto x = [](std::size_t n) { return std::string(n, 'x'); };
    BOOST_TEST(safe_element(x(240)) == x(240));
    BOOST_TEST(safe_element(x(241)) == x(240));
    BOOST_TEST(safe_element(x(236) + ".txt") == x(236) + ".txt");
    BOOST_TEST(safe_element(x(237) + ".txt") == x(236) + ".txt");
    BOOST_TEST(safe_element(x(5000) + ".123456789") == x(230) + ".123456789");
    BOOST_TEST(safe_element(x(5000) + ".1234567890") == x(240));  // too long for an extension
    BOOST_TEST(safe_element("a.b" + x(300)).size() == 240u);
}

BOOST_AUTO_TEST_CASE(an_element_as_windows_takes_it) {
    const std::pair<std::string, std::string> names[] = {
        {"plain.txt", "plain.txt"},
        {"a\"*:<>?|b", "a_______b"},
        {"end.", "end_"},
        {"end. .", "end___"},
        {" begin", " begin"},
        {".hidden", ".hidden"},
        {"CON", "_CON"},
        {"con.txt", "_con.txt"},
        {"nul .tar.gz", "_nul .tar.gz"},
        {"com1", "_com1"},
        {"LPT9.x", "_LPT9.x"},
        {"com0", "com0"},
        {"com10", "com10"},
        {"console", "console"},
        {"...", "___"},
    };
    for (const auto& [given, expected] : names) {
        BOOST_TEST(torrent::windows_name(given) == expected);
        BOOST_TEST(torrent::windows_name(expected) == expected);
    }
}

BOOST_AUTO_TEST_CASE(a_cut_never_splits_a_character) {
    for (const auto& character : {"\xc3\xb6"s, "\xe2\x82\xac"s, "\xf0\x9f\x92\xa9"s})
        for (std::size_t lead = 0; lead < 4; ++lead) {
            auto name = std::string(lead, 'x');
            for (int i = 0; i < 200; ++i) name += character;
            for (const auto extension : {"", ".txt"}) {
                const auto safe = safe_element(name + extension);
                BOOST_TEST(torrent::is_utf8(safe));
                BOOST_TEST((safe.size() <= 240 && safe.size() > 236), safe.size());
                BOOST_TEST(safe.ends_with(extension));
            }
        }
}

BOOST_AUTO_TEST_CASE(a_path_loses_what_names_nothing) {
    const auto path = [](std::vector<std::string_view> elements) {
        std::string joined;
        for (const auto& element : safe_path(elements)) joined += "[" + element + "]";
        return joined;
    };
    BOOST_TEST(path({"a", "b"}) == "[a][b]");
    BOOST_TEST(path({"..", "..", "etc", "passwd"}) == "[etc][passwd]");
    BOOST_TEST(path({"a", "", ".", "/", ".\xe2\x80\x8b.", "b"}) == "[a][b]");
    BOOST_TEST(path({"../..", "/etc/passwd"}) == "[....][etcpasswd]");
    BOOST_TEST(path({"", ""}) == "");
    BOOST_TEST(path({}) == "");
}

BOOST_AUTO_TEST_CASE(any_bytes_become_a_safe_name_that_stays_as_it_is) {
    const std::uint64_t seed = 77;
    BOOST_TEST_MESSAGE("seed " << seed);
    rng random(seed);
    constexpr std::string_view parts[] = {".",           "..",           "/",
                                          "\\",          "\0"sv,         "a",
                                          "\xc0\xae",    "\xe2\x80\x8b", "\xe2\x80\xae",
                                          "\xc3",        "\xb6",         "\xf0\x9f",
                                          "\x92\xa9",    "\xef\xbb\xbf", "\n",
                                          "\xed\xa0\x80"};
    for (int round = 0; round < 50'000; ++round) {
        std::string name;
        for (auto n = random.below(8); n > 0; --n) name += parts[random.below(std::size(parts))];
        const auto safe = safe_element(name);
        BOOST_REQUIRE((!safe.empty() && safe != "." && safe != ".."));
        BOOST_REQUIRE(torrent::is_utf8(safe));
        BOOST_REQUIRE(safe.find_first_of("/\\\0\n"sv) == std::string::npos);
        BOOST_REQUIRE(safe_element(safe) == safe);
        BOOST_REQUIRE(safe_path({name}) == (safe == "_" && safe_path({name}).empty()
                                                ? std::vector<std::string>{}
                                                : std::vector<std::string>{safe}));
    }
}

BOOST_AUTO_TEST_SUITE_END()
