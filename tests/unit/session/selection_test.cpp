#include "session/selection.hpp"

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
    const auto wanted = session::select(album(), list);
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

BOOST_AUTO_TEST_CASE(before_the_files_are_known_only_a_wrong_range_is_wrong) {
    for (const auto* fine : {"", "1", "2-3,*.mp3", "99", "typo", ",,"})
        BOOST_TEST(!!session::check_list(fine), fine);
    for (const auto* wrong : {"3-1", "1,-", "a,1-2-3"}) {
        const auto outcome = session::check_list(wrong);
        BOOST_REQUIRE(!outcome);
        BOOST_TEST((outcome.error().code == errc::usage));
    }
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
    BOOST_TEST(session::selection_text({{0, 0}, {2, 4}}) == "1-1,3-5");
    BOOST_TEST(session::selection_text({{0, ~0u}}) == "1-4294967296");
}

// --- what comes first ------------------------------------------------------------------------------

namespace {

std::string letters(const std::vector<swarm::priority>& all) {
    std::string text;
    for (const auto each : all) text += "-lnh"[static_cast<int>(each)];
    return text;
}

/// "h-nl" of the files, then of the pieces of 8 bytes:
///
///     bytes    0         10    16        26        36
///     files    |  a.mp3  | pad |  b.mp3  |  cover  |
///     pieces   |   0   |   1   |   2   |   3   |  4 |
std::string order_of(const session::file_choice& choice) {
    auto info = album();
    info.shape = *torrent::geometry::make(36, 8);
    const auto files = session::file_priorities(info, choice);
    if (!files) return "no: " + files.error().message;
    return letters(*files) + " " + letters(session::piece_priorities(info, *files));
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_piece_has_the_highest_priority_of_its_files) {
    static const struct {
        session::file_choice choice;
        const char* order;
    } table[] = {
        {{}, "n-nn nnnnn"},
        {{"1", "", ""}, "n--- nn---"},
        {{"2", "", ""}, "--n- --nn-"},
        {{"1-2", "", ""}, "n-n- nnnn-"},
        {{"", "3", ""}, "n-nh nnnhh"},
        {{"", "3", "1"}, "l-nh llnhh"},
        {{"", "", "2"}, "n-ln nnlnn"},
        {{"", "*.mp3", "*"}, "h-hl hhhhl"},  // both lists: it comes first
        {{"1", "2", "3"}, "n--- nn---"},     // what is not selected stays so
        {{"1", "1", ""}, "h--- hh---"},
        {{"1,*.flac", "", ""}, "no: no file matches '*.flac'"},
        {{"", "x", ""}, "no: no file matches 'x'"},
        {{"", "", "3-1"}, "no: not a file number or range: '3-1'"},
    };
    for (const auto& row : table) BOOST_TEST(order_of(row.choice) == row.order);
}

BOOST_AUTO_TEST_CASE(an_empty_file_has_no_piece) {
    auto info = album();
    info.shape = *torrent::geometry::make(36, 8);
    auto files_now = info.files.copy();
    files_now.push_back({"album/empty", 36, 0, false, false});
    info.files = shared_list(std::move(files_now));
    const auto files = session::file_priorities(info, {"4", "", ""});
    BOOST_REQUIRE(files);
    BOOST_TEST(letters(*files) == "----n");
    BOOST_TEST(letters(session::piece_priorities(info, *files)) == "-----");
    BOOST_TEST((session::wanted_files(*files) == std::vector<bool>{false, false, false, false, true}));
}

BOOST_AUTO_TEST_CASE(of_a_piece_the_bytes_of_wanted_files_count_and_padding_never) {
    auto info = album();
    info.shape = *torrent::geometry::make(36, 16);
    using swarm::priority;
    const auto all = session::file_priorities(info, {}).value();
    BOOST_TEST(session::wanted_bytes(info, all) == (std::vector<std::uint32_t>{10, 16, 4}),
               boost::test_tools::per_element());
    const auto some = session::file_priorities(info, {"3", "", ""}).value();
    BOOST_TEST(session::wanted_bytes(info, some) == (std::vector<std::uint32_t>{0, 6, 4}),
               boost::test_tools::per_element());
}
