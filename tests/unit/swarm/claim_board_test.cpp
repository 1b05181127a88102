// Which pieces are left to whom. What is left is a string with one character for each piece, '#' not to be
// asked of that peer; "any" leaves nothing out. What is tried first stands first.
#include "swarm/claim_board.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "unit/base/letter_ids.hpp"
#include "vocabulary.hpp"

using namespace bt;
using namespace bt::swarm;
using bt::test::id_of;

namespace {

constexpr piece_index p0(0), p1(1), p2(2), p3(3);
constexpr connection_id anna(1), carl(3);
constexpr claim_board::standing neighbour{true, false}, near_seed{true, true}, stranger{false, false},
    far_seed{false, true};

/// We are 'm'. Nobody takes part, so shares leave nothing to others.
struct town {
    claim_board board{8, id_of('m')};
    time_point now = time_point{} + 1h;

    void near(connection_id who, char letter) { board.joined(who, id_of(letter), true); }
    void far(connection_id who, char letter) { board.joined(who, id_of(letter), false); }
    bool claimed(connection_id who, piece_index piece, bool half_done = false) {
        return board.claimed(now, who, piece, half_done);
    }
    std::string asks(claim_board::standing of) {
        const auto leave = board.for_peer(of);
        std::string order;
        for (std::size_t i = 0; i < leave.count; ++i) {
            if (i > 0) order += ' ';
            order += leave.list[i] == nullptr ? "any" : picture(*leave.list[i]);
        }
        return order;
    }
    void passes(duration time, const claim_board::traffic& from) {
        for (const auto end = now + time; now < end;) board.tick(now += 250ms, from);
        BOOST_TEST(board.is_sound());
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(claim_board_test)

BOOST_AUTO_TEST_CASE(who_is_alone_asks_everybody_for_anything_but_seeds_in_order) {
    town t;
    BOOST_TEST(t.asks(neighbour) == "any");
    BOOST_TEST(t.asks(stranger) == "any");
    BOOST_TEST(t.asks(near_seed) == "........ ........");
    BOOST_TEST(t.asks(far_seed) == "........ ........ any");
}

BOOST_AUTO_TEST_CASE(what_is_asked_of_strangers_and_of_seeds_is_claimed) {
    BOOST_TEST(!claim_board::counts(neighbour));
    BOOST_TEST(claim_board::counts(near_seed));
    BOOST_TEST(claim_board::counts(stranger));
    BOOST_TEST(claim_board::counts(far_seed));
}

BOOST_AUTO_TEST_CASE(what_a_neighbour_has_or_claims_is_asked_neither_outside_nor_of_a_seed_near_by) {
    town t;
    t.near(anna, 'a');
    t.board.has(anna, p1, true);
    t.claimed(anna, p3);
    for (const auto of : {near_seed, stranger, far_seed}) BOOST_TEST(t.asks(of) == ".#.#.... .#.#....");
    BOOST_TEST(t.asks(neighbour) == "any");
    t.board.released(anna, p3);
    t.board.lost(anna, p1);
    for (const auto of : {near_seed, stranger, far_seed}) BOOST_TEST(t.asks(of) == "........ ........");
    t.board.has(anna, p2, true);
    t.board.left(anna);
    BOOST_TEST(t.asks(near_seed) == "........ ........");
    BOOST_TEST(t.asks(stranger) == "any");
}

BOOST_AUTO_TEST_CASE(what_a_far_peer_claims_is_asked_of_a_far_seed_last) {
    town t;
    t.far(anna, 'a');
    t.claimed(anna, p3);
    BOOST_TEST(t.asks(far_seed) == "...#.... ...#.... any");
    BOOST_TEST(t.asks(near_seed) == "........ ........");
    BOOST_TEST(t.asks(stranger) == "any");
    t.board.released(anna, p3);
    BOOST_TEST(t.asks(far_seed) == "........ ........ any");
    // what it has it may give nobody
    t.claimed(anna, p3);
    t.board.has(anna, p3, false);
    BOOST_TEST(t.asks(far_seed) == "........ ........ any");
}

BOOST_AUTO_TEST_CASE(who_takes_part_is_left_a_share_where_its_claims_count) {
    for (const bool near : {true, false}) {
        town t;
        t.board.joined(anna, id_of('a'), near);
        t.board.takes_part(anna, near, true);
        const auto first = [&](claim_board::standing of) {
            const auto leave = t.board.for_peer(of);
            return leave.list[0] == nullptr ? std::string("any") : picture(*leave.list[0]);
        };
        const auto share = first(far_seed);
        BOOST_TEST(share != "........");
        BOOST_TEST(share != "########");
        BOOST_TEST(first(near_seed) == (near ? share : "........"));
        BOOST_TEST(first(stranger) == (near ? share : "any"));
        // what is left of it all the same is tried next
        BOOST_TEST(t.asks(far_seed) == share + (near ? " ........" : " ........ any"));
        t.board.takes_part(anna, near, false);
        BOOST_TEST(first(far_seed) == "........");
    }
}

BOOST_AUTO_TEST_CASE(a_seed_is_not_waited_for_where_seeds_are_asked) {
    town t;
    t.near(anna, 'a');
    t.board.takes_part(anna, true, true);
    t.board.became_seed(anna);
    for (const auto piece : {p0, p1}) t.board.has(anna, piece, true);
    BOOST_TEST(t.asks(near_seed) == "........ ........");
    // but what it has need not come from outside, and no share is left to it
    BOOST_TEST(t.asks(far_seed) == "##...... ##......");
    BOOST_TEST(t.asks(stranger) == "##...... ##......");
    t.board.became_seed(anna);
    t.board.left(anna);
    BOOST_TEST(t.asks(far_seed) == "........ ........ any");
}

BOOST_AUTO_TEST_CASE(a_claim_is_news_once_and_over_once) {
    town t;
    BOOST_TEST(t.board.claim(t.now, p2));
    BOOST_TEST(!t.board.claim(t.now, p2));
    BOOST_TEST((t.board.own() == std::vector{p2}));
    BOOST_TEST(t.board.done(t.now, p2, false));  // to be told: it will not come
    BOOST_TEST(!t.board.done(t.now, p2, false));
    BOOST_TEST(t.board.own().empty());
}

BOOST_AUTO_TEST_CASE(we_yield_to_a_neighbour_with_a_smaller_id_and_to_nobody_far) {
    struct row {
        const char* why;
        bool near;
        char id;
        bool half_done, yields;
    };
    for (const auto& [why, near, id, half_done, yields] : {
             row{"a neighbour's smaller id", true, 'a', false, true},
             row{"unless we have half", true, 'a', true, false},
             row{"a larger id yields to us", true, 'z', false, false},
             row{"far away it costs nothing but order", false, 'a', false, false},
             row{"far away, half done", false, 'a', true, false},
         }) {
        town t;
        t.board.joined(carl, id_of(id), near);
        t.board.claim(t.now, p0);
        BOOST_TEST(t.claimed(carl, p0, half_done) == yields, why);
        BOOST_TEST(t.board.own().size() == (yields ? 0u : 1u), why);
        // ours no more in any of the cases, or ours in all
        BOOST_TEST(t.asks(far_seed).substr(0, 1) == (yields ? "#" : "."), why);
    }
}

BOOST_AUTO_TEST_CASE(without_neighbours_an_idle_far_seed_changes_no_order) {
    town t;
    t.far(anna, 'a');
    t.claimed(anna, p1);
    t.passes(5s, {.far_seeds = {0, 1'000'000, true}});
    BOOST_TEST(t.asks(far_seed) == ".#...... .#...... any");
}

BOOST_AUTO_TEST_CASE(neighbours_are_waited_for_while_they_bring_as_much_as_those_who_are_spared) {
    constexpr std::uint64_t rate = 1'000'000, in_a_tick = rate / 4;
    struct row {
        const char* why;
        claim_board::traffic from;
        bool waited_for;
    };
    for (const auto& [why, from, waited_for] : {
             row{"nobody is held up", {.far_others = {in_a_tick, rate, false}}, true},
             row{"the seed near by is, for nothing", {.near_seeds = {0, rate, true}}, false},
             row{"a stranger is", {.far_others = {0, rate, true}}, false},
             row{"a far seed is", {.far_seeds = {0, rate, true}}, false},
             row{"but neighbours bring as much",
                 {.near_seeds = {0, rate, true}, .near_others = {in_a_tick, rate}},
                 true},
             row{"but neighbours bring a tenth",
                 {.near_seeds = {0, rate, true}, .near_others = {in_a_tick / 10, rate / 10}},
                 false},
             row{"and those who are spared bring the rest",
                 {.near_seeds = {in_a_tick / 2, rate, true}, .near_others = {in_a_tick / 2, rate / 2}},
                 true},
         }) {
        town t;
        t.near(anna, 'a');
        t.board.has(anna, p0, true);
        t.claimed(anna, p1);
        t.passes(5s, from);
        for (const auto& of : {near_seed, stranger})
            BOOST_TEST(t.asks(of).substr(0, 8) == (waited_for ? "##......" : "........"), why);
    }
}

BOOST_AUTO_TEST_SUITE_END()
