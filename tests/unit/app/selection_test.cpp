#include "app/selection.hpp"

#include <boost/test/unit_test.hpp>

using namespace bt;

namespace {

/// album/ with four files, the second of them padding.
torrent::info album() {
    torrent::info info;
    info.multi_file = true;
    info.name = "album";
    info.files = {{"album/a.mp3", 0, 10, false, false},
                  {"album/.pad/6", 10, 6, true, false},
                  {"album/cd2/b.mp3", 16, 10, false, false},
                  {"album/cover.jpg", 26, 10, false, false}};
    return info;
}

/// "x..x": which files are chosen.
std::string chosen(const std::string& list) {
    const auto wanted = app::select(album(), list);
    if (!wanted) return "no: " + wanted.error().message;
    std::string text;
    for (bool each : *wanted) text += each ? 'x' : '.';
    return text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(numbers_count_from_one_over_files_that_are_no_padding) {
    BOOST_TEST(chosen("1") == "x...");
    BOOST_TEST(chosen("2") == "..x.");
    BOOST_TEST(chosen("2-3") == "..xx");
    BOOST_TEST(chosen("1,3") == "x..x");
    BOOST_TEST(chosen("2-99999999999") == "..xx");
}

BOOST_AUTO_TEST_CASE(globs_match_the_path_below_the_folder_or_the_last_element) {
    BOOST_TEST(chosen("*.mp3") == "x.x.");
    BOOST_TEST(chosen("cd2/*") == "..x.");
    BOOST_TEST(chosen("cover.*") == "...x");
    BOOST_TEST(chosen("b.mp3,1") == "x.x.");
}

BOOST_AUTO_TEST_CASE(what_matches_nothing_is_an_error_that_names_it) {
    BOOST_TEST(chosen("1,*.flac") == "no: no file matches '*.flac'");
    BOOST_TEST(chosen("7") == "no: no file matches '7'");
    BOOST_TEST(chosen("0") == "no: no file matches '0'");
    BOOST_TEST(chosen("3-1") == "no: not a file number or range: '3-1'");
    BOOST_TEST(chosen("2-") == "no: not a file number or range: '2-'");
    BOOST_TEST(chosen("99999999999999999999") == "no: not a file number or range: '99999999999999999999'");
    BOOST_TEST(chosen("\x1b[2J") == "no: no file matches '?[2J'");
}

BOOST_AUTO_TEST_CASE(the_ranges_of_a_magnet_count_from_zero) {
    BOOST_TEST(app::selection_text({{0, 0}, {2, 4}}) == "1-1,3-5");
    BOOST_TEST(app::selection_text({{0, ~0u}}) == "1-4294967296");
}
