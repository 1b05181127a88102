// What a download makes of what stands in its folder already: its own .part, exact files, foreign ones.
#include <boost/test/unit_test.hpp>

#include "bench_disk.hpp"
#include "faulty_files.hpp"
#include "samples.hpp"

using namespace bt;
using namespace bt::storage;
using namespace bt::storage::testing;

BOOST_FIXTURE_TEST_SUITE(adoption, real_folder)

// --- resuming ---

BOOST_AUTO_TEST_CASE(an_abandoned_download_goes_on_where_it_was) {
    const auto made = four_files();
    {
        auto disk = download(made);
        BOOST_REQUIRE(disk.check());
        require_written(disk, {1, 2});
    }
    auto disk = download(made);
    const auto there = disk.check().value();
    BOOST_TEST(there.count() == 2u);
    BOOST_TEST((there.has(piece_index(1)) && there.has(piece_index(2))));
    BOOST_TEST((disk.finish().error().code == errc::unfinished));
    require_written(disk, {0, 3});
    require_finished(disk, made);
}

BOOST_AUTO_TEST_CASE(a_damaged_part_loses_only_the_damaged_piece) {
    const auto made = one_file();
    {
        auto disk = download(made);
        BOOST_REQUIRE(disk.check());
        BOOST_REQUIRE(disk.write_all());
    }
    auto content = file_content(folder / made.part_name()).value();
    content[20'000] = static_cast<char>(content[20'000] ^ 4);
    put_file(folder / made.part_name(), content + "more than there should be");
    auto disk = download(made);
    const auto there = disk.check().value();
    BOOST_TEST(there.count() == made.pieces() - 1);
    BOOST_TEST(!there.has(piece_index(1)));
    require_written(disk, {1});
    require_finished(disk, made);
}

BOOST_AUTO_TEST_CASE(a_part_nothing_was_written_into_disappears) {
    for (const auto& made : {one_file(), four_files()}) {
        {
            auto disk = download(made);
            BOOST_REQUIRE(disk.check());
            BOOST_TEST(listing(folder.path()).size() == 1u);
        }
        BOOST_TEST(listing(folder.path()).empty());
    }
}

BOOST_AUTO_TEST_CASE(a_second_download_of_the_same_is_refused_while_the_first_runs) {
    for (const auto& made : {one_file(), four_files()}) {
        auto first = download(made);
        BOOST_REQUIRE(first.check());
        {
            auto second = download(made);
            require_storage_error(second.check(), "another process is downloading");
            BOOST_TEST((second.write(0).outcome == write_outcome::refused));
        }
        BOOST_REQUIRE(first.write_all());
        BOOST_REQUIRE(first.finish());
        auto third = download(made);
        BOOST_TEST(third.check().value().all());
    }
}

BOOST_FIXTURE_TEST_CASE(a_hole_of_the_size_of_a_piece_of_zeros_is_that_piece, download_folder<faulty_files>) {
    const auto zeros = std::string(16384 * 2, '\0');
    const auto made = make_torrent("image", {{"", noise(16384, 1) + zeros + noise(1000, 2)}});
    auto disk = download(made);
    BOOST_TEST(disk.check().value().none());
    require_written(disk, {0});
    files.forget();
    const auto there = disk.check().value();
    BOOST_TEST(there.count() == 3u);
    BOOST_TEST(!there.has(piece_index(3)));
    BOOST_TEST(files.count_of("read") == 1u);  // nothing was read of the holes
}

// --- what stands there already ---

BOOST_AUTO_TEST_CASE(an_exact_final_file_is_adopted) {
    const auto made = one_file();
    put_file(folder / "film.bin", made.content);
    auto disk = download(made);
    BOOST_TEST(disk.check().value().all());
    BOOST_TEST(disk.finish().value() == folder / "film.bin");
    BOOST_TEST(disk.read_piece(1).value() == made.content.substr(16384, 16384));
    BOOST_TEST(listing(folder.path()).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_foreign_final_file_is_refused_and_left_alone) {
    const auto made = one_file();
    auto other = made.content;
    other[50'000] = static_cast<char>(other[50'000] ^ 1);
    for (const auto& content : {std::string("something else"), other, std::string()}) {
        put_file(folder / "film.bin", content);
        auto disk = download(made);
        require_storage_error(disk.check(), "film.bin' exists and is not what");
        BOOST_TEST(file_content(folder / "film.bin").value() == content);
        BOOST_TEST(listing(folder.path()).size() == 1u);
    }
}

BOOST_AUTO_TEST_CASE(files_of_a_folder_that_are_there_are_adopted_and_compared) {
    const auto made = four_files();
    put_file(folder / "album/b", made.content.substr(5000, 30000));
    put_file(folder / "album/c", made.content.substr(35000, 1));
    put_file(folder / "album/mine.txt", "the user's own");
    {
        auto disk = download(made);
        const auto there = disk.check().value();
        BOOST_TEST((there.count() == 1u && there.has(piece_index(1))));
        require_written(disk, {0, 2, 3});
        BOOST_TEST(disk.finish().value() == folder / "album");
    }
    require_content(made, folder.path());
    BOOST_TEST(file_content(folder / "album/mine.txt").value() == "the user's own");
    BOOST_TEST(!fs::exists(folder / made.part_name()));
    auto again = download(made);
    BOOST_TEST(again.check().value().all());
}

BOOST_AUTO_TEST_CASE(a_difference_in_an_adopted_file_is_an_error_not_a_write) {
    const auto made = four_files();
    put_file(folder / "album/a", noise(5000, 99));  // lies in one piece, together with the start of b
    {
        auto disk = download(made);
        BOOST_REQUIRE(disk.check());
        auto written = disk.write(0);
        BOOST_TEST((written.outcome == write_outcome::refused));
        require_storage_error(written.how, "album/a' exists and is not what");
        BOOST_TEST(written.how.error().hint.find("--overwrite") != std::string::npos);
        BOOST_TEST(!disk.read_piece(0));
        BOOST_TEST(file_content(folder / "album/a").value() == noise(5000, 99));
    }
}

BOOST_AUTO_TEST_CASE(a_folder_full_of_other_things_is_refused_by_the_name_of_the_file_that_differs) {
    const auto made = four_files();
    put_content(made, folder.path());
    put_file(folder / "album/b", noise(30000, 55));
    auto disk = download(made);
    require_storage_error(disk.check(), "album/b' exists and is not what");
}

BOOST_AUTO_TEST_CASE(something_that_appears_at_the_final_name_is_never_replaced) {
    for (const auto& made : {one_file(), four_files()}) {
        auto disk = download(made);
        BOOST_REQUIRE(disk.check());
        BOOST_REQUIRE(disk.write_all());
        const auto taken = folder / made.info.files.front().path;
        put_file(taken, "a letter");
        require_storage_error(disk.finish(), "appeared while the download ran");
        BOOST_TEST(file_content(taken).value() == "a letter");
        fs::remove(taken);
        require_finished(disk, made);
        BOOST_TEST(!fs::exists(folder / made.part_name()));
    }
}

BOOST_AUTO_TEST_SUITE_END()
