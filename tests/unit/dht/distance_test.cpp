#include "dht/distance.hpp"

#include <array>
#include <boost/test/unit_test.hpp>

using namespace bt;
using namespace bt::dht;

namespace {

node_id id_of(std::initializer_list<std::uint8_t> first, std::uint8_t rest) {
    node_id made;
    made.bytes.fill(rest);
    std::copy(first.begin(), first.end(), made.bytes.begin());
    return made;
}
/// As libtorrent counts: the bit of the highest difference, 0 for none.
unsigned exponent(const node_id& a, const node_id& b) {
    const auto shared = shared_bits(a, b);
    return shared == id_bits ? 0 : id_bits - 1 - shared;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(distance_of_ids)

BOOST_AUTO_TEST_CASE(the_exponent_of_a_distance_is_the_place_of_the_first_differing_bit) {
    BOOST_TEST(exponent(id_of({}, 0xff), id_of({}, 0)) == 159u);
    BOOST_TEST(exponent(id_of({}, 0xff), id_of({0x7f}, 0xff)) == 159u);
    BOOST_TEST(exponent(id_of({0x42}, 7), id_of({0x42}, 7)) == 0u);
    BOOST_TEST(exponent(id_of({0x80}, 0), id_of({0xff}, 0xfe)) == 158u);
    BOOST_TEST(exponent(id_of({0xf0}, 0), id_of({0xff}, 0xfe)) == 155u);
}

BOOST_AUTO_TEST_CASE(nearer_is_what_differs_later_from_the_target) {
    const auto target = id_of({0x10, 0x20}, 0);
    BOOST_TEST(closer(target, id_of({0x10, 0x21}, 0), id_of({0x11, 0x20}, 0)));
    BOOST_TEST(!closer(target, id_of({0x11, 0x20}, 0), id_of({0x10, 0x21}, 0)));
    BOOST_TEST(!closer(target, target, target));
    BOOST_TEST((distance(target, id_of({0x11, 0x22}, 0)) == id_of({0x01, 0x02}, 0)));
}

BOOST_AUTO_TEST_CASE(a_random_id_shares_exactly_as_many_bits_as_asked) {
    rng random(1);
    node_id own;
    random.fill(own.bytes);
    for (unsigned bits = 0; bits <= id_bits; ++bits)
        BOOST_TEST(shared_bits(own, random_at(own, bits, random)) == bits);
}

BOOST_AUTO_TEST_CASE(the_first_bits_of_such_an_id_are_those_and_the_next_one_is_not) {
    struct {
        unsigned bits;
        std::array<std::uint8_t, 5> first;  // what is shared with an id of ones, and a zero after it
        std::array<std::uint8_t, 5> mask;
    } const rows[] = {
        {11, {0xff, 0xe0}, {0xff, 0xf0}},
        {17, {0xff, 0xff, 0x80}, {0xff, 0xff, 0xc0}},
        {37, {0xff, 0xff, 0xff, 0xff, 0xf8}, {0xff, 0xff, 0xff, 0xff, 0xfc}},
    };
    rng random(2);
    for (const auto& [bits, first, mask] : rows)
        for (int i = 0; i < 100; ++i) {
            const auto made = random_at(id_of({}, 0xff), bits, random);
            for (std::size_t at = 0; at < first.size(); ++at)
                BOOST_TEST((made.bytes[at] & mask[at]) == first[at], bits << " bits, byte " << at);
        }
}

BOOST_AUTO_TEST_SUITE_END()
