// What is asked of whom, and who is to blame for a wrong piece.
#include <boost/test/unit_test.hpp>

#include "unit/swarm/town.hpp"

using namespace bt;
using namespace bt::swarm;
using namespace bt::swarm::test;

namespace {

std::vector<priority> wanting(std::string_view picture) {
    std::vector<priority> all;
    for (const char each : picture) all.push_back(each == '#' ? priority::normal : priority::skip);
    return all;
}
void want(town& t, std::string_view picture) {
    t.swarm.set_priorities(t.now, wanting(picture));
    t.settle();
}

/// One block as a message, right or wrong.
void sends(town& t, guest& g, const block_range& range, bool right = true) {
    auto data = wire::test::content(range);
    if (!right) data.back() ^= 1;
    t.says(g, wire::piece{range.piece.value(), range.offset, data});
}
bool asked(const guest& g, const block_range& range) {
    return has_line(g.messages(), "request " + wire::test::text(range));
}
bool cancelled(const guest& g, const block_range& range) {
    return has_line(g.messages(), "cancel " + wire::test::text(range));
}
block_range block(std::uint32_t piece, std::uint32_t number = 0) { return wire::test::block(piece, number); }

/// Two givers of piece 0, which only they have: one block each, the one of `liar` wrong.
struct two_givers {
    town t{no_pieces()};
    guest& honest = t.comes('h', stranger(1), only({0}), false);
    guest& liar = t.comes('l', stranger(2), only({0}), false);
    two_givers() {
        want(t, "#.........");
        t.unchokes(honest);
        t.unchokes(liar);
        t.run(1s);  // what one was asked for is late, so that the other is asked, too
        // whoever was asked: each gives one of both blocks
        sends(t, honest, block(0, 0));
        if (asked(liar, block(0, 1))) sends(t, liar, block(0, 1), false);
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(what_is_asked_of_whom)

// --- blame

BOOST_AUTO_TEST_CASE(of_two_givers_of_a_wrong_piece_the_liar_is_found_and_banned) {
    two_givers g;
    BOOST_TEST(asked(g.liar, block(0, 1)));
    BOOST_TEST(count_of(g.t.said, "failed 0") == 1u);
    BOOST_TEST(!has_line(g.t.said, "banned"));  // either may have done it

    g.honest.peer.take_requests(1 << 20);
    const auto before = count_of(g.honest.messages(), "request") + count_of(g.liar.messages(), "request");
    g.t.run(200ms);
    BOOST_TEST(before >= 4u);
    // from one peer alone, whichever it is: it gives the truth
    auto& alone =
        count_of(g.honest.messages(), "request") > count_of(g.liar.messages(), "request") ? g.honest : g.liar;
    sends(g.t, alone, block(0, 0));
    sends(g.t, alone, block(0, 1));
    BOOST_TEST(has_line(g.t.said, "verified 0"));
    BOOST_TEST(g.liar.left);
    BOOST_TEST(!g.honest.left);
    BOOST_TEST(count_of(g.t.said, "banned 8.8.2.1") == 1u);
    BOOST_TEST(count_of(g.t.said, "banned") == 1u);
}

BOOST_AUTO_TEST_CASE(a_liar_that_has_left_is_banned_all_the_same) {
    two_givers g;
    g.t.leaves(g.liar);
    g.t.run(200ms);
    sends(g.t, g.honest, block(0, 0));
    sends(g.t, g.honest, block(0, 1));
    BOOST_TEST(has_line(g.t.said, "verified 0"));
    BOOST_TEST(count_of(g.t.said, "banned 8.8.2.1") == 1u);
    BOOST_TEST(count_of(g.t.said, "banned") == 1u);
    BOOST_TEST(!g.honest.left);
    BOOST_TEST(g.t.comes('x', stranger(2), all_pieces()).left);
    BOOST_TEST(g.t.comes('l', stranger(3), all_pieces()).left);
}

BOOST_AUTO_TEST_CASE(a_liar_that_left_and_is_back_goes_when_it_is_known) {
    two_givers g;
    g.t.leaves(g.liar);
    auto& back = g.t.comes('l', stranger(2), only({5}), false);
    BOOST_TEST(!back.left);
    g.t.run(200ms);
    sends(g.t, g.honest, block(0, 0));
    sends(g.t, g.honest, block(0, 1));
    BOOST_TEST(count_of(g.t.said, "banned") == 1u);
    BOOST_TEST(back.left);
    BOOST_TEST(!g.honest.left);
}

BOOST_AUTO_TEST_CASE(an_honest_crowd_with_one_liar_gets_everything) {
    town t(no_pieces());
    std::vector<guest*> honest;
    auto& liar = t.comes('l', stranger(9), all_pieces(), false);
    liar.lies = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    for (unsigned i = 1; i <= 3; ++i)
        honest.push_back(&t.comes(static_cast<char>('a' + i), stranger(i), all_pieces(), false));
    t.gives(liar);
    for (auto* each : honest) t.gives(*each);
    t.run(30s);
    BOOST_TEST(had(t) == "##########");
    BOOST_TEST(has_line(t.said, "banned 8.8.9.1"));
    BOOST_TEST(count_of(t.said, "banned") == 1u);
}

// --- wishes in the middle

BOOST_AUTO_TEST_CASE(what_is_not_wanted_any_more_is_cancelled) {
    town t(no_pieces());
    auto& giver = t.comes('a', neighbour(2), only({3, 4}), false);
    t.unchokes(giver);
    t.run(100ms);
    BOOST_TEST(asked(giver, block(3)));
    want(t, "....#.....");
    BOOST_TEST(cancelled(giver, block(3, 0)));
    BOOST_TEST(!cancelled(giver, block(4, 0)));
    BOOST_TEST(giver.peer.interested_in_us());

    t.gives(giver);
    t.run(1s);
    BOOST_TEST(had(t) == "....#.....");
    BOOST_TEST(count_of(t.said, "complete") == 1u);
    BOOST_TEST(giver.peer.extensions().upload_only);
    BOOST_TEST(!giver.peer.interested_in_us());
    BOOST_TEST(!giver.left);  // it may be wanted again

    giver.gives = false;
    want(t, "...##.....");
    BOOST_TEST(!giver.peer.extensions().upload_only);
    BOOST_TEST(giver.peer.interested_in_us());
    t.gives(giver);
    t.run(1s);
    BOOST_TEST(had(t) == "...##.....");
    BOOST_TEST(count_of(t.said, "complete") == 2u);
}

BOOST_AUTO_TEST_CASE(complete_is_told_when_the_rest_is_not_wanted_any_more) {
    town t(only({0, 1}));
    want(t, "##........");
    BOOST_TEST(count_of(t.said, "complete") == 1u);
    want(t, "#.........");
    BOOST_TEST(count_of(t.said, "complete") == 1u);
}

BOOST_AUTO_TEST_CASE(a_piece_skipped_and_wanted_again_while_it_is_written_is_not_asked_twice) {
    town t(no_pieces());
    t.disk_waits = true;
    auto& giver = t.comes('a', neighbour(2), only({3}));
    t.run(100ms);
    BOOST_TEST(t.reports.size() == 1u);
    want(t, "#.........");
    want(t, "##########");
    t.run(1s);
    BOOST_TEST(count_of(giver.messages(), "request 3:") == 2u);
    t.reports[0]();
    t.settle();
    BOOST_TEST(had(t) == "...#......");
}

// --- who has what

BOOST_AUTO_TEST_CASE(a_piece_the_peer_has_no_more_is_not_waited_for) {
    town t(no_pieces());
    auto& giver = t.comes('a', neighbour(2), only({3}), false);
    t.unchokes(giver);
    t.run(100ms);
    BOOST_TEST(asked(giver, block(3)));
    BOOST_TEST(t.swarm.pieces()->peers().count(piece_index(3)) == 1u);
    const bytes lost{0, 0, 0, 3};
    t.says(giver, wire::extended{wire::our_donthave_id, lost});
    BOOST_TEST(t.swarm.pieces()->peers().count(piece_index(3)) == 0u);
    BOOST_TEST(!giver.peer.interested_in_us());
    t.says(giver, wire::have{3});
    BOOST_TEST(t.swarm.pieces()->peers().count(piece_index(3)) == 1u);
    BOOST_TEST(giver.peer.interested_in_us());
}

BOOST_AUTO_TEST_CASE(a_piece_taken_back_when_it_is_asked_for_and_told_again_is_asked_of_others) {
    town t(no_pieces());
    auto& giver = t.comes('a', neighbour(2), only({3}), false);
    t.unchokes(giver);
    t.run(100ms);
    BOOST_TEST(count_of(giver.messages(), "request") == 2u);
    const bytes lost{0, 0, 0, 3};
    t.says(giver, wire::extended{wire::our_donthave_id, lost});
    t.says(giver, wire::have{3});
    t.run(1s);
    BOOST_TEST(count_of(giver.messages(), "request") == 2u);
    t.comes('b', neighbour(3), only({3}));
    t.run(100ms);
    BOOST_TEST(had(t) == "...#......");
}

BOOST_AUTO_TEST_CASE(what_is_rejected_is_not_paid_from_the_limit) {
    town t(no_pieces());
    t.swarm.set_limits(40'000, 0);
    auto& refuser = t.comes('a', stranger(1), all_pieces(), false);
    refuser.refuses = true;
    t.gives(refuser);
    t.run(2s);
    t.comes('b', stranger(2), all_pieces());
    t.run(5s);
    BOOST_TEST(t.swarm.down().total() >= 4u * 40'000);
}

BOOST_AUTO_TEST_CASE(a_seed_that_lost_a_piece_is_one_with_a_part) {
    town t(no_pieces());
    auto& giver = t.comes('a', neighbour(2), all_pieces(), false);
    const bytes lost{0, 0, 0, 3};
    t.says(giver, wire::extended{wire::our_donthave_id, lost});
    BOOST_TEST(counts(t.swarm.pieces()->peers(), 10) == "1110111111");
    t.leaves(giver);
    BOOST_TEST(counts(t.swarm.pieces()->peers(), 10) == "0000000000");
}

// --- slow ones

BOOST_AUTO_TEST_CASE(what_a_slow_peer_owes_is_asked_of_another_before_the_end_game) {
    town t(no_pieces());
    auto& slow = t.comes('s', neighbour(2), only({0, 1}), false);
    t.unchokes(slow);
    t.run(100ms);
    BOOST_TEST(asked(slow, block(0, 1)));
    sends(t, slow, block(0, 0));
    t.run(300ms);
    // piece 9 is at nobody, so it is no end game
    t.comes('q', neighbour(3), only({0, 1, 2, 3, 4, 5, 6, 7, 8}));
    t.run(500ms);
    BOOST_TEST(had(t) == "..#######.");
    BOOST_TEST(!t.swarm.pieces()->in_end_game());
    t.run(10s);
    BOOST_TEST(had(t) == "#########.");
    BOOST_TEST(cancelled(slow, block(0, 1)));
    BOOST_TEST(t.swarm.wasted() == 0u);
}

BOOST_AUTO_TEST_CASE(in_the_end_game_blocks_that_do_not_come_are_asked_of_an_idle_peer_and_not_at_once) {
    town t(no_pieces());
    auto& mute = t.comes('m', stranger(2), all_pieces(), false);
    t.unchokes(mute);
    t.run(100ms);
    const auto owed = count_of(mute.messages(), "request");
    auto& quick = t.comes('q', stranger(3), all_pieces());
    t.run(100ms);
    BOOST_TEST(t.swarm.pieces()->in_end_game());
    BOOST_TEST(count_of(quick.messages(), "request") + owed == 19u);
    t.run(2s);  // it would be overdue after sixteen
    BOOST_TEST(had(t) == "##########");
}

BOOST_AUTO_TEST_CASE(allowed_pieces_of_a_far_peer_are_asked_while_it_chokes) {
    town t(no_pieces());
    auto& far = t.comes('f', stranger(1), all_pieces(), false);
    t.run(1s);
    BOOST_TEST(count_of(far.messages(), "request") == 0u);
    far.peer.allow_fast(t.now, {piece_index(4), piece_index(6)});
    far.gives = true;  // without a slot
    t.run(2s);
    BOOST_TEST(had(t) == "....#.#...");
    BOOST_TEST(count_of(far.messages(), "request") == 4u);
}

BOOST_AUTO_TEST_CASE(a_choke_gives_the_blocks_back_to_the_others) {
    town t(no_pieces());
    auto& one = t.comes('a', neighbour(2), all_pieces(), false);
    t.unchokes(one);
    t.run(100ms);
    const auto asked_of_one = count_of(one.messages(), "request");
    BOOST_TEST(asked_of_one > 0u);
    auto& other = t.comes('b', neighbour(3), all_pieces());
    t.chokes(one);
    t.run(2s);
    BOOST_TEST(had(t) == "##########");
    BOOST_TEST(other.left);  // both complete
}

// --- who refuses

BOOST_AUTO_TEST_CASE(what_one_refuses_is_asked_of_another_and_of_it_only_now_and_then) {
    for (const bool first : {true, false}) {
        town t(no_pieces());
        guest* refuser = nullptr;
        const auto comes = [&] {
            refuser = &t.comes('a', stranger(1), all_pieces(), false);
            refuser->refuses = true;
            t.gives(*refuser);
        };
        if (first) comes();
        t.comes('b', stranger(2), all_pieces());
        if (!first) comes();
        t.run(5s);
        BOOST_TEST(had(t) == "##########");
        BOOST_TEST(has_line(refuser->messages(), "request") == first);
        BOOST_TEST(count_of(refuser->messages(), "request") <= 40u);  // each of 19 blocks once or twice
    }
}

/// Each of the flappers unchokes us for so long, chokes us for a moment, and gives nothing; one gives.
struct flapping {
    duration opening;
    std::uint64_t limit = 0;  ///< bytes per second; 0: none, and who gives brings a block in 200 ms
    unsigned flappers = 30;
    bool near = false;
    std::size_t requests = 0;  ///< to flappers

    duration takes() {
        town t(no_pieces(), {.settings = {.limit_near = true}});
        t.swarm.set_limits(limit, 0);
        const auto from = [&](unsigned number) { return near ? neighbour(number) : stranger(number); };
        std::vector<guest*> all;
        for (unsigned i = 0; i < flappers; ++i)
            all.push_back(&t.comes(static_cast<char>('A' + i), from(10 + i), all_pieces(), false));
        auto& giver = t.comes('a', from(2), all_pieces(), limit > 0);
        if (limit == 0) t.unchokes(giver);
        const auto began = t.now;
        for (int step = 0; had(t) != "##########" && t.now - began < 2min; ++step) {
            for (unsigned i = 0; i < flappers; ++i) {
                const auto at = (t.now - began + opening * (i % 7) / 7) % (opening + 20ms);
                if (at < 20ms) t.chokes(*all[i]);
                if (at >= 20ms && at < 40ms) t.unchokes(*all[i]);
            }
            if (limit == 0 && step % 10 == 0)
                if (const auto asked = giver.peer.take_requests(1); !asked.empty())
                    giver.peer.send_blocks(t.now, wire::test::framed(asked), asked);
            t.run(20ms, 20ms);
        }
        for (const auto* each : all) requests += count_of(each->messages(), "request");
        return t.now - began;
    }
};

BOOST_AUTO_TEST_CASE(who_unchokes_again_and_again_and_gives_nothing_keeps_no_piece_from_others) {
    for (const bool near : {false, true}) {
        flapping alone{.opening = 1s, .flappers = 0, .near = near}, beside{.opening = 1s, .near = near};
        const auto clean = alone.takes(), crowded = beside.takes();
        BOOST_TEST((crowded <= clean + 2s), seconds(crowded) << " s, without them " << seconds(clean));
        BOOST_TEST(beside.requests <= 3u * beside.flappers);
    }
}

BOOST_AUTO_TEST_CASE(who_unchokes_again_and_again_and_gives_nothing_keeps_no_limit_from_others) {
    for (const bool near : {false, true})
        for (const duration opening : {200ms, 2000ms}) {
            flapping alone{opening, 20'000, 0, near}, beside{opening, 20'000, 30, near};
            const auto clean = alone.takes(), crowded = beside.takes();
            BOOST_TEST((crowded <= clean * 3 / 2), seconds(crowded) << " s, without them " << seconds(clean));
        }
}

BOOST_AUTO_TEST_CASE(who_alone_has_a_piece_and_refused_it_is_asked_again) {
    town t(no_pieces());
    auto& only_one = t.comes('a', stranger(1), all_pieces(), false);
    only_one.refuses = true;
    t.gives(only_one);
    t.run(4s);
    const auto asked = count_of(only_one.messages(), "request");
    BOOST_TEST(asked > 0u);
    BOOST_TEST(asked <= 40u);
    only_one.refuses = false;
    t.run(10s);
    BOOST_TEST(had(t) == "##########");
}

BOOST_AUTO_TEST_SUITE_END()
