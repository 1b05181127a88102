// Files and pieces of a running torrent, page by page.
#include "app/control/torrent_details.hpp"

#include <boost/test/unit_test.hpp>

#include "torrent/create.hpp"

using namespace bt;
using namespace bt::app;

namespace {

torrent::metainfo torrent_of(std::size_t files) {
    torrent::info_plan plan;
    plan.name = "album";
    plan.multi_file = true;
    for (std::size_t i = 0; i < files; ++i) plan.files.push_back({{std::to_string(i)}, 20'000});
    plan.piece_bytes = 32 * 1024;
    const auto pieces = (files * 20'000 + plan.piece_bytes - 1) / plan.piece_bytes;
    return *torrent::parse_torrent(
        torrent::encode_torrent({}, torrent::encode_info(plan, bytes(20 * pieces))));
}

}  // namespace

BOOST_AUTO_TEST_CASE(files_come_in_pages_with_what_is_verified_of_each) {
    const auto torrent = torrent_of(1'201);
    torrent_status s;
    s.pieces.assign(torrent.info.shape.piece_count(), piece_state::missing);
    s.pieces[0] = piece_state::have;
    s.files.last = "2";
    std::vector<file_standing> all;
    std::size_t pages = 0;
    while (all.size() < 1'201) {
        const auto page = json::parse(files_page(s, torrent.info, all.size()).dump());
        BOOST_REQUIRE(page);
        BOOST_TEST(read_files_page(*page, all).value() == 1'201u);
        BOOST_REQUIRE(++pages < 10u);
    }
    BOOST_TEST(pages == 3u);
    BOOST_TEST(all[0].have == 20'000u);
    BOOST_TEST(all[1].have == 32u * 1024 - 20'000);
    BOOST_TEST(all[2].have == 0u);
    BOOST_TEST(all[0].priority == "normal");
    BOOST_TEST(all[1].priority == "low");
    BOOST_TEST(all[1'200].size == 20'000u);
    BOOST_TEST(files_page(s, torrent.info, 9'999).find("files")->elements()->empty());
}

BOOST_AUTO_TEST_CASE(pieces_come_in_pages) {
    torrent_status s;
    s.piece_bytes = 16'384;
    s.pieces.assign(500'001, piece_state::have);
    for (std::size_t i = 0; i < 6; ++i) s.pieces[i] = static_cast<piece_state>(i);
    piece_standing all;
    BOOST_TEST(read_pieces_page(pieces_page(s, 0), all).value() == 500'001u);
    BOOST_TEST(all.pieces.size() == 500'000u);
    BOOST_TEST(read_pieces_page(pieces_page(s, all.pieces.size()), all).value() == 500'001u);
    BOOST_TEST((all.pieces == s.pieces));
    BOOST_TEST(all.piece_bytes == 16'384u);
}

BOOST_AUTO_TEST_CASE(what_is_no_page_is_refused) {
    std::vector<file_standing> files;
    piece_standing pieces;
    for (const auto* text :
         {"{}", R"({"count":1})", R"({"files":[],"states":""})", R"({"count":"x","files":[]})"}) {
        BOOST_TEST(!read_files_page(*json::parse(text), files));
        BOOST_TEST(!read_pieces_page(*json::parse(text), pieces));
    }
}
