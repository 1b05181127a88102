#include "swarm/picker.hpp"

#include <boost/test/unit_test.hpp>
#include <map>
#include <set>

#include "picker_vocabulary.hpp"

using namespace bt;
using namespace bt::swarm;

BOOST_AUTO_TEST_SUITE(picker_end_game_test)

BOOST_AUTO_TEST_CASE(no_block_is_asked_twice_before_the_end_game) {
    const auto shape = shape_of(40, 5);
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        fetch f(shape, plenty, seed);
        rng random(seed);
        std::vector<torrent::piece_set> peers(6, torrent::piece_set(40));
        for (std::uint32_t i = 0; i < 40; ++i) peers[random.below(6)].insert(piece_index(i));
        for (auto& each : peers) {
            for (std::uint32_t i = 0; i < 40; ++i)
                if (random.chance(0.4)) each.insert(piece_index(i));
            f.pick.peers().add(each);
        }
        std::set<block_range> asked;
        while (asked.size() < 200) {
            BOOST_REQUIRE(!f.pick.in_end_game());
            const peer one(1, peers[random.below(6)]);
            const auto count = std::min<std::size_t>(1 + random.below(9), 200 - asked.size());
            for (const auto& range : f.pick.pick(one.who(), count, nothing)) {
                BOOST_REQUIRE(one.has.has(range.piece));
                BOOST_REQUIRE_MESSAGE(asked.insert(range).second, "seed " << seed);
            }
        }
        BOOST_TEST(f.pick.in_end_game());
    }
}

BOOST_AUTO_TEST_CASE(the_end_game_asks_a_block_from_four_peers_at_most_and_never_twice_from_one) {
    fetch f(shape_of(2, 3));
    std::map<int, std::set<block_range>> owed;
    const auto ask = [&](int id, std::size_t count) {
        const auto got = f.pick.pick(peer(1, "##").who(), count,
                                     [&](const block_range& range) { return owed[id].contains(range); });
        for (const auto& range : got) BOOST_TEST(owed[id].insert(range).second);
        return got.size();
    };
    BOOST_TEST(ask(1, 100) == 6u);
    for (const auto& range : owed[1]) f.pick.late(range);
    BOOST_TEST(f.pick.in_end_game());
    BOOST_TEST(ask(1, 100) == 0u);
    BOOST_TEST(ask(2, 4) == 4u);
    BOOST_TEST(ask(2, 100) == 2u);
    BOOST_TEST(ask(3, 100) == 6u);
    BOOST_TEST(ask(4, 100) == 6u);
    BOOST_TEST(ask(5, 100) == 0u);
    // a place that was given back is taken by another
    f.pick.lost(*owed[3].begin());
    BOOST_TEST(ask(5, 100) == 1u);
    BOOST_TEST(ask(6, 100) == 0u);
    // what has arrived is asked from nobody
    const auto first = *owed[1].begin();
    const auto arrival = arrive(f.pick, first, 2);
    BOOST_TEST(arrival.fresh);
    BOOST_TEST(arrival.others_asked);
    BOOST_TEST(ask(7, 100) == 0u);
    BOOST_TEST(!arrive(f.pick, first, 3).fresh);
}

BOOST_AUTO_TEST_CASE(what_four_promised_and_do_not_bring_is_asked_of_a_fifth) {
    fetch f(shape_of(1, 2));
    std::vector<block_range> blocks;
    for (int id = 1; id <= 4; ++id) {
        blocks = f.pick.pick(peer(1, "#").who(), 2, nothing);
        for (const auto& range : blocks) f.pick.late(range);
    }
    BOOST_TEST(blocks.size() == 2u);
    BOOST_TEST(f.pick.pick(peer(1, "#").who(), 2, nothing).empty());
    f.pick.overdue(blocks[1]);
    BOOST_TEST(f.pick.pick(peer(1, "#").who(), 2, nothing).size() == 1u);
    BOOST_TEST(f.pick.pick(peer(1, "#").who(), 2, nothing).size() == 1u);
    arrive(f.pick, blocks[1]);
    BOOST_TEST(f.pick.pick(peer(1, "#").who(), 2, nothing).empty());
}

BOOST_AUTO_TEST_CASE(the_end_game_repeats_what_will_be_late_and_nothing_else) {
    fetch f(shape_of(2, 2));
    const auto asked = f.ask("##", 4);
    BOOST_TEST(f.pick.in_end_game());
    BOOST_TEST(f.ask("##", 4).empty());
    f.pick.late(asked[1]);
    BOOST_TEST(text(f.ask("##", 4)) == text({asked[1]}));
    // who is asked now for what was lost is as good as any
    f.pick.lost(asked[1]);
    f.pick.lost(asked[1]);
    BOOST_TEST(text(f.ask("##", 4)) == text({asked[1]}));
    BOOST_TEST(f.ask("##", 4).empty());
}

BOOST_AUTO_TEST_CASE(the_end_game_asks_a_peer_for_no_more_than_it_is_to_repeat) {
    fetch f(shape_of(1, 4));
    for (const auto& range : f.ask("#", 4)) f.pick.late(range);
    const peer one(1, "#");
    auto who = one.who();
    who.repeats = 0;
    BOOST_TEST(f.pick.pick(who, 4, nothing).empty());
    who.repeats = 3;
    BOOST_TEST(f.pick.pick(who, 4, nothing).size() == 3u);
}

BOOST_AUTO_TEST_CASE(the_end_game_asks_a_peer_only_for_what_it_has) {
    fetch f(shape_of(2, 2));
    const auto asked = f.ask("##", 4);
    BOOST_TEST(asked.size() == 4u);
    for (const auto& range : asked) f.pick.late(range);
    f.pick.set_sequential(true);
    BOOST_TEST(text(f.ask(".#", 4)) == "1.0 1.1");
}

BOOST_AUTO_TEST_CASE(the_end_game_ends_when_a_block_is_lost) {
    fetch f(shape_of(2, 2));
    const auto asked = f.ask("##", 4);
    BOOST_TEST(f.pick.in_end_game());
    f.pick.lost(asked[3]);
    BOOST_TEST(!f.pick.in_end_game());
    BOOST_TEST(text(f.ask("##", 1)) == text({asked[3]}));
    BOOST_TEST(f.pick.in_end_game());
}

BOOST_AUTO_TEST_CASE(no_more_pieces_are_started_than_the_memory_holds) {
    fetch f(shape_of(10, 4), 12 * block);
    f.pick.set_sequential(true);
    const auto asked = f.ask("##########", 100);
    BOOST_TEST(asked.size() == 12u);
    BOOST_TEST(f.pick.started() == 3u);
    BOOST_TEST(!f.pick.in_end_game());
    // a piece that leaves makes room for one
    f.finish({asked.begin(), asked.begin() + 4});
    BOOST_TEST(text(f.ask("##########", 100)) == "3.0 3.1 3.2 3.3");
}

BOOST_AUTO_TEST_CASE(one_piece_is_fetched_however_large_it_is) {
    fetch f(shape_of(3, 4), block);
    BOOST_TEST(f.ask("###", 100).size() == 4u);
    BOOST_TEST(f.pick.started() == 1u);
}

BOOST_AUTO_TEST_CASE(a_stuck_piece_gives_its_memory_to_a_peer_that_can_go_on) {
    fetch f(shape_of(4, 2), 4 * block);
    f.pick.set_sequential(true);
    const auto first = f.ask("##..", 4);
    BOOST_TEST(text(first) == "0.0 0.1 1.0 1.1");
    BOOST_TEST(f.ask("..##", 9).empty());  // everything is on its way
    arrive(f.pick, first[0]);
    f.pick.lost(first[1]);  // the only one who had piece 0 has left
    BOOST_TEST(text(f.ask("..##", 9)) == "2.0 2.1");
    BOOST_TEST(f.pick.started() == 2u);
    BOOST_TEST(!f.pick.is_started(piece_index(0)));
    BOOST_TEST(!f.pick.in_end_game());  // it is to be fetched again, from its beginning
    f.finish(f.ask("..##", 9));
    f.finish({f.at(2, 0), f.at(2, 1)});
    BOOST_TEST(text(f.ask("##..", 9)) == "0.0 0.1");
}

BOOST_AUTO_TEST_CASE(a_stuck_piece_stays_when_this_peer_can_finish_it) {
    fetch f(shape_of(3, 2), 2 * block);
    f.pick.set_sequential(true);
    const auto first = f.ask("#..", 2);
    arrive(f.pick, first[0]);
    f.pick.lost(first[1]);
    BOOST_TEST(text(f.ask("###", 9)) == "0.1");
}

BOOST_AUTO_TEST_CASE(short_last_pieces_do_not_stretch_the_memory) {
    // pieces of 4 blocks, the last of one
    const auto shape = *torrent::geometry::make(13 * block, 4 * block);
    fetch f(shape, 8 * block);
    f.pick.set_sequential(true);
    BOOST_TEST(text(f.ask("...#", 9)) == "3.0");
    const auto asked = f.ask("#...", 9);
    BOOST_TEST(text(asked) == "0.0 0.1 0.2 0.3");
    f.pick.lost(shape.block(piece_index(3), block_index(0)));
    for (const auto& range : asked) f.pick.lost(range);
    // one block and four are stuck; one piece of four more fits beside four
    BOOST_TEST(text(f.ask(".#..", 1)) == "1.0");
    std::size_t held = 0;
    for (std::uint32_t i = 0; i < 4; ++i)
        if (f.pick.is_started(piece_index(i))) held += shape.piece_size(piece_index(i));
    BOOST_TEST(held <= 8 * block);
}

BOOST_AUTO_TEST_CASE(when_the_memory_is_full_the_last_blocks_of_a_piece_are_asked_from_a_second_peer) {
    // a slow peer must not hold up the others: 2 pieces of 32 blocks fit
    fetch f(shape_of(4, 32), 64 * block);
    f.pick.set_sequential(true);
    const auto slow = f.ask("####", 2);
    const auto fast = f.ask("####", 62);
    const auto owes_fast = [&](const block_range& r) {
        return std::find(fast.begin(), fast.end(), r) != fast.end();
    };
    BOOST_TEST(f.pick.pick(peer(2, "####").who(), 9, owes_fast).empty());
    for (std::size_t i = 0; i < 29; ++i) arrive(f.pick, fast[i]);
    BOOST_TEST(f.pick.pick(peer(2, "####").who(), 9, owes_fast).empty());
    arrive(f.pick, fast[29]);
    BOOST_TEST(text(f.pick.pick(peer(2, "####").who(), 9, owes_fast)) == "0.0 0.1");
    BOOST_TEST(f.ask("####", 9).empty());  // two peers are enough
    BOOST_TEST(arrive(f.pick, slow[0]).others_asked);
    f.finish({slow[1]});
    BOOST_TEST(f.pick.pick(peer(2, "####").who(), 2, owes_fast).size() == 2u);
    BOOST_TEST(f.pick.is_started(piece_index(2)));
}

BOOST_AUTO_TEST_SUITE_END()
