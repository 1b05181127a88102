#include "base/crc32c.hpp"

#include <boost/test/unit_test.hpp>

using namespace bt;

BOOST_AUTO_TEST_SUITE(crc32c_test)

BOOST_AUTO_TEST_CASE(the_published_vectors_come_out) {
    // RFC 3720, B.4: 32 bytes each
    bytes zeros(32, 0x00), ones(32, 0xff), up, down;
    for (std::uint8_t i = 0; i < 32; ++i) {
        up.push_back(i);
        down.push_back(static_cast<std::uint8_t>(31 - i));
    }
    BOOST_TEST(crc32c(zeros) == 0x8a9136aau);
    BOOST_TEST(crc32c(ones) == 0x62a8ab43u);
    BOOST_TEST(crc32c(up) == 0x46dd794eu);
    BOOST_TEST(crc32c(down) == 0x113fdb5cu);
    BOOST_TEST(crc32c(as_bytes("123456789")) == 0xe3069283u);
    BOOST_TEST(crc32c({}) == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
