// Which paths clients may share, and where they may put files.
#include "app/daemon/client_places.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "app/files/files.hpp"
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
    const client_places folders{{root + "/none", root + "/open"}, root + "/open/state"};
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
    BOOST_TEST(ask("/none/x") == "not there");
    BOOST_TEST(ask("/open/deep/") == "/open/deep");
    for (const auto* path : {"/secret", "/open/link", "/open/../secret", "/open-too/file", "/open/.ssh/key",
                             "/open/.ssh", "/open/state", "/open/state/torrents", "", "/nothing"})
        BOOST_TEST(ask(path) == "refused", path);
    BOOST_TEST(ask(std::string("/open/\0/secret", 14)) == "refused");
}

BOOST_AUTO_TEST_CASE(files_go_below_the_folders_alone) {
    const temp_folder there;
    const auto root = fs::canonical(there.path()).string();
    for (const auto* name : {"/home/.ssh", "/home/deep", "/home/state", "/other"})
        fs::create_directories(root + name);
    fs::create_symlink(root + "/home/.ssh", root + "/home/keys");
    fs::create_symlink(root + "/other", root + "/home/out");
    fs::create_symlink(root + "/home/deep", root + "/way");
    const client_places to{{root + "/home", root + "/not-made-yet"}, root + "/home/state"};
    const auto may = [&](const std::string& path) { return may_put_at(path, to).has_value(); };
    for (const auto* path : {"/home", "/home/", "/home/deep", "/home/fresh/one", "/home/deep/../fresh",
                             "/way/fresh", "/not-made-yet", "/not-made-yet/x"})
        BOOST_TEST(may(root + path), path);
    for (const auto* path : {"/home/.ssh", "/home/.ssh/x", "/home/.fresh/x", "/home/keys", "/home/keys/x",
                             "/home/out", "/home/out/x", "/home/../other", "/home/fresh/../../other",
                             "/home/state", "/home/state/torrents", "/homestead", "/other", ""})
        BOOST_TEST(!may(root + path), path);
    for (const auto* path : {"", "home", "/", "/etc"}) BOOST_TEST(!may(path), path);
    BOOST_TEST(!may(root + std::string("/home/\0/x", 8)));
    const auto why = may_put_at("/etc", to).error();
    BOOST_TEST((why.code == errc::usage));
    for (const auto& each : to.folders)
        BOOST_TEST(why.message.find("'" + each + "'") != std::string::npos, why.message);
}

BOOST_AUTO_TEST_CASE(what_is_hidden_in_a_folder_and_the_nodes_own_records_are_left_out) {
    const temp_folder there;
    const auto root = fs::canonical(there.path()).string();
    for (const auto* name : {"/open/a[1]/state/torrents", "/open/.git"}) fs::create_directories(root + name);
    for (const auto* name : {"/open/film", "/open/.film", "/open/.git/HEAD", "/open/a[1]/b",
                             "/open/a[1]/state/torrents/x", "/open/other.12345678.part"})
        std::ofstream(root + name) << "x";
    const client_places from{{root + "/open"}, root + "/open/a[1]/state"};
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
