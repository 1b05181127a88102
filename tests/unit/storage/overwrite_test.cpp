// --overwrite: what is right of the old file is taken from it, and it stays as it is until the new one is
// whole.
#include <sys/mount.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "bench_disk.hpp"
#include "faulty_files.hpp"
#include "samples.hpp"

using namespace bt;
using namespace bt::storage;
using namespace bt::storage::testing;

namespace {

/// The third piece of seven has another byte.
std::string almost(const made_torrent& made) {
    auto other = made.content;
    other[50'000] = static_cast<char>(other[50'000] ^ 1);
    return other;
}

void write_missing(bench& disk, const made_torrent& made, const torrent::piece_set& there) {
    for (std::uint32_t i = 0; i < made.pieces(); ++i)
        if (!there.has(piece_index(i))) BOOST_REQUIRE((disk.write(i).outcome == write_outcome::ok));
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(overwriting, real_folder)

BOOST_AUTO_TEST_CASE(what_is_right_of_the_old_file_is_had_and_the_old_file_stays_until_the_new_one_is_whole) {
    const auto made = one_file();
    const std::pair<std::string, std::uint32_t> cases[] = {
        {almost(made), 6},          {made.content.substr(0, 60'000), 3},
        {made.content + "tail", 7}, {almost(made) + "tail", 6},
        {noise(100'000, 77), 0},    {"", 0}};
    for (const auto& [content, right] : cases) {
        put_file(folder / "film.bin", content);
        for (const bool first : {true, false}) {  // killed, and started again
            auto disk = overwrite(made);
            const auto there = disk.check().value();
            BOOST_TEST(there.count() == right);
            BOOST_TEST(file_content(folder / "film.bin").value() == content);
            if (first && right > 0) BOOST_TEST(fs::exists(folder / made.part_name()));
        }
        auto disk = overwrite(made);
        write_missing(disk, made, disk.check().value());
        BOOST_TEST(file_content(folder / "film.bin").value() == content);
        require_finished(disk, made);
        BOOST_TEST(listing(folder.path()).size() == 1u);
    }
}

BOOST_AUTO_TEST_CASE(progress_says_that_the_old_file_is_copied) {
    const auto made = one_file();
    put_file(folder / "film.bin", almost(made));
    auto disk = overwrite(made);
    bool done = false, copied = false;
    disk.storage().check([&](std::uint64_t, std::uint64_t, bool copies) { copied = copies; },
                         [&](result<torrent::piece_set> there) { done = there.has_value(); });
    disk.loop().run([&] { return done; });
    BOOST_TEST(copied);
}

BOOST_AUTO_TEST_CASE(of_the_part_and_the_old_file_what_is_right_in_either_is_had) {
    const auto made = one_file();
    {
        auto disk = download(made);
        BOOST_REQUIRE(disk.check());
        require_written(disk, {3});
    }
    for (const auto& content : {std::string("short"), made.content.substr(0, 20'000), almost(made)}) {
        put_file(folder / "film.bin", content);
        auto disk = overwrite(made);
        const auto there = disk.check().value();
        BOOST_TEST(there.has(piece_index(3)));
        BOOST_TEST(there.has(piece_index(0)) == (content.size() > 16'384));
        BOOST_TEST(file_content(folder / "film.bin").value() == content);
    }
    auto disk = overwrite(made);
    BOOST_TEST(disk.check().value().all());
    require_finished(disk, made);
    BOOST_TEST(listing(folder.path()).size() == 1u);
}

BOOST_AUTO_TEST_CASE(an_exact_file_is_adopted_and_not_copied) {
    const auto made = one_file();
    put_file(folder / "film.bin", made.content);
    auto disk = overwrite(made);
    BOOST_TEST(disk.check().value().all());
    BOOST_TEST(listing(folder.path()).size() == 1u);
    require_finished(disk, made);
}

BOOST_AUTO_TEST_CASE(other_names_of_the_old_file_keep_its_bytes) {
    const auto made = one_file();
    put_file(folder / "film.bin", almost(made));
    fs::create_hard_link(folder / "film.bin", folder / "backup");
    auto disk = overwrite(made);
    write_missing(disk, made, disk.check().value());
    require_finished(disk, made);
    BOOST_TEST((file_content(folder / "backup").value() == almost(made)));
}

BOOST_AUTO_TEST_CASE(each_file_of_a_folder_is_replaced_by_itself) {
    const auto made = four_files();
    put_content(made, folder.path());
    put_file(folder / "album/b", noise(30'000, 55));
    put_file(folder / "album/mine", "mine");
    auto disk = overwrite(made);
    const auto there = disk.check().value();
    BOOST_TEST((there.count() == 1u && there.has(piece_index(3))));
    BOOST_TEST((file_content(folder / "album/b").value() == noise(30'000, 55)));
    require_written(disk, {0, 1, 2});
    BOOST_TEST((file_content(folder / "album/b").value() == noise(30'000, 55)));
    require_finished(disk, made);
    BOOST_TEST(file_content(folder / "album/mine").value() == "mine");
    BOOST_TEST(!fs::exists(folder / made.part_name()));
}

BOOST_AUTO_TEST_CASE(a_piece_of_several_old_files_is_put_together) {
    const auto made = four_files();
    put_content(made, folder.path());
    // both are too long, so that no piece of theirs is hashed under their names
    put_file(folder / "album/b", made.content.substr(5'000, 30'000) + "more");
    put_file(folder / "album/d/e", made.content.substr(35'001) + "more");
    auto disk = overwrite(made);
    BOOST_TEST(disk.check().value().all());
    require_finished(disk, made);
}

BOOST_AUTO_TEST_CASE(a_difference_that_a_piece_from_peers_shows_costs_only_that_piece) {
    const auto made = four_files();
    // the start of d/e lies in a piece with a file that is missing: nothing tells that it differs
    put_file(folder / "album/d/e", "x" + made.content.substr(35'002));
    auto disk = overwrite(made);
    BOOST_TEST(disk.check().value().count() == 1u);
    files_changed all;
    disk.listen(all);
    require_written(disk, {2});
    disk.loop().run([&] { return all.over; });
    BOOST_TEST(all.lost.empty());
    BOOST_TEST(disk.read_piece(3).value() == made.text(3));
    BOOST_TEST(file_content(folder / "album/d/e").value()[0] == 'x');
    require_written(disk, {0, 1});
    require_finished(disk, made);
}

BOOST_AUTO_TEST_CASE(files_that_are_not_wanted_are_left_alone) {
    const auto made = four_files();
    put_file(folder / "album/b", noise(30'000, 55));
    put_file(folder / "album/d/e", "mine");
    auto disk = overwrite(made, {false, true, false, false, false});
    BOOST_REQUIRE(disk.check());
    require_written(disk, {0, 1, 2});
    BOOST_REQUIRE(disk.finish());
    BOOST_TEST((file_content(folder / "album/b").value() == made.content.substr(5'000, 30'000)));
    BOOST_TEST(file_content(folder / "album/d/e").value() == "mine");
}

BOOST_AUTO_TEST_CASE(a_file_that_is_wanted_later_is_taken_from_its_old_one) {
    const auto made = four_files();
    put_file(folder / "album/d/e", made.content.substr(35'001) + "more");
    auto disk = overwrite(made, {true, false, false, false, false});
    BOOST_REQUIRE(disk.check());
    require_written(disk, {0});
    files_changed all;
    disk.listen(all);
    BOOST_REQUIRE(disk.select({true, false, false, false, true}));
    disk.loop().run([&] { return all.over; });
    BOOST_TEST((all.found == std::vector{piece_index(3)}));
    require_written(disk, {2});
    BOOST_REQUIRE(disk.finish());
    BOOST_TEST((file_content(folder / "album/d/e").value() == made.content.substr(35'001)));
}

// --- what others do meanwhile ---

BOOST_AUTO_TEST_CASE(an_old_file_that_is_changed_meanwhile_is_not_replaced) {
    for (const auto& made : {one_file(), four_files()}) {
        const auto path = folder / made.info.files.front().path;
        put_file(path, "old");
        {
            auto disk = overwrite(made);
            BOOST_REQUIRE(disk.check());
            BOOST_REQUIRE(disk.write_all());
            put_file(path, "a letter");
            require_storage_error(disk.finish(), "was changed by another program while the download ran");
            BOOST_TEST((disk.last_finish == finish_outcome::refused));
            require_storage_error(disk.look(), "was left alone");
            BOOST_TEST(file_content(path).value() == "a letter");
        }
        auto again = overwrite(made);
        BOOST_TEST(again.check().value().all());
        BOOST_TEST(file_content(path).value() == "a letter");
        require_finished(again, made);
        BOOST_TEST(!fs::exists(folder / made.part_name()));
    }
}

BOOST_AUTO_TEST_CASE(an_old_file_that_goes_away_meanwhile_is_no_trouble) {
    const auto made = one_file();
    put_file(folder / "film.bin", "old");
    auto disk = overwrite(made);
    BOOST_REQUIRE(disk.check());
    BOOST_REQUIRE(disk.write_all());
    fs::remove(folder / "film.bin");
    require_finished(disk, made);
}

BOOST_AUTO_TEST_CASE(a_folder_or_a_link_in_the_place_of_the_old_file_stays) {
    const auto made = one_file();
    put_file(folder / "elsewhere", "precious");
    for (const bool link : {false, true}) {
        put_file(folder / "film.bin", "old");
        auto disk = overwrite(made);
        const auto there = disk.check().value();
        write_missing(disk, made, there);
        fs::remove(folder / "film.bin");
        if (link)
            fs::create_symlink(folder / "elsewhere", folder / "film.bin");
        else
            fs::create_directory(folder / "film.bin");
        require_storage_error(disk.finish(), "is in the way");
        BOOST_TEST(file_content(folder / "elsewhere").value() == "precious");
        fs::remove(folder / "film.bin");
    }
}

// --- room, and copies that cost none ---

BOOST_FIXTURE_TEST_CASE(both_files_need_room, download_folder<faulty_files>) {
    const auto made = one_file();
    put_file(folder / "film.bin", almost(made));
    files.claim_free(99'000);
    auto disk = overwrite(made);
    require_storage_error(disk.check(), "1.0 kB more are needed");
    BOOST_TEST((file_content(folder / "film.bin").value() == almost(made)));
}

BOOST_FIXTURE_TEST_CASE(where_the_disk_is_full_while_copying_the_old_file_stays,
                        download_folder<faulty_files>) {
    const auto made = one_file();
    put_file(folder / "film.bin", almost(made));
    files.fail_always("write", ENOSPC);
    auto disk = overwrite(made);
    require_storage_error(disk.check(), "no space left on");
    BOOST_TEST((file_content(folder / "film.bin").value() == almost(made)));
    files.heal();
    BOOST_TEST(disk.check().value().count() == 6u);
}

BOOST_FIXTURE_TEST_CASE(where_the_file_system_can_the_part_begins_as_a_clone, download_folder<faulty_files>) {
    for (const auto& made : {one_file(), four_files()}) {
        const auto& path = made.info.files[made.info.files.size() > 1 ? 1 : 0].path;
        const auto content =
            "x" + made.content.substr(made.info.files[made.info.files.size() > 1 ? 1 : 0].begin + 1, 29'999) +
            "y";
        put_file(folder / path, content);
        files.clones = true;
        files.forget();
        auto disk = overwrite(made);
        const auto there = disk.check().value();
        BOOST_TEST(there.has(piece_index(1)) == (made.info.files.size() > 1));
        BOOST_TEST(files.count_of("write") == 0u);
        BOOST_TEST(file_content(folder / path).value() == content);
        write_missing(disk, made, there);
        require_finished(disk, made);
        BOOST_TEST(!fs::exists(folder / made.part_name()));
    }
}

BOOST_AUTO_TEST_SUITE_END()
