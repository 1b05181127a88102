#include <boost/test/unit_test.hpp>

#include "app/neighbourhood.hpp"

using namespace bt;

namespace {

/// The names that fit, with commas between them.
std::string fitting(const std::string& wanted, const std::vector<std::string>& names) {
    std::vector<app::shared_torrent> all(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) all[i].entry.name = names[i];
    std::string text;
    for (const auto& each : app::matching(all, wanted)) text += (text.empty() ? "" : ",") + each.entry.name;
    return text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_exact_name_goes_before_other_spellings_and_those_before_globs) {
    BOOST_TEST(fitting("a.iso", {"a.iso", "A.ISO", "b.iso"}) == "a.iso");
    BOOST_TEST(fitting("a.Iso", {"a.iso", "A.ISO", "b.iso"}) == "a.iso,A.ISO");
    BOOST_TEST(fitting("*.iso", {"a.iso", "b.iso", "c.img"}) == "a.iso,b.iso");
    BOOST_TEST(fitting("*.iso", {"*.iso", "b.iso"}) == "*.iso");
}

BOOST_AUTO_TEST_CASE(a_part_of_a_name_is_not_the_name) {
    BOOST_TEST(fitting("a", {"a.iso"}) == "");
    BOOST_TEST(fitting("", {"a.iso"}) == "");
}

BOOST_AUTO_TEST_CASE(two_shares_of_one_name_both_fit) { BOOST_TEST(fitting("x", {"x", "y", "x"}) == "x,x"); }
