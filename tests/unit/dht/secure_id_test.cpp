#include "dht/secure_id.hpp"

#include <boost/test/unit_test.hpp>

using namespace bt;
using namespace bt::dht;

namespace {

struct vector_of_bep_42 {
    const char* address;
    std::uint8_t r;
    std::uint32_t crc;
};
constexpr vector_of_bep_42 vectors[] = {
    {"124.31.75.21", 1, 0x5fbfbdb2},  {"21.75.31.124", 86, 0x5a3ce9b0},
    {"65.23.51.170", 22, 0xa5d4344a}, {"84.124.73.14", 65, 0x1b03217b},
    {"43.213.53.83", 90, 0xe56f6972}, {"2001:b829:2123:be84:e16c:d6ae:5290:49f1", 4, 0x0a8ad1aa},
};

ip_address address(const char* text) { return *ip_address::parse(text); }

}  // namespace

BOOST_AUTO_TEST_SUITE(secure_ids)

BOOST_AUTO_TEST_CASE(the_prefix_of_an_address_is_the_one_bep_42_lists) {
    for (const auto& [text, r, crc] : vectors) BOOST_TEST(secure_prefix(address(text), r) == crc, text);
}

BOOST_AUTO_TEST_CASE(an_id_made_for_an_address_fits_it_and_is_random_elsewhere) {
    rng random(1);
    for (const auto& [text, r, crc] : vectors) {
        const auto id = secure_id(address(text), r, random), other = secure_id(address(text), r, random);
        BOOST_TEST(id.bytes[0] == crc >> 24);
        BOOST_TEST(id.bytes[1] == (crc >> 16 & 0xff));
        BOOST_TEST((id.bytes[2] & 0xf8) == (crc >> 8 & 0xf8));
        BOOST_TEST(id.bytes[19] == r);
        BOOST_TEST(is_secure(id, address(text)), text);
        BOOST_TEST((id != other));
    }
}

BOOST_AUTO_TEST_CASE(any_of_the_21_bits_that_is_wrong_makes_an_id_unfit) {
    rng random(2);
    const auto where = address("124.31.75.21");
    const auto id = secure_id(where, 1, random);
    for (unsigned bit = 0; bit < 160; ++bit) {
        auto wrong = id;
        wrong.bytes[bit / 8] = static_cast<std::uint8_t>(wrong.bytes[bit / 8] ^ 0x80u >> bit % 8);
        const bool bound = bit < 21 || bit >= 157;  // and the three bits that choose among them
        BOOST_TEST(is_secure(wrong, where) == !bound, "bit " << bit);
    }
    auto known = id;
    known.bytes[0] = 0x18;
    BOOST_TEST(!is_secure(known, where));
}

BOOST_AUTO_TEST_CASE(any_id_fits_an_address_that_is_not_public) {
    rng random(3);
    node_id id;
    for (const auto* text : {"10.1.2.3", "172.16.1.1", "192.168.1.2", "169.254.1.1", "127.0.0.1",
                             "100.64.0.1", "::1", "fe80::1%2", "fd00::1"}) {
        random.fill(id.bytes);
        BOOST_TEST(is_secure(id, address(text)), text);
    }
    BOOST_TEST(!is_secure(id, address("8.8.8.8")));
    BOOST_TEST(!is_secure(id, address("2001:4860::1")));
}

BOOST_AUTO_TEST_SUITE_END()
