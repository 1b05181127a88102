// What a user calls the files of a torrent: one that fits it, and gets in the way of no other.
#include "torrent/renamed.hpp"

#include <boost/test/unit_test.hpp>

#include "base/text.hpp"
#include "torrent/create.hpp"
#include "torrent/given_names.hpp"
#include "torrent/short_target.hpp"

using namespace bt;

namespace {

torrent::info album() {
    torrent::info_plan plan;
    plan.name = "album";
    plan.multi_file = true;
    plan.files = {{{"one"}, 5}, {{"d", "two"}, 5}, {{"d", "three"}, 5}, {{"dd"}, 5}};
    plan.piece_bytes = 16'384;
    return *torrent::parse_info(torrent::encode_info(plan, bytes(20)));
}

std::string names(const result<torrent::info>& named) {
    if (!named) return named.error().message;
    std::string all;
    for (const auto& path : torrent::paths_of(*named)) all += "[" + path + "]";
    return all;
}
std::string renamed(const std::string& path, const std::string& name) {
    return names(torrent::with_renamed(album(), path, name));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(renamed_torrents)

BOOST_AUTO_TEST_CASE(a_file_a_folder_and_the_torrent_get_other_names) {
    BOOST_TEST(renamed("album/one", "uno") == "[album/uno][album/d/two][album/d/three][album/dd]");
    BOOST_TEST(renamed("album/d", "e") == "[album/one][album/e/two][album/e/three][album/dd]");
    BOOST_TEST(renamed("album", "disc") == "[disc/one][disc/d/two][disc/d/three][disc/dd]");
    const auto disc = *torrent::with_renamed(album(), "album", "disc");
    BOOST_TEST(disc.name == "disc");
    BOOST_TEST((disc.hash == album().hash && disc.renamed && !album().renamed));
}

BOOST_AUTO_TEST_CASE(what_is_no_path_or_no_name_is_refused) {
    for (const auto* path : {"", "nothing", "album/", "album/on", "one", "/album", "album/one/x"})
        BOOST_TEST(renamed(path, "x") == "the torrent has no such file", path);
    for (const auto* name : {"", ".", "..", "a/b", "../b", "a\nb", "a\\b", "\xff"})
        BOOST_TEST(renamed("album/one", name) == "not a name for a file", name);
    BOOST_TEST(renamed("album/one", std::string(256, 'x')) == "not a name for a file");
}

BOOST_AUTO_TEST_CASE(no_two_files_get_one_name) {
    const std::string taken = "another file of the torrent has that name";
    BOOST_TEST(renamed("album/one", "dd") == taken);
    BOOST_TEST(renamed("album/one", "d") == taken);
    BOOST_TEST(renamed("album/d", "dd") == taken);
    BOOST_TEST(renamed("album/dd", "ONE") == taken);  // one file, where names are folded
    BOOST_TEST(renamed("album/one", "one") == names(album()));
    BOOST_TEST(renamed("album/one", "ONE") == "[album/ONE][album/d/two][album/d/three][album/dd]");
}

BOOST_AUTO_TEST_CASE(what_was_written_down_comes_back_only_where_it_fits) {
    const auto disc = *torrent::with_renamed(album(), "album", "disc");
    BOOST_TEST(names(*torrent::with_paths(album(), torrent::paths_of(disc))) == names(disc));
    for (const auto& paths : std::vector<std::vector<std::string>>{
             {},
             {"a/1", "a/2", "a/3"},
             {"a/1", "a/2", "a/3", "b/4"},
             {"a/1", "a/2", "a/3", "a/3"},
             {"a/1", "a/2", "a/3", "a/../4"},
             {"a/1", "a/2", "a/3", "a//4"},
             {"/a/1", "/a/2", "/a/3", "/a/4"},
             {"a", "a/2", "a/3", "a/4"},
         })
        BOOST_TEST(!torrent::with_paths(album(), paths).has_value());
}

/// Others know it by the name that its metadata proves.
BOOST_AUTO_TEST_CASE(a_name_of_the_users_own_is_not_told_to_others) {
    const auto disc = *torrent::with_renamed(album(), "album", "disc");
    BOOST_TEST(torrent::short_target(album(), false) == "album");
    BOOST_TEST(torrent::short_target(disc, false) == to_hex(disc.hash.span()));
    BOOST_TEST(torrent::given_paths(disc).empty());
}

BOOST_AUTO_TEST_SUITE_END()
