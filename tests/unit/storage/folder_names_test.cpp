// Names that a file system does not take, and what they become.
#include <boost/test/unit_test.hpp>

#include "bench_disk.hpp"
#include "faulty_files.hpp"
#include "samples.hpp"
#include "storage/names_on_disk.hpp"

using namespace bt;
using namespace bt::storage;
using namespace bt::storage::testing;

namespace {

made_torrent talks() {
    return make_torrent(
        "talks: 2024",
        {{"what?.txt", noise(20'000, 1)}, {"plain", noise(9'000, 2)}, {"CON.txt", noise(10, 3)}});
}
made_torrent plain() { return make_torrent("plain", {{"a b.txt", "x"}, {"c", "y"}}); }

std::vector<std::string> paths_of(const torrent::info& of) {
    std::vector<std::string> out;
    for (const auto& file : of.files) out.push_back(file.path);
    return out;
}

const names windows_paths{"talks_ 2024/what_.txt", "talks_ 2024/plain", "talks_ 2024/_CON.txt"};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(folder_names, download_folder<faulty_files>)

BOOST_AUTO_TEST_CASE(where_all_names_are_taken_they_stay_and_the_probe_leaves_nothing) {
    const auto found = names_for_download(talks().info, folder.path(), {}, files).value();
    BOOST_TEST(!found.named);
    BOOST_TEST(found.remark == "");
    BOOST_TEST(listing(folder.path()).empty());
}

BOOST_AUTO_TEST_CASE(a_torrent_with_plain_names_is_not_tried) {
    files.windows_names = true;
    BOOST_TEST(!names_for_download(plain().info, folder.path(), {}, files)->named);
    BOOST_TEST(files.count_of("make_folder") == 0u);
}

BOOST_AUTO_TEST_CASE(where_a_folder_refuses_names_they_are_changed_and_it_is_said) {
    files.windows_names = true;
    const auto found = names_for_download(talks().info, folder.path(), {}, files).value();
    BOOST_REQUIRE(found.named.has_value());
    BOOST_TEST(paths_of(*found.named) == windows_paths, per_element);
    BOOST_TEST(found.named->name == "talks_ 2024");
    BOOST_TEST(found.remark ==
               "'" + folder.path() +
                   "' does not take all names: 'talks: 2024/what?.txt' is 'talks_ 2024/what_.txt' "
                   "there, and 2 more are changed likewise");
    const auto some = names_for_download(talks().info, folder.path(), {false, true, false}, files).value();
    BOOST_TEST(some.remark.find("more") == std::string::npos);
    BOOST_TEST(listing(folder.path()).empty());
}

BOOST_AUTO_TEST_CASE(a_download_with_changed_names_is_found_again) {
    files.windows_names = true;
    auto made = talks();
    made.info = *names_for_download(made.info, folder.path(), {}, files)->named;
    {
        auto disk = download(made);
        BOOST_REQUIRE(disk.check());
        require_written(disk, {0});
    }
    made.info = *names_for_download(talks().info, folder.path(), {}, files)->named;
    auto disk = download(made);
    BOOST_TEST(disk.check().value().count() == 1u);
    require_written(disk, {1});
    require_finished(disk, made);
    // by a check, and by a get, also where the files were copied to a file system that takes all names
    for (const bool windows : {true, false}) {
        files.windows_names = windows;
        const auto there = with_names_on_disk(talks().info, folder.path(), files);
        BOOST_REQUIRE(there.has_value());
        BOOST_TEST(paths_of(*there) == windows_paths, per_element);
        const auto again = names_for_download(talks().info, folder.path(), {}, files).value();
        BOOST_REQUIRE(again.named.has_value());
        BOOST_TEST(paths_of(*again.named) == windows_paths, per_element);
    }
}

BOOST_AUTO_TEST_CASE(two_names_that_become_one_are_told_apart) {
    files.windows_names = true;
    const auto made =
        make_torrent("d", {{"a?", "1"}, {"a*", "2"}, {"a_", "3"}, {"A:", "4"}, {"e. .", "5"}, {"e", "6"}});
    const auto found = names_for_download(made.info, folder.path(), {}, files).value();
    BOOST_TEST(paths_of(*found.named) == (names{"d/a_", "d/a_ (1)", "d/a_ (2)", "d/A_ (3)", "d/e___", "d/e"}),
               per_element);
}

BOOST_AUTO_TEST_CASE(names_that_are_too_long_for_the_file_system_are_cut) {
    files.longest = 143;
    const auto made =
        make_torrent(std::string(200, 'n'), {{std::string(150, 'm') + ".txt", "x"}, {"short", "y"}});
    auto named = made;
    named.info = *names_for_download(made.info, folder.path(), {}, files)->named;
    for (const auto& path : paths_of(named.info))
        for (std::size_t begin = 0; begin < path.size();
             begin = std::min(path.find('/', begin), path.size()) + 1)
            BOOST_TEST(std::min(path.find('/', begin), path.size()) - begin <= 143u);
    BOOST_TEST(named.info.files.front().path.ends_with(".txt"));
    auto disk = download(named);
    BOOST_REQUIRE(disk.check());
    require_written(disk, {0});
    require_finished(disk, named);
    BOOST_REQUIRE(with_names_on_disk(made.info, folder.path(), files).has_value());
}

BOOST_AUTO_TEST_CASE(a_path_that_is_too_long_for_the_system_is_told) {
    std::string deep;
    for (int i = 0; i < 20; ++i) deep += std::string(200, 'd') + "/";
    const auto made = make_torrent("album", {{deep + std::string(100, 'f'), "x"}, {"short", "y"}});
    const auto found = names_for_download(made.info, folder.path(), {}, files);
    require_storage_error(found, "and one may have 4095");
    BOOST_TEST(names_for_download(made.info, folder.path(), {false, true}, files).has_value());
}

BOOST_AUTO_TEST_CASE(a_folder_that_takes_nothing_changes_no_name) {
    files.fail_always("make_folder", EROFS);
    BOOST_TEST(!names_for_download(talks().info, folder.path(), {}, files)->named);
}

BOOST_AUTO_TEST_SUITE_END()
