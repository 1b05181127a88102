#include "base/recent.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using namespace bt;

namespace {

std::string after(const recent<char>& what, std::uint64_t since) {
    std::string text;
    what.after(since, [&](std::uint64_t number, char each) { text += std::to_string(number) + each + ' '; });
    return text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(only_what_is_new_is_given) {
    recent<char> what(3, 100);
    BOOST_TEST(after(what, 0).empty());
    what.push('a');
    what.push('b');
    BOOST_TEST(what.last() == 102u);
    BOOST_TEST(after(what, 0) == "101a 102b ");
    BOOST_TEST(after(what, 100) == "101a 102b ");
    BOOST_TEST(after(what, 101) == "102b ");
    BOOST_TEST(after(what, 102).empty());
    what.push('c');
    what.push('d');
    BOOST_TEST(after(what, 101) == "102b 103c 104d ");
    BOOST_TEST(after(what, 103) == "104d ");
}

BOOST_AUTO_TEST_CASE(a_number_of_another_run_gets_all) {
    recent<char> what(3, 0);
    what.push('a');
    BOOST_TEST(after(what, 50) == "1a ");
}
