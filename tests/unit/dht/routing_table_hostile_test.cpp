// What others can do to a routing table: collisions of every kind, sybils, poison.
#include <algorithm>

#include "table_samples.hpp"

namespace bt::dht::test {

BOOST_AUTO_TEST_SUITE(dht_routing_table_hostile)

BOOST_AUTO_TEST_CASE(no_order_of_hostile_events_breaks_it) {
    for (const auto where : both_realms) {
        rng random(where == realm::world ? 11 : 12);
        routing_table table(own(), where, rng(2));
        auto now = start;
        // few ids, few addresses, few ports: everything collides
        const auto some_id = [&] {
            if (random.chance(0.01)) return table.own();
            return id(static_cast<unsigned>(random.below(12)), static_cast<unsigned>(random.below(12)));
        };
        const auto some_at = [&] {
            return endpoint{ip_address::v4(20, 0, static_cast<std::uint8_t>(random.below(30)),
                                           static_cast<std::uint8_t>(random.below(3))),
                            static_cast<std::uint16_t>(1 + random.below(2))};
        };
        std::size_t largest = 0;
        for (int i = 0; i < 20000; ++i) {
            now += duration(random.below(2'000'000));
            const contact c{some_id(), some_at()};
            switch (random.below(20)) {
                case 0:
                    table.remove(c.at);
                    break;
                case 1:
                case 2:
                case 3:
                    table.failed(now, c.at);
                    break;
                case 4:
                    while (const auto one = table.next_to_ask(now))
                        if (random.chance(0.5)) table.answered(now, *one, 1ms);
                    break;
                case 5:
                    table.next_to_refresh(now);
                    break;
                case 6:
                    if (random.chance(0.05)) table.set_own(now, some_id());
                    break;
                case 7:
                case 8:
                case 9:
                case 10:
                case 11:
                    table.heard(now, c);
                    break;
                default: {
                    const bool was_there = table.find(c.id) && table.find(c.id)->who == c;
                    const bool is_new = table.answered(now, c, 1ms);
                    const bool is_there = table.find(c.id) && table.find(c.id)->who == c;
                    BOOST_REQUIRE(is_new == (is_there && !was_there));
                }
            }
            largest = std::max(largest, table.size());
            if (i % 8 == 0) BOOST_REQUIRE(table.is_sound());
        }
        BOOST_TEST(largest > 10u);
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(dht_D4_table)

BOOST_AUTO_TEST_CASE(a_network_of_sybils_gets_one_place_in_a_bucket_and_a_tenth_of_the_table_at_most) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        rng random(seed);
        routing_table table(own(), realm::world, random.child());
        std::vector<std::pair<contact, bool>> arrivals;  // and whether honest
        for (unsigned n = 0; n < 300; ++n) {
            contact honest{{}, host(n)}, sybil{{},
                                               {ip_address::v4(66, 66, 66, static_cast<std::uint8_t>(n)),
                                                static_cast<std::uint16_t>(1000 + n)}};
            random.fill(honest.id.bytes);
            // he stands as near to us as he likes
            sybil.id = random_at(own(), static_cast<unsigned>(random.below(20)), random);
            arrivals.push_back({honest, true});
            arrivals.push_back({sybil, false});
        }
        random.shuffle(arrivals);
        auto now = start;
        for (const auto& [who, honest] : arrivals) {
            now += 100ms;
            table.heard(now, who);
            table.answered(now, who, 20ms);
            while (const auto one = table.next_to_ask(now)) table.answered(now, *one, 20ms);
        }
        std::vector<unsigned> in_bucket(id_bits + 1);
        std::size_t sybils = 0;
        const auto last = table.count(now).buckets - 1;
        for (const auto& [who, honest] : arrivals)
            if (!honest && table.find(who.id)) {
                ++sybils;
                ++in_bucket[std::min<std::size_t>(last, shared_bits(own(), who.id))];
            }
        BOOST_TEST(*std::max_element(in_bucket.begin(), in_bucket.end()) <= 1u, "seed " << seed);
        BOOST_TEST(sybils * 10 <= table.size(), sybils << " of " << table.size() << ", seed " << seed);
        BOOST_TEST(table.size() >= 30u);
        BOOST_TEST(table.is_sound());
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(dht_D5_table)

BOOST_AUTO_TEST_CASE(silent_nodes_never_enter_the_table) {
    auto table = world();
    rng random(4);
    auto now = start;
    std::size_t asked = 0;
    for (unsigned n = 0; n < 10000; ++n) {
        now += 10ms;
        contact c{{}, host(n)};
        random.fill(c.id.bytes);
        table.heard(now, c);
        while (const auto one = table.next_to_ask(now)) ++asked, table.failed(now, one->at);
    }
    BOOST_TEST(table.size() == 0u);
    BOOST_TEST(asked > 0u);
    BOOST_TEST(closest(table, own(), 1000).empty());
    BOOST_TEST(table.freshest(1000).empty());
    BOOST_TEST(table.count(now).replacements <= bucket_size);
}

BOOST_AUTO_TEST_CASE(who_changes_its_id_is_removed) {
    auto table = world();
    for (unsigned n = 0; n < 8; ++n) table.answered(start, node(n, 0), 10ms);
    const auto before = table.size();
    // each answers what we ask with another id
    for (unsigned n = 0; n < 4; ++n) table.answered(start + 1s, {id(n, 5), node(n, 0).at}, 10ms);
    BOOST_TEST(table.size() == before - 4);
    for (unsigned n = 0; n < 4; ++n) {
        BOOST_TEST(!table.find(id(n, 0)));
        BOOST_TEST(!table.find(id(n, 5)));
    }
    BOOST_TEST(table.is_sound());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bt::dht::test
