// Files that are wanted, or not any more, while a download runs.
#include <boost/test/unit_test.hpp>

#include "bench_disk.hpp"
#include "faulty_files.hpp"
#include "samples.hpp"
#include "storage/torrent_storage.hpp"

using namespace bt;
using namespace bt::storage;
using namespace bt::storage::testing;

namespace {

// a 5000, b 30000, empty, c 1, d/e 20000 bytes; pieces of 16384
const std::vector<bool> only_a{true, false, false, false, false};

struct fixture : real_folder {
    made_torrent made = four_files();
    std::string part = made.part_name();

    names list() const { return listing(folder.path()); }
    /// What a user sees of it: without the .part.
    names appeared() const {
        auto all = list();
        std::erase_if(all, [&](const std::string& path) { return path.starts_with(part); });
        return all;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_file_that_is_not_wanted_any_more_does_not_appear, fixture) {
    auto disk = download(made);
    BOOST_REQUIRE(disk.check());
    require_written(disk, {0});
    BOOST_REQUIRE(disk.select({true, true, false, false, false}));
    require_written(disk, {1, 2});
    BOOST_TEST(disk.finish().value() == folder / "album");
    BOOST_TEST(appeared() == (names{"album/", "album/a", "album/b"}), per_element);
}

BOOST_FIXTURE_TEST_CASE(what_was_fetched_of_an_unwanted_file_stays_in_the_part_and_counts_again, fixture) {
    auto disk = download(made);
    BOOST_REQUIRE(disk.check());
    require_written(disk, {2, 3});  // the end of b, c, d/e
    BOOST_REQUIRE(disk.select({true, true, true, true, false}));
    BOOST_TEST(file_content(folder / (part + "/d/e")).value().size() == 20'000u);
    BOOST_TEST(disk.read_piece(3).value() == made.text(3));
    BOOST_REQUIRE(disk.select({}));
    require_written(disk, {0, 1});
    require_finished(disk, made);
}

BOOST_FIXTURE_TEST_CASE(a_file_that_was_whole_when_others_were_chosen_is_kept, fixture) {
    auto disk = download(made);
    BOOST_REQUIRE(disk.check());
    require_written(disk, {0, 1});
    BOOST_REQUIRE(disk.select({false, false, false, false, true}));  // a is whole, b is not
    require_written(disk, {2, 3});
    BOOST_REQUIRE(disk.finish());
    BOOST_TEST(appeared() == (names{"album/", "album/a", "album/d/", "album/d/e"}), per_element);
}

BOOST_FIXTURE_TEST_CASE(a_newly_wanted_file_is_written, fixture) {
    auto disk = download(made, only_a);
    BOOST_REQUIRE(disk.check());
    require_written(disk, {0});
    BOOST_REQUIRE(disk.select({}));
    BOOST_TEST(!disk.finish());  // not complete
    require_written(disk, {1, 2, 3});
    require_finished(disk, made);
}

BOOST_FIXTURE_TEST_CASE(a_selection_before_the_check_holds_from_the_start, fixture) {
    auto disk = download(made);
    BOOST_REQUIRE(disk.select(only_a));
    BOOST_REQUIRE(disk.check());
    require_written(disk, {0});
    BOOST_REQUIRE(disk.finish());
    BOOST_TEST(appeared() == (names{"album/", "album/a"}), per_element);
}

BOOST_FIXTURE_TEST_CASE(files_wanted_after_the_end_are_checked_and_fetched, fixture) {
    auto disk = download(made, only_a);
    BOOST_REQUIRE(disk.check());
    require_written(disk, {0});
    BOOST_REQUIRE(disk.finish());
    BOOST_REQUIRE(disk.select({}));
    auto have = disk.check();
    BOOST_REQUIRE(have);
    BOOST_TEST(have->count() == 1u);
    require_written(disk, {1, 2, 3});
    require_finished(disk, made);
}

BOOST_FIXTURE_TEST_CASE(what_is_known_is_not_hashed_again_when_others_are_wanted_after_the_end,
                        download_folder<faulty_files>) {
    const auto made = four_files();
    auto disk = download(made, {true, false, false, false, false});
    BOOST_REQUIRE(disk.check());
    require_written(disk, {0});
    BOOST_REQUIRE(disk.finish());
    const auto choose = [&](std::vector<bool> wanted, std::uint32_t known) {
        files.forget();
        BOOST_REQUIRE(disk.select(std::move(wanted)));
        const auto have = disk.check(false);
        BOOST_REQUIRE(have);
        BOOST_TEST(have->count() == known);
        BOOST_TEST(files.count_of("read") <= 1u);  // of a piece that begins where one that is had ends
    };
    choose({false, true, false, false, false}, 1);  // b, of which a piece begins in a
    require_written(disk, {1, 2});
    BOOST_REQUIRE(disk.finish());
    choose({true, false, false, false, false}, 3);
    BOOST_REQUIRE(disk.finish());
    choose({false, false, false, false, true}, 3);
    require_written(disk, {3});
    BOOST_REQUIRE(disk.finish());
    choose({true, true, true, true, true}, 4);
    require_finished(disk, made);
}

BOOST_FIXTURE_TEST_CASE(what_was_changed_since_is_hashed_when_others_are_wanted, fixture) {
    auto disk = download(made, {true, true, false, false, false});
    BOOST_REQUIRE(disk.check());
    require_written(disk, {0, 1, 2});
    BOOST_REQUIRE(disk.finish());
    put_file(folder / "album/b", noise(30'000, 99));
    BOOST_REQUIRE(disk.select({true, false, false, true, false}));
    const auto have = disk.check(false);
    BOOST_REQUIRE(have);
    BOOST_TEST(!have->has(piece_index(0)));
    BOOST_TEST(!have->has(piece_index(1)));
}

// --- what lies beside wanted files

BOOST_FIXTURE_TEST_CASE(after_the_end_what_lies_beside_a_wanted_file_is_given_as_long_as_the_storage_lives,
                        fixture) {
    {
        auto disk = download(made, only_a);
        BOOST_REQUIRE(disk.check());
        require_written(disk, {0});
        BOOST_TEST(disk.finish().value() == folder / "album");
        BOOST_TEST(disk.read_piece(0).value() == made.text(0));
        for (int look = 0; look < 2; ++look) {  // another look finds it again, and so does the end after it
            const auto have = disk.check();
            BOOST_REQUIRE(have);
            BOOST_TEST(have->has(piece_index(0)));
            BOOST_REQUIRE(disk.finish());
            BOOST_TEST(disk.read_piece(0).value() == made.text(0));
        }
    }
    BOOST_TEST(list() == (names{"album/", "album/a"}), per_element);
}

BOOST_FIXTURE_TEST_CASE(what_holds_no_piece_goes_at_the_end_and_more_wanted_files_are_progress, fixture) {
    {
        auto disk = download(made, only_a);
        BOOST_REQUIRE(disk.check());
        require_written(disk, {0});
        put_file(folder / (part + "/d/e"), "rest");
        BOOST_REQUIRE(disk.check());
        BOOST_REQUIRE(disk.finish());
        BOOST_TEST(list() == (names{part + "/", part + "/b", "album/", "album/a"}), per_element);
        BOOST_REQUIRE(disk.select({}));
        BOOST_REQUIRE(disk.check());
        require_written(disk, {1});
    }
    auto disk = download(made);
    const auto have = disk.check();
    BOOST_REQUIRE(have);
    BOOST_TEST(have->count() == 2u);
}

BOOST_FIXTURE_TEST_CASE(what_a_killed_process_left_beside_wanted_files_is_found_and_goes_with_the_next,
                        fixture) {
    put_file(folder / "album/a", made.content.substr(0, 5'000));
    put_file(folder / (part + "/b"), made.content.substr(5'000, 30'000));
    {
        auto disk = download(made, only_a);
        const auto have = disk.check();
        BOOST_REQUIRE(have);
        BOOST_TEST(have->has(piece_index(0)));
        BOOST_REQUIRE(disk.finish());
        BOOST_TEST(disk.read_piece(0).value() == made.text(0));
    }
    BOOST_TEST(list() == (names{"album/", "album/a"}), per_element);
}

BOOST_FIXTURE_TEST_CASE(what_another_process_goes_on_with_is_not_taken_away_from_it, fixture) {
    auto first = std::make_unique<bench>(made, download_place{folder.path(), false, only_a}, files);
    BOOST_REQUIRE(first->check());
    require_written(*first, {0});
    BOOST_REQUIRE(first->finish());
    auto second = download(made);
    BOOST_REQUIRE(second.check());
    require_written(second, {1});
    first.reset();
    require_written(second, {2, 3});
    require_finished(second, made);
}

BOOST_FIXTURE_TEST_CASE(a_foreign_file_in_the_place_of_a_newly_wanted_one_is_refused_and_nothing_is_changed,
                        fixture) {
    const auto foreign = folder / "album/d/e";
    put_file(foreign, "a letter");
    auto disk = download(made, only_a);
    BOOST_REQUIRE(disk.check());
    require_storage_error(disk.select({}), "album/d/e");
    require_written(disk, {0});
    BOOST_REQUIRE(disk.finish());
    BOOST_TEST(appeared() == (names{"album/", "album/a", "album/d/", "album/d/e"}), per_element);
    BOOST_TEST(file_content(foreign).value() == "a letter");
}

BOOST_FIXTURE_TEST_CASE(a_newly_wanted_file_that_is_right_where_it_stands_is_adopted, fixture) {
    fs::create_directories(folder / "album");
    put_file(folder / "album/b", noise(30000, 2));  // an earlier download of it alone
    auto disk = download(made, only_a);
    BOOST_REQUIRE(disk.check());
    require_written(disk, {0});
    files_changed all;
    disk.listen(all);
    BOOST_REQUIRE(disk.select({true, true, false, false, false}));
    disk.loop().run([&] { return all.over; });
    BOOST_TEST(all.lost.empty());
    BOOST_REQUIRE(all.found.size() == 1u);
    BOOST_TEST(all.found[0].value() == 1u);  // the others lie partly in other files
    require_written(disk, {2});
    BOOST_TEST(disk.finish().value() == folder / "album");
    BOOST_TEST(appeared() == (names{"album/", "album/a", "album/b"}), per_element);
    BOOST_TEST(file_content(folder / "album/b").value() == noise(30000, 2));
}

BOOST_FIXTURE_TEST_CASE(with_overwrite_it_is_replaced_at_the_end, fixture) {
    put_file(folder / "album/d/e", "a letter");
    auto disk = overwrite(made, only_a);
    BOOST_REQUIRE(disk.check());
    BOOST_REQUIRE(disk.select({}));
    require_written(disk, {0, 1, 2, 3});
    BOOST_TEST(file_content(folder / "album/d/e").value() == "a letter");
    require_finished(disk, made);
}

BOOST_FIXTURE_TEST_CASE(what_is_shared_is_shared_as_a_whole, fixture) {
    bench disk(made, shared_place{{"/a", "/b", "/empty", "/c", "/e"}}, files);
    BOOST_TEST(!disk.select({true}));
}
