#include "dht/routing_table.hpp"

#include <algorithm>
#include <set>

#include "table_samples.hpp"

namespace bt::dht::test {

BOOST_AUTO_TEST_SUITE(dht_routing_table)

BOOST_AUTO_TEST_CASE(an_entry_is_small) { BOOST_TEST(sizeof(entry) <= 80u); }

BOOST_AUTO_TEST_CASE(who_answers_is_an_entry_and_who_only_asks_is_not) {
    auto table = world();
    table.heard(start, node(0, 1));
    BOOST_TEST(table.size() == 0u);
    BOOST_TEST(!table.find(id(0, 1)));
    BOOST_TEST(table.answered(start, node(0, 1), 10ms));
    BOOST_TEST(!table.answered(start, node(0, 1), 10ms));
    BOOST_TEST(table.size() == 1u);
    BOOST_REQUIRE(table.find(id(0, 1)));
    BOOST_TEST((table.find(id(0, 1))->who == node(0, 1)));
    BOOST_TEST(table.count(start).replacements == 0u);
    BOOST_TEST(table.is_sound());
}

BOOST_AUTO_TEST_CASE(we_are_not_in_our_own_table) {
    auto table = lan();
    BOOST_TEST(!table.answered(start, {own(), neighbour(1)}, 10ms));
    table.heard(start, {own(), neighbour(1)});
    BOOST_TEST(table.size() == 0u);
    BOOST_TEST(table.count(start).replacements == 0u);
}

BOOST_AUTO_TEST_CASE(the_bucket_around_our_own_id_splits_and_no_other) {
    auto table = world();
    fill(table, start, 0);
    BOOST_TEST(table.count(start).buckets == 1u);
    BOOST_TEST(table.answered(start, node(1, 0), 10ms));
    BOOST_TEST(table.count(start).buckets == 2u);
    BOOST_TEST(!table.answered(start, node(0, 8), 10ms));
    BOOST_TEST(table.count(start).replacements == 1u);
    fill(table, start, 7);
    BOOST_TEST(table.answered(start, node(9, 0), 10ms));
    BOOST_TEST(table.size() == 18u);
    BOOST_TEST(table.is_sound());
}

BOOST_AUTO_TEST_CASE(nodes_next_to_us_split_it_to_the_last_bit_and_not_further) {
    auto table = lan();
    unsigned port = 1;
    for (int round = 0; round < 20; ++round)
        for (unsigned shared = 140; shared < id_bits; ++shared)
            table.answered(start,
                           {id(shared, static_cast<unsigned>(round)),
                            {neighbour(1).address, static_cast<std::uint16_t>(port++)}},
                           1ms);
    BOOST_TEST(table.is_sound());
    BOOST_TEST(table.count(start).buckets <= id_bits);
    BOOST_TEST(table.find(id(159, 0)));
}

BOOST_AUTO_TEST_CASE(the_nearest_are_those_a_sort_of_all_would_give) {
    rng random(5);
    for (int round = 0; round < 30; ++round) {
        auto table = lan();
        std::vector<contact> all;
        for (unsigned n = 0; n < 300; ++n) {
            node_id some;
            random.fill(some.bytes);
            if (random.chance(0.5)) some = random_at(own(), static_cast<unsigned>(random.below(20)), random);
            const contact c{some, neighbour(n)};
            if (table.answered(start, c, 1ms)) all.push_back(c);
        }
        // some are bad
        for (unsigned n = 0; n < 300; n += 7)
            for (int i = 0; i < 2; ++i) table.failed(start, neighbour(n));
        std::erase_if(all,
                      [&](const contact& c) { return health_of(*table.find(c.id), start) == health::bad; });
        for (int i = 0; i < 20; ++i) {
            node_id target;
            random.fill(target.bytes);
            if (i % 3 == 0) target = random_at(own(), static_cast<unsigned>(random.below(30)), random);
            if (i == 1) target = own();
            if (i == 2) target = all[random.below(all.size())].id;
            std::sort(all.begin(), all.end(),
                      [&](const contact& a, const contact& b) { return closer(target, a.id, b.id); });
            for (const std::size_t count : {0u, 1u, 8u, 20u, 1000u}) {
                const auto expected = std::vector(
                    all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min(count, all.size())));
                BOOST_TEST((closest(table, target, count) == expected));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(two_unanswered_queries_make_it_bad_and_an_answer_good_again) {
    auto table = world();
    table.answered(start, node(0, 1), 10ms);
    table.failed(start, node(0, 1).at);
    BOOST_TEST(table.count(start).bad == 0u);
    BOOST_TEST(closest(table, own(), 8).size() == 1u);
    table.failed(start, node(0, 1).at);
    BOOST_TEST(table.count(start).bad == 1u);
    BOOST_TEST(closest(table, own(), 8).empty());
    BOOST_TEST(table.freshest(8).empty());
    BOOST_TEST(table.size() == 1u);  // until somebody wants its place
    for (int i = 0; i < 300; ++i) {
        table.failed(start, node(0, 1).at);
        BOOST_TEST(table.count(start).bad == 1u);
    }
    BOOST_TEST(!table.answered(start, node(0, 1), 10ms));
    BOOST_TEST(table.count(start).good == 1u);
}

BOOST_AUTO_TEST_CASE(a_bad_node_that_answers_is_asked_again_after_fifteen_minutes_as_any_other) {
    auto table = world();
    table.answered(start, node(0, 1), 10ms);
    for (int i = 0; i < 2; ++i) table.failed(start, node(0, 1).at);
    BOOST_TEST(all_to_ask(table, start + 1min).empty());
    table.answered(start + 2min, node(0, 1), 10ms);
    BOOST_TEST(table.is_sound());
    BOOST_TEST((table.next_deadline() <= start + 17min));
    BOOST_TEST(all_to_ask(table, start + 17min).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_round_trip_moves_by_an_eighth) {
    auto table = world();
    table.answered(start, node(0, 1), 80ms);
    table.answered(start, node(0, 1), 160ms);
    BOOST_TEST((table.find(id(0, 1))->round_trip == 90ms));
    table.answered(start, node(0, 1), -1s);  // a clock that jumps does no harm
    table.answered(start, node(0, 1), 1000h);
    BOOST_TEST((table.find(id(0, 1))->round_trip < 10s));
}

BOOST_AUTO_TEST_CASE(the_silent_are_asked_after_15_minutes_the_longest_silent_first) {
    auto table = world();
    table.answered(start, node(0, 1), 10ms);
    table.answered(start + 1min, node(0, 2), 10ms);
    table.answered(start + 2min, node(0, 3), 10ms);
    table.heard(start + 10min, node(0, 2));
    BOOST_TEST((table.next_deadline() <= start + 15min));
    BOOST_TEST(all_to_ask(table, start + 15min - 1us).empty());
    BOOST_TEST((all_to_ask(table, start + 20min) == std::vector{node(0, 1), node(0, 3)}));
    for (const unsigned n : {1u, 3u}) table.answered(start + 20min, node(0, n), 10ms);
    BOOST_TEST(!table.next_to_refresh(start + 24min).has_value());
    BOOST_TEST(!table.next_to_ask(start + 24min).has_value());
    BOOST_TEST((table.next_deadline() == start + 25min));
    BOOST_TEST((all_to_ask(table, start + 25min) == std::vector{node(0, 2)}));
    BOOST_TEST((table.next_deadline() > start + 25min));
}

BOOST_AUTO_TEST_CASE(nobody_is_asked_again_within_5_seconds_and_soon_after_a_failure) {
    auto table = world();
    table.answered(start, node(0, 1), 10ms);
    auto now = start + 15min;
    BOOST_TEST(all_to_ask(table, now).size() == 1u);
    BOOST_TEST(all_to_ask(table, now + 4s).empty());
    table.failed(now + 4s, node(0, 1).at);
    BOOST_TEST(all_to_ask(table, now + 5s).empty());
    now += 9s;
    BOOST_TEST(all_to_ask(table, now).size() == 1u);
    table.failed(now + 4s, node(0, 1).at);
    BOOST_TEST(all_to_ask(table, now + 1h).empty());  // it is bad
}

BOOST_AUTO_TEST_CASE(where_nobody_is_blamed_the_next_try_is_a_minute_later) {
    auto table = world();
    fill(table, start, 0);
    std::size_t asked = 0;
    for (auto now = start + 15min; now < start + 25min; now += 1s) asked += all_to_ask(table, now).size();
    BOOST_TEST(asked == bucket_size * 10);
    BOOST_TEST(table.count(start + 25min).bad == 0u);
}

BOOST_AUTO_TEST_CASE(one_failure_of_a_good_node_gets_it_asked) {
    auto table = world();
    table.answered(start, node(0, 1), 10ms);
    table.failed(start + 1min, node(0, 1).at);
    BOOST_TEST(all_to_ask(table, start + 1min).empty());
    BOOST_TEST((table.next_deadline() == start + 1min + 5s));
    BOOST_TEST(all_to_ask(table, start + 1min + 5s).size() == 1u);
    table.answered(start + 1min + 6s, node(0, 1), 10ms);
    BOOST_TEST(all_to_ask(table, start + 5min).empty());
}

BOOST_AUTO_TEST_CASE(a_bad_node_that_speaks_again_gets_another_chance) {
    auto table = world();
    table.answered(start, node(0, 1), 10ms);
    for (int i = 0; i < 2; ++i) table.failed(start + 1min, node(0, 1).at);
    BOOST_TEST(all_to_ask(table, start + 1h).empty());
    table.heard(start + 1h, node(0, 1));
    BOOST_TEST(table.count(start + 1h).bad == 1u);  // whoever asks may not answer
    BOOST_TEST(all_to_ask(table, start + 1h).size() == 1u);
    table.answered(start + 1h, node(0, 1), 10ms);
    BOOST_TEST(table.count(start + 1h).good == 1u);
}

BOOST_AUTO_TEST_CASE(a_node_that_asks_is_asked_if_there_is_a_place_for_it) {
    auto table = world();
    table.heard(start, node(0, 1));
    BOOST_TEST((table.next_deadline() <= start));
    BOOST_TEST((all_to_ask(table, start) == std::vector{node(0, 1)}));
    BOOST_TEST(all_to_ask(table, start + 4s).empty());
    table.failed(start + 4s, node(0, 1).at);
    BOOST_TEST(table.count(start).replacements == 0u);  // it had no place to lose

    fill(table, start, 0);
    table.answered(start, node(1, 0), 10ms);
    table.heard(start, node(0, 50));  // no place in a full bucket
    BOOST_TEST(all_to_ask(table, start).empty());
    fill(table, start, 1);
    table.heard(start, node(2, 50));  // the last bucket can split
    BOOST_TEST((all_to_ask(table, start) == std::vector{node(2, 50)}));
    BOOST_TEST(table.answered(start, node(2, 50), 10ms));
}

BOOST_AUTO_TEST_CASE(the_latest_replacement_is_tried_when_a_place_is_free) {
    auto table = world();
    fill(table, start, 0);
    table.answered(start, node(1, 0), 10ms);
    for (unsigned n = 50; n < 70; ++n) table.heard(start + n * 1s, node(0, n));
    BOOST_TEST(table.count(start).replacements == bucket_size);
    const auto now = start + 5min;
    BOOST_TEST(all_to_ask(table, now).empty());

    table.failed(now, node(0, 3).at);
    table.failed(now, node(0, 3).at);
    auto next = table.next_to_ask(now);
    BOOST_REQUIRE(next.has_value());
    BOOST_TEST((*next == node(0, 69)));
    table.failed(now + 1s, next->at);
    next = table.next_to_ask(now + 1s);
    BOOST_REQUIRE(next.has_value());
    BOOST_TEST((*next == node(0, 68)));
    BOOST_TEST(table.answered(now + 2s, *next, 10ms));
    BOOST_TEST(!table.find(id(0, 3)));
    BOOST_TEST(table.size() == 9u);

    BOOST_TEST(all_to_ask(table, now + 2s).empty());
    table.remove(node(0, 4).at);
    BOOST_TEST(table.size() == 8u);
    next = table.next_to_ask(now + 2s);
    BOOST_REQUIRE(next.has_value());
    BOOST_TEST((*next == node(0, 67)));
    BOOST_TEST(table.is_sound());
}

BOOST_AUTO_TEST_CASE(one_node_per_address_of_the_world) {
    auto table = world();
    table.answered(start, node(0, 1), 10ms);
    const endpoint other_port{node(0, 1).at.address, 6882};
    BOOST_TEST(!table.answered(start, {id(3, 1), other_port}, 10ms));
    table.heard(start, {id(3, 1), other_port});
    BOOST_TEST(table.count(start).replacements == 0u);
    for (int i = 0; i < 2; ++i) table.failed(start, node(0, 1).at);
    BOOST_TEST(table.answered(start, {id(3, 1), other_port}, 10ms));
    BOOST_TEST(table.size() == 1u);

    auto home = lan();
    for (std::uint16_t port = 1; port <= 8; ++port)
        BOOST_TEST(home.answered(start, {id(0, port), {neighbour(1).address, port}}, 1ms));
    BOOST_TEST(home.size() == 8u);
    BOOST_TEST(home.is_sound());
}

BOOST_AUTO_TEST_CASE(one_node_per_subnet_in_a_bucket_of_the_world) {
    auto table = world();
    for (const unsigned shared : {0u, 2u, 3u}) fill(table, start, shared);  // two of a subnet may be in all
    table.answered(start, node(1, 0), 10ms);
    auto near = node(1, 0).at;
    near.address = ip_address::v4(near.address.raw()[0], near.address.raw()[1], near.address.raw()[2], 200);
    BOOST_TEST(!table.answered(start, {id(1, 5), near}, 10ms));
    BOOST_TEST(table.answered(start, {id(0, 20), near}, 10ms) == false);  // full, it waits
    BOOST_TEST(table.count(start).replacements == 1u);
    near.address = ip_address::v4(near.address.raw()[0], near.address.raw()[1], near.address.raw()[2], 201);
    table.heard(start, {id(0, 21), near});  // a replacement of its subnet waits already
    BOOST_TEST(table.count(start).replacements == 1u);
    BOOST_TEST(table.is_sound());
}

BOOST_AUTO_TEST_CASE(three_nodes_per_subnet_in_the_table_of_the_world) {
    auto table = world();
    for (unsigned shared = 0; shared < 8; ++shared)
        for (unsigned n = 0; n < bucket_size - 1; ++n) table.answered(start, node(shared, n), 10ms);
    BOOST_REQUIRE(table.count(start).buckets == 8u);
    const auto of_subnet = [](unsigned n) {
        return endpoint{ip_address::v4(66, 66, 66, static_cast<std::uint8_t>(n)), 6881};
    };
    for (unsigned n = 0; n < 3; ++n) BOOST_TEST(table.answered(start, {id(n, 50), of_subnet(n)}, 10ms));
    BOOST_TEST(!table.answered(start, {id(3, 50), of_subnet(3)}, 10ms));
    table.heard(start, {id(4, 50), of_subnet(4)});
    BOOST_TEST(all_to_ask(table, start).empty());
    table.remove(of_subnet(1));
    BOOST_TEST(table.answered(start, {id(3, 50), of_subnet(3)}, 10ms));
    BOOST_TEST(table.is_sound());
}

BOOST_AUTO_TEST_CASE(in_a_small_table_a_subnet_has_a_tenth_of_it_and_one_place_at_least) {
    auto table = world();
    for (unsigned n = 0; n < 7; ++n) table.answered(start, node(0, n), 10ms);
    BOOST_TEST(table.answered(start, {id(1, 50), {ip_address::v4(66, 66, 66, 1), 6881}}, 10ms));
    BOOST_TEST(!table.answered(start, {id(2, 50), {ip_address::v4(66, 66, 66, 2), 6881}}, 10ms));
}

BOOST_AUTO_TEST_CASE(after_a_silence_everybody_is_asked_at_once_and_the_bad_have_another_chance) {
    auto table = world();
    for (unsigned n = 0; n < 4; ++n) table.answered(start, node(0, n), 10ms);
    for (int i = 0; i < 2; ++i) table.failed(start + 1min, node(0, 1).at);
    BOOST_TEST(all_to_ask(table, start + 1min).empty());
    table.doubt_all(start + 2min);
    BOOST_TEST(table.count(start + 2min).questionable == 4u);
    BOOST_TEST(all_to_ask(table, start + 2min).size() == 4u);
    table.answered(start + 2min, node(0, 1), 10ms);
    BOOST_TEST(table.count(start + 2min).good == 1u);
}

BOOST_AUTO_TEST_CASE(who_is_named_waits_where_there_is_room_and_changes_nothing_else) {
    auto table = world();
    table.named(start, node(0, 1));
    BOOST_TEST(table.size() == 0u);
    BOOST_TEST(all_to_ask(table, start).size() == 1u);
    for (unsigned n = 2; n < 2 + bucket_size; ++n) table.answered(start, node(0, n), 10ms);
    for (unsigned n = 0; n < bucket_size; ++n) table.answered(start, node(1, n), 10ms);
    table.named(start, node(0, 20));  // that bucket is full and will not split
    BOOST_TEST((table.find(node(0, 2).id)->last_heard == start));
    table.named(start + 5min, node(0, 2));
    BOOST_TEST((table.find(node(0, 2).id)->last_heard == start));
    BOOST_TEST(table.is_sound());
}

BOOST_AUTO_TEST_CASE(another_id_at_a_known_endpoint_costs_it_its_place) {
    auto table = world();
    table.answered(start, node(0, 1), 10ms);
    BOOST_TEST(!table.answered(start, {id(2, 1), node(0, 1).at}, 10ms));
    BOOST_TEST(table.size() == 0u);

    // in a LAN it is a node that was started anew
    auto home = lan();
    home.answered(start, {id(0, 1), neighbour(1)}, 1ms);
    BOOST_TEST(home.answered(start, {id(2, 1), neighbour(1)}, 1ms));
    BOOST_TEST(home.size() == 1u);
    BOOST_TEST(!home.find(id(0, 1)));
    // also one that got our own id
    BOOST_TEST(!home.answered(start, {own(), neighbour(1)}, 1ms));
    BOOST_TEST(home.size() == 0u);
}

BOOST_AUTO_TEST_CASE(a_question_with_another_id_only_raises_a_doubt) {
    auto table = world();
    table.answered(start, node(0, 1), 10ms);
    for (unsigned n = 0; n < 100; ++n) table.heard(start + 1s, {id(2, n), node(0, 1).at});  // forged
    BOOST_TEST(table.find(id(0, 1)));
    BOOST_TEST(table.count(start).replacements == 0u);
    BOOST_TEST((all_to_ask(table, start + 1s) == std::vector{node(0, 1)}));
    table.answered(start + 1s, node(0, 1), 10ms);
    BOOST_TEST(table.count(start + 1s).good == 1u);
    // each 5 seconds at most
    table.heard(start + 2s, {id(2, 1), node(0, 1).at});
    BOOST_TEST(all_to_ask(table, start + 2s).empty());
    BOOST_TEST(all_to_ask(table, start + 6s).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_replacement_is_not_asked_sooner_for_a_change_of_its_id) {
    auto table = world();
    table.heard(start, node(0, 1));
    BOOST_TEST(all_to_ask(table, start).size() == 1u);
    for (unsigned n = 2; n < 50; ++n) table.heard(start + 1s, {id(0, n), node(0, 1).at});
    BOOST_TEST(table.count(start).replacements == 1u);
    BOOST_TEST(all_to_ask(table, start + 1s).empty());
}

BOOST_AUTO_TEST_CASE(a_bad_node_that_answers_again_keeps_its_place_before_those_that_came_for_it) {
    auto table = world();
    table.answered(start, node(0, 1), 10ms);
    for (int i = 0; i < 2; ++i) table.failed(start, node(0, 1).at);
    auto near = node(0, 1).at;
    near.address = ip_address::v4(near.address.raw()[0], near.address.raw()[1], near.address.raw()[2], 200);
    table.heard(start, {id(0, 2), near});
    BOOST_TEST(table.count(start).replacements == 1u);
    table.answered(start, node(0, 1), 10ms);
    BOOST_TEST(table.count(start).replacements == 0u);
    BOOST_TEST(table.is_sound());
}

BOOST_AUTO_TEST_CASE(a_known_id_at_another_endpoint_is_ignored_while_the_known_one_is_not_bad) {
    auto table = world();
    table.answered(start, node(0, 1), 10ms);
    const contact moved{id(0, 1), host(7777)};
    BOOST_TEST(!table.answered(start, moved, 10ms));
    table.heard(start, moved);
    BOOST_TEST((table.find(id(0, 1))->who == node(0, 1)));
    BOOST_TEST(table.count(start).replacements == 0u);
    for (int i = 0; i < 2; ++i) table.failed(start, node(0, 1).at);
    BOOST_TEST(table.answered(start, moved, 10ms));
    BOOST_TEST((table.find(id(0, 1))->who == moved));
    BOOST_TEST(table.size() == 1u);
    BOOST_TEST(table.is_sound());
}

BOOST_AUTO_TEST_CASE(a_secure_id_takes_the_place_of_an_insecure_one_in_the_world) {
    rng random(3);
    auto table = world();
    fill(table, start, 0);  // random ids fit by chance once in two million
    table.answered(start, node(1, 0), 10ms);
    const auto good = secure_node(0, host(9000), random);
    table.heard(start, good);
    BOOST_TEST((all_to_ask(table, start) == std::vector{good}));
    BOOST_TEST(table.answered(start, good, 10ms));
    BOOST_TEST(table.find(good.id)->secure);
    BOOST_TEST(table.size() == 9u);
    BOOST_TEST(table.count(start).replacements == 1u);  // who had to go did nothing wrong
    BOOST_TEST(!table.answered(start, node(0, 60), 10ms));
}

BOOST_AUTO_TEST_CASE(a_bucket_in_which_nothing_happened_for_15_minutes_is_refreshed_in_its_range) {
    auto table = world();
    BOOST_TEST(!table.next_to_refresh(start + 10h).has_value());  // with nobody to ask
    BOOST_TEST((table.next_deadline() == never));
    table.answered(start - 1h, node(0, 0), 10ms);
    table.remove(node(0, 0).at);
    BOOST_TEST(!table.next_to_refresh(start).has_value());
    for (unsigned shared = 0; shared < 3; ++shared) fill(table, start, shared);
    BOOST_REQUIRE(table.count(start).buckets == 3u);
    BOOST_TEST(!table.next_to_refresh(start + 15min - 1us).has_value());
    table.answered(start + 10min, node(1, 0), 10ms);

    const auto now = start + 16min + 30s;
    std::multiset<unsigned> ranges;
    while (const auto target = table.next_to_refresh(now)) {
        ranges.insert(std::min(2u, shared_bits(own(), *target)));
        BOOST_REQUIRE(ranges.size() < 10u);
    }
    BOOST_TEST((ranges == std::multiset<unsigned>{0, 2}));
    BOOST_TEST(!table.next_to_refresh(now).has_value());
    BOOST_TEST(table.next_to_refresh(start + 27min).has_value());  // the one with the answer
    BOOST_TEST(!table.next_to_refresh(start + 27min).has_value());
    all_to_ask(table, start + 27min);
    BOOST_TEST((table.next_deadline() > start + 27min));
    BOOST_TEST((table.next_deadline() < never));
}

BOOST_AUTO_TEST_CASE(the_freshest_are_those_that_answered_last) {
    auto table = world();
    for (unsigned n = 0; n < 5; ++n) table.answered(start + n * 1s, node(n, 0), 10ms);
    table.heard(start + 1h, node(0, 0));  // has not answered
    BOOST_TEST((table.freshest(2) == std::vector{node(4, 0), node(3, 0)}));
    BOOST_TEST(table.freshest(100).size() == 5u);
    BOOST_TEST(table.freshest(0).empty());
}

BOOST_AUTO_TEST_CASE(a_new_own_id_brings_the_same_nodes_into_new_buckets) {
    rng random(9);
    auto table = lan();
    for (unsigned n = 0; n < 100; ++n) table.answered(start, {id(n % 6, n), neighbour(n)}, 1ms);
    const auto before = table.size();
    const auto new_own = id(0, 77);
    table.set_own(start, new_own);
    BOOST_TEST((table.own() == new_own));
    BOOST_TEST(table.is_sound());
    BOOST_TEST(table.size() >= 8u);
    BOOST_TEST(table.size() <= before);

    // a node that has it goes; few nodes all stay
    auto small = lan();
    for (unsigned n = 0; n < 6; ++n) small.answered(start, {id(n, n), neighbour(n)}, 1ms);
    small.set_own(start, id(3, 3));
    BOOST_TEST(small.size() == 5u);
    BOOST_TEST(small.find(id(2, 2)));
    BOOST_TEST(small.is_sound());
}

BOOST_AUTO_TEST_CASE(the_zero_of_the_clock_is_a_time_like_any_other) {
    auto table = world();
    table.answered(time_point{}, node(0, 1), 10ms);
    table.heard(time_point{}, node(0, 2));
    BOOST_TEST(table.count(time_point{}).good == 1u);
    BOOST_TEST((all_to_ask(table, time_point{}) == std::vector{node(0, 2)}));
    BOOST_TEST(table.is_sound());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bt::dht::test
