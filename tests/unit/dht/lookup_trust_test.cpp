// Whom a lookup believes: one of a subnet, ids that fit their address, namers whose nodes answer.
#include <boost/test/unit_test.hpp>
#include <set>
#include <string>
#include <vector>

#include "base/limits.hpp"
#include "dht/lookup.hpp"
#include "lookup_steps.hpp"

namespace bt::dht::test {

BOOST_AUTO_TEST_SUITE(trust_of_a_lookup)

BOOST_AUTO_TEST_CASE(in_the_world_no_two_candidates_share_a_subnet) {
    lookup way(in_world());
    const contact first{id_at(5), world(1, 1)}, nearer{id_at(1), world(1, 2)}, other{id_at(2), world(2)};
    way.add(first);
    way.add(nearer);
    way.add(other);
    const auto next = way.next();
    BOOST_TEST((next && next->to == other.at));
    const auto last = way.next();
    BOOST_TEST((last && last->to == first.at));
    BOOST_TEST(!way.next());
}

BOOST_AUTO_TEST_CASE(in_the_world_the_first_that_answers_stays_for_its_subnet) {
    lookup way(in_world());
    const contact dead{id_at(5), world(1, 1)}, alive{id_at(6), world(1, 2)}, third{id_at(7), world(1, 3)};
    way.add(dead);
    BOOST_TEST(asks(way) == "1 ");
    way.slow(dead.at);
    way.add(alive);
    way.add(third);
    BOOST_TEST(asks(way) == "1 ");
    answer(way, alive, {third, {id_at(8), world(9)}});
    answer(way, dead, {{id_at(1), world(3)}});
    BOOST_TEST(asks(way) == "9 ");
    BOOST_REQUIRE(way.nearest().size() == 1u);
    BOOST_TEST((way.nearest()[0].node == alive));
}

BOOST_AUTO_TEST_CASE(a_lan_is_one_subnet_and_works) {
    lookup way(in_lan());
    for (unsigned host = 1; host <= 8; ++host) way.add({id_at(host), local(1, host)});
    std::size_t asked = 0;
    while (const auto next = way.next()) {
        ++asked;
        way.answered(next->to, *next->expected, {}, "token");
    }
    BOOST_TEST(asked == 8u);
    BOOST_TEST(way.nearest().size() == 8u);
}

BOOST_AUTO_TEST_CASE(in_the_world_one_that_fits_its_address_is_asked_though_it_is_farther_than_the_others) {
    auto plan = in_world(2);
    plan.alpha = 1;
    lookup way(plan);
    const auto far = fitting(world(9));
    plan.target = far.id;
    plan.target.bytes[0] ^= 0xff;  // nothing is farther
    way = lookup(plan);
    const auto sybil = [&](unsigned n) {
        contact made{plan.target, world(n)};
        made.id.bytes[19] ^= static_cast<std::uint8_t>(n);
        return made;
    };
    for (const unsigned n : {1u, 2u, 3u}) way.add(sybil(n));
    way.add(far);
    BOOST_TEST(asks(way) == "1 ");
    answer(way, sybil(1));
    BOOST_TEST(asks(way) == "2 ");
    answer(way, sybil(2));
    BOOST_TEST(asks(way) == "9 ");  // not 3: half of the nearest may be of its kind, and 1 and 2 are nearer
    answer(way, far);
    BOOST_TEST(asks(way) == "over");
    BOOST_TEST(nearest(way) == "1 9 ");
}

BOOST_AUTO_TEST_CASE(what_a_namer_of_silent_nodes_names_waits_behind_the_rest) {
    lookup way(in_lan(8, 3));
    way.add(near(200));
    way.add(near(201));
    BOOST_TEST(asks(way) == "200 201 ");
    answer(way, near(200), {near(1), near(2), near(3), near(4), near(5), near(6)});
    answer(way, near(201), {near(100), near(101), near(6)});
    BOOST_TEST(asks(way) == "1 2 3 ");
    for (const unsigned far : {1u, 2u, 3u}) way.slow(near(far).at);
    BOOST_TEST(asks(way) == "6 100 101 ");  // 6 was named by another, too
    for (const unsigned far : {6u, 100u, 101u}) answer(way, near(far));
    BOOST_TEST(asks(way) == "4 5 ");  // nobody else is left, and too few have answered
    for (const unsigned far : {4u, 5u}) way.failed(near(far).at);
    answer(way, near(1));
    BOOST_TEST(way.is_over());  // 2 and 3 are late, and among neighbours that is enough
    BOOST_TEST(nearest(way) == "1 6 100 101 200 201 ");
}

BOOST_AUTO_TEST_CASE(a_doubted_node_does_not_keep_another_away) {
    lookup way(in_lan(8, 3));
    way.add(near(200));
    asks(way);
    const contact squatter{id_at(9), local(66)}, honest{id_at(9), local(9)};
    answer(way, near(200), {near(1), near(2), near(3), squatter});
    asks(way);
    way.add(honest);  // too early: the first stays
    for (const unsigned far : {1u, 2u, 3u}) way.failed(near(far).at);
    way.add(honest);
    BOOST_TEST(asks(way) == "9 ");
}

BOOST_AUTO_TEST_CASE(a_namer_of_some_that_answer_is_not_doubted) {
    lookup way(in_lan(8, 1));
    way.add(near(200));
    way.add(near(100));
    BOOST_TEST(asks(way) == "100 ");
    answer(way, near(100), {near(1), near(2), near(3), near(4), near(5), near(6), near(7)});
    const auto turn = [&](unsigned far, bool answers) {
        BOOST_TEST(asks(way) == std::to_string(far) + " ");
        way.slow(near(far).at);
        if (answers)
            answer(way, near(far));
        else
            way.failed(near(far).at);
    };
    turn(1, false);
    turn(2, true);  // an answer that was slow is no silence
    turn(3, false);
    turn(4, true);
    turn(5, false);
    turn(6, false);
    BOOST_TEST(asks(way) == "7 ");  // 4 silent, 2 alive
}

BOOST_AUTO_TEST_CASE(to_name_what_is_known_to_be_silent_or_alive_counts_as_well) {
    for (const bool alive : {false, true}) {
        lookup way(in_lan(9, 3));
        for (const unsigned far : {1u, 2u, 3u, 60u, 61u, 99u}) way.add(near(far));
        BOOST_TEST(asks(way) == "1 2 3 ");
        for (const unsigned far : {1u, 2u, 3u}) way.slow(near(far).at);
        BOOST_TEST(asks(way) == "60 61 99 ");
        answer(way, near(61));
        auto named = std::vector{near(1), near(2), near(3), near(4), near(61)};
        if (!alive) named.pop_back();
        if (alive) named.push_back(near(60));
        answer(way, near(60));
        way.add(near(150));
        answer(way, near(99), named);
        BOOST_TEST(asks(way).starts_with(alive ? "4 " : "150 "), "alive " << alive);
    }
}

BOOST_AUTO_TEST_CASE(what_a_liar_names_goes_before_the_rest_where_room_is_short) {
    lookup way(in_lan(200, 1));
    way.add(near(200));
    BOOST_TEST(asks(way) == "200 ");
    answer(way, near(200), {near(1), near(2), near(3), near(4)});
    for (const unsigned far : {1u, 2u, 3u}) {
        BOOST_TEST(asks(way) == std::to_string(far) + " ");
        way.failed(near(far).at);
    }
    const auto first_other = 10u, others = static_cast<unsigned>(limits::dht_candidates) - 4;
    for (unsigned i = 0; i < others; ++i) way.add(near(first_other + i));
    std::set<unsigned> asked;
    while (const auto next = way.next()) {
        asked.insert(next->to.address.raw()[2]);
        way.failed(next->to);
    }
    BOOST_TEST(asked.size() == others);
    BOOST_TEST(!asked.contains(4u));
}

BOOST_AUTO_TEST_CASE(a_candidate_that_can_no_longer_be_taken_is_not_asked) {
    lookup way(in_world());
    way.add(world(1, 1));
    BOOST_TEST(asks(way) == "1 ");
    way.add(contact{id_at(1), world(1, 2)});  // the same subnet, but who knows whether that address is a node
    answer(way, {id_at(9), world(1, 1)});
    BOOST_TEST(asks(way) == "over");
}

BOOST_AUTO_TEST_CASE(whether_an_id_fits_matters_in_the_world_and_nowhere_else) {
    for (const auto where : {realm::world, realm::local}) {
        const auto far = fitting(world(9));
        auto plan = in_world(2);
        plan.where = where;
        plan.alpha = 1;
        plan.target = far.id;
        plan.target.bytes[0] ^= 0xff;
        lookup way(plan);
        const auto beside = [&](unsigned n) {
            contact made{plan.target, world(n)};
            made.id.bytes[19] ^= static_cast<std::uint8_t>(n);
            return made;
        };
        way.add(beside(1).at);  // of unknown id until it answers
        way.add(beside(2));
        way.add(far);
        for (const unsigned n : {1u, 2u}) {
            BOOST_TEST(asks(way) == std::to_string(n) + " ");
            answer(way, beside(n));
        }
        BOOST_TEST(asks(way) == (where == realm::world ? "9 " : "over"));
    }
}

BOOST_AUTO_TEST_CASE(a_neighbour_with_a_public_address_and_any_id_is_asked_when_it_is_nearer) {
    lookup way(in_lan(1));
    way.add(contact{id_at(9), world(9)});
    BOOST_TEST(asks(way) == "9 ");
    answer(way, {id_at(9), world(9)}, {{id_at(1), world(1)}});
    BOOST_TEST(asks(way) == "1 ");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bt::dht::test
