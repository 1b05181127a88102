#include <boost/test/unit_test.hpp>

#include "base/name_key.hpp"

using bt::name_key;

BOOST_AUTO_TEST_CASE(names_that_look_the_same_have_one_key) {
    for (const char* name :
         {"ubuntu.iso", "\u200bubuntu.iso", "ubuntu\u200d.iso", "ub\u00aduntu.iso", "ubuntu.iso\ufe0f",
          "\U000e0041ubuntu.iso", "\u3164ubuntu.iso", " ubuntu.iso ", "\u00a0ubuntu.iso\u3000",
          "ubuntu\u202e.iso", "ubuntu.iso\n", "\ufeffubuntu.iso"})
        BOOST_TEST(name_key(name) == "ubuntu.iso", name);
    BOOST_TEST(name_key("a\u00a0b") == "a b");
}

BOOST_AUTO_TEST_CASE(what_can_be_seen_stays) {
    for (const char* name : {"a b", "Ubuntu.iso", "\u0441\u0442", "e\u0301", "\U0001f469", "?"})
        BOOST_TEST(name_key(name) == name);
    BOOST_TEST(name_key("\u200b") == "");
    BOOST_TEST(name_key("a\xff") == "a?");
}
