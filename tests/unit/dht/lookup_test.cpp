#include "dht/lookup.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/limits.hpp"
#include "base/rng.hpp"
#include "lookup_steps.hpp"

namespace bt::dht::test {
namespace {

std::vector<std::size_t> chosen(std::string_view nodes, std::size_t wanted) {
    const auto secure = std::make_unique<bool[]>(nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) secure[i] = nodes[i] == 'S';
    return choose_nearest({secure.get(), nodes.size()}, wanted);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(choice_of_the_nearest)

BOOST_AUTO_TEST_CASE(at_most_half_do_not_fit_their_address_while_there_are_others) {
    struct row {
        const char* nodes;  // nearest first: S fits its address, I does not
        const char* taken;
        std::size_t wanted = 8;
    };
    const row table[] = {
        {"", ""},
        {"SSS", "+++"},
        {"III", "+++"},
        {"SSSSSSSSSS", "++++++++--"},
        {"SSSSSSSSII", "++++++++--"},
        {"SSSSIIIISS", "++++++++--"},
        {"IIIISSSSSS", "++++++++--"},
        {"IIIIISSSSS", "++++-++++-"},
        {"IIIIIIIISSSS", "++++----++++"},
        {"IIIIIIIIIISSS", "+++++-----+++"},  // too few others: they are all taken, the rest is who is there
        {"IIIIIIIIII", "++++++++--"},
        {"SIIIIIIIII", "++++++++--"},
        {"IIIIIIIIIS", "+++++++--+"},
        {"ISISISISISIS", "++++++++----"},
        {"IISSIIISSSSS", "++++++-++---"},
        {"IS", "-+", 1},
        {"II", "+-", 1},
        {"IIS", "+-+", 2},
        {"IIISS", "+--++", 3},
        {"SI", "--", 0},
    };
    for (const auto& [nodes, taken, wanted] : table) {
        std::string got(std::string_view(nodes).size(), '-');
        for (const auto i : chosen(nodes, wanted)) got[i] = '+';
        BOOST_TEST(got == taken, nodes << ": " << got);
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(one_lookup)

BOOST_AUTO_TEST_CASE(the_nearest_are_asked_first_and_no_more_at_once_than_alpha) {
    lookup way(in_lan());
    for (const unsigned far : {5u, 1u, 4u, 2u, 3u}) way.add(near(far));
    BOOST_TEST(asks(way) == "1 2 3 ");
    answer(way, near(2));
    BOOST_TEST(asks(way) == "4 ");
    way.failed(near(1).at);
    BOOST_TEST(asks(way) == "5 ");
    answer(way, near(3));
    answer(way, near(4));
    BOOST_TEST(asks(way) == "");
    answer(way, near(5));
    BOOST_TEST(asks(way) == "over");
    BOOST_TEST(nearest(way) == "2 3 4 5 ");
    BOOST_TEST(way.asked() == 5u);
    BOOST_TEST(way.answers() == 4u);
}

BOOST_AUTO_TEST_CASE(without_anybody_to_ask_it_is_over) {
    lookup way(in_lan());
    BOOST_TEST(asks(way) == "over");
    BOOST_TEST(way.nearest().empty());
    BOOST_TEST(way.hops() == 0u);
}

BOOST_AUTO_TEST_CASE(an_address_of_unknown_id_is_asked_before_all_and_takes_its_place_when_it_answers) {
    lookup way(in_lan(2));
    way.add(near(1));
    way.add(local(9));
    way.add(local(9));
    const auto first = way.next();
    BOOST_REQUIRE(first.has_value());
    BOOST_TEST((first->to == local(9) && !first->expected));
    const auto second = way.next();
    BOOST_REQUIRE(second.has_value());
    BOOST_TEST((second->to == local(1) && second->expected == id_at(1)));
    answer(way, {id_at(9), local(9)});
    answer(way, near(1));
    BOOST_TEST(asks(way) == "over");
    BOOST_TEST(nearest(way) == "1 9 ");
}

BOOST_AUTO_TEST_CASE(a_slow_one_frees_its_place_and_its_answer_still_counts) {
    lookup way(in_lan(8, 1));
    for (const unsigned far : {1u, 2u, 3u}) way.add(near(far));
    BOOST_TEST(asks(way) == "1 ");
    way.slow(near(1).at);
    BOOST_TEST(asks(way) == "2 ");
    way.slow(near(2).at);
    way.slow(near(2).at);
    BOOST_TEST(asks(way) == "3 ");
    answer(way, near(2), {near(4), near(5)});
    BOOST_TEST(asks(way) == "");
    answer(way, near(3));
    BOOST_TEST(asks(way) == "4 ");
    answer(way, near(1));
    BOOST_TEST(nearest(way) == "1 2 3 ");
}

BOOST_AUTO_TEST_CASE(slow_ones_do_not_let_the_open_questions_grow_beyond_three_times_alpha) {
    lookup way(in_lan(8, 2));
    for (unsigned far = 1; far <= 20; ++far) way.add(near(far));
    for (unsigned far = 1; far <= 6; far += 2) {
        BOOST_TEST(!asks(way).empty());
        way.slow(near(far).at);
        way.slow(near(far + 1).at);
    }
    BOOST_TEST(asks(way) == "");
    way.failed(near(4).at);
    BOOST_TEST(asks(way) == "7 ");
}

BOOST_AUTO_TEST_CASE(who_is_farther_than_the_wanted_that_answered_is_not_asked) {
    lookup way(in_lan(2, 2));
    for (const unsigned far : {3u, 4u, 5u, 6u}) way.add(near(far));
    BOOST_TEST(asks(way) == "3 4 ");
    answer(way, near(3));
    BOOST_TEST(asks(way) == "5 ");
    answer(way, near(4), {near(2)});
    BOOST_TEST(asks(way) == "2 ");  // 5 does not matter any more, but holds its place
    answer(way, near(2));
    BOOST_TEST(asks(way) == "over");
    BOOST_TEST(nearest(way) == "2 3 ");
}

BOOST_AUTO_TEST_CASE(a_neighbour_that_is_late_is_waited_for_only_while_nobody_has_answered) {
    lookup way(in_lan(8, 4));
    for (const unsigned far : {1u, 2u, 3u}) way.add(near(far));
    BOOST_TEST(asks(way) == "1 2 3 ");
    for (const unsigned far : {1u, 2u}) way.slow(near(far).at);
    BOOST_TEST(!way.is_over());
    way.slow(near(3).at);
    BOOST_TEST(!way.is_over());
    answer(way, near(3));
    BOOST_TEST(way.is_over());
    BOOST_TEST(nearest(way) == "3 ");
}

BOOST_AUTO_TEST_CASE(it_waits_for_nearer_ones_until_they_are_slow_and_longer_only_if_too_few_answered) {
    auto far_away = in_world(2);
    far_away.alpha = 4;
    lookup way(far_away);
    for (const unsigned far : {1u, 2u, 3u}) way.add(near(far));
    BOOST_TEST(asks(way) == "1 2 3 ");
    answer(way, near(3));
    way.slow(near(1).at);
    way.slow(near(2).at);
    BOOST_TEST(!way.is_over());  // one of two
    answer(way, near(2));
    BOOST_TEST(way.is_over());  // 1 is nearer, but slow

    lookup other(in_lan(1, 4));
    for (const unsigned far : {1u, 2u}) other.add(near(far));
    BOOST_TEST(asks(other) == "1 2 ");
    answer(other, near(2));
    BOOST_TEST(!other.is_over());
    other.failed(near(1).at);
    BOOST_TEST(other.is_over());
}

BOOST_AUTO_TEST_CASE(who_answers_with_another_id_is_dropped_with_all_it_names) {
    lookup way(in_lan());
    way.add(near(7));
    BOOST_TEST(asks(way) == "7 ");
    way.answered(near(7).at, id_at(8), std::vector{near(1)}, "token");
    BOOST_TEST(asks(way) == "over");
    BOOST_TEST(way.nearest().empty());
    BOOST_TEST(way.answers() == 0u);
}

BOOST_AUTO_TEST_CASE(answers_of_those_that_were_not_asked_or_have_answered_are_nothing) {
    lookup way(in_lan(8, 1));
    way.add(near(1));
    way.add(near(2));
    BOOST_TEST(asks(way) == "1 ");
    answer(way, near(2), {near(3)});
    answer(way, near(4), {near(5)});
    way.slow(near(2).at);
    way.failed(near(2).at);
    answer(way, near(1), {near(6)});
    answer(way, near(1), {near(7)});
    way.failed(near(1).at);
    BOOST_TEST(way.answers() == 1u);
    BOOST_TEST(asks(way) == "2 ");
    answer(way, near(2));
    BOOST_TEST(asks(way) == "6 ");
}

BOOST_AUTO_TEST_CASE(nobody_is_a_candidate_twice_and_we_never) {
    auto plan = in_lan(8, 9);
    plan.own = id_at(3);
    lookup way(plan);
    way.add(near(1));
    way.add(near(3));
    const contact same_id{id_at(1), local(77)}, same_endpoint{id_at(77), local(1)};
    way.add(same_id);
    way.add(same_endpoint);
    way.add(local(1));
    way.add(local(50));
    BOOST_TEST(asks(way) == "50 1 ");
    answer(way, near(1), {near(1), same_id, same_endpoint, near(3), near(2)});
    way.answered(local(50), id_at(3), std::vector{near(9)}, "token");  // ourselves, at another address
    BOOST_TEST(asks(way) == "2 ");
    answer(way, near(2));
    BOOST_TEST(asks(way) == "over");
    BOOST_TEST(nearest(way) == "1 2 ");
}

BOOST_AUTO_TEST_CASE(the_second_address_of_an_id_gets_its_turn_when_the_first_does_not_answer) {
    lookup way(in_lan());
    way.add(near(1));
    BOOST_TEST(asks(way) == "1 ");
    way.slow(near(1).at);
    way.add({id_at(1), local(77)});
    BOOST_TEST(asks(way) == "77 ");
    answer(way, {id_at(1), local(77)});
    answer(way, near(1));
    BOOST_TEST(nearest(way) == "77 ");
}

BOOST_AUTO_TEST_CASE(the_first_sixteen_named_nodes_count) {
    lookup way(in_lan(40, 99));
    way.add(near(100));
    asks(way);
    std::vector<contact> named;
    for (unsigned far = 40; far > 20; --far) named.push_back(near(far));
    answer(way, near(100), named);
    BOOST_TEST(asks(way) == "25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 ");
    static_assert(limits::dht_named_nodes == 16);
}

BOOST_AUTO_TEST_CASE(tokens_are_kept_as_they_came_but_not_of_any_length) {
    lookup way(in_lan());
    for (const unsigned far : {1u, 2u, 3u}) way.add(near(far));
    asks(way);
    answer(way, near(1), {}, std::string("a\0b", 3));
    answer(way, near(2), {}, std::string(limits::dht_token_bytes, 'x'));
    answer(way, near(3), {}, std::string(limits::dht_token_bytes + 1, 'x'));
    const auto found = way.nearest();
    BOOST_REQUIRE(found.size() == 3u);
    BOOST_TEST(found[0].token == std::string("a\0b", 3));
    BOOST_TEST(found[1].token == std::string(limits::dht_token_bytes, 'x'));
    BOOST_TEST(found[2].token.empty());
}

BOOST_AUTO_TEST_CASE(hops_are_counted_from_the_nodes_we_knew_to_the_nearest) {
    lookup way(in_lan(2, 1));
    way.add(local(90));
    asks(way);
    answer(way, {id_at(90), local(90)}, {near(50)});
    asks(way);
    answer(way, near(50), {near(20), near(21)});
    BOOST_TEST(way.hops() == 1u);
    asks(way);
    answer(way, near(20));
    asks(way);
    answer(way, near(21));
    BOOST_TEST(way.is_over());
    BOOST_TEST(way.hops() == 2u);
}

BOOST_AUTO_TEST_CASE(of_more_candidates_than_there_is_room_for_the_farthest_fresh_ones_go) {
    lookup way(in_lan(200, 1));
    for (unsigned far = 250; far > 0; --far) way.add(near(far));
    unsigned asked = 0;
    while (const auto next = way.next()) {
        ++asked;
        BOOST_TEST(unsigned(next->to.address.raw()[2]) == asked);
        answer(way, near(asked), {near(255), near(254)});
    }
    BOOST_TEST(asked == limits::dht_candidates);
    BOOST_TEST(way.is_over());
    way.add(near(251));  // one more than there is room for, and none gives way
    BOOST_TEST(asks(way) == "over");
}

BOOST_AUTO_TEST_CASE(whatever_happens_it_ends_and_asks_nobody_twice) {
    for (std::uint64_t seed = 0; seed < 25; ++seed) {
        rng random(seed);
        auto plan = random.chance(0.5) ? in_lan() : in_world();
        plan.wanted = random.below(20);
        plan.alpha = 1 + random.below(5);
        lookup way(plan);
        const auto any = [&] {  // few ids, endpoints and subnets, so that they meet
            return contact{
                id_at(static_cast<unsigned>(random.below(200))),
                world(static_cast<unsigned>(random.below(100)), static_cast<unsigned>(random.below(3)))};
        };
        std::set<endpoint> asked;
        std::vector<contact> open;
        for (int step = 0; step < 400; ++step) {
            if (random.chance(0.1)) way.add(any().at);
            while (const auto next = way.next()) {
                BOOST_TEST(asked.insert(next->to).second);
                open.push_back({next->expected.value_or(any().id), next->to});
            }
            const auto happens = random.below(8);
            if (happens == 0 || open.empty()) way.add(any());
            const auto what = open.empty() || happens == 1 ? any() : open[random.below(open.size())];
            if (happens == 2 || happens == 3) way.slow(what.at);
            if (happens == 4) way.failed(what.at);
            const std::vector<contact> named{any(), any(), any(), what, any()};
            if (happens >= 5) answer(way, random.chance(0.9) ? what : contact{any().id, what.at}, named);
            if (happens >= 4) std::erase_if(open, [&](const contact& c) { return c.at == what.at; });
        }
        while (!way.is_over()) {
            while (const auto next = way.next()) {
                BOOST_TEST(asked.insert(next->to).second);
                open.push_back({{}, next->to});
            }
            BOOST_REQUIRE_MESSAGE(way.is_over() || !open.empty(), "hangs with seed " << seed);
            for (const auto& c : open) way.failed(c.at);
            open.clear();
        }
        BOOST_TEST(!way.next());
        BOOST_TEST(way.asked() == asked.size());
        BOOST_TEST(asked.size() <= limits::dht_candidates);
        BOOST_TEST(way.nearest().size() == std::min(plan.wanted, way.answers()));
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bt::dht::test
