#include "torrent/piece_set.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <vector>

#include "base/rng.hpp"
#include "base/text.hpp"

using namespace bt;
using bt::torrent::piece_set;

namespace {

piece_set set_of(std::uint32_t size, std::initializer_list<std::uint32_t> pieces) {
    piece_set set(size);
    for (auto p : pieces) set.insert(piece_index(p));
    return set;
}

std::string wire(const piece_set& set) { return to_hex(set.to_wire()); }

}  // namespace

BOOST_AUTO_TEST_SUITE(piece_sets)

BOOST_AUTO_TEST_CASE(a_new_set_is_empty_or_full_with_no_spare_bits) {
    struct row {
        std::uint32_t size;
        std::string full;
    };
    for (const auto& [size, full] : std::vector<row>{{0, ""},
                                                     {1, "80"},
                                                     {7, "fe"},
                                                     {8, "ff"},
                                                     {9, "ff80"},
                                                     {10, "ffc0"},
                                                     {16, "ffff"},
                                                     {17, "ffff80"}}) {
        const piece_set none(size), all(size, true);
        BOOST_TEST(wire(none) == std::string(full.size(), '0'));
        BOOST_TEST(wire(all) == full);
        BOOST_TEST(none.count() == 0u);
        BOOST_TEST(all.count() == size);
        BOOST_TEST((none.none() && all.all()));
        BOOST_TEST(none.all() == (size == 0));
        BOOST_TEST(all.none() == (size == 0));
    }
}

BOOST_AUTO_TEST_CASE(piece_0_is_the_high_bit_of_the_first_byte) {
    BOOST_TEST(wire(set_of(10, {0})) == "8000");
    BOOST_TEST(wire(set_of(10, {7})) == "0100");
    BOOST_TEST(wire(set_of(10, {8})) == "0080");
    BOOST_TEST(wire(set_of(10, {9})) == "0040");
}

BOOST_AUTO_TEST_CASE(insert_and_erase_say_whether_they_changed_anything) {
    piece_set set(10);
    BOOST_TEST(set.insert(piece_index(9)));
    BOOST_TEST(!set.insert(piece_index(9)));
    BOOST_TEST(set.has(piece_index(9)));
    BOOST_TEST(!set.has(piece_index(8)));
    BOOST_TEST(set.count() == 1u);
    BOOST_TEST(!set.erase(piece_index(8)));
    BOOST_TEST(set.erase(piece_index(9)));
    BOOST_TEST(!set.erase(piece_index(9)));
    BOOST_TEST(set.none());
}

BOOST_AUTO_TEST_CASE(a_bitfield_is_exact_and_its_spare_bits_are_zero) {
    const auto read = [](const char* hex, std::uint32_t size) {
        return piece_set::from_wire(*from_hex(hex), size);
    };
    BOOST_CHECK(read("8040", 10) == set_of(10, {0, 9}));
    BOOST_TEST(read("8040", 10)->count() == 2u);
    BOOST_CHECK(read("ff", 8) == piece_set(8, true));
    BOOST_CHECK(read("", 0) == piece_set());
    for (const char* wrong : {"", "80", "804000", "8041", "8020", "803f"}) BOOST_CHECK(!read(wrong, 10));
    BOOST_CHECK(!read("00", 0));
}

BOOST_AUTO_TEST_CASE(each_spare_bit_alone_is_refused) {
    for (std::uint32_t size = 1; size <= 24; ++size) {
        const auto bits = (std::size_t{size} + 7) / 8 * 8;
        for (std::size_t bit = 0; bit < bits; ++bit) {
            bytes raw(bits / 8);
            raw[bit / 8] = static_cast<std::uint8_t>(0x80 >> bit % 8);
            BOOST_TEST(piece_set::from_wire(raw, size).has_value() == (bit < size));
        }
    }
}

BOOST_AUTO_TEST_CASE(what_goes_out_comes_back) {
    rng luck(5);
    for (std::uint32_t size = 0; size < 70; ++size) {
        piece_set set(size);
        for (std::uint32_t i = 0; i < size; ++i)
            if (luck.chance(0.5)) set.insert(piece_index(i));
        BOOST_CHECK(piece_set::from_wire(set.to_wire(), size) == set);
    }
}

BOOST_AUTO_TEST_CASE(a_set_lacks_what_only_the_other_has) {
    const auto few = set_of(10, {0, 9});
    BOOST_TEST(few.lacks_any_of(set_of(10, {1})));
    BOOST_TEST(few.lacks_any_of(set_of(10, {0, 8})));
    BOOST_TEST(!few.lacks_any_of(set_of(10, {9})));
    BOOST_TEST(!few.lacks_any_of(few));
    BOOST_TEST(!few.lacks_any_of(piece_set(10)));
    BOOST_TEST(few.lacks_any_of(piece_set(10, true)));
    BOOST_TEST(!piece_set(10, true).lacks_any_of(few));
    BOOST_TEST(!piece_set().lacks_any_of(piece_set()));
}

BOOST_AUTO_TEST_CASE(for_each_goes_through_the_pieces_in_order) {
    std::vector<std::uint32_t> seen;
    set_of(20, {19, 0, 8, 7}).for_each([&](piece_index p) { seen.push_back(p.value()); });
    BOOST_TEST(seen == (std::vector<std::uint32_t>{0, 7, 8, 19}), boost::test_tools::per_element());
    piece_set().for_each([](piece_index) { BOOST_ERROR("an empty set has no pieces"); });
}

BOOST_AUTO_TEST_CASE(the_count_keeps_up_with_any_changes) {
    rng luck(6);
    piece_set set(37);
    std::vector<bool> model(37);
    for (int step = 0; step < 2'000; ++step) {
        const auto at = static_cast<std::uint32_t>(luck.below(37));
        const bool in = luck.chance(0.5);
        BOOST_TEST((in ? set.insert(piece_index(at)) : set.erase(piece_index(at))) == (model[at] != in));
        model[at] = in;
        BOOST_TEST(set.count() == static_cast<std::uint32_t>(std::count(model.begin(), model.end(), true)));
    }
    for (std::uint32_t i = 0; i < 37; ++i) BOOST_TEST(set.has(piece_index(i)) == model[i]);
}

BOOST_AUTO_TEST_SUITE_END()
