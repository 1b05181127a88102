#include "torrent/short_target.hpp"

#include <boost/test/unit_test.hpp>

#include "base/text.hpp"
#include "torrent/create.hpp"

using namespace bt;

namespace {

torrent::info named(const std::string& name) {
    torrent::info_plan plan;
    plan.name = name;
    plan.files.push_back({{}, 10, false});
    plan.piece_bytes = 16384;
    auto info = *torrent::parse_info(torrent::encode_info(plan, bytes(20)));
    info.name = name;
    return info;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(short_targets)

BOOST_AUTO_TEST_CASE(a_name_is_shorter_than_a_hash) {
    for (const auto* name : {"Videos", "ubuntu-24.04.iso", "lab+x@1%.qcow2", "Übung", "日本"})
        BOOST_TEST(torrent::short_target(named(name), false) == name);
    BOOST_TEST(torrent::short_target(named("My photos (2)"), false) == "'My photos (2)'");
    BOOST_TEST(torrent::short_target(named("a;b$c"), false) == "'a;b$c'");
}

BOOST_AUTO_TEST_CASE(what_would_mean_something_else_is_named_by_its_hash) {
    for (const auto* name : {"x.torrent", "cafe", "12345678", "-rf", "*.iso", "it's",
                             "0123456789abcdef0123456789abcdef01234567"}) {
        const auto info = named(name);
        BOOST_TEST(torrent::short_target(info, false) == to_hex(info.hash.span()));
    }
    const auto info = named("Videos");
    BOOST_TEST(torrent::short_target(info, true) == to_hex(info.hash.span()));
}

BOOST_AUTO_TEST_SUITE_END()
