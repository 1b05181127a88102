#include "swarm/availability.hpp"

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <map>
#include <set>

#include "base/limits.hpp"
#include "vocabulary.hpp"

using namespace bt;
using namespace bt::swarm;

namespace {

using order = std::vector<std::uint32_t>;

/// The same thing, as slow and as plain as can be.
struct naive_availability {
    std::vector<std::uint32_t> count;
    std::map<std::uint32_t, int> offered;  // and its level, 0 first
    std::uint32_t everywhere = 0;

    std::int64_t weight(std::uint32_t piece, preference by) const {
        if (by == preference::sequential) return piece;
        return by == preference::rarest ? std::int64_t{count[piece]} : -std::int64_t{count[piece]};
    }
    /// Level and weight of what comes first.
    std::optional<std::pair<int, std::int64_t>> best(const reach& of, preference by) const {
        std::optional<std::pair<int, std::int64_t>> best;
        for (const auto& [piece, level] : offered)
            if (const std::pair one{level, weight(piece, by)};
                of.has(piece_index(piece)) && (!best || one < *best))
                best = one;
        return best;
    }
};

torrent::piece_set random_set(std::uint32_t size, rng& random) {
    torrent::piece_set set(size);
    const double share = random.unit();
    for (std::uint32_t i = 0; i < size; ++i)
        if (random.chance(share * share)) set.insert(piece_index(i));
    return set;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(availability_test)

BOOST_AUTO_TEST_CASE(counts_how_many_peers_have_each_piece) {
    availability swarm(5, rng(1));
    join(swarm, {"##..#",  //
                 "#...#",  //
                 "#..#."});
    BOOST_TEST(counts(swarm, 5) == "31012");
    swarm.remove(pieces("#...#"));
    BOOST_TEST(counts(swarm, 5) == "21011");
    swarm.add(piece_index(2));
    BOOST_TEST(counts(swarm, 5) == "21111");
    swarm.add_everywhere();
    BOOST_TEST(counts(swarm, 5) == "32222");
    swarm.remove_everywhere();
    BOOST_TEST(counts(swarm, 5) == "21111");
}

BOOST_AUTO_TEST_CASE(the_rarest_piece_comes_first) {
    availability swarm(4, rng(1));
    offer_all(swarm, 4);
    join(swarm, {"####",  //
                 ".###",  //
                 "..##",  //
                 "...#"});
    BOOST_TEST(order_for(swarm, pieces("####")) == (order{0, 1, 2, 3}));
}

BOOST_AUTO_TEST_CASE(of_a_peer_only_its_own_pieces_are_asked) {
    availability swarm(6, rng(1));
    offer_all(swarm, 6);
    join(swarm, {".#.#.#",  //
                 ".#...#",  //
                 "##...."});
    BOOST_TEST(order_for(swarm, pieces(".#.#.#")) == (order{3, 5, 1}));
    BOOST_TEST(order_for(swarm, pieces("......")).empty());
}

BOOST_AUTO_TEST_CASE(sequential_takes_the_lowest_index_however_common) {
    availability swarm(6, rng(1));
    offer_all(swarm, 6);
    join(swarm, {"######",  //
                 ".#.##.",  //
                 ".#...."});
    BOOST_TEST(order_for(swarm, pieces(".#.##."), preference::sequential) == (order{1, 3, 4}));
    BOOST_TEST(order_for(swarm, pieces("######"), preference::sequential) == (order{0, 1, 2, 3, 4, 5}));
}

BOOST_AUTO_TEST_CASE(sequential_goes_back_to_a_piece_that_is_offered_again) {
    availability swarm(200, rng(1));
    const torrent::piece_set all(200, true);
    offer_all(swarm, 200);
    for (std::uint32_t i = 0; i < 150; ++i) swarm.withdraw(piece_index(i));
    BOOST_TEST(swarm.best({all}, preference::sequential)->value() == 150u);
    swarm.offer(piece_index(70), priority::normal);
    BOOST_TEST(swarm.best({all}, preference::sequential)->value() == 70u);
    swarm.withdraw(piece_index(70));
    BOOST_TEST(swarm.best({all}, preference::sequential)->value() == 150u);
}

BOOST_AUTO_TEST_CASE(a_piece_keeps_its_count_while_it_is_not_offered) {
    availability swarm(3, rng(1));
    join(swarm, {"##.",  //
                 "#.."});
    offer_all(swarm, 3);
    swarm.withdraw(piece_index(1));
    join(swarm, {".#.",  //
                 ".#.",  //
                 "..#"});
    BOOST_TEST(counts(swarm, 3) == "231");
    BOOST_TEST(order_for(swarm, pieces("###")) == (order{2, 0}));
    swarm.offer(piece_index(1), priority::normal);
    BOOST_TEST(order_for(swarm, pieces("###")) == (order{2, 0, 1}));
}

BOOST_AUTO_TEST_CASE(offering_and_withdrawing_twice_changes_nothing) {
    availability swarm(3, rng(1));
    swarm.withdraw(piece_index(1));
    BOOST_TEST(swarm.offered() == 0u);
    swarm.offer(piece_index(1), priority::normal);
    swarm.offer(piece_index(1), priority::normal);
    BOOST_TEST(swarm.offered() == 1u);
    BOOST_TEST(swarm.is_offered(piece_index(1)));
    swarm.withdraw(piece_index(1));
    swarm.withdraw(piece_index(1));
    BOOST_TEST(swarm.offered() == 0u);
    BOOST_TEST(!swarm.best({pieces("###")}, preference::rarest).has_value());
}

BOOST_AUTO_TEST_CASE(equally_rare_pieces_come_in_an_order_the_seed_decides) {
    const auto order_of = [](std::uint64_t seed) {
        availability swarm(50, rng(seed));
        offer_all(swarm, 50);
        swarm.add(torrent::piece_set(50, true));
        return order_for(swarm, torrent::piece_set(50, true));
    };
    BOOST_TEST(order_of(1) == order_of(1));
    BOOST_TEST(order_of(1) != order_of(2));
    BOOST_TEST(order_of(2) != order_of(3));
}

BOOST_AUTO_TEST_CASE(each_of_equally_rare_pieces_is_first_equally_often) {
    // reached in different ways: 0..3 by joining, 4 and 5 by leaving
    std::array<int, 6> first{};
    for (std::uint64_t seed = 0; seed < 6'000; ++seed) {
        availability swarm(6, rng(seed));
        offer_all(swarm, 6);
        join(swarm, {"######",  //
                     "....##"});
        swarm.remove(pieces("....##"));
        ++first[swarm.best({pieces("######")}, preference::rarest)->value()];
    }
    for (auto times : first) {
        BOOST_TEST(times > 850);
        BOOST_TEST(times < 1'150);
    }
}

BOOST_AUTO_TEST_CASE(high_comes_before_normal_before_low_and_rarity_counts_inside) {
    availability swarm(6, rng(1));
    join(swarm, {"######",  //
                 ".#.#.#",  //
                 "...###"});
    const priority wishes[] = {priority::low,    priority::high, priority::normal,
                               priority::normal, priority::high, priority::low};
    for (std::uint32_t i = 0; i < 6; ++i) swarm.offer(piece_index(i), wishes[i]);
    // counts 1 2 1 3 2 3; 1 and 4 tie, so one of them gets another peer
    join(swarm, {"....#."});
    BOOST_TEST(order_for(swarm, pieces("######")) == (order{1, 4, 2, 3, 0, 5}));
    BOOST_TEST(order_for(swarm, pieces("######"), preference::sequential) == (order{1, 4, 2, 3, 0, 5}));
    BOOST_TEST(order_for(swarm, pieces("######"), preference::common) == (order{4, 1, 3, 2, 5, 0}));
    // moved while it is offered
    swarm.offer(piece_index(5), priority::high);
    swarm.offer(piece_index(1), priority::low);
    BOOST_TEST(swarm.offered() == 6u);
    BOOST_TEST(order_for(swarm, pieces("######")) == (order{4, 5, 2, 3, 0, 1}));
}

BOOST_AUTO_TEST_CASE(what_is_urgent_comes_before_all_priorities) {
    availability swarm(3, rng(1));
    join(swarm, {"###"});
    swarm.offer(piece_index(0), priority::high);
    swarm.offer(piece_index(1), priority::low, true);
    swarm.offer(piece_index(2), priority::high);
    for (const auto by : {preference::rarest, preference::common, preference::sequential})
        BOOST_TEST(swarm.best({pieces("###")}, by)->value() == 1u);
    swarm.offer(piece_index(1), priority::low);
    BOOST_TEST(swarm.best({pieces("###")}, preference::sequential)->value() == 0u);
}

BOOST_AUTO_TEST_CASE(a_common_piece_comes_first_when_that_is_preferred) {
    availability swarm(4, rng(1));
    offer_all(swarm, 4);
    join(swarm, {"####",  //
                 ".###",  //
                 "..##",  //
                 "...#"});
    BOOST_TEST(order_for(swarm, pieces("####"), preference::common) == (order{3, 2, 1, 0}));
    BOOST_TEST(order_for(swarm, pieces("###."), preference::common) == (order{2, 1, 0}));
    availability nobody_counted(4, rng(1));
    offer_all(nobody_counted, 4);
    nobody_counted.add_everywhere();
    BOOST_TEST(order_for(nobody_counted, pieces("####"), preference::common).size() == 4u);
}

BOOST_AUTO_TEST_CASE(a_peer_is_not_asked_beyond_its_limits) {
    const std::vector<piece_index> only{piece_index(4), piece_index(1), piece_index(0)}, none;
    struct {
        std::string_view theirs, except;
        const std::vector<piece_index>* only;
        order rarest;
    } const table[] = {
        {"######", "......", nullptr, {5, 4, 3, 2, 1, 0}},
        {"######", "#....#", nullptr, {4, 3, 2, 1}},
        {"##.##.", ".#..#.", nullptr, {3, 0}},
        {"######", "######", nullptr, {}},
        {"######", "......", &only, {4, 1, 0}},
        {".#####", "......", &only, {4, 1}},
        {"######", "....#.", &only, {1, 0}},
        {"######", "......", &none, {}},
    };
    for (const auto& row : table) {
        availability swarm(6, rng(1));
        offer_all(swarm, 6);
        join(swarm, {"######", "#####.", "####..", "###...", "##....", "#....."});
        const auto theirs = pieces(row.theirs), except = pieces(row.except);
        const reach of{theirs, &except, row.only};
        BOOST_TEST(order_for(swarm, of) == row.rarest, row.theirs << " but " << row.except);
        auto upwards = row.rarest;
        std::reverse(upwards.begin(), upwards.end());
        BOOST_TEST(order_for(swarm, of, preference::common) == upwards);
        BOOST_TEST(order_for(swarm, of, preference::sequential) == upwards);
    }
}

BOOST_AUTO_TEST_CASE(distributed_copies_are_whole_copies_and_the_share_of_one_more) {
    struct {
        std::vector<std::string_view> peers;
        std::uint32_t seeds;
        double copies;
    } const table[] = {
        {{}, 0, 0.0},
        {{}, 2, 2.0},
        {{"#...."}, 0, 0.2},
        {{"#....", "#...."}, 0, 0.2},
        {{"##...", "..###"}, 0, 1.0},
        {{"##...", "..###", "###.."}, 0, 1.6},
        {{"##...", "..###", "###.."}, 1, 2.6},
    };
    for (const auto& row : table) {
        availability swarm(5, rng(1));
        join(swarm, row.peers);
        for (std::uint32_t i = 0; i < row.seeds; ++i) swarm.add_everywhere();
        BOOST_TEST(swarm.distributed_copies() == row.copies, boost::test_tools::tolerance(1e-9));
    }
    BOOST_TEST(availability(0, rng(1)).distributed_copies() == 0.0);
}

BOOST_AUTO_TEST_CASE(thirty_thousand_random_changes_agree_with_the_plain_model) {
    constexpr std::uint32_t size = 61;
    const std::uint64_t seed = 20'240'607;
    BOOST_TEST_MESSAGE("seed " << seed);
    rng random(seed);
    availability swarm(size, random.child());
    naive_availability plain{std::vector<std::uint32_t>(size), {}, 0};
    std::vector<torrent::piece_set> peers;
    for (int step = 0; step < 30'000; ++step) {
        const piece_index piece(static_cast<std::uint32_t>(random.below(size)));
        switch (random.below(8)) {
            case 0:
                if (peers.size() == 20) break;
                peers.push_back(random_set(size, random));
                swarm.add(peers.back());
                peers.back().for_each([&](piece_index p) { ++plain.count[p.value()]; });
                break;
            case 1:
                if (peers.empty()) break;
                std::swap(peers[random.below(peers.size())], peers.back());
                swarm.remove(peers.back());
                peers.back().for_each([&](piece_index p) { --plain.count[p.value()]; });
                peers.pop_back();
                break;
            case 2:
            case 3:
                if (peers.empty() || !peers[random.below(peers.size())].insert(piece)) break;
                // which peer got it does not matter to the count
                swarm.add(piece);
                ++plain.count[piece.value()];
                break;
            case 4:
            case 5: {
                const auto level = static_cast<int>(random.below(4));  // urgent, high, normal, low
                const auto wish = static_cast<priority>(level == 0 ? 1 + random.below(3)
                                                                   : 4 - static_cast<std::uint64_t>(level));
                swarm.offer(piece, wish, level == 0);
                plain.offered[piece.value()] = level;
                break;
            }
            case 6:
                swarm.withdraw(piece);
                plain.offered.erase(piece.value());
                break;
            default:
                if (plain.everywhere > 0 && random.chance(0.5))
                    swarm.remove_everywhere(), --plain.everywhere;
                else
                    swarm.add_everywhere(), ++plain.everywhere;
        }
        const auto& theirs =
            peers.empty() ? torrent::piece_set(size, true) : peers[random.below(peers.size())];
        const auto except = random_set(size, random);
        const std::vector<piece_index> only{piece_index(3), piece, piece_index(40)};
        for (const auto& of : {reach{theirs}, reach{theirs, &except}, reach{theirs, nullptr, &only},
                               reach{theirs, &except, &only}})
            for (const auto by : {preference::rarest, preference::common, preference::sequential}) {
                const auto found = swarm.best(of, by);
                const auto expected = plain.best(of, by);
                BOOST_REQUIRE_MESSAGE(found.has_value() == expected.has_value(), "step " << step);
                if (!found) continue;
                BOOST_REQUIRE(of.has(*found));
                const std::pair reached{plain.offered.at(found->value()), plain.weight(found->value(), by)};
                BOOST_REQUIRE_MESSAGE(reached == *expected, "step " << step);
            }
        BOOST_REQUIRE_EQUAL(swarm.offered(), plain.offered.size());
        BOOST_REQUIRE_EQUAL(swarm.count(piece), plain.count[piece.value()] + plain.everywhere);
        if (step % 500 != 0) continue;
        // the whole order, not only its head
        const auto all = order_for(swarm, torrent::piece_set(size, true));
        BOOST_REQUIRE_EQUAL(all.size(), plain.offered.size());
        BOOST_REQUIRE(std::is_sorted(all.begin(), all.end(), [&](auto a, auto b) {
            return std::pair(plain.offered.at(a), plain.count[a]) <
                   std::pair(plain.offered.at(b), plain.count[b]);
        }));
    }
}

BOOST_AUTO_TEST_CASE(in_the_largest_torrent_the_one_piece_a_peer_can_give_is_found) {
    availability swarm(limits::pieces, rng(1));
    offer_all(swarm, limits::pieces);
    torrent::piece_set nearly_all(limits::pieces, true), one(limits::pieces);
    nearly_all.erase(piece_index(0));
    one.insert(piece_index(limits::pieces - 1));
    swarm.add(nearly_all);
    swarm.add(one);
    BOOST_TEST(swarm.best({one}, preference::rarest)->value() == limits::pieces - 1);
    BOOST_TEST(swarm.best({one}, preference::sequential)->value() == limits::pieces - 1);
    BOOST_TEST(swarm.best({nearly_all}, preference::rarest)->value() != limits::pieces - 1);
    // and the one piece it may be asked for
    nearly_all.erase(piece_index(limits::pieces / 2));
    const torrent::piece_set all(limits::pieces, true);
    for (const auto by : {preference::rarest, preference::common, preference::sequential}) {
        nearly_all.insert(piece_index(0));
        BOOST_TEST(swarm.best({all, &nearly_all}, by)->value() == limits::pieces / 2);
        nearly_all.erase(piece_index(0));
    }
    swarm.withdraw(piece_index(limits::pieces - 1));
    BOOST_TEST(!swarm.best({one}, preference::rarest).has_value());
    BOOST_TEST(!swarm.best({one}, preference::sequential).has_value());
}

BOOST_AUTO_TEST_CASE(one_piece_among_thousands_equally_rare_is_found) {
    constexpr std::uint32_t size = 20'000;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        availability swarm(size, rng(seed));
        offer_all(swarm, size);
        torrent::piece_set nearly_all(size, true), one(size);
        nearly_all.erase(piece_index(17'000));
        one.insert(piece_index(17'000));
        swarm.add(nearly_all);
        swarm.add(one);
        BOOST_TEST_REQUIRE(swarm.best({one}, preference::rarest).has_value());
        BOOST_TEST(swarm.best({one}, preference::rarest)->value() == 17'000u);
    }
}

BOOST_AUTO_TEST_SUITE_END()
