#include "guest/target.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "base/text.hpp"

using namespace bt;
using guest::parse_target;
using kind = guest::target::kind;

namespace {

const std::string hash = "9f3c0d5a71e84b22c6a0f1d43b7798e0aa5d10e1";

kind kind_of(const std::string& text) { return parse_target(text).what; }

}  // namespace

BOOST_AUTO_TEST_SUITE(guest_targets)

BOOST_AUTO_TEST_CASE(each_url_leads_to_what_the_header_says) {
    BOOST_TEST((kind_of("/s/") == kind::list));
    BOOST_TEST((kind_of("/s") == kind::list));
    BOOST_TEST((kind_of("/s/" + hash + "/") == kind::page));
    BOOST_TEST((kind_of("/s/" + hash) == kind::page_without_slash));
    BOOST_TEST((kind_of("/s/" + hash + ".zip") == kind::zip));
    BOOST_TEST((kind_of("/s/" + hash + ".tar") == kind::tar));
    BOOST_TEST((kind_of("/s/" + hash + ".torrent") == kind::torrent));
    BOOST_TEST((kind_of("/s/9f3c") == kind::beginning));
    BOOST_TEST(parse_target("/s/9F3C0D5A/").path == "9f3c0d5a");
    BOOST_TEST((kind_of("/s/" + hash + "/?sort=name") == kind::page));
    const auto file = parse_target("/s/" + hash + "/Fotos/Gr%C3%BC%C3%9Fe%20%23.jpg");
    BOOST_TEST((file.what == kind::file));
    BOOST_TEST(file.path == "Fotos/Grüße #.jpg");
    BOOST_TEST((file.hash == info_hash::from(*from_hex(hash))));
}

BOOST_AUTO_TEST_CASE(anything_else_leads_nowhere) {
    for (const auto* text :
         {"", "/", "/x", "/s/9f3", "/s/xyzw", "/S/", "//s/", "/s/9f3c0d5a/file", "/s/9f3c.zip"})
        BOOST_TEST((kind_of(text) == kind::none), text);
    for (const auto* ending : {".exe", "a", "//", "x/"})
        BOOST_TEST(
            (kind_of("/s/" + hash + ending) == (std::string(ending) == "//" ? kind::file : kind::none)),
            ending);
    BOOST_TEST((kind_of("/s/" + hash + "/%") == kind::none));
    BOOST_TEST((kind_of("/s/" + hash + "/%zz") == kind::none));
}

/// A path is only ever compared with those of the torrent: none of these is opened.
BOOST_AUTO_TEST_CASE(tricks_with_paths_stay_text) {
    BOOST_TEST(parse_target("/s/" + hash + "/../../etc/passwd").path == "../../etc/passwd");
    BOOST_TEST(parse_target("/s/" + hash + "/%2e%2e%2f%2e%2e%5cetc").path == "../..\\etc");
    BOOST_TEST(parse_target("/s/" + hash + "/a%00b").path == std::string("a\0b", 3));
}

BOOST_AUTO_TEST_SUITE_END()
