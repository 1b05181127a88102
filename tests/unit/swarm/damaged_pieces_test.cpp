// Which wrong pieces a peer is forgiven.
#include "swarm/damaged_pieces.hpp"

#include <boost/test/unit_test.hpp>

#include "unit/base/letter_ids.hpp"

using namespace bt;
using namespace bt::swarm;
using bt::test::id_of;

namespace {

constexpr time_point start = time_point{} + 1h;
const block_giver far_one{connection_id(1), id_of('a'), ip_address::v4(8, 8, 8, 8)};

std::size_t forgiven(const block_giver& who, std::size_t pieces, std::size_t right, bool only_source) {
    damaged_pieces damaged;
    for (std::uint32_t i = 0; i < pieces; ++i)
        if (!damaged.forgive(start, who, piece_index(i), right, only_source)) return i;
    return pieces;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(pieces_that_came_wrong)

BOOST_AUTO_TEST_CASE(an_only_source_is_forgiven_three_and_more_for_eight_right_ones_each) {
    struct row {
        std::size_t right;
        bool only_source;
        std::size_t forgiven;
    };
    for (const auto& each : {row{0, false, 0}, row{1'000, false, 0}, row{0, true, 3}, row{31, true, 3},
                             row{32, true, 4}, row{80, true, 10}, row{1'000'000, true, damaged_pieces::most}})
        BOOST_TEST(forgiven(far_one, 1'000, each.right, each.only_source) == each.forgiven);
}

BOOST_AUTO_TEST_CASE(the_same_piece_again_is_no_other_one) {
    damaged_pieces damaged;
    for (int i = 0; i < 100; ++i) BOOST_TEST(damaged.forgive(start, far_one, piece_index(7), 0, true));
}

BOOST_AUTO_TEST_CASE(a_wrong_piece_is_not_asked_for_5_seconds_then_twice_as_long_up_to_5_minutes) {
    damaged_pieces damaged;
    auto now = start;
    const torrent::piece_set all(10, true);
    for (const auto pause : {5s, 10s, 20s, 40s, 80s, 160s, 300s, 300s}) {
        BOOST_TEST(damaged.forgive(now, far_one, piece_index(7), 0, true));
        BOOST_TEST(damaged.without(now + pause - 1ms, far_one, all).count() == 9u);
        BOOST_TEST(damaged.any(now + pause - 1ms, far_one));
        now += pause;
        BOOST_TEST(damaged.without(now, far_one, all).count() == 10u);
        BOOST_TEST(!damaged.any(now, far_one));
    }
}

BOOST_AUTO_TEST_CASE(a_peer_is_its_host_and_on_loopback_its_id) {
    damaged_pieces damaged;
    auto renamed = far_one;
    renamed.id = id_of('b');
    BOOST_TEST(damaged.forgive(start, far_one, piece_index(7), 0, true));
    BOOST_TEST(damaged.any(start, renamed));

    block_giver here{connection_id(2), id_of('a'), ip_address::v4(127, 0, 0, 1)};
    BOOST_TEST(damaged.forgive(start, here, piece_index(7), 0, true));
    here.id = id_of('b');
    BOOST_TEST(!damaged.any(start, here));
}

BOOST_AUTO_TEST_SUITE_END()
