#include "swarm/common_piece.hpp"

#include <boost/test/unit_test.hpp>

#include "base/rng.hpp"
#include "vocabulary.hpp"

using namespace bt;
using namespace bt::swarm;

BOOST_AUTO_TEST_SUITE(common_piece_test)

BOOST_AUTO_TEST_CASE(the_first_piece_both_have_from_a_place_on) {
    struct {
        std::string_view a, b;
        std::uint32_t from;
        int first;
    } const table[] = {
        {"", "", 0, -1},
        {"....", "####", 0, -1},
        {"#.#.", ".#.#", 0, -1},
        {".##.", "..##", 0, 2},
        {"####", "####", 0, 0},
        {"####", "####", 3, 3},
        {"####", "####", 4, -1},
        {"##..", "##..", 1, 1},
        {"##..", "##..", 2, -1},
        {"#........#", "#........#", 1, 9},
        {"#........#", "#........#", 9, 9},
        {"#........#", "#........#", 10, -1},
    };
    for (const auto& row : table) {
        const auto found = first_common(pieces(row.a), pieces(row.b), row.from);
        BOOST_TEST((found ? static_cast<int>(found->value()) : -1) == row.first,
                   row.a << " and " << row.b << " from " << row.from);
    }
}

BOOST_AUTO_TEST_CASE(what_is_excepted_is_passed_over) {
    struct {
        std::string_view a, b, except;
        std::uint32_t from;
        int first;
    } const table[] = {
        {"####", "####", "....", 0, 0}, {"####", "####", "##..", 0, 2},
        {"####", ".###", "..##", 0, 1}, {"####", "####", "####", 0, -1},
        {"####", "####", "#.#.", 2, 3}, {"#........#", "#........#", "#.........", 0, 9},
    };
    for (const auto& row : table) {
        const auto except = pieces(row.except);
        const auto found = first_common(pieces(row.a), pieces(row.b), row.from, &except);
        BOOST_TEST((found ? static_cast<int>(found->value()) : -1) == row.first,
                   row.a << " and " << row.b << " without " << row.except << " from " << row.from);
    }
}

BOOST_AUTO_TEST_CASE(every_place_of_sets_of_every_small_size_agrees_with_looking_one_by_one) {
    rng random(7);
    for (std::uint32_t size = 0; size < 150; ++size) {
        torrent::piece_set a(size), b(size), except(size);
        for (std::uint32_t i = 0; i < size; ++i) {
            if (random.chance(0.2)) a.insert(piece_index(i));
            if (random.chance(0.2)) b.insert(piece_index(i));
            if (random.chance(0.5)) except.insert(piece_index(i));
        }
        for (std::uint32_t from = 0; from <= size; ++from) {
            std::optional<piece_index> expected, other;
            for (std::uint32_t i = from; i < size; ++i) {
                if (!a.has(piece_index(i)) || !b.has(piece_index(i))) continue;
                if (!expected) expected = piece_index(i);
                if (!other && !except.has(piece_index(i))) other = piece_index(i);
            }
            BOOST_REQUIRE(first_common(a, b, from) == expected);
            BOOST_REQUIRE(first_common(a, b, from, &except) == other);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
