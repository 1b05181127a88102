#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "bench_disk.hpp"
#include "storage/hash_files.hpp"

using namespace bt;
using namespace bt::storage;
using namespace bt::storage::testing;

namespace {

names places(const found_tree& tree) {
    names out;
    for (const auto& found : tree.files) {
        std::string path;
        for (const auto& element : found.file.path) path += (path.empty() ? "" : "/") + element;
        out.push_back(path);
    }
    return out;
}

bool skipped_because(const found_tree& tree, const std::string& name, const std::string& why) {
    return std::any_of(tree.skipped.begin(), tree.skipped.end(), [&](const std::string& line) {
        return line.find(name) != std::string::npos && line.find(why) != std::string::npos;
    });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(walking)

BOOST_AUTO_TEST_CASE(one_file_has_no_place_but_a_name) {
    temp_folder folder;
    put_file(folder / "film.bin", "abc");
    const auto tree = walk({folder / "film.bin"}, "", {}).value();
    BOOST_TEST(tree.name == "film.bin");
    BOOST_TEST(!tree.multi_file);
    BOOST_REQUIRE(tree.files.size() == 1u);
    BOOST_TEST(tree.files[0].path == folder / "film.bin");
    BOOST_TEST(tree.files[0].file.path.empty());
    BOOST_TEST(tree.files[0].file.size == 3u);
    BOOST_TEST(tree.total_bytes == 3u);
    BOOST_TEST(walk({folder / "film.bin"}, "other", {}).value().name == "other");
}

BOOST_AUTO_TEST_CASE(a_folder_is_listed_in_the_order_of_the_torrent) {
    temp_folder folder;
    put_file(folder / "t/b", "22");
    put_file(folder / "t/a/z", "1");
    put_file(folder / "t/a.txt", "333");
    put_file(folder / "t/.hidden", "");
    ::chmod((folder / "t/b").c_str(), 0755);
    fs::create_directory(folder / "t/nothing");
    const auto tree = walk({folder / "t/"}, "", {}).value();
    BOOST_TEST(tree.name == "t");
    BOOST_TEST(tree.multi_file);
    BOOST_TEST(tree.total_bytes == 6u);
    BOOST_TEST(places(tree) == (names{".hidden", "a/z", "a.txt", "b"}), per_element);
    BOOST_TEST(tree.files[3].file.executable);
    BOOST_TEST(!tree.files[2].file.executable);
    BOOST_TEST(tree.files[1].path == folder / "t/a/z");
}

BOOST_AUTO_TEST_CASE(the_name_of_dot_is_that_of_the_folder) {
    temp_folder folder;
    put_file(folder / "t/u/file", "x");
    const auto before = fs::current_path();
    fs::current_path(folder / "t/u");
    BOOST_TEST(walk({"."}, "", {}).value().name == "u");
    BOOST_TEST(walk({".."}, "", {}).value().name == "t");
    BOOST_TEST(walk({"./"}, "", {}).value().name == "u");
    BOOST_TEST(walk({"../u/."}, "", {}).value().name == "u");
    fs::current_path(before);
}

BOOST_AUTO_TEST_CASE(several_paths_become_one_torrent_with_a_name) {
    temp_folder folder;
    put_file(folder / "a/one", "1");
    put_file(folder / "b", "2");
    put_file(folder / "c/b", "2");
    const auto tree = walk({folder / "b", folder / "a"}, "both", {}).value();
    BOOST_TEST(tree.name == "both");
    BOOST_TEST(tree.multi_file);
    BOOST_TEST(places(tree) == (names{"a/one", "b"}), per_element);
    BOOST_TEST((walk({folder / "b", folder / "a"}, "", {}).error().code == errc::usage));
    BOOST_TEST((walk({folder / "b", folder / "c/b"}, "both", {}).error().code == errc::usage));
}

BOOST_AUTO_TEST_CASE(links_are_followed_only_inside) {
    temp_folder folder;
    put_file(folder / "out/secret", "secret");
    put_file(folder / "tree-beside/secret", "secret");
    put_file(folder / "tree/d/file", "x");
    fs::create_symlink("d/file", folder / "tree/inside");
    fs::create_symlink(folder / "tree/d", folder / "tree/folder");
    fs::create_symlink(folder / "out/secret", folder / "tree/leak");
    fs::create_symlink("../tree-beside/secret", folder / "tree/leak2");
    fs::create_symlink(folder / "out", folder / "tree/leaks");
    fs::create_symlink("nowhere", folder / "tree/broken");
    fs::create_symlink("..", folder / "tree/d/up");
    fs::create_symlink(".", folder / "tree/d/self");
    const auto tree = walk({folder / "tree"}, "", {}).value();
    BOOST_TEST(places(tree) == (names{"d/file", "folder/file", "inside"}), per_element);
    BOOST_TEST(skipped_because(tree, "leak", "out of the folder"));
    BOOST_TEST(skipped_because(tree, "leak2", "out of the folder"));
    BOOST_TEST(skipped_because(tree, "leaks", "out of the folder"));
    BOOST_TEST(skipped_because(tree, "broken", "nowhere"));
    BOOST_TEST(skipped_because(tree, "tree", "back to a folder above"));
}

BOOST_AUTO_TEST_CASE(no_link_brings_in_what_is_left_out_where_it_lies) {
    temp_folder folder;
    for (const auto* name : {"a/keep", "a/skip", ".private/deep/key", "film.0123abcd.part"})
        put_file(folder / ("tree/" + std::string(name)), "x");
    fs::create_symlink(".private", folder / "tree/pub");
    fs::create_symlink(".private/deep/key", folder / "tree/key");
    fs::create_symlink("../.private/deep", folder / "tree/a/deep");
    fs::create_symlink("film.0123abcd.part", folder / "tree/film");
    fs::create_symlink("a", folder / "tree/b");
    const auto tree = walk({folder / "tree"}, "", {".*", "a/skip"}).value();
    BOOST_TEST(places(tree) == (names{"a/keep", "b/keep"}), per_element);
    for (const auto* name : {"pub", "key", "film"})
        BOOST_TEST(skipped_because(tree, name, "leads to what is excluded"), name);
    fs::create_directories(folder / "both/.hidden");
    put_file(folder / "both/.hidden/x", "x");
    fs::create_symlink(".hidden/x", folder / "both/x");
    BOOST_TEST(places(walk({folder / "tree", folder / "both"}, "n", {"both/.hidden"}).value()) ==
                   (names{"tree/.private/deep/key", "tree/a/deep/key", "tree/a/keep", "tree/a/skip",
                          "tree/b/deep/key", "tree/b/keep", "tree/b/skip", "tree/key", "tree/pub/deep/key"}),
               per_element);
}

BOOST_AUTO_TEST_CASE(links_that_name_the_same_folders_without_end_are_an_error) {
    temp_folder folder;
    put_file(folder / "tree/file", "x");
    // each folder has two links to the next: two to the power of 17 ways
    constexpr int folders = 17;
    for (int i = 0; i < folders; ++i) {
        const auto here = folder / ("tree/" + std::to_string(i));
        fs::create_directory(here);
        for (const auto* name : {"/x", "/y"})
            if (i + 1 < folders) fs::create_symlink("../" + std::to_string(i + 1), here + name);
    }
    const auto tree = walk({folder / "tree"}, "", {});
    BOOST_REQUIRE(!tree);
    BOOST_TEST((tree.error().code == errc::usage));
    BOOST_TEST(tree.error().message.find("again and again") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_no_file_and_what_is_excluded_or_unfinished_is_skipped) {
    temp_folder folder;
    put_file(folder / "t/keep.txt", "x");
    put_file(folder / "t/sub/skip.tmp", "x");
    put_file(folder / "t/cache/inside", "x");
    put_file(folder / "t/film.bin.0123abcd.part", "x");
    put_file(folder / "t/mine.part", "x");
    BOOST_REQUIRE(::mkfifo((folder / "t/pipe").c_str(), 0600) == 0);
    const auto tree = walk({folder / "t"}, "", {"*.tmp", "cache/"}).value();
    BOOST_TEST(places(tree) == (names{"keep.txt", "mine.part"}), per_element);
    BOOST_TEST(skipped_because(tree, "skip.tmp", "excluded"));
    BOOST_TEST(skipped_because(tree, "cache", "excluded"));
    BOOST_TEST(skipped_because(tree, "0123abcd.part", "unfinished"));
    BOOST_TEST(skipped_because(tree, "pipe", "neither"));
    BOOST_TEST((walk({folder / "t/film.bin.0123abcd.part"}, "", {}).error().code == errc::usage));
}

BOOST_AUTO_TEST_CASE(empty_folders_are_counted) {
    temp_folder folder;
    put_file(folder / "t/a", "x");
    BOOST_TEST(walk({folder / "t"}, "", {}).value().skipped.empty());
    fs::create_directories(folder / "t/one/two");
    BOOST_TEST(walk({folder / "t"}, "", {}).value().skipped ==
                   names{"1 empty folder is left out: a torrent has files only"},
               per_element);
    fs::create_directories(folder / "t/three");
    BOOST_TEST(walk({folder / "t"}, "", {}).value().skipped ==
                   names{"2 empty folders are left out: a torrent has files only"},
               per_element);
}

BOOST_AUTO_TEST_CASE(errors_name_the_path_and_their_kind) {
    temp_folder folder;
    fs::create_directory(folder / "empty");
    put_file(folder / "zero", "");
    put_file(folder / "zeros/a", "");
    const auto missing = walk({folder / "none"}, "", {});
    BOOST_TEST((missing.error().code == errc::not_found));
    BOOST_TEST(missing.error().message.find(folder / "none") != std::string::npos);
    BOOST_TEST((walk({}, "", {}).error().code == errc::usage));
    const auto empty = walk({folder / "empty"}, "", {});
    BOOST_TEST((empty.error().code == errc::usage));
    BOOST_TEST(empty.error().message == "nothing to share in '" + (folder / "empty") + "'");
    BOOST_TEST(walk({folder / "zero"}, "", {}).error().message ==
               "'" + (folder / "zero") + "' is empty: there is nothing to share");
    BOOST_TEST((walk({folder / "zeros"}, "", {}).error().code == errc::usage));
    BOOST_TEST((walk({"/dev/null"}, "", {}).error().code == errc::usage));
}

BOOST_AUTO_TEST_CASE(of_several_paths_all_that_are_wrong_are_named) {
    temp_folder folder;
    put_file(folder / "a", "a");
    const auto walked = walk({folder / "none", folder / "a", "/dev/null"}, "all", {});
    BOOST_REQUIRE(!walked);
    BOOST_TEST((walked.error().code == errc::not_found));
    BOOST_TEST(walked.error().message ==
               "there is no '" + (folder / "none") + "'\n'/dev/null' is neither a file nor a folder");
}

BOOST_AUTO_TEST_CASE(what_may_not_be_read_is_an_error) {
    if (::geteuid() == 0) {
        BOOST_TEST_MESSAGE("skipped: root may read everything");
        return;
    }
    temp_folder folder;
    put_file(folder / "t/secret", "x");
    ::chmod((folder / "t/secret").c_str(), 0);
    BOOST_TEST((walk({folder / "t"}, "", {}).error().code == errc::storage));
}

BOOST_AUTO_TEST_CASE(names_that_are_no_utf_8_stay_as_they_are) {
    temp_folder folder;
    put_file(folder / "t/caf\xe9", "x");
    const auto tree = walk({folder / "t"}, "", {}).value();
    BOOST_TEST(tree.files[0].file.path[0] == "caf\xe9");
}

BOOST_AUTO_TEST_SUITE_END()
