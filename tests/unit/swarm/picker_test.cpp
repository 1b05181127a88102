#include "swarm/picker.hpp"

#include <boost/test/unit_test.hpp>
#include <map>
#include <set>

#include "picker_vocabulary.hpp"

using namespace bt;
using namespace bt::swarm;

BOOST_AUTO_TEST_SUITE(picker_test)

BOOST_AUTO_TEST_CASE(the_rarest_piece_is_started_first) {
    fetch f(shape_of(8, 1), pieces("....####"));
    join(f.pick.peers(), {"####....",  //
                          "##.#....",  //
                          "#..#....",  //
                          "#......."});
    BOOST_TEST(text(f.ask("########", 4)) == "2.0 1.0 3.0 0.0");
}

BOOST_AUTO_TEST_CASE(a_started_piece_is_asked_to_its_end_before_another_is_started) {
    fetch f(shape_of(7, 4), pieces("...####"));
    join(f.pick.peers(), {"###....",  //
                          ".##....",  //
                          "..#...."});
    BOOST_TEST(text(f.ask("#######", 3)) == "0.0 0.1 0.2");
    // it has become the most common, and still comes first
    join(f.pick.peers(), {"#......", "#......", "#......"});
    BOOST_TEST(text(f.ask("#######", 3)) == "0.3 1.0 1.1");
    BOOST_TEST(text(f.ask("#######", 9)) == "1.2 1.3 2.0 2.1 2.2 2.3");
}

BOOST_AUTO_TEST_CASE(a_peer_without_the_started_piece_starts_another) {
    fetch f(shape_of(3, 4));
    join(f.pick.peers(), {"###", "..#"});
    f.pick.set_sequential(true);
    BOOST_TEST(text(f.ask("###", 2)) == "0.0 0.1");
    BOOST_TEST(text(f.ask("..#", 2)) == "2.0 2.1");
    BOOST_TEST(text(f.ask("###", 5)) == "0.2 0.3 2.2 2.3 1.0");
    BOOST_TEST(f.pick.started() == 3u);
    BOOST_TEST(f.pick.is_started(piece_index(1)));
}

BOOST_AUTO_TEST_CASE(a_peer_with_nothing_we_need_is_asked_nothing) {
    fetch f(shape_of(3, 2));
    join(f.pick.peers(), {"#.."});
    BOOST_TEST(f.ask("...", 5).empty());
    BOOST_TEST(f.ask("#..", 0).empty());
    BOOST_TEST(text(f.ask("#..", 5)) == "0.0 0.1");
    BOOST_TEST(f.ask("#..", 5).empty());
}

BOOST_AUTO_TEST_CASE(sequential_goes_by_index) {
    fetch f(shape_of(8, 1), pieces("....####"));
    join(f.pick.peers(), {"####....",  //
                          "##......",  //
                          "#......."});
    f.pick.set_sequential(true);
    BOOST_TEST(text(f.ask("########", 2)) == "0.0 1.0");
    f.pick.set_sequential(false);
    join(f.pick.peers(), {"..#....."});
    BOOST_TEST(text(f.ask("########", 2)) == "3.0 2.0");
}

BOOST_AUTO_TEST_CASE(who_alone_has_something_that_is_needed_is_told_from_those_who_share_it) {
    fetch f(shape_of(4, 2));
    join(f.pick.peers(), {"##..", ".#.."});
    BOOST_TEST(f.pick.needs_alone(pieces("##..")));
    BOOST_TEST(!f.pick.needs_alone(pieces(".#..")));
    const auto asked = f.ask("#...", 2);  // it is started, and counts
    BOOST_TEST(f.pick.needs_alone(pieces("##..")));
    f.finish(asked);
    BOOST_TEST(!f.pick.needs_alone(pieces("##..")));
    f.pick.peers().add_everywhere();
    BOOST_TEST(f.pick.needs_alone(pieces("####")));
    f.pick.peers().add_everywhere();
    BOOST_TEST(!f.pick.needs_alone(pieces("####")));
}

BOOST_AUTO_TEST_CASE(lost_blocks_are_asked_again_first) {
    fetch f(shape_of(4, 3));
    f.pick.set_sequential(true);
    BOOST_TEST(text(f.ask("####", 4)) == "0.0 0.1 0.2 1.0");
    f.pick.lost(f.at(0, 1));
    BOOST_TEST(text(f.ask("####", 2)) == "0.1 1.1");
    f.pick.lost(f.at(0, 2));
    f.pick.lost(f.at(0, 0));
    BOOST_TEST(text(f.ask("####", 4)) == "0.0 0.2 1.2 2.0");
}

BOOST_AUTO_TEST_CASE(a_lost_block_of_a_younger_piece_comes_before_the_rest_of_an_older_one) {
    fetch f(shape_of(4, 3));
    f.pick.set_sequential(true);
    BOOST_TEST(text(f.ask("###.", 1)) == "0.0");
    BOOST_TEST(text(f.ask(".##.", 2)) == "1.0 1.1");
    f.pick.lost(f.at(1, 0));
    BOOST_TEST(text(f.ask("###.", 2)) == "1.0 1.2");
    BOOST_TEST(text(f.ask("###.", 2)) == "0.1 0.2");
}

BOOST_AUTO_TEST_CASE(losing_what_was_not_asked_or_has_arrived_changes_nothing) {
    fetch f(shape_of(2, 2));
    f.pick.set_sequential(true);
    f.pick.lost(f.at(0, 0));
    f.pick.lost({piece_index(0), 5, 7});
    const auto asked = f.ask("##", 1);
    f.pick.lost(f.at(0, 1));
    BOOST_TEST(arrive(f.pick, asked[0]).fresh);
    f.pick.lost(asked[0]);
    BOOST_TEST(text(f.ask("##", 3)) == "0.1 1.0 1.1");
}

BOOST_AUTO_TEST_CASE(a_piece_is_whole_with_its_last_block_and_tells_who_gave_it) {
    fetch f(shape_of(1, 3));
    const auto asked = f.ask("#", 3);
    BOOST_TEST(!arrive(f.pick, asked[2], 7).piece_whole);
    BOOST_TEST(!arrive(f.pick, asked[0], 8).piece_whole);
    const auto last = arrive(f.pick, asked[1], 7);
    BOOST_TEST(last.piece_whole);
    BOOST_TEST(!last.others_asked);
    const auto whole = f.pick.take_piece(piece_index(0));
    BOOST_TEST((whole.from == std::vector{connection_id(8), connection_id(7), connection_id(7)}));
    bytes expected;
    for (const auto& range : asked) {
        const auto data = payload(range);
        expected.insert(expected.end(), data.begin(), data.end());
    }
    BOOST_TEST(whole.data.size() == expected.size());
    BOOST_TEST(std::equal(expected.begin(), expected.end(), whole.data.data()));
    BOOST_TEST(f.pick.started() == 0u);
    BOOST_TEST(!f.pick.is_complete());
    BOOST_TEST(f.ask("#", 3).empty());  // being written
    f.pick.verified(piece_index(0));
    BOOST_TEST(f.pick.is_complete());
    BOOST_TEST(picture(f.pick.have()) == "#");
}

BOOST_AUTO_TEST_CASE(a_block_that_comes_late_or_unasked_is_kept_and_not_asked_again) {
    fetch f(shape_of(2, 3));
    f.pick.set_sequential(true);
    const auto asked = f.ask("##", 1);
    f.pick.lost(asked[0]);
    BOOST_TEST(arrive(f.pick, asked[0]).fresh);
    BOOST_TEST(arrive(f.pick, f.at(0, 2)).fresh);
    BOOST_TEST(text(f.ask("##", 2)) == "0.1 1.0");
    // of a piece nobody started nothing is kept
    BOOST_TEST(arrive(f.pick, f.at(1, 1)).fresh);
    fetch g(shape_of(2, 3));
    BOOST_TEST(!arrive(g.pick, g.at(1, 1)).fresh);
}

BOOST_AUTO_TEST_CASE(what_is_not_exactly_a_block_is_not_kept) {
    fetch f(shape_of(1, 2));
    const auto asked = f.ask("#", 2);
    BOOST_TEST(!arrive(f.pick, {piece_index(0), 0, block / 2}).fresh);
    BOOST_TEST(!arrive(f.pick, {piece_index(0), 100, block}).fresh);
    BOOST_TEST(!f.pick.arrived(asked[0], bytes(block - 1), connection_id(1)).fresh);
    BOOST_TEST(!f.pick.arrived(asked[0], bytes(block + 1), connection_id(1)).fresh);
    BOOST_TEST(arrive(f.pick, asked[0]).fresh);
}

BOOST_AUTO_TEST_CASE(the_last_piece_and_the_last_block_may_be_short) {
    // two pieces of 2½ blocks, and one of a block and a byte
    const auto shape =
        *torrent::geometry::make(2 * (2 * block + block / 2) + block + 1, 2 * block + block / 2);
    fetch f(shape);
    f.pick.set_sequential(true);
    const auto asked = f.ask("###", 100);
    BOOST_TEST(text(asked) == "0.0 0.1 0.2 1.0 1.1 1.2 2.0 2.1");
    std::vector<std::uint32_t> lengths;
    for (const auto& range : asked) lengths.push_back(range.length);
    BOOST_TEST(lengths == (std::vector{block, block, block / 2, block, block, block / 2, block, 1u}));
    BOOST_TEST(arrive(f.pick, asked[7]).fresh);
    BOOST_TEST(arrive(f.pick, asked[6]).piece_whole);
    BOOST_TEST(f.pick.take_piece(piece_index(2)).data.size() == block + 1);
}

BOOST_AUTO_TEST_CASE(a_failed_piece_is_fetched_again) {
    fetch f(shape_of(2, 2));
    f.pick.set_sequential(true);
    for (const auto& range : f.ask("##", 2)) arrive(f.pick, range);
    f.pick.take_piece(piece_index(0));
    BOOST_TEST(text(f.ask("##", 1)) == "1.0");
    f.pick.failed(piece_index(0));
    BOOST_TEST(text(f.ask("##", 3)) == "1.1 0.0 0.1");
    f.finish({f.at(0, 0), f.at(0, 1)});
    BOOST_TEST(picture(f.pick.have()) == "#.");
}

BOOST_AUTO_TEST_CASE(only_wanted_pieces_are_asked_for) {
    fetch f(shape_of(5, 1));
    f.pick.set_sequential(true);
    f.pick.set_priorities(wishes(".#.#."));
    BOOST_TEST(text(f.ask("#####", 9)) == "1.0 3.0");
    BOOST_TEST(f.pick.in_end_game());
    f.finish({f.at(1, 0)});
    BOOST_TEST(!f.pick.is_complete());
    f.finish({f.at(3, 0)});
    BOOST_TEST(f.pick.is_complete());
    BOOST_TEST(f.ask("#####", 9).empty());
    f.pick.set_priorities(wishes("##..#"));
    BOOST_TEST(!f.pick.is_complete());
    BOOST_TEST(text(f.ask("#####", 9)) == "0.0 4.0");
}

BOOST_AUTO_TEST_CASE(a_started_piece_that_is_no_longer_wanted_is_dropped) {
    fetch f(shape_of(2, 3), 3 * block);
    f.pick.set_sequential(true);
    const auto asked = f.ask("##", 2);
    arrive(f.pick, asked[0]);
    f.pick.set_priorities(wishes(".#"));
    BOOST_TEST(f.pick.started() == 0u);
    BOOST_TEST(!arrive(f.pick, asked[1]).fresh);
    BOOST_TEST(text(f.ask("##", 9)) == "1.0 1.1 1.2");  // there is memory for it
    f.pick.set_priorities(wishes("#."));
    BOOST_TEST(text(f.ask("##", 9)) == "0.0 0.1 0.2");
}

BOOST_AUTO_TEST_CASE(a_piece_at_the_disk_stays_there_when_wishes_change) {
    fetch f(shape_of(2, 1));
    f.pick.set_sequential(true);
    arrive(f.pick, f.ask("##", 1)[0]);
    f.pick.take_piece(piece_index(0));
    f.pick.set_priorities(wishes(".#"));
    f.pick.set_priorities(wishes("#."));
    BOOST_TEST(f.ask("##", 9).empty());
    f.pick.verified(piece_index(0));
    BOOST_TEST(f.pick.is_complete());
    // one that fails while nobody wants it waits until somebody does
    f.pick.set_priorities(wishes(".#"));
    arrive(f.pick, f.ask("##", 1)[0]);
    f.pick.take_piece(piece_index(1));
    f.pick.set_priorities(wishes("#."));
    f.pick.failed(piece_index(1));
    BOOST_TEST(f.ask("##", 9).empty());
    f.pick.set_priorities(wishes("##"));
    BOOST_TEST(text(f.ask("##", 9)) == "1.0");
}

BOOST_AUTO_TEST_CASE(priorities_change_the_order_at_any_time) {
    fetch f(shape_of(6, 2));
    f.pick.set_sequential(true);
    f.pick.set_priorities(wishes("lnhln."));
    BOOST_TEST(text(f.ask("######", 3)) == "2.0 2.1 1.0");
    // a started piece is finished first, whatever has become of its priority
    f.pick.set_priorities(wishes("hlhl.n"));
    BOOST_TEST(text(f.ask("######", 5)) == "1.1 0.0 0.1 5.0 5.1");
    f.pick.set_priorities(wishes("nnnnhn"));
    BOOST_TEST(text(f.ask("######", 5)) == "4.0 4.1 3.0 3.1");
    BOOST_TEST(f.pick.in_end_game());
}

BOOST_AUTO_TEST_CASE(who_owes_a_block_of_a_piece_that_was_given_up_is_not_asked_for_it_again) {
    fetch f(shape_of(2, 3));
    f.pick.set_sequential(true);
    peer one(1, "##");
    BOOST_TEST(text(f.ask(one, 2)) == "0.0 0.1");
    f.pick.set_priorities(wishes(".n"));
    f.pick.set_priorities(wishes("nn"));
    BOOST_TEST(text(f.ask(one, 2)) == "0.2 1.0");
    const auto late = f.bring(one);
    BOOST_TEST(late.fresh);
    BOOST_TEST(late.others_asked);  // nobody knows
}

BOOST_AUTO_TEST_CASE(a_piece_is_half_done_when_half_of_its_blocks_are_there) {
    fetch f(shape_of(2, 3));
    f.pick.set_sequential(true);
    BOOST_TEST(!f.pick.is_half_done(piece_index(0)));
    const auto asked = f.ask("##", 3);
    arrive(f.pick, asked[0]);
    BOOST_TEST(!f.pick.is_half_done(piece_index(0)));
    arrive(f.pick, asked[2]);
    BOOST_TEST(f.pick.is_half_done(piece_index(0)));
    arrive(f.pick, asked[1]);
    f.pick.take_piece(piece_index(0));
    BOOST_TEST(f.pick.is_half_done(piece_index(0)));
    f.pick.failed(piece_index(0));
    BOOST_TEST(!f.pick.is_half_done(piece_index(0)));
}

BOOST_AUTO_TEST_CASE(what_is_on_disk_already_is_not_asked_for) {
    const auto shape = shape_of(4, 1);
    picker p(shape, pieces("#.#."), rng(1), plenty);
    p.set_sequential(true);
    BOOST_TEST(text(p.pick(peer(1, "####").who(), 9, nothing)) == "1.0 3.0");
    // found on disk after all, whatever state it was in
    p.verified(piece_index(1));
    BOOST_TEST(p.started() == 1u);
    BOOST_TEST(!arrive(p, shape.block(piece_index(1), block_index(0))).fresh);
    p.verified(piece_index(3));
    BOOST_TEST(p.is_complete());
    BOOST_TEST(picker(shape, pieces("####"), rng(1), plenty).is_complete());
    BOOST_TEST(!picker(shape, pieces("####"), rng(1), plenty).in_end_game());
}

BOOST_AUTO_TEST_CASE(an_empty_torrent_is_complete) {
    const auto shape = *torrent::geometry::make(0, block);
    picker p(shape, torrent::piece_set(0), rng(1), plenty);
    BOOST_TEST(p.is_complete());
    BOOST_TEST(!p.is_interesting(torrent::piece_set(0)));
    BOOST_TEST(p.pick(peer(1, "").who(), 5, nothing).empty());
}

BOOST_AUTO_TEST_CASE(a_peer_is_interesting_when_it_has_something_we_still_want) {
    struct {
        std::string_view have, wanted, theirs;
        bool interesting;
    } const table[] = {
        {"....", "####", "....", false},  //
        {"....", "####", "...#", true},   //
        {"##..", "####", "##..", false},  //
        {"##..", "####", "#.#.", true},   //
        {"####", "####", "####", false},  //
        {"....", "##..", "..##", false},  //
        {"....", "##..", ".###", true},   //
        {"##..", "##..", "####", false},  // complete as we want it
        {"#...", "##..", "####", true},   //
        {"#...", "##..", "#.##", false},
    };
    for (const auto& row : table) {
        picker p(shape_of(4, 1), pieces(row.have), rng(1), plenty);
        p.set_priorities(wishes(row.wanted));
        BOOST_TEST(p.is_interesting(pieces(row.theirs)) == row.interesting,
                   row.have << " wants " << row.wanted << " of " << row.theirs);
    }
    // of a peer that has told nothing yet nothing is known
    BOOST_TEST(!fetch(shape_of(4, 1)).pick.is_interesting(torrent::piece_set()));
}

BOOST_AUTO_TEST_CASE(a_piece_on_its_way_stays_interesting_until_it_is_verified) {
    fetch f(shape_of(1, 1));
    const auto asked = f.ask("#", 1);
    BOOST_TEST(f.pick.is_interesting(pieces("#")));
    arrive(f.pick, asked[0]);
    f.pick.take_piece(piece_index(0));
    BOOST_TEST(f.pick.is_interesting(pieces("#")));
    f.pick.verified(piece_index(0));
    BOOST_TEST(!f.pick.is_interesting(pieces("#")));
}

BOOST_AUTO_TEST_SUITE_END()
