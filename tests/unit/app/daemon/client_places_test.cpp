// Which paths clients may share.
#include "app/daemon/hashings.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "unit/app/temp_folder.hpp"

using namespace bt;
using namespace bt::app;
using bt::app::testing::temp_folder;
namespace fs = std::filesystem;

BOOST_AUTO_TEST_CASE(only_what_lies_below_the_folders_may_be_shared) {
    const temp_folder there;
    const auto root = fs::canonical(there.path()).string();
    fs::create_directories(root + "/open/deep");
    fs::create_directories(root + "/open/.ssh");
    fs::create_directories(root + "/open-too");
    for (const auto* name : {"/open/deep/file", "/open/.ssh/key", "/open-too/file", "/secret"})
        std::ofstream(root + name) << "x";
    fs::create_symlink(root + "/secret", root + "/open/link");
    fs::create_symlink(root + "/open/deep", root + "/way");
    fs::create_directories(root + "/open/state/torrents");
    const share_places folders{{root + "/none", root + "/open"}, root + "/open/state"};
    const auto ask = [&](const std::string& path) {
        const auto real = path_to_share(root + path, folders);
        if (real) return real->substr(root.size());
        return std::string(real.error().code == errc::usage ? "refused" : "not there");
    };
    BOOST_TEST(ask("/open/deep/file") == "/open/deep/file");
    BOOST_TEST(ask("/open/deep") == "/open/deep");
    BOOST_TEST(ask("/open") == "/open");
    BOOST_TEST(ask("/open/deep/../deep/file") == "/open/deep/file");
    BOOST_TEST(ask("/way/file") == "/open/deep/file");  // what it is counts, not how it is called
    BOOST_TEST(ask("/open/none") == "not there");
    BOOST_TEST(ask("/open/deep/") == "/open/deep");
    for (const auto* path : {"/secret", "/open/link", "/open/../secret", "/open-too/file", "/open/.ssh/key",
                             "/open/.ssh", "/open/state", "/open/state/torrents", "/none/x", "", "/nothing"})
        BOOST_TEST(ask(path) == "refused", path);
    BOOST_TEST(ask(std::string("/open/\0/secret", 14)) == "refused");
}

BOOST_AUTO_TEST_CASE(what_is_hidden_in_a_folder_and_the_nodes_own_records_are_left_out) {
    const temp_folder there;
    const auto root = fs::canonical(there.path()).string();
    for (const auto* name : {"/open/a[1]/state/torrents", "/open/.git"}) fs::create_directories(root + name);
    for (const auto* name : {"/open/film", "/open/.film", "/open/.git/HEAD", "/open/a[1]/b",
                             "/open/a[1]/state/torrents/x", "/open/other.12345678.part"})
        std::ofstream(root + name) << "x";
    const share_places from{{root + "/open"}, root + "/open/a[1]/state"};
    make_request request;
    request.paths = {root + "/open"};
    request.exclude = left_out_of(root + "/open", from);
    std::vector<std::string> taken;
    const auto made = make(request).value();
    for (const auto& file : made.torrent.info.files) taken.push_back(file.path);
    BOOST_TEST(taken == (std::vector<std::string>{"open/a[1]/b", "open/film"}),
               boost::test_tools::per_element());
    BOOST_TEST(left_out_of(root + "/elsewhere", from).size() == 1u);
}
