// Who is asked for which pieces.
#include <boost/test/unit_test.hpp>
#include <set>

#include "picker_vocabulary.hpp"

using namespace bt;
using namespace bt::swarm;

namespace {

/// Four pieces are there already, the rest is asked by index.
struct running : fetch {
    explicit running(std::uint32_t blocks_each, std::size_t budget = plenty)
        : fetch(shape_of(10, blocks_each), pieces("......####"), budget) {
        pick.set_sequential(true);
    }
};
constexpr std::string_view all = "##########";

}  // namespace

BOOST_AUTO_TEST_SUITE(picker_peers_test)

BOOST_AUTO_TEST_CASE(fast_peers_take_pieces_of_their_own) {
    running f(4);
    auto one = fast(1, all), two = fast(2, all);
    BOOST_TEST(text(f.ask(one, 2)) == "0.0 0.1");
    BOOST_TEST(text(f.ask(two, 2)) == "1.0 1.1");
    BOOST_TEST(text(f.ask(one, 3)) == "0.2 0.3 2.0");
    BOOST_TEST(text(f.ask(two, 3)) == "1.2 1.3 3.0");
}

BOOST_AUTO_TEST_CASE(slow_peers_share_pieces) {
    running f(4);
    peer one(1, all), two(2, all);
    BOOST_TEST(text(f.ask(one, 1)) == "0.0");
    BOOST_TEST(text(f.ask(two, 2)) == "0.1 0.2");
    BOOST_TEST(text(f.ask(one, 2)) == "0.3 1.0");
    BOOST_TEST(text(f.ask(two, 1)) == "1.1");
}

BOOST_AUTO_TEST_CASE(fast_and_slow_peers_keep_out_of_each_others_pieces) {
    running f(4);
    auto quick = fast(1, all);
    peer slow(2, all);
    BOOST_TEST(text(f.ask(quick, 1)) == "0.0");
    BOOST_TEST(text(f.ask(slow, 1)) == "1.0");
    BOOST_TEST(text(f.ask(quick, 4)) == "0.1 0.2 0.3 2.0");
    BOOST_TEST(text(f.ask(slow, 4)) == "1.1 1.2 1.3 3.0");
}

BOOST_AUTO_TEST_CASE(when_nothing_is_left_to_start_pieces_of_others_are_joined) {
    running f(4);
    auto one = fast(1, all), two = fast(2, "##....####");
    peer slow(3, "..########");
    BOOST_TEST(text(f.ask(one, 5)) == "0.0 0.1 0.2 0.3 1.0");
    BOOST_TEST(text(f.ask(two, 2)) == "1.1 1.2");
    BOOST_TEST(text(f.ask(slow, 1)) == "2.0");
    // the same when it is memory that lets none start
    running g(4, 8 * block);
    auto three = fast(1, all), four = fast(2, all);
    BOOST_TEST(text(g.ask(three, 5)) == "0.0 0.1 0.2 0.3 1.0");
    BOOST_TEST(text(g.ask(four, 2)) == "1.1 1.2");
}

BOOST_AUTO_TEST_CASE(a_fast_peer_goes_on_with_what_nobody_works_on_and_others_stay_out) {
    running f(4);
    peer slow(1, all), later(3, all);
    auto quick = fast(2, all);
    f.ask(slow, 2);
    f.bring(slow);
    f.leave(slow);
    BOOST_TEST(text(f.ask(quick, 1)) == "0.1");
    BOOST_TEST(text(f.ask(later, 1)) == "1.0");
    BOOST_TEST(text(f.ask(quick, 3)) == "0.2 0.3 2.0");
}

BOOST_AUTO_TEST_CASE(what_is_disowned_is_shared) {
    running f(4);
    auto quick = fast(1, all);
    peer slow(2, all);
    f.ask(quick, 2);
    f.pick.disown(connection_id(1));
    BOOST_TEST(text(f.ask(slow, 1)) == "0.2");
    quick.fast = false;
    BOOST_TEST(text(f.ask(quick, 2)) == "0.3 1.0");
    // disowning a stranger, or twice, is nothing
    f.pick.disown(connection_id(1));
    f.pick.disown(connection_id(77));
}

BOOST_AUTO_TEST_CASE(a_piece_whose_owner_has_nothing_on_the_way_is_no_hostage) {
    running f(4);
    auto quick = fast(1, all), other = fast(2, all);
    f.ask(quick, 2);
    f.bring(quick, 2);
    BOOST_TEST(text(f.ask(other, 1)) == "0.2");
    BOOST_TEST(text(f.ask(quick, 1)) == "1.0");
}

BOOST_AUTO_TEST_CASE(first_pieces_are_shared_and_such_as_many_have) {
    const auto shape = shape_of(6, 4);
    fetch f(shape);
    join(f.pick.peers(), {"######", "#.####", "#..###", "#...##", "....##", ".....#"});
    auto one = fast(1, "######"), two = fast(2, "######");
    BOOST_TEST(text(f.ask(one, 2)) == "5.0 5.1");
    BOOST_TEST(text(f.ask(two, 3)) == "5.2 5.3 4.0");
    // with four pieces it is the rarest, and each takes its own
    fetch g(shape_of(10, 4), pieces("......####"));
    join(g.pick.peers(), {"######....", "#.####....", "#..###...."});
    auto three = fast(1, "######...."), four = fast(2, "######....");
    BOOST_TEST(text(g.ask(three, 2)) == "1.0 1.1");
    BOOST_TEST(text(g.ask(four, 2)) == "2.0 2.1");
}

BOOST_AUTO_TEST_CASE(first_pieces_among_equals_are_taken_at_random) {
    std::set<std::uint32_t> first;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        fetch f(shape_of(8, 1), plenty, seed);
        join(f.pick.peers(), {"########", ".######."});
        first.insert(f.ask("########", 1)[0].piece.value());
    }
    BOOST_TEST((first == std::set<std::uint32_t>{1, 2, 3, 4, 5, 6}));
}

BOOST_AUTO_TEST_CASE(the_pieces_of_a_peer_on_parole_come_from_it_alone) {
    running f(3);
    peer slow(1, all), other(3, all);
    auto suspect = on_parole(2, all);
    f.ask(slow, 1);
    BOOST_TEST(text(f.ask(suspect, 2)) == "1.0 1.1");
    BOOST_TEST(text(f.ask(other, 3)) == "0.1 0.2 2.0");
    BOOST_TEST(text(f.ask(suspect, 2)) == "1.2 3.0");
    // not in the end game either, and it joins nobody
    BOOST_TEST(f.ask(other, 99).size() == 8u);
    auto third = peer(4, all);
    for (const auto& range : f.ask(third, 99))
        BOOST_TEST((range.piece.value() != 1 && range.piece.value() != 3));
    BOOST_TEST(text(f.ask(suspect, 99)) == "3.1 3.2");
    BOOST_TEST(f.ask(suspect, 99).empty());
    // what others send of it unasked is not kept
    BOOST_TEST(!arrive(f.pick, f.at(3, 1), 1).fresh);
    BOOST_TEST(arrive(f.pick, f.at(3, 1), 2).fresh);
    // until it is gone
    f.leave(suspect);
    auto fourth = peer(5, all);
    BOOST_TEST(text(f.ask(fourth, 3)) == "3.0 3.2 1.0");
}

BOOST_AUTO_TEST_CASE(a_peer_that_comes_on_parole_goes_on_with_what_is_from_it_alone) {
    running f(3);
    auto one = fast(1, all), two = fast(2, all);
    f.ask(one, 1);
    f.ask(two, 1);
    arrive(f.pick, f.at(1, 2), 9);  // late, from somebody else
    one.alone = two.alone = true;
    BOOST_TEST(text(f.ask(one, 2)) == "0.1 0.2");
    BOOST_TEST(text(f.ask(two, 1)) == "2.0");
    peer slow(3, all);
    BOOST_TEST(text(f.ask(slow, 1)) == "1.1");
}

BOOST_AUTO_TEST_CASE(a_peer_on_parole_begins_anew_what_only_it_can_finish) {
    fetch f(shape_of(1, 3));
    peer slow(1, "#");
    f.ask(slow, 3);
    f.bring(slow, 2);
    auto suspect = on_parole(2, "#");
    BOOST_TEST(f.ask(suspect, 9).empty());
    f.leave(slow);
    BOOST_TEST(text(f.ask(suspect, 9)) == "0.0 0.1 0.2");
    BOOST_TEST(f.bring(suspect, 3).piece_whole);
    const auto from = f.pick.take_piece(piece_index(0)).from;
    BOOST_TEST((from == std::vector(3, connection_id(2))));
}

BOOST_AUTO_TEST_CASE(a_suspect_piece_comes_early_and_from_one_peer_alone) {
    running f(3);
    f.ask("##########", 3);
    f.spoil(0, true);
    auto one = fast(1, all);
    peer two(2, all);
    f.pick.set_priorities(wishes("lhhhhhhhhh"));
    BOOST_TEST(text(f.ask(two, 2)) == "0.0 0.1");  // whoever comes first, and before all else
    BOOST_TEST(text(f.ask(one, 4)) == "1.0 1.1 1.2 2.0");
    BOOST_TEST(f.bring(two, 2).fresh);
    BOOST_TEST(text(f.ask(two, 2)) == "0.2 3.0");
    BOOST_TEST(f.bring(two).piece_whole);
    BOOST_TEST((f.pick.take_piece(piece_index(0)).from == std::vector(3, connection_id(2))));
    f.pick.verified(piece_index(0));
    // a piece that only could not be written is as any other
    f.ask(one, 2);
    f.bring(one, 3);
    f.pick.take_piece(piece_index(1));
    f.pick.failed(piece_index(1));
    f.pick.set_priorities(wishes("lhhhhhhhhh"));
    peer third(3, all);
    BOOST_TEST(text(f.ask(third, 3)) == "3.1 3.2 1.0");
    BOOST_TEST(text(f.ask(two, 1)) == "1.1");
}

BOOST_AUTO_TEST_CASE(a_suspect_piece_is_begun_anew_when_its_owner_does_not_finish_it) {
    for (const bool leaves : {true, false}) {
        fetch f(shape_of(1, 3));
        f.ask("#", 3);
        f.spoil(0, true);
        peer one(1, "#"), two(2, "#");
        BOOST_TEST(text(f.ask(one, 2)) == "0.0 0.1");
        f.bring(one);
        BOOST_TEST(f.ask(two, 9).empty());
        if (leaves)
            f.leave(one);
        else
            f.pick.disown(connection_id(1));
        BOOST_TEST(!f.pick.is_started(piece_index(0)));
        BOOST_TEST(text(f.ask(two, 9)) == "0.0 0.1 0.2");
        // what is late from the first owner is not mixed in
        BOOST_TEST(!arrive(f.pick, f.at(0, 1), 1).fresh);
        BOOST_TEST(f.bring(two, 3).piece_whole);
        BOOST_TEST((f.pick.take_piece(piece_index(0)).from == std::vector(3, connection_id(2))));
    }
}

BOOST_AUTO_TEST_CASE(a_suspect_piece_is_finished_by_the_only_peer_that_has_it) {
    fetch f(shape_of(1, 2));
    for (int attempt = 0; attempt < 5; ++attempt) {
        peer one(1, "#");
        one.alone = attempt > 1;
        BOOST_TEST(text(f.ask(one, 1)) == "0.0");
        BOOST_TEST(text(f.ask(one, 1)) == "0.1");
        BOOST_TEST(f.bring(one, 2).piece_whole);
        f.pick.take_piece(piece_index(0));
        f.pick.failed(piece_index(0), true);
    }
}

BOOST_AUTO_TEST_CASE(overdue_blocks_are_asked_from_one_peer_more_before_a_new_piece_is_started) {
    running f(3);
    auto stalled = fast(1, all), quick = fast(2, all);
    peer slow(3, all);
    f.ask(stalled, 3);
    f.pick.overdue(f.at(0, 1));
    f.pick.overdue(f.at(0, 2));
    f.pick.overdue(f.at(5, 0));  // not asked
    BOOST_TEST(f.ask(stalled, 1)[0].piece.value() == 1u);
    BOOST_TEST(text(f.ask(quick, 1)) == "0.1");
    BOOST_TEST(text(f.ask(slow, 2)) == "0.2 2.0");
    BOOST_TEST(f.ask(quick, 1)[0].piece.value() == 3u);  // two are enough
    BOOST_TEST(f.bring(quick).others_asked);
    BOOST_TEST(!arrive(f.pick, f.at(0, 1), 1).fresh);
    // it comes from neither: asked as any other, and overdue no more
    f.pick.lost(f.at(0, 2));
    f.pick.lost(f.at(0, 2));
    f.pick.disown(connection_id(1));
    peer other(4, all), another(5, all);
    BOOST_TEST(text(f.ask(other, 1)) == "0.2");
    BOOST_TEST(f.ask(another, 1)[0].piece.value() != 0u);
}

BOOST_AUTO_TEST_CASE(an_overdue_block_of_a_piece_that_must_be_from_one_peer_waits_for_it) {
    running f(2);
    auto suspect = on_parole(1, all);
    f.ask(suspect, 2);
    f.pick.overdue(f.at(0, 0));
    peer other(2, all);
    BOOST_TEST(text(f.ask(other, 1)) == "1.0");
    f.pick.disown(connection_id(1));
    BOOST_TEST(text(f.ask(other, 2)) == "1.1 0.0");
}

BOOST_AUTO_TEST_CASE(what_is_excepted_is_not_given_in_any_state) {
    fetch f(shape_of(4, 2));
    f.pick.set_sequential(true);
    peer near(1, "####"), far(2, "####");
    far.except = pieces("#.#.");
    const auto clean = [&](const std::vector<block_range>& got) {
        for (const auto& range : got) BOOST_TEST(!far.except->has(range.piece));
        return text(got);
    };
    BOOST_TEST(text(f.ask(near, 1)) == "0.0");
    BOOST_TEST(clean(f.ask(far, 1)) == "1.0");  // not started ones
    BOOST_TEST(clean(f.ask(far, 9)) == "1.1 3.0 3.1");
    BOOST_TEST(f.ask(far, 9).empty());  // not new ones
    f.ask(near, 9);
    BOOST_TEST(f.pick.in_end_game());
    f.pick.late(f.at(0, 1));
    f.pick.overdue(f.at(0, 0));
    BOOST_TEST(f.ask(far, 9).empty());  // not in the end game, not when overdue
    f.leave(near);
    BOOST_TEST(f.ask(far, 9).empty());
    far.alone = true;
    BOOST_TEST(f.ask(far, 9).empty());
}

BOOST_AUTO_TEST_CASE(a_piece_of_its_own_that_is_excepted_later_goes_to_others) {
    for (const bool suspect : {false, true}) {
        running f(3);
        if (suspect) {
            f.ask(all, 3);
            f.spoil(0, true);
        }
        auto far = fast(1, all);
        peer near(2, all);
        BOOST_TEST(text(f.ask(far, 2)) == "0.0 0.1");
        far.except = pieces("#.........");
        BOOST_TEST(text(f.ask(far, 1)) == "1.0");
        BOOST_TEST(text(f.ask(near, 1)) == (suspect ? "0.0" : "0.2"));
    }
}

BOOST_AUTO_TEST_CASE(a_choking_peer_is_asked_only_what_it_allows) {
    running f(2);
    peer choking(1, all), other(2, "####......");
    choking.only = std::vector{piece_index(3), piece_index(1), piece_index(8)};
    BOOST_TEST(text(f.ask(other, 1)) == "0.0");
    BOOST_TEST(text(f.ask(choking, 9)) == "1.0 1.1 3.0 3.1");
    BOOST_TEST(f.ask(choking, 9).empty());
    f.pick.lost(f.at(3, 1));
    BOOST_TEST(text(f.ask(choking, 1)) == "3.1");
    BOOST_TEST(text(f.ask(other, 9)) == "0.1 2.0 2.1");
    choking.only = std::vector{piece_index(0)};
    peer last(3, all);
    f.ask(last, 99);
    for (std::uint32_t i = 0; i < 2; ++i) f.pick.late(f.at(0, i)), f.pick.late(f.at(1, i));
    BOOST_TEST(text(f.ask(choking, 99)) == "0.0 0.1");  // end game
}

BOOST_AUTO_TEST_CASE(one_peer_that_has_the_last_of_thousands_of_open_pieces_gets_it) {
    constexpr std::uint32_t count = 3'000;
    torrent::piece_set have(count);
    for (std::uint32_t i = 0; i < 4; ++i) have.insert(piece_index(i));
    fetch f(shape_of(count, 1), have);
    f.pick.set_sequential(true);
    peer gone(1, torrent::piece_set(count, true)), poor(2, torrent::piece_set(count));
    f.ask(gone, count);
    f.leave(gone);
    poor.has.insert(piece_index(count - 1));
    BOOST_TEST(text(f.ask(poor, 9)) == "2999.0");
    peer other(3, torrent::piece_set(count));
    other.has.insert(piece_index(count / 2));
    other.fast = true;
    BOOST_TEST(text(f.ask(other, 9)) == "1500.0");
}

BOOST_AUTO_TEST_SUITE_END()
