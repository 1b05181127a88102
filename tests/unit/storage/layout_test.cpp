#include "storage/layout.hpp"

#include <boost/test/unit_test.hpp>

#include "bench_disk.hpp"

using namespace bt;
using namespace bt::storage;
using namespace bt::storage::testing;

namespace {

std::string text_of(const std::vector<segment>& parts) {
    std::string out;
    for (const auto& part : parts)
        out += std::to_string(part.file.value()) + "@" + std::to_string(part.offset) + "+" +
               std::to_string(part.length) + " ";
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(layout_rooms)

BOOST_AUTO_TEST_CASE(segments_follow_the_files_and_skip_the_empty_ones) {
    const auto made = make_torrent("t", {{"none", ""},
                                         {"a", noise(10, 1)},
                                         {"n1", ""},
                                         {"n2", ""},
                                         {"b", noise(16380, 2)},
                                         {"c", noise(5, 3)},
                                         {"n3", ""}});
    const layout map(made.info);
    BOOST_TEST(text_of(map.segments(piece_index(0))) == "1@0+10 4@0+16374 ");
    BOOST_TEST(text_of(map.segments(piece_index(1))) == "4@16374+6 5@0+5 ");
    std::vector<segment> out;
    map.segments({piece_index(0), 9, 1}, out);
    map.segments({piece_index(0), 10, 3}, out);
    BOOST_TEST(text_of(out) == "1@9+1 4@0+3 ");
}

BOOST_AUTO_TEST_CASE(the_pieces_of_a_file_are_those_it_has_bytes_in) {
    const auto made =
        make_torrent("t", {{"a", noise(16384, 1)}, {"none", ""}, {"b", noise(1, 2)}, {"c", noise(40000, 2)}});
    const layout map(made.info);
    const auto run = [&](std::uint32_t file) {
        const auto [first, end] = map.pieces_of(file_index(file));
        return std::pair(first, end);
    };
    BOOST_TEST((run(0) == std::pair(0u, 1u)));
    BOOST_TEST((run(1) == std::pair(0u, 0u)));
    BOOST_TEST((run(2) == std::pair(1u, 2u)));
    BOOST_TEST((run(3) == std::pair(1u, 4u)));
}

BOOST_AUTO_TEST_SUITE_END()
