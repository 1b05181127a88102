// A torrent whose files are to go with it: what goes, and what stays.
#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "bench_disk.hpp"
#include "faulty_files.hpp"
#include "samples.hpp"
#include "storage/torrent_storage.hpp"

using namespace bt;
using namespace bt::storage;
using namespace bt::storage::testing;

namespace {

struct fixture : real_folder {
    made_torrent made = four_files();

    names list() const { return listing(folder.path()); }
    void put_album() const {
        for (const auto& file : made.info.files) {
            fs::create_directories((folder / file.path).substr(0, (folder / file.path).rfind('/')));
            put_file(folder / file.path, made.content.substr(file.begin, file.size));
        }
    }
    bench share() {
        std::vector<std::string> paths;
        for (const auto& file : made.info.files) paths.push_back(folder / file.path);
        return {made, shared_place{std::move(paths), {}, {}}, files};
    }
};

torrent::deleted_files delete_files(bench& disk, std::vector<std::string> theirs = {}) {
    std::optional<torrent::deleted_files> told;
    disk.storage().delete_files(std::move(theirs),
                                [&](torrent::deleted_files deleted) { told = std::move(deleted); });
    disk.loop().run([&] { return told.has_value(); });
    return *told;
}

std::string kept_text(const torrent::deleted_files& told) {
    std::string text;
    for (const auto& each : told.kept)
        text += each.path.substr(each.path.rfind('/') + 1) + ": " + each.why + ";";
    return text;
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_complete_download_goes_with_its_folders, fixture) {
    put_file(folder / "beside", "x");
    auto disk = download(made);
    BOOST_REQUIRE(disk.check());
    require_written(disk, {0, 1, 2, 3});
    BOOST_REQUIRE(disk.finish());
    const auto told = delete_files(disk);
    BOOST_TEST(told.files == 5u);
    BOOST_TEST(told.bytes == 55'001u);
    BOOST_TEST(told.kept.empty());
    BOOST_TEST(told.folder_left == "");
    BOOST_TEST(list() == names{"beside"}, per_element);
}

BOOST_FIXTURE_TEST_CASE(an_unfinished_download_goes_with_its_part, fixture) {
    for (const auto& torrent : {made, one_file()}) {
        auto disk = download(torrent);
        BOOST_REQUIRE(disk.check());
        require_written(disk, {0});
        BOOST_TEST(delete_files(disk).files > 0u);
        disk.abandon();
        BOOST_TEST(list().empty());
    }
}

BOOST_FIXTURE_TEST_CASE(what_is_not_of_the_torrent_stays, fixture) {
    put_album();
    put_file(folder / "album/d/own", "mine");
    auto disk = download(made);
    BOOST_REQUIRE(disk.check());
    const auto told = delete_files(disk);
    BOOST_TEST(told.files == 5u);
    BOOST_TEST(told.folder_left == folder / "album");
    BOOST_TEST(list() == (names{"album/", "album/d/", "album/d/own"}), per_element);
}

BOOST_FIXTURE_TEST_CASE(others_files_in_the_part_stay, fixture) {
    auto disk = download(made);
    BOOST_REQUIRE(disk.check());
    require_written(disk, {0});
    put_file(folder / (made.part_name() + "/own"), "mine");
    BOOST_TEST(delete_files(disk).folder_left == folder / made.part_name());
    disk.abandon();
    BOOST_TEST(list() == (names{made.part_name() + "/", made.part_name() + "/own"}), per_element);
}

BOOST_FIXTURE_TEST_CASE(a_share_goes_from_its_own_place, fixture) {
    put_album();
    auto disk = share();
    BOOST_REQUIRE(disk.check());
    const auto told = delete_files(disk);
    BOOST_TEST(told.files == 5u);
    BOOST_TEST(told.folder_left == "");
    BOOST_TEST(list().empty());
}

/// A young file is not believed by its time alone; that it was hashed just before it was added is enough.
BOOST_FIXTURE_TEST_CASE(a_share_of_young_files_that_an_earlier_run_held_goes_too, fixture) {
    put_album();
    shared_place place;
    for (const auto& file : made.info.files) {
        place.paths.push_back(folder / file.path);
        place.stamps.push_back(stamp_at(place.paths.back()));
    }
    place.held.emplace();
    place.held->pieces = torrent::piece_set(made.pieces(), true);
    place.held->files = shared_list(std::vector<std::optional<file_stamp>>(made.info.files.size()));
    bench disk(made, place, files);
    BOOST_TEST(kept_text(delete_files(disk)) == "");
    BOOST_TEST(list().empty());
}

BOOST_FIXTURE_TEST_CASE(files_put_together_under_another_name_leave_the_folder_they_lay_in, fixture) {
    fs::create_directories(folder / "home");
    put_file(folder / "home/a", "123");
    put_file(folder / "home/b", "4567");
    const auto both = make_torrent("trip", {{"a", "123"}, {"b", "4567"}});
    bench disk(both, shared_place{{folder / "home/a", folder / "home/b"}, {}, {}}, files);
    BOOST_REQUIRE(disk.check());
    BOOST_TEST(delete_files(disk).files == 2u);
    BOOST_TEST(list() == names{"home/"}, per_element);  // empty, and not the torrent's
}

BOOST_FIXTURE_TEST_CASE(what_another_torrent_has_stays_also_where_it_is_reached_through_a_link, fixture) {
    put_album();
    fs::create_directory_symlink(folder / "album", folder / "link");
    auto disk = share();
    BOOST_REQUIRE(disk.check());
    for (const auto* name : {"album", "b", "d", "e"}) BOOST_TEST(disk.storage().names().contains(name), name);
    const auto told = delete_files(disk, {folder / "link/b", folder / "nowhere/a"});
    BOOST_TEST(told.files == 4u);
    BOOST_TEST(kept_text(told) == "b: another torrent has it;");
    fs::remove(folder / "link");
    BOOST_TEST(list() == (names{"album/", "album/b"}), per_element);
}

BOOST_FIXTURE_TEST_CASE(a_file_that_another_program_changed_stays, fixture) {
    put_album();
    auto disk = share();
    BOOST_REQUIRE(disk.check());
    put_file(folder / "album/b", noise(30000, 77));
    const auto told = delete_files(disk);
    BOOST_TEST(told.files == 4u);
    BOOST_TEST(kept_text(told) == "b: another program changed it;");
    BOOST_TEST(list() == (names{"album/", "album/b"}), per_element);
}

BOOST_FIXTURE_TEST_CASE(a_file_that_never_was_the_torrents_stays, fixture) {
    put_album();
    put_file(folder / "album/a", noise(5000, 78));
    auto disk = share();
    BOOST_REQUIRE(disk.check());
    const auto told = delete_files(disk);
    BOOST_TEST(told.files == 3u);  // b has bytes in the piece that is wrong
    BOOST_TEST(kept_text(told) ==
               "a: what it holds is not the torrent's, or was not checked;"
               "b: what it holds is not the torrent's, or was not checked;");
}

BOOST_FIXTURE_TEST_CASE(no_symbolic_link_is_followed, fixture) {
    put_album();
    auto disk = download(made);
    BOOST_REQUIRE(disk.check());
    // a file, and a folder of files, became links to others of the same bytes
    fs::create_directories(folder / "elsewhere");
    fs::rename(folder / "album/a", folder / "elsewhere/a");
    fs::create_symlink(folder / "elsewhere/a", folder / "album/a");
    fs::rename(folder / "album/d", folder / "elsewhere/d");
    fs::create_directory_symlink(folder / "elsewhere/d", folder / "album/d");
    const auto told = delete_files(disk);
    BOOST_TEST(told.files == 3u);
    BOOST_TEST(kept_text(told) == "a: it is a symbolic link;e: a symbolic link leads to it;");
    BOOST_TEST(file_content(folder / "elsewhere/a").has_value());
    BOOST_TEST(file_content(folder / "elsewhere/d/e").has_value());
    BOOST_TEST(fs::is_symlink(folder / "album/a"));
}

BOOST_FIXTURE_TEST_CASE(no_link_on_the_way_to_a_share_is_followed, fixture) {
    put_album();
    auto disk = share();
    BOOST_REQUIRE(disk.check());
    fs::rename(folder / "album", folder / "moved");
    fs::create_directory_symlink(folder / "moved", folder / "album");
    BOOST_TEST(delete_files(disk).files == 0u);
    BOOST_TEST(file_content(folder / "moved/a").has_value());
}

BOOST_FIXTURE_TEST_CASE(what_a_check_that_was_given_up_did_not_see_stays, fixture) {
    put_album();
    auto disk = bench(made, download_place{folder.path(), false, {}}, files, 0);
    disk.storage().check({}, [](result<torrent::piece_set>) {});
    std::optional<torrent::deleted_files> told;
    disk.storage().delete_files({}, [&](torrent::deleted_files deleted) { told = std::move(deleted); });
    while (disk.pool().step()) disk.loop().drain();
    BOOST_REQUIRE(told);
    BOOST_TEST(told->files == 1u);  // the empty one
    BOOST_TEST(told->kept.size() == 4u);
    BOOST_TEST(file_content(folder / "album/a").has_value());
}

BOOST_AUTO_TEST_CASE(what_an_earlier_run_held_needs_no_check) {
    download_folder<faulty_files> at;
    const auto made = one_file();
    put_file(at.folder / "film.bin", made.content);
    auto before = at.download(made);
    BOOST_REQUIRE(before.check());
    at.files.pass_seconds(100);  // nothing that was written just then is believed
    auto held = before.hold();
    BOOST_REQUIRE(held);
    BOOST_TEST(held->files[0].has_value());
    BOOST_TEST(held->pieces.all());
    before.abandon();
    bench disk(made, download_place{at.folder.path(), false, {}, *held}, at.files, 0);
    disk.storage().check({}, [](result<torrent::piece_set>) {});
    std::optional<torrent::deleted_files> told;
    disk.storage().delete_files({}, [&](torrent::deleted_files deleted) { told = std::move(deleted); });
    while (disk.pool().step()) disk.loop().drain();
    BOOST_REQUIRE(told);
    BOOST_TEST(kept_text(*told) == "");
    BOOST_TEST(told->files == 1u);
    BOOST_TEST(listing(at.folder.path()).empty());
}

BOOST_AUTO_TEST_CASE(what_cannot_be_deleted_is_told) {
    download_folder<faulty_files> at;
    const auto made = one_file();
    put_file(at.folder / "film.bin", made.content);
    auto disk = at.download(made);
    BOOST_REQUIRE(disk.check());
    at.files.fail_always("remove_file", EACCES);
    const auto told = delete_files(disk);
    BOOST_TEST(told.files == 0u);
    BOOST_TEST(told.kept.size() == 1u);
}
