// Pieces that are lost and found again on disk, a disk that takes nothing, and which machines have
// everything.
#include <boost/test/unit_test.hpp>

#include "unit/swarm/town.hpp"

using namespace bt;
using namespace bt::swarm;
using namespace bt::swarm::test;

namespace {

std::vector<piece_index> pieces_of(std::initializer_list<std::uint32_t> numbers) {
    std::vector<piece_index> out;
    for (const auto number : numbers) out.push_back(piece_index(number));
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(what_the_disk_does)

BOOST_AUTO_TEST_CASE(a_lost_piece_is_taken_back_and_given_again_when_it_is_found) {
    town t(all_pieces());
    auto& taker = t.comes('a', neighbour(2), no_pieces());
    t.swarm.lost(t.now, pieces_of({3, 4}), false);
    t.settle();
    BOOST_TEST(taker.peer.pieces().count() == 8u);
    BOOST_TEST(!t.swarm.has_everything());
    BOOST_TEST(t.swarm.is_complete());  // nothing is fetched into what is only read
    auto& late = t.comes('b', neighbour(3), no_pieces());
    BOOST_TEST(!late.peer.pieces().has(piece_index(3)));
    t.swarm.found(t.now, pieces_of({3, 4}));
    t.settle();
    BOOST_TEST(taker.peer.pieces().all());
    BOOST_TEST(late.peer.pieces().all());
    BOOST_TEST(t.swarm.has_everything());
}

BOOST_AUTO_TEST_CASE(a_lost_piece_of_a_download_is_fetched_again_and_completeness_is_said_again) {
    town t(only({0, 1, 2, 3, 4, 5, 6, 7, 8}));
    auto& source = t.comes('a', neighbour(2), all_pieces());
    t.gives(source);
    t.run(1s);
    BOOST_TEST(had(t) == "##########");
    t.said.clear();
    t.lives('b', neighbour(3), all_pieces());
    t.hears_of(neighbour(3));
    t.swarm.lost(t.now, pieces_of({2, 7}), true);
    t.settle();
    t.run(5s);
    BOOST_TEST(had(t) == "##########");
    BOOST_TEST(has_line(t.said, "complete"));
}

BOOST_AUTO_TEST_CASE(while_the_disk_takes_nothing_nothing_is_asked_and_all_is_given) {
    town t(only({0, 1}));
    t.swarm.set_writable(t.now, false);
    auto& source = t.comes('a', neighbour(2), all_pieces());
    t.gives(source);
    auto& taker = t.comes('b', neighbour(3), no_pieces());
    taker.peer.set_interested(t.now, true);
    t.run(1s);
    t.asks(taker, {wire::test::block(1)});
    t.run(1s);
    BOOST_TEST(taker.got == limits::block_bytes);
    BOOST_TEST(had(t) == "##........");
    t.swarm.set_writable(t.now, true);
    t.settle();
    t.run(2s);
    BOOST_TEST(had(t) == "##########");
}

BOOST_AUTO_TEST_CASE(a_machine_that_fetches_twice_or_runs_two_nodes_counts_once) {
    town t(all_pieces());
    t.comes('a', neighbour(2), all_pieces());
    t.comes('b', neighbour(2), all_pieces());
    BOOST_TEST(t.swarm.completed_machines() == 1u);
    t.comes('c', neighbour(3), all_pieces());
    t.comes('c', neighbour(4), all_pieces());  // its other address
    t.comes('d', neighbour(4), all_pieces());
    BOOST_TEST(t.swarm.completed_machines() == 2u);
    BOOST_TEST(t.completed == 2u);  // and is told once
}

BOOST_AUTO_TEST_CASE(it_is_wanted_as_long_as_somebody_lacks_something_and_wants_it) {
    town t(all_pieces());
    BOOST_TEST(!t.swarm.is_wanted());
    auto& taker = t.comes('a', neighbour(2), only({1}));
    BOOST_TEST(t.swarm.is_wanted());
    t.leaves(taker);
    BOOST_TEST(!t.swarm.is_wanted());
}

BOOST_AUTO_TEST_SUITE_END()
