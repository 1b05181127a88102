// What somebody planted in the folder never leads us out of it and is never touched.
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

#include "bench_disk.hpp"

using namespace bt;
using namespace bt::storage;
using namespace bt::storage::testing;

namespace {

made_torrent album() { return make_torrent("album", {{"a", noise(20000, 1)}, {"d/e", noise(20000, 4)}}); }
made_torrent film() { return make_torrent("film.bin", {{"", noise(40000, 9)}}); }

/// The download refuses at check or at write, and the world outside stays as it was.
void require_refusal(const made_torrent& made, const std::string& folder, const std::string& outside) {
    for (const bool overwrite : {false, true}) {
        system_files files;
        const auto before = listing(outside);
        bench disk(made, download_place{folder, overwrite, {}}, files);
        const auto there = disk.check();
        bool refused = !there;
        if (there)
            for (std::uint32_t i = 0; i < made.pieces(); ++i)
                refused |= disk.write(i).outcome == write_outcome::failed;
        if (!there) BOOST_TEST(is_about_files(there.error()));
        BOOST_TEST(refused);
        BOOST_TEST(!disk.finish());
        BOOST_TEST(listing(outside) == before, per_element);
        for (const auto& path : before)
            if (path.back() != '/') BOOST_TEST(file_content(outside + "/" + path).value() == "precious");
    }
}

struct hostile {
    temp_folder folder, outside;
    hostile() {
        put_file(outside / "precious", "precious");
        put_file(outside / "e", "precious");
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(hostile_names)

BOOST_FIXTURE_TEST_CASE(a_link_under_the_final_name, hostile) {
    fs::create_symlink(outside / "precious", folder / "film.bin");
    require_refusal(film(), folder.path(), outside.path());
    fs::create_symlink(outside.path(), folder / "album");
    require_refusal(album(), folder.path(), outside.path());
}

BOOST_FIXTURE_TEST_CASE(a_link_that_leads_nowhere_under_the_final_name, hostile) {
    fs::create_symlink(outside / "not-there-yet", folder / "film.bin");
    require_refusal(film(), folder.path(), outside.path());
}

BOOST_FIXTURE_TEST_CASE(a_link_under_the_part_name, hostile) {
    fs::create_symlink(outside / "precious", folder / film().part_name());
    require_refusal(film(), folder.path(), outside.path());
    fs::create_symlink(outside.path(), folder / album().part_name());
    require_refusal(album(), folder.path(), outside.path());
}

BOOST_FIXTURE_TEST_CASE(links_inside_the_part_folder, hostile) {
    fs::create_directory(folder / album().part_name());
    fs::create_symlink(outside.path(), folder / (album().part_name() + "/d"));
    require_refusal(album(), folder.path(), outside.path());
    fs::remove(folder / (album().part_name() + "/d"));
    fs::create_symlink(outside / "precious", folder / (album().part_name() + "/a"));
    require_refusal(album(), folder.path(), outside.path());
}

BOOST_FIXTURE_TEST_CASE(links_inside_the_final_folder, hostile) {
    fs::create_directory(folder / "album");
    fs::create_symlink(outside.path(), folder / "album/d");
    require_refusal(album(), folder.path(), outside.path());
    fs::remove(folder / "album/d");
    fs::create_symlink(outside / "precious", folder / "album/a");
    require_refusal(album(), folder.path(), outside.path());
}

BOOST_FIXTURE_TEST_CASE(a_link_planted_after_the_check, hostile) {
    system_files files;
    const auto made = album();
    bench disk(made, download_place{folder.path(), false, {}}, files);
    BOOST_REQUIRE(disk.check());
    fs::create_symlink(outside.path(), folder / (made.part_name() + "/d"));
    BOOST_TEST((disk.write(2).outcome == write_outcome::failed));
    fs::remove(folder / (made.part_name() + "/d"));
    fs::create_directory(folder / (made.part_name() + "/d"));
    fs::create_symlink(outside / "precious", folder / (made.part_name() + "/d/e"));
    BOOST_TEST((disk.write(2).outcome == write_outcome::failed));
    fs::remove(folder / (made.part_name() + "/d/e"));
    BOOST_REQUIRE(disk.write_all());
    fs::create_symlink(outside.path(), folder / "album");
    BOOST_TEST(!disk.finish());
    BOOST_TEST(file_content(outside / "e").value() == "precious");
    BOOST_TEST(listing(outside.path()).size() == 2u);
}

BOOST_FIXTURE_TEST_CASE(folders_where_files_should_be_and_files_where_folders_should_be, hostile) {
    fs::create_directory(folder / "film.bin");
    require_refusal(film(), folder.path(), outside.path());
    fs::create_directories(folder / "album/a");
    require_refusal(album(), folder.path(), outside.path());
    fs::remove_all(folder / "album");
    put_file(folder / "album/d", "a file");
    require_refusal(album(), folder.path(), outside.path());
    fs::remove_all(folder / "album");
    put_file(folder / "album", "a file");
    require_refusal(album(), folder.path(), outside.path());
    fs::remove_all(folder / "album");
    put_file(folder / album().part_name(), "a file");
    require_refusal(album(), folder.path(), outside.path());
    fs::remove(folder / "film.bin");
    fs::create_directory(folder / film().part_name());
    require_refusal(film(), folder.path(), outside.path());
}

BOOST_FIXTURE_TEST_CASE(pipes_and_devices, hostile) {
    BOOST_REQUIRE(::mkfifo((folder / "film.bin").c_str(), 0600) == 0);
    require_refusal(film(), folder.path(), outside.path());
    fs::remove(folder / "film.bin");
    BOOST_REQUIRE(::mkfifo((folder / film().part_name()).c_str(), 0600) == 0);
    require_refusal(film(), folder.path(), outside.path());
    fs::create_directory(folder / album().part_name());
    BOOST_REQUIRE(::mkfifo((folder / (album().part_name() + "/a")).c_str(), 0600) == 0);
    require_refusal(album(), folder.path(), outside.path());
}

BOOST_FIXTURE_TEST_CASE(a_name_with_two_dots_in_it_goes_nowhere, hostile) {
    // names are made safe before they come here; this is the second wall
    auto made = album();
    auto entries = made.info.files.copy();
    entries[1].path = "album/../../escaped";
    made.info.files = shared_list(std::move(entries));
    fs::create_directory(folder / "in");
    require_refusal(made, folder / "in", outside.path());
    BOOST_TEST(!fs::exists(folder / "escaped"));
}

BOOST_FIXTURE_TEST_CASE(a_name_that_is_too_long_for_the_disk_is_named, hostile) {
    system_files files;
    auto made = film();
    auto entries = made.info.files.copy();
    made.info.name = entries[0].path = std::string(250, 'n');
    made.info.files = shared_list(std::move(entries));
    bench disk(made, download_place{folder.path(), false, {}}, files);
    const auto there = disk.check();
    BOOST_REQUIRE(!there);
    BOOST_TEST(there.error().message.find("too long") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
