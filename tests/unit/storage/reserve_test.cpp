// --prealloc: room on the disk before anything is fetched.
#include <boost/test/unit_test.hpp>
#include <cerrno>

#include "bench_disk.hpp"
#include "faulty_files.hpp"
#include "samples.hpp"

using namespace bt;
using namespace bt::storage;
using namespace bt::storage::testing;

namespace {

struct fixture : download_folder<faulty_files> {
    bench reserving(const made_torrent& made, std::vector<bool> wanted = {}, bool overwrite = false) {
        download_place place{folder.path(), overwrite, std::move(wanted)};
        place.reserve = true;
        return {made, std::move(place), files};
    }
    std::uint64_t allocated(const std::string& path) {
        const auto file = files.open(path, open_for::reading);
        return file ? files.facts(file->get())->allocated : 0;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(reserve, fixture)

BOOST_AUTO_TEST_CASE(room_for_what_is_wanted_is_taken_at_the_check_and_once) {
    const auto made = four_files();
    {
        auto disk = reserving(made, {false, true, true, true, false});
        BOOST_REQUIRE(disk.check());
        if (disk.storage().take_remark()) {
            BOOST_TEST_MESSAGE("skipped: the file system of the test folder reserves no room");
            return;
        }
        BOOST_TEST(allocated(folder / made.part_name() + "/b") >= 30'000u);
        BOOST_TEST(!fs::exists(folder / made.part_name() + "/a"));
        require_written(disk, {1});
        BOOST_REQUIRE(disk.select({true, true, true, true, false}));
        BOOST_TEST(allocated(folder / made.part_name() + "/a") >= 5'000u);
        files.claim_free(20'000);  // what is reserved is not asked for once more
        BOOST_REQUIRE(disk.select({true, true, true, true, true}));
        files.claim_free(~std::uint64_t{0});
    }
    files.forget();
    auto disk = reserving(made);
    const auto there = disk.check().value();
    BOOST_TEST((there.count() == 1u && there.has(piece_index(1))));
    BOOST_TEST(files.count_of("reserve") == 0u);
    require_written(disk, {0, 2, 3});
    require_finished(disk, made);
}

BOOST_AUTO_TEST_CASE(what_is_reserved_and_not_written_is_not_read) {
    const auto made = one_file();
    {
        auto disk = reserving(made);
        BOOST_REQUIRE(disk.check());
        require_written(disk, {1});
    }
    files.forget();
    auto disk = reserving(made);
    BOOST_TEST(disk.check().value().count() == 1u);
    BOOST_TEST(files.count_of("read") == 1u);
}

BOOST_AUTO_TEST_CASE(what_was_only_reserved_goes_with_the_download) {
    for (const auto& made : {one_file(), four_files()}) {
        {
            auto disk = reserving(made);
            BOOST_REQUIRE(disk.check());
            BOOST_TEST(fs::exists(folder / made.part_name()));
        }
        BOOST_TEST(listing(folder.path()).empty());
    }
}

BOOST_AUTO_TEST_CASE(a_file_system_that_cannot_is_named_once_and_the_download_goes_on) {
    const auto made = one_file();
    files.fail_always("reserve", EOPNOTSUPP);
    auto disk = reserving(made);
    BOOST_REQUIRE(disk.check());
    BOOST_TEST(disk.storage().take_remark().value_or("").find("reserves no room") != std::string::npos);
    BOOST_TEST(!disk.storage().take_remark());
    BOOST_REQUIRE(disk.check());
    BOOST_TEST(!disk.storage().take_remark());
    BOOST_REQUIRE(disk.write_all());
    require_finished(disk, made);
}

BOOST_AUTO_TEST_CASE(no_room_is_told_with_sizes_before_anything_is_fetched) {
    const auto made = one_file();
    files.fail_always("reserve", ENOSPC);
    files.claim_free(100'000);
    auto disk = reserving(made);
    require_storage_error(disk.check(),
                          "no space left on '" + folder.path() + "': 100.0 kB more are needed, 100.0 kB");
    files.fail_always("reserve", EIO);
    require_storage_error(disk.check(), "cannot reserve room for");
}

BOOST_AUTO_TEST_CASE(it_goes_together_with_an_old_file) {
    const auto made = one_file();
    put_file(folder / "film.bin", made.content + "tail");
    auto disk = reserving(made, {}, true);
    BOOST_TEST(disk.check().value().all());
    require_finished(disk, made);
}

BOOST_AUTO_TEST_SUITE_END()
