#include "torrent/create.hpp"

#include <boost/test/unit_test.hpp>

#include "base/bencode.hpp"
#include "base/limits.hpp"
#include "torrent/geometry.hpp"

using namespace bt;
using namespace bt::torrent;

namespace {

constexpr std::uint64_t KiB = 1024, MiB = 1024 * KiB, GiB = 1024 * MiB, TiB = 1024 * GiB;

info_plan folder_plan() {
    info_plan plan;
    plan.name = "T";
    plan.multi_file = true;
    plan.files = {{{"a"}, 20'000, false}, {{"d", "run"}, 0, true}, {{"d", "z"}, 1, false}};
    plan.piece_bytes = 16 * KiB;
    return plan;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(creation)

BOOST_AUTO_TEST_CASE(the_piece_length_grows_with_the_size) {
    const std::pair<std::uint64_t, std::uint64_t> rows[] = {
        {0, 16 * KiB},
        {1, 16 * KiB},
        {2000 * 16 * KiB, 16 * KiB},
        {2000 * 16 * KiB + 1, 32 * KiB},
        {700 * MiB, 512 * KiB},
        {1 * GiB, 1 * MiB},
        {1900 * MiB, 1 * MiB},
        {4 * GiB, 4 * MiB},
        {30 * GiB, 16 * MiB},
        {10 * TiB, 16 * MiB},
        {32 * TiB, 16 * MiB},
        {32 * TiB + 1, 32 * MiB},
        {128 * TiB, 64 * MiB},
    };
    for (const auto& [total, piece] : rows) {
        BOOST_TEST(choose_piece_bytes(total) == piece, total << " -> " << choose_piece_bytes(total));
        BOOST_TEST(geometry::make(total, choose_piece_bytes(total)).has_value(), total);
        BOOST_TEST(check_piece_bytes(choose_piece_bytes(total)).has_value(), total);
    }
    BOOST_TEST(choose_piece_bytes(~std::uint64_t{0}) == 64 * MiB);
}

BOOST_AUTO_TEST_CASE(usual_sizes_have_a_thousand_to_two_thousand_pieces) {
    for (std::uint64_t total = 20 * MiB; total < 30 * GiB; total += total / 7) {
        const auto pieces = geometry::make(total, choose_piece_bytes(total))->piece_count();
        BOOST_TEST((pieces >= 1000 && pieces <= 2000), total << ": " << pieces);
    }
}

BOOST_AUTO_TEST_CASE(a_piece_length_by_hand_is_a_power_of_two_within_the_limits) {
    for (auto good : {16 * KiB, 1 * MiB, 64 * MiB}) BOOST_TEST(check_piece_bytes(good).value() == good);
    for (auto bad : {std::uint64_t{0}, std::uint64_t{1}, 8 * KiB, 16 * KiB + 1, 48 * KiB, 128 * MiB,
                     ~std::uint64_t{0}}) {
        const auto checked = check_piece_bytes(bad);
        BOOST_REQUIRE(!checked);
        BOOST_TEST((checked.error().code == errc::usage));
    }
}

BOOST_AUTO_TEST_CASE(files_are_sorted_by_path_element_by_element_as_bytes) {
    std::vector<source_file> files;
    for (std::vector<std::string> path :
         {std::vector<std::string>{"b"}, {"a.txt"}, {"a", "z"}, {"\xc3\xa4"}, {"Z"}, {"a", "b", "c"}})
        files.push_back({path, 1, false});
    sort_files(files);
    std::string order;
    for (const auto& file : files) {
        for (const auto& element : file.path) order += '/' + element;
        order += ' ';
    }
    BOOST_TEST(order == "/Z /a/b/c /a/z /a.txt /b /\xc3\xa4 ");
}

BOOST_AUTO_TEST_CASE(a_single_file_info_is_canonical) {
    info_plan plan;
    plan.name = "a.txt";
    plan.files = {{{}, 5, true}};
    plan.piece_bytes = 16 * KiB;
    plan.is_private = true;
    plan.source = "S";
    const auto raw = encode_info(plan, as_bytes("01234567890123456789"));
    BOOST_TEST(as_text(raw) ==
               "d4:attr1:x6:lengthi5e4:name5:a.txt12:piece lengthi16384e6:pieces20:01234567890123456789"
               "7:privatei1e6:source1:Se");
    BOOST_TEST((encode_info(plan, as_bytes("01234567890123456789")) == raw));
}

BOOST_AUTO_TEST_CASE(a_folder_info_is_canonical) {
    const auto raw = encode_info(folder_plan(), as_bytes("0123456789012345678901234567890123456789"));
    BOOST_TEST(as_text(raw) ==
               "d5:filesld6:lengthi20000e4:pathl1:aeed4:attr1:x6:lengthi0e4:pathl1:d3:runeed6:lengthi1e4:"
               "pathl1:d1:zeee"
               "4:name1:T12:piece lengthi16384e6:pieces40:0123456789012345678901234567890123456789e");
}

BOOST_AUTO_TEST_CASE(an_empty_torrent_plan_leaves_the_info_alone) {
    BOOST_TEST(as_text(encode_torrent({}, as_bytes("de"))) == "d4:infodee");
    torrent_plan plan;
    plan.trackers = {{}, {"http://a"}, {}};
    BOOST_TEST(as_text(encode_torrent(plan, as_bytes("de"))) == "d8:announce8:http://a4:infodee");
}

BOOST_AUTO_TEST_CASE(what_is_written_is_what_is_read) {
    const auto raw = encode_info(folder_plan(), as_bytes("0123456789012345678901234567890123456789"));
    torrent_plan plan;
    plan.trackers = {{"http://a/announce", "udp://b:1"}, {"https://c"}};
    plan.web_seeds = {"http://w/", "https://v/"};
    plan.comment = "c";
    plan.created_by = "btnode";
    plan.creation_date = 1'700'000'000;
    const auto file = encode_torrent(plan, raw);
    // canonical: the strict reader of packets finds nothing to complain about but the size
    BOOST_TEST(bencode_document::parse(file, {32, 1000, true}).has_value());

    const auto read = parse_torrent(file);
    BOOST_REQUIRE(read);
    BOOST_TEST((read->info.raw == raw));
    BOOST_TEST((read->trackers == plan.trackers));
    BOOST_TEST((read->web_seeds == plan.web_seeds));
    BOOST_TEST(read->comment == plan.comment);
    BOOST_TEST(read->created_by == plan.created_by);
    BOOST_TEST((read->creation_date == plan.creation_date));
    BOOST_TEST(read->info.name == "T");
    BOOST_TEST(read->info.multi_file);
    BOOST_TEST(read->info.files.size() == 3u);
    BOOST_TEST(read->info.files[1].path == "T/d/run");
    BOOST_TEST(read->info.files[1].executable);
    BOOST_TEST(read->info.shape.total_bytes() == 20'001u);
    BOOST_TEST((parse_info(raw)->hash == read->info.hash));
}

BOOST_AUTO_TEST_CASE(an_empty_file_makes_a_torrent_without_pieces) {
    info_plan plan;
    plan.name = "empty";
    plan.files = {{{}, 0, false}};
    plan.piece_bytes = choose_piece_bytes(0);
    const auto info = parse_info(encode_info(plan, {}));
    BOOST_REQUIRE(info);
    BOOST_TEST(info->shape.piece_count() == 0u);
    BOOST_TEST(info->files[0].size == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
