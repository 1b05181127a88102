#include "base/ids.hpp"

#include <boost/test/unit_test.hpp>
#include <type_traits>
#include <unordered_set>

using namespace bt;

static_assert(!std::is_convertible_v<std::uint32_t, piece_index>);
static_assert(!std::is_convertible_v<piece_index, block_index>);
static_assert(!std::is_convertible_v<node_id, info_hash>);
static_assert(sizeof(info_hash) == 20);

BOOST_AUTO_TEST_SUITE(ids)

BOOST_AUTO_TEST_CASE(fixed_bytes_are_made_of_exactly_their_size) {
    const std::array<std::uint8_t, 21> raw{1, 2, 3};
    BOOST_TEST(!info_hash::from(std::span(raw).first(19)));
    BOOST_TEST(!info_hash::from(raw));
    BOOST_TEST(info_hash::from(std::span(raw).first(20))->bytes[2] == 3);
}

BOOST_AUTO_TEST_CASE(ids_order_as_unsigned_bytes_and_hash_by_value) {
    node_id low, high;
    low.bytes[0] = 0x7f;
    high.bytes[0] = 0x80;
    BOOST_TEST((low < high));
    std::unordered_set<node_id> set{low, high, low};
    BOOST_TEST(set.size() == 2u);
    std::unordered_set<piece_index> pieces{piece_index(1), piece_index(1), piece_index(2)};
    BOOST_TEST(pieces.size() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
