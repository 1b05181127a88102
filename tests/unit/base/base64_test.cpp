// RFC 4648, section 10.
#include "base/base64.hpp"

#include <boost/test/unit_test.hpp>

#include "base/rng.hpp"

using namespace bt;

BOOST_AUTO_TEST_SUITE(base64)

BOOST_AUTO_TEST_CASE(vectors) {
    const std::pair<std::string_view, std::string_view> known[] = {{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"}};
    for (const auto& [raw, text] : known) {
        BOOST_TEST(to_base64(as_bytes(raw)) == text);
        BOOST_REQUIRE(from_base64(text));
        BOOST_TEST(as_text(*from_base64(text)) == raw);
    }
}

BOOST_AUTO_TEST_CASE(what_is_read_and_what_not) {
    BOOST_TEST(as_text(*from_base64("Zm9v\r\nYg")) == "foob");
    for (const auto* bad :
         {"Z", "Zg=", "Zg===", "Z===", "Zm9vY", "Zh==", "Zm=9", "Zm9v*", "Zg==Zg==", "=", "===="})
        BOOST_TEST(!from_base64(bad), bad);
}

BOOST_AUTO_TEST_CASE(any_bytes_come_back) {
    rng random(7);
    for (std::size_t size = 0; size < 100; ++size) {
        bytes raw(size);
        random.fill(raw);
        BOOST_TEST((from_base64(to_base64(raw)) == raw));
    }
}

BOOST_AUTO_TEST_SUITE_END()
