#include "torrent/geometry.hpp"

#include <boost/test/unit_test.hpp>
#include <limits>

using namespace bt;
using torrent::block_range;
using torrent::geometry;

namespace {

constexpr std::uint64_t KiB = 1024, MiB = 1024 * KiB;

geometry shape(std::uint64_t total, std::uint64_t piece) {
    const auto made = geometry::make(total, piece);
    BOOST_REQUIRE(made);
    return *made;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(geometries)

BOOST_AUTO_TEST_CASE(pieces_cover_the_bytes_and_the_last_may_be_shorter) {
    struct row {
        std::uint64_t total, piece;
        std::uint32_t count, last;
    };
    const row rows[] = {
        {1, 16 * KiB, 1, 1},
        {16 * KiB - 1, 16 * KiB, 1, 16 * KiB - 1},
        {16 * KiB, 16 * KiB, 1, 16 * KiB},
        {16 * KiB + 1, 16 * KiB, 2, 1},
        {100, 7, 15, 2},  // no power of two, smaller than a block
        {10 * 1024 * MiB, 1 * MiB, 10'240, 1 * MiB},
        {std::uint64_t{limits::pieces} * limits::piece_bytes_read, limits::piece_bytes_read, limits::pieces,
         512 * MiB},
    };
    for (const auto& row : rows) {
        const auto made = shape(row.total, row.piece);
        BOOST_TEST(made.total_bytes() == row.total);
        BOOST_TEST(made.piece_bytes() == row.piece);
        BOOST_TEST(made.piece_count() == row.count);
        const piece_index last(row.count - 1);
        BOOST_TEST(made.piece_size(last) == row.last);
        BOOST_TEST(made.piece_begin(last) + made.piece_size(last) == row.total);
        if (row.count > 1) BOOST_TEST(made.piece_size(piece_index(0)) == row.piece);
    }
}

BOOST_AUTO_TEST_CASE(an_empty_torrent_has_no_pieces) {
    const auto empty = shape(0, 16 * KiB);
    BOOST_TEST(empty.piece_count() == 0u);
    BOOST_TEST(!empty.piece(0));
    BOOST_TEST(!empty.checked_range(0, 0, 1));
    BOOST_TEST(!empty.block_of({piece_index(0), 0, 1}));
    BOOST_TEST((geometry() == geometry()));
}

BOOST_AUTO_TEST_CASE(the_limits_hold_exactly) {
    BOOST_TEST(!geometry::make(1, 0));
    BOOST_TEST(!geometry::make(0, 0));
    BOOST_TEST(geometry::make(1, 512 * MiB).has_value());
    BOOST_TEST(!geometry::make(1, 512 * MiB + 1));
    BOOST_TEST(geometry::make(2'097'152 * 16 * KiB, 16 * KiB).has_value());
    const auto past = geometry::make(2'097'152 * 16 * KiB + 1, 16 * KiB);
    BOOST_REQUIRE(!past);
    BOOST_TEST((past.error().code == errc::bad_data));
    BOOST_TEST(past.error().message == "the torrent has 2097153 pieces; the limit is 2097152");
    constexpr auto huge = std::numeric_limits<std::uint64_t>::max();
    BOOST_TEST(!geometry::make(huge, 1));
    BOOST_TEST(!geometry::make(huge, 512 * MiB));
    BOOST_TEST(!geometry::make(huge, huge));
    BOOST_TEST(!geometry::make(1, (std::uint64_t{1} << 32) + 16 * KiB));  // 16 KiB in 32 bits
}

BOOST_AUTO_TEST_CASE(an_index_exists_only_in_range) {
    const auto made = shape(100 * KiB, 32 * KiB);
    BOOST_TEST((made.piece(0) == piece_index(0)));
    BOOST_TEST((made.piece(3) == piece_index(3)));
    BOOST_TEST(!made.piece(4));
    BOOST_TEST(!made.piece(std::uint64_t{1} << 32));
    BOOST_TEST(!made.piece(std::numeric_limits<std::uint64_t>::max()));
}

BOOST_AUTO_TEST_CASE(blocks_cover_their_piece) {
    for (const auto& made : {shape(100 * KiB + 5, 40 * KiB), shape(100, 7), shape(64 * KiB, 32 * KiB)}) {
        std::uint64_t position = 0;
        for (std::uint32_t p = 0; p < made.piece_count(); ++p) {
            const piece_index piece(p);
            BOOST_TEST(made.piece_begin(piece) == position);
            std::uint32_t offset = 0;
            for (std::uint32_t b = 0; b < made.block_count(piece); ++b) {
                const auto range = made.block(piece, block_index(b));
                BOOST_TEST((range.piece == piece));
                BOOST_TEST(range.offset == offset);
                BOOST_TEST((range.length > 0 && range.length <= 16 * KiB));
                BOOST_TEST((made.block_of(range) == block_index(b)));
                BOOST_TEST((made.checked_range(p, range.offset, range.length) == range));
                offset += range.length;
            }
            BOOST_TEST(offset == made.piece_size(piece));
            position += offset;
        }
        BOOST_TEST(position == made.total_bytes());
    }
}

BOOST_AUTO_TEST_CASE(a_request_must_lie_in_its_piece_and_be_at_most_a_block) {
    const auto made = shape(100 * KiB, 32 * KiB);  // the last piece has 4 KiB
    BOOST_TEST(made.checked_range(0, 0, 16 * KiB).has_value());
    BOOST_TEST(made.checked_range(0, 1, 16 * KiB).has_value());  // need not be one of our blocks
    BOOST_TEST(made.checked_range(0, 32 * KiB - 1, 1).has_value());
    BOOST_TEST(made.checked_range(3, 0, 4 * KiB).has_value());

    BOOST_TEST(!made.checked_range(0, 0, 0));
    BOOST_TEST(!made.checked_range(0, 0, 16 * KiB + 1));
    BOOST_TEST(!made.checked_range(0, 32 * KiB, 1));
    BOOST_TEST(!made.checked_range(0, 32 * KiB - 1, 2));
    BOOST_TEST(!made.checked_range(3, 0, 4 * KiB + 1));
    BOOST_TEST(!made.checked_range(4, 0, 1));
    constexpr auto huge = std::numeric_limits<std::uint64_t>::max();
    BOOST_TEST(!made.checked_range(0, huge, 1));
    BOOST_TEST(!made.checked_range(0, huge - 16 * KiB + 2, 16 * KiB));
    BOOST_TEST(!made.checked_range(0, 1, huge));
    BOOST_TEST(!made.checked_range(huge, 0, 1));
}

BOOST_AUTO_TEST_CASE(only_a_whole_block_has_an_index) {
    const auto made = shape(100 * KiB, 40 * KiB);
    BOOST_TEST((made.block_of({piece_index(0), 16 * KiB, 16 * KiB}) == block_index(1)));
    BOOST_TEST((made.block_of({piece_index(0), 32 * KiB, 8 * KiB}) == block_index(2)));
    BOOST_TEST(!made.block_of({piece_index(0), 32 * KiB, 16 * KiB}));
    BOOST_TEST(!made.block_of({piece_index(0), 16 * KiB, 8 * KiB}));
    BOOST_TEST(!made.block_of({piece_index(0), 8 * KiB, 16 * KiB}));
    BOOST_TEST(!made.block_of({piece_index(0), 48 * KiB, 16 * KiB}));
    BOOST_TEST(!made.block_of({piece_index(3), 0, 16 * KiB}));
}

BOOST_AUTO_TEST_SUITE_END()
