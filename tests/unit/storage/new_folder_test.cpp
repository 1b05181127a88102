// Which folders a torrent's files can be moved to, and in which they are found.
#include "storage/new_folder.hpp"

#include <boost/test/unit_test.hpp>

#include "bench_disk.hpp"
#include "samples.hpp"
#include "storage/names_on_disk.hpp"

using namespace bt;
using namespace bt::storage;
using namespace bt::storage::testing;

namespace {

struct fixture {
    temp_folder folder;
    system_files files;
    made_torrent album = make_torrent("album", {{"a", "x"}, {"d/e", "y"}});
    made_torrent film = make_torrent("film", {{"", "xyz"}});

    std::string check(const made_torrent& of, const std::string& to, bool finds) {
        const auto fits = check_new_folder(of.info, folder / "here", folder / to, finds, files);
        if (fits) return "fits";
        return fits.error().code == errc::usage ? "refused" : "not there";
    }
    std::string moves(const std::string& to) { return check(album, to, false); }
    std::string finds(const std::string& to) { return check(album, to, true); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(new_folder, fixture)

BOOST_AUTO_TEST_CASE(a_folder_is_not_moved_into_itself) {
    put_file(folder / "here/album/a", "x");
    fs::create_symlink(folder / "here/album", folder / "link");
    for (const auto* to :
         {"here/album", "here/album/d", "here/album/new/deep", "here/other/../album", "link", "link/d"})
        BOOST_TEST(moves(to) == "refused", to);
    for (const auto* to : {"here", "here/albums", "here/other", "here/album/..", "there"})
        BOOST_TEST(moves(to) == "fits", to);
    BOOST_TEST(check(film, "here/film", false) == "fits");  // the disk says that it is no folder
}

BOOST_AUTO_TEST_CASE(files_are_found_where_one_of_them_lies) {
    fs::create_directories(folder / "there/album/d");
    BOOST_TEST(finds("nowhere") == "not there");
    BOOST_TEST(finds("there") == "not there");
    put_file(folder / "there/album/other", "x");
    fs::create_directories(folder / "there/album/a");
    BOOST_TEST(finds("there") == "not there");
    put_file(folder / "there/album/d/e", "");
    BOOST_TEST(finds("there") == "fits");
    // as a download left it

    fs::create_directories(folder / ("parts/" + part_name(album.info)));
    BOOST_TEST(finds("parts") == "fits");
}

BOOST_AUTO_TEST_SUITE_END()
