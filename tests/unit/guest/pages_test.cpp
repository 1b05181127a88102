#include "guest/pages.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "base/text.hpp"
#include "torrent/create.hpp"

using namespace bt;

namespace {

torrent::info album(const std::string& name, std::size_t files, const std::string& file = "song") {
    torrent::info_plan plan;
    plan.name = name;
    plan.multi_file = true;
    for (std::size_t i = 0; i < files; ++i) plan.files.push_back({{file + std::to_string(i)}, 10});
    plan.piece_bytes = 1 << 20;
    return *torrent::parse_info(torrent::encode_info(plan, bytes(20)));
}

torrent::info film(const std::string& name) {
    torrent::info_plan plan;
    plan.name = name;
    plan.files.push_back({{}, 1000});
    plan.piece_bytes = 16'384;
    return *torrent::parse_info(torrent::encode_info(plan, bytes(20)));
}

bool has(const std::string& page, const std::string& text) { return page.find(text) != std::string::npos; }

}  // namespace

BOOST_AUTO_TEST_SUITE(pages_of_shares)

BOOST_AUTO_TEST_CASE(one_file_is_one_link_to_download) {
    const auto info = film("film 1.mkv");
    const auto page = guest::share_page({info, 1000, {}, true, "tower", "http://10.0.0.1:6980/s/x/"});
    BOOST_TEST(has(page, "href=\"/s/" + to_hex(info.hash.span()) + "/film%201.mkv\""));
    BOOST_TEST(has(page, "complete"));
    BOOST_TEST(has(page, "tower"));
    BOOST_TEST(has(page, "Everybody on this network can see what is here."));
    BOOST_TEST(!has(page, ".zip"));
}

BOOST_AUTO_TEST_CASE(a_folder_lists_its_files_and_comes_as_one) {
    const auto info = album("songs", 3);
    const auto page = guest::share_page({info, 30, {}, true, "tower", "http://10.0.0.1:6980/s/x/"});
    const auto hash = to_hex(info.hash.span());
    for (const auto* file : {"song0", "song1", "song2"})
        BOOST_TEST(has(page, "/s/" + hash + "/songs/" + file));
    BOOST_TEST(has(page, "/s/" + hash + ".zip"));
    BOOST_TEST(has(page, "/s/" + hash + ".tar"));
    BOOST_TEST(has(page, "/s/" + hash + ".torrent"));
}

BOOST_AUTO_TEST_CASE(what_is_not_here_yet_is_said_and_100_percent_is_only_said_of_all) {
    const auto info = film("film");
    BOOST_TEST(has(guest::share_page({info, 999, {}, true, "", ""}), "waits for the rest"));
    BOOST_TEST(!has(guest::share_page({info, 999, {}, true, "", ""}), "100 %"));
    BOOST_TEST(!has(guest::share_page({info, 999, {}, true, "", ""}), ">complete<"));
    BOOST_TEST(has(guest::share_page({info, 0, {}, true, "", "", true}), "paused"));
}

BOOST_AUTO_TEST_CASE(a_file_that_will_not_come_has_no_link) {
    const auto info = album("songs", 3);
    const auto page =
        guest::share_page({info, 20, {true, false, true}, false, "tower", "http://10.0.0.1:6980/s/x/"});
    BOOST_TEST(has(page, "/songs/song0"));
    BOOST_TEST(!has(page, "/songs/song1"));
    BOOST_TEST(has(page, "not here"));
    BOOST_TEST(!has(page, "waits for the rest"));
}

BOOST_AUTO_TEST_CASE(a_name_is_text_wherever_it_stands) {
    const std::string bad = "<img src=x onerror=alert(1)>\"'&";
    const auto info = film(bad);
    for (const auto& page : {guest::share_page({info, 1000, {}, true, bad, bad}),
                             guest::list_page({{info.hash, info.name, 1000, 1000, 1}}, bad)}) {
        BOOST_TEST(!has(page, "<img"));
        BOOST_TEST(!has(page, "onerror=alert(1)>\""));
        BOOST_TEST(has(page, "&lt;img"));
    }
}

BOOST_AUTO_TEST_CASE(a_page_is_bounded_whatever_is_shared) {
    const auto info = album("many", 20'000, "a long name of a file that says what is in it ");
    const auto page = guest::share_page({info, 30, {}, true, "tower", "http://10.0.0.1:6980/s/x/"});
    BOOST_TEST(page.size() < 1'000'000u);
    BOOST_TEST(has(page, "19500 files more"));
    const std::vector<guest::share_row> rows(5'000, {info.hash, "x", 1, 1, 1});
    const auto list = guest::list_page(rows, "tower");
    BOOST_TEST(list.size() < 1'000'000u);
    BOOST_TEST(has(list, "and 4500 more"));
}

BOOST_AUTO_TEST_CASE(where_nothing_is_shared_the_page_says_how_to) {
    BOOST_TEST(has(guest::list_page({}, "tower"), "share PATH"));
}

BOOST_AUTO_TEST_SUITE_END()
