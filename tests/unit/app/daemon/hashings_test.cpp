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
    const std::vector<std::string> folders = {root + "/none", root + "/open"};
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
                             "/open/.ssh", "/none/x", "", "/nothing"})
        BOOST_TEST(ask(path) == "refused", path);
    BOOST_TEST(ask(std::string("/open/\0/secret", 14)) == "refused");
}
