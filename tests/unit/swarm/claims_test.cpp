// One copy over the uplink. What is blocked is a string with one character for each piece, '#' not to be
// fetched from outside.
#include "swarm/claims.hpp"

#include <boost/test/unit_test.hpp>
#include <map>
#include <set>

#include "base/limits.hpp"
#include "base/rng.hpp"
#include "unit/base/letter_ids.hpp"
#include "vocabulary.hpp"

using namespace bt;
using namespace bt::swarm;
using bt::test::id_of;

namespace {

constexpr piece_index p0(0), p1(1), p2(2), p3(3);
constexpr connection_id anna(1), bert(2);

/// We are 'm' among neighbours 'a' (anna) and 'z' (bert).
struct link_of_three {
    claims us{8, id_of('m')};
    time_point now = time_point{} + 1h;

    link_of_three() {
        us.joined(anna, id_of('a'));
        us.joined(bert, id_of('z'));
    }
    bool claimed(connection_id who, piece_index piece, bool half_done = false) {
        const bool yields = us.claimed(now, who, piece, half_done);
        BOOST_TEST(us.is_sound());
        return yields;
    }
    void passes(duration time) {
        for (const auto end = now + time; now < end;) {
            now += std::min<duration>(250ms, end - now);
            us.tick(now, true);
        }
        BOOST_TEST(us.is_sound());
    }
    std::string blocked() const { return picture(us.blocked()); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(claims_of_neighbours)

BOOST_AUTO_TEST_CASE(what_a_neighbour_claims_or_has_is_not_fetched_from_outside) {
    link_of_three l;
    BOOST_TEST(l.blocked() == "........");
    l.claimed(anna, p1);
    l.us.has(bert, p3);
    l.us.has(bert, p3);
    l.passes(1s);
    BOOST_TEST(l.blocked() == ".#.#....");
    l.us.released(anna, p1);
    BOOST_TEST(l.blocked() == "...#....");
    l.us.lost(bert, p3);
    BOOST_TEST(l.blocked() == "........");
}

BOOST_AUTO_TEST_CASE(what_we_claim_ourselves_is_not_blocked) {
    link_of_three l;
    BOOST_TEST(l.us.claim(l.now, p1));
    BOOST_TEST(!l.us.claim(l.now, p1));
    l.us.has(anna, p1);
    l.claimed(bert, p1);
    l.passes(1s);
    BOOST_TEST(l.blocked() == "........");
    BOOST_TEST((l.us.own() == std::vector{p1}));
    BOOST_TEST(l.us.done(l.now, p1, true));
    BOOST_TEST(!l.us.done(l.now, p1, true));
    BOOST_TEST(l.us.own().empty());
    BOOST_TEST(l.blocked() == ".#......");
}

BOOST_AUTO_TEST_CASE(a_neighbour_that_leaves_blocks_nothing) {
    link_of_three l;
    l.claimed(anna, p0);
    l.us.has(anna, p1);
    l.us.has(anna, p2);
    l.us.has(bert, p2);
    l.passes(1s);
    BOOST_TEST(l.blocked() == "###.....");
    l.us.left(anna);
    BOOST_TEST(l.blocked() == "..#.....");
    l.us.left(anna);
    l.us.left(bert);
    BOOST_TEST(l.blocked() == "........");
    BOOST_TEST(!l.us.has_neighbours());
}

BOOST_AUTO_TEST_CASE(a_claim_that_is_told_again_when_it_is_too_old_holds_its_piece_no_longer) {
    link_of_three l;
    l.claimed(anna, p0);
    BOOST_TEST(l.blocked() == "#.......");
    l.now += 5min;  // no tick meanwhile
    l.claimed(anna, p0);
    BOOST_TEST(l.blocked() == "........");
}

BOOST_AUTO_TEST_CASE(of_two_that_claim_one_piece_the_smaller_id_keeps_it_unless_the_other_has_half) {
    struct row {
        connection_id who;
        bool ours, half_done, yields;
        const char* blocked;
    };
    for (const auto& [who, ours, half_done, yields, blocked] : {
             row{anna, true, false, true, "#......."},   // 'a' < 'm'
             row{anna, true, true, false, "........"},   // we have half of it
             row{bert, true, false, false, "........"},  // 'm' < 'z'
             row{bert, true, true, false, "........"},
             row{anna, false, false, false, "#......."},  // nothing to yield
         }) {
        link_of_three l;
        if (ours) l.us.claim(l.now, p0);
        BOOST_TEST(l.claimed(who, p0, half_done) == yields);
        BOOST_TEST(l.blocked() == blocked);
        BOOST_TEST(l.us.own().size() == (ours && !yields ? 1u : 0u));
    }
}

BOOST_AUTO_TEST_CASE(a_claim_stands_30_seconds_while_no_piece_has_come) {
    link_of_three l;
    l.claimed(anna, p0);
    l.passes(29750ms);
    BOOST_TEST(l.blocked() == "#.......");
    l.passes(250ms);
    BOOST_TEST(l.blocked() == "........");
}

BOOST_AUTO_TEST_CASE(a_claim_stands_four_times_as_long_as_pieces_take_from_10_seconds_to_2_minutes) {
    struct row {
        duration took, stands;
    };
    for (const auto& [took, stands] :
         {row{1s, 10s}, row{5s, 20s}, row{10s, 40s}, row{29s, 116s}, row{100s, 120s}}) {
        for (const bool our_own : {true, false}) {
            if (!our_own && took >= 30s) continue;
            link_of_three l;
            if (our_own)
                l.us.claim(l.now, p3);
            else
                l.claimed(bert, p3);
            l.passes(took);
            if (our_own)
                l.us.done(l.now, p3, true);
            else
                l.us.has(bert, p3);
            l.claimed(anna, p0);
            l.passes(stands - 250ms);
            BOOST_TEST(l.us.blocked().has(p0));
            l.passes(250ms);
            BOOST_TEST(!l.us.blocked().has(p0));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_claim_that_grew_old_tells_nothing_of_how_long_pieces_take) {
    link_of_three l;
    l.claimed(bert, p3);
    l.passes(100s);
    l.us.has(bert, p3);
    l.claimed(anna, p0);
    l.passes(29s);
    BOOST_TEST(l.us.blocked().has(p0));
    l.passes(1s);
    BOOST_TEST(!l.us.blocked().has(p0));
}

BOOST_AUTO_TEST_CASE(a_piece_that_was_not_verified_tells_nothing_of_how_long_pieces_take) {
    link_of_three l;
    l.us.claim(l.now, p3);
    l.passes(1s);
    l.us.done(l.now, p3, false);
    l.claimed(anna, p0);
    l.passes(29s);
    BOOST_TEST(l.blocked() == "#.......");
}

BOOST_AUTO_TEST_CASE(claiming_anew_holds_a_piece_no_longer) {
    link_of_three l;
    l.claimed(anna, p0);
    for (int i = 0; i < 29; ++i) {
        l.passes(1s);
        if (i % 3 == 0) l.us.released(anna, p0);
        l.claimed(anna, p0);
        BOOST_TEST(l.blocked() == "#.......");
    }
    l.passes(1s);
    l.claimed(anna, p0);
    BOOST_TEST(l.blocked() == "........");
    l.us.claim(l.now, p0);
    BOOST_TEST(!l.claimed(anna, p0));
    BOOST_TEST((l.us.own() == std::vector{p0}));
    l.claimed(bert, p0);  // another one may
    l.us.done(l.now, p0, false);
    BOOST_TEST(l.blocked() == "#.......");
}

BOOST_AUTO_TEST_CASE(a_neighbour_holds_a_thousand_pieces_at_most) {
    claims us(3000, id_of('m'));
    us.joined(anna, id_of('a'));
    for (std::uint32_t i = 0; i < 3000; ++i) us.claimed(time_point{}, anna, piece_index(i), false);
    BOOST_TEST(us.blocked().count() == limits::claims_of_neighbour);
    us.tick(time_point{} + 31s, true);
    BOOST_TEST(us.blocked().none());
    // it fetched nothing of that: no more is believed until it has
    us.claimed(time_point{} + 31s, anna, piece_index(2500), false);
    BOOST_TEST(us.blocked().none());
    us.has(anna, piece_index(0));
    us.claimed(time_point{} + 31s, anna, piece_index(2500), false);
    BOOST_TEST(us.blocked().has(piece_index(2500)));
}

BOOST_AUTO_TEST_CASE(who_is_no_neighbour_claims_nothing) {
    link_of_three l;
    BOOST_TEST(!l.claimed(connection_id(9), p0));
    l.us.has(connection_id(9), p1);
    l.us.lost(connection_id(9), p1);
    l.us.released(connection_id(9), p1);
    l.passes(1s);
    BOOST_TEST(l.blocked() == "........");
}

BOOST_AUTO_TEST_CASE(nothing_is_left_to_neighbours_that_are_not_believed) {
    link_of_three l;
    l.us.has(anna, p0);
    l.claimed(anna, p1);
    BOOST_TEST(l.blocked() == "##......");
    l.us.tick(l.now, false);
    BOOST_TEST(l.blocked() == "........");
    l.us.has(bert, p2);
    l.us.claim(l.now, p3);
    BOOST_TEST(!l.claimed(anna, p3));  // we do not yield either
    BOOST_TEST(l.blocked() == "........");
    l.us.tick(l.now, true);
    BOOST_TEST(l.blocked() == "###.....");
}

// --- who begins with what

BOOST_AUTO_TEST_CASE(who_takes_part_begins_with_a_share_of_its_own) {
    constexpr std::uint32_t count = 3'000;
    std::vector<std::uint32_t> begins_with(count);  // by piece: how many
    for (const char self : {'a', 'm', 'z'}) {
        claims us(count, id_of(self));
        std::uint64_t next = 1;
        for (const char other : {'z', 'a', 'm'}) {
            if (other == self) continue;
            us.joined(connection_id(next), id_of(other));
            us.takes_part(connection_id(next++), true);
        }
        us.joined(connection_id(9), id_of('q'));  // speaks no bn_claim
        for (std::uint32_t i = 0; i < count; ++i)
            begins_with[i] += us.left_to_others().has(piece_index(i)) ? 0u : 1u;
        BOOST_TEST(us.left_to_others().count() > count * 6 / 10);
        BOOST_TEST(us.left_to_others().count() < count * 7 / 10);
        BOOST_TEST(us.blocked().none());
    }
    BOOST_TEST((begins_with == std::vector<std::uint32_t>(count, 1)));
}

BOOST_AUTO_TEST_CASE(what_is_claimed_by_us_or_left_by_nobody_is_ours_to_begin_with) {
    link_of_three l;
    BOOST_TEST(picture(l.us.left_to_others()) == "........");
    l.us.takes_part(anna, true);
    l.us.takes_part(bert, true);
    for (std::uint32_t i = 0; i < 8; ++i) l.us.claim(l.now, piece_index(i));
    BOOST_TEST(picture(l.us.left_to_others()) == "........");
    for (std::uint32_t i = 0; i < 8; ++i) l.us.done(l.now, piece_index(i), false);
    BOOST_TEST(picture(l.us.left_to_others()) != "........");
    l.us.takes_part(anna, false);
    l.us.left(bert);
    BOOST_TEST(picture(l.us.left_to_others()) == "........");
}

BOOST_AUTO_TEST_CASE(what_a_share_begins_with_goes_to_the_others_when_it_leaves) {
    link_of_three l;
    l.us.takes_part(anna, true);
    l.us.takes_part(bert, true);
    const auto of_three = picture(l.us.left_to_others());
    l.us.left(anna);
    const auto of_two = picture(l.us.left_to_others());
    BOOST_TEST(of_two != of_three);
    l.us.takes_part(bert, false);
    BOOST_TEST(picture(l.us.left_to_others()) == "........");
    l.us.takes_part(anna, true);  // who is gone takes no part
    BOOST_TEST(picture(l.us.left_to_others()) == "........");
}

BOOST_AUTO_TEST_CASE(who_takes_part_and_does_not_and_does_is_followed_eight_times_between_two_ticks) {
    link_of_three l;
    const auto alone = picture(l.us.left_to_others());
    l.us.takes_part(anna, true);
    const auto shared = picture(l.us.left_to_others());
    BOOST_TEST(shared != alone);
    for (int i = 0; i < 7; ++i) {
        l.us.takes_part(anna, i % 2 == 1);
        BOOST_TEST(picture(l.us.left_to_others()) == (i % 2 == 1 ? shared : alone));
    }
    l.us.takes_part(anna, true);
    BOOST_TEST(picture(l.us.left_to_others()) == alone);
    l.passes(250ms);
    BOOST_TEST(picture(l.us.left_to_others()) == shared);
}

// --- as a whole

BOOST_AUTO_TEST_CASE(whatever_happens_blocked_is_what_the_rules_say) {
    constexpr std::uint32_t count = 12;
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        rng luck(seed);
        claims us(count, id_of('m'));
        struct other {
            torrent::piece_set has{count};
            std::map<std::uint32_t, time_point> claimed;  // stands
        };
        std::map<std::uint64_t, other> others;
        std::set<std::uint32_t> own;
        time_point now = time_point{} + 1h;
        for (int step = 0; step < 300; ++step) {
            const auto who = luck.below(4);
            const auto number = static_cast<std::uint32_t>(luck.below(count));
            const piece_index piece(number);
            const auto at = others.find(who);
            switch (luck.below(8)) {
                case 0:
                    us.joined(connection_id(who), id_of(static_cast<char>('k' + who)));
                    others.try_emplace(who);
                    break;
                case 1:
                    if (luck.chance(0.8)) break;
                    us.left(connection_id(who));
                    others.erase(who);
                    break;
                case 2:
                    us.has(connection_id(who), piece);
                    if (at != others.end()) at->second.has.insert(piece), at->second.claimed.erase(number);
                    break;
                case 3:
                    us.lost(connection_id(who), piece);
                    if (at != others.end()) at->second.has.erase(piece);
                    break;
                case 4: {
                    const bool half = luck.chance(0.5);
                    const bool yields = us.claimed(now, connection_id(who), piece, half);
                    if (at == others.end() || at->second.has.has(piece)) {
                        BOOST_REQUIRE(!yields);
                        break;
                    }
                    at->second.claimed.try_emplace(number, now);
                    BOOST_REQUIRE(yields == (who < 2 && !half && own.contains(number)));  // 'k', 'l' < 'm'
                    if (yields) own.erase(number);
                    break;
                }
                case 5:
                    us.released(connection_id(who), piece);
                    if (at != others.end()) at->second.claimed.erase(number);
                    break;
                case 6:
                    BOOST_REQUIRE(us.claim(now, piece) == own.insert(number).second);
                    break;
                default:
                    BOOST_REQUIRE(us.done(now, piece, luck.chance(0.5)) == (own.erase(number) != 0));
            }
            now += 10ms;  // nothing grows old here
            us.tick(now, true);
            for (std::uint32_t i = 0; i < count; ++i) {
                const bool theirs = std::any_of(others.begin(), others.end(), [&](const auto& each) {
                    return each.second.has.has(piece_index(i)) || each.second.claimed.contains(i);
                });
                BOOST_REQUIRE_MESSAGE(us.blocked().has(piece_index(i)) == (theirs && !own.contains(i)),
                                      "seed " << seed << " step " << step << " piece " << i);
            }
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
