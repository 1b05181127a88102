#include "swarm/choker.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <map>
#include <set>
#include <string>

using namespace bt;
using namespace bt::swarm;

namespace {

/// A peer as a row: its name is a letter; flags: i interested, s snubbing, u unchoked, o optimistic.
struct row {
    char name;
    std::string_view flags;
    std::uint64_t gives, takes;
    duration connected = 10min;
};

std::vector<choke_candidate> peers(const std::vector<row>& table) {
    std::vector<choke_candidate> out;
    for (const auto& each : table) {
        const auto flag = [&](char f) { return each.flags.find(f) != std::string_view::npos; };
        out.push_back({connection_id(static_cast<std::uint64_t>(each.name)), flag('i'), flag('s'), flag('u'),
                       flag('o'), each.gives, each.takes, each.connected});
    }
    return out;
}

char name(connection_id id) { return static_cast<char>(id.value()); }

/// "ABC+D": A, B and C have regular slots, D the optimistic one.
std::string decide(const std::vector<row>& table, const choke_policy& policy, std::uint64_t seed = 1) {
    rng random(seed);
    const auto decision = decide_unchokes(peers(table), policy, random);
    std::string regular, optimistic;
    for (auto id : decision.unchoke) {
        if (id == decision.optimistic)
            optimistic = std::string("+") + name(id);
        else
            regular += name(id);
    }
    BOOST_TEST(decision.optimistic.has_value() == !optimistic.empty());
    BOOST_TEST(std::set(decision.unchoke.begin(), decision.unchoke.end()).size() == decision.unchoke.size());
    std::sort(regular.begin(), regular.end());
    return regular + optimistic;
}

constexpr choke_policy leeching{.slots = 2, .seeding = false, .rotate = false};
constexpr choke_policy seeding{.slots = 2, .seeding = true, .rotate = false};

choke_policy rotating(choke_policy policy) {
    policy.rotate = true;
    return policy;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(choker_test)

BOOST_AUTO_TEST_CASE(the_table_of_decisions) {
    struct {
        std::string_view why;
        choke_policy policy;
        std::vector<row> swarm;
        std::string expected;
    } const table[] = {
        {"nobody is there", leeching, {}, ""},
        {"nobody wants anything", leeching, {{'A', "", 900, 0}, {'B', "u", 800, 0}}, ""},
        {"all fit", leeching, {{'A', "i", 0, 0}, {'B', "i", 5, 0}}, "AB"},
        {"those who give most",
         leeching,
         {{'A', "i", 10, 900}, {'B', "i", 30, 0}, {'C', "i", 20, 500}, {'D', "io", 5, 0}},
         "BC+D"},
        {"whoever is not interested leaves the slot to others",
         leeching,
         {{'A', "", 90, 0}, {'B', "i", 30, 0}, {'C', "i", 20, 0}},
         "BC"},
        {"a seed looks at what they take",
         seeding,
         {{'A', "i", 900, 10}, {'B', "i", 0, 30}, {'C', "i", 500, 20}, {'D', "iuo", 999, 5}},
         "BC+D"},
        {"who snubs us gets no regular slot",
         leeching,
         {{'A', "isu", 900, 0}, {'B', "iu", 30, 0}, {'C', "i", 20, 0}},
         "BC+A"},
        {"not even a free one", leeching, {{'A', "isu", 900, 0}, {'B', "i", 30, 0}}, "B+A"},
        {"a seed asks for nothing, so nobody snubs it",
         seeding,
         {{'A', "is", 0, 90}, {'B', "i", 0, 30}, {'C', "io", 0, 20}},
         "AB+C"},
        {"no change without a reason: equals keep what they have",
         leeching,
         {{'A', "i", 7, 0}, {'B', "iu", 7, 0}, {'C', "i", 7, 0}, {'D', "iu", 7, 0}, {'E', "iuo", 7, 0}},
         "BD+E"},
        {"the same among seeds' peers",
         seeding,
         {{'A', "i", 0, 0}, {'B', "iu", 0, 0}, {'C', "i", 0, 0}, {'D', "iu", 0, 0}, {'E', "iuo", 0, 0}},
         "BD+E"},
        {"the optimistic peer that gives more gets a regular slot",
         leeching,
         {{'A', "iuo", 50, 0}, {'B', "iu", 30, 0}, {'C', "iu", 20, 0}},
         "AB+C"},
        {"no slots but the optimistic one", {.slots = 0}, {{'A', "iuo", 50, 0}, {'B', "i", 30, 0}}, "+A"},
        {"the optimistic slot goes on when it is time",
         rotating(leeching),
         {{'A', "iu", 50, 0}, {'B', "iu", 30, 0}, {'C', "iuo", 0, 0}, {'D', "i", 0, 0}},
         "AB+D"},
        {"unless there is nobody else",
         rotating(leeching),
         {{'A', "iu", 50, 0}, {'B', "iu", 30, 0}, {'C', "iuo", 0, 0}},
         "AB+C"},
    };
    for (const auto& each : table)
        for (std::uint64_t seed = 1; seed <= 25; ++seed)
            BOOST_TEST(decide(each.swarm, each.policy, seed) == each.expected,
                       each.why << ", seed " << seed << ": " << decide(each.swarm, each.policy, seed));
}

BOOST_AUTO_TEST_CASE(without_any_history_the_draw_decides_evenly) {
    const std::vector<row> swarm{
        {'A', "i", 0, 0}, {'B', "i", 0, 0}, {'C', "i", 0, 0}, {'D', "i", 0, 0}, {'E', "i", 0, 0}};
    std::map<char, int> unchoked;
    rng random(3);
    for (int i = 0; i < 5'000; ++i)
        for (auto id : decide_unchokes(peers(swarm), leeching, random).unchoke) ++unchoked[name(id)];
    for (auto [peer, times] : unchoked) {
        BOOST_TEST(times > 2'800, peer << " " << times);
        BOOST_TEST(times < 3'200, peer << " " << times);
    }
}

BOOST_AUTO_TEST_CASE(a_new_connection_is_three_times_as_likely_to_be_the_optimistic_one) {
    const std::vector<row> swarm{{'A', "iu", 9, 0},
                                 {'B', "iu", 9, 0},
                                 {'C', "iuo", 0, 0, 5s},
                                 {'N', "i", 0, 0, 59s},
                                 {'O', "i", 0, 0, 60s}};
    std::map<char, int> drawn;
    rng random(4);
    for (int i = 0; i < 4'000; ++i)
        ++drawn[name(*decide_unchokes(peers(swarm), rotating(leeching), random).optimistic)];
    BOOST_TEST(drawn['C'] == 0);  // it had its turn
    BOOST_TEST(drawn['N'] > 2'800);
    BOOST_TEST(drawn['N'] < 3'200);
    BOOST_TEST(drawn['N'] + drawn['O'] == 4'000);
}

BOOST_AUTO_TEST_CASE(the_optimistic_slot_goes_round_everybody) {
    std::vector<row> swarm{{'A', "iu", 9, 0}, {'B', "iu", 9, 0}};
    for (char c = 'C'; c <= 'J'; ++c) swarm.push_back({c, "i", 0, 0});
    std::set<char> had;
    rng random(5);
    for (int turn = 0; turn < 60; ++turn) {
        const auto decision = decide_unchokes(peers(swarm), rotating(leeching), random);
        had.insert(name(*decision.optimistic));
        for (auto& each : swarm)
            if (each.name > 'B') each.flags = each.name == name(*decision.optimistic) ? "iuo" : "i";
    }
    BOOST_TEST(had.size() == 8u);
}

BOOST_AUTO_TEST_CASE(the_same_seed_decides_the_same) {
    std::vector<row> swarm;
    for (char c = 'A'; c <= 'Z'; ++c) swarm.push_back({c, "i", 0, 0});
    BOOST_TEST(decide(swarm, leeching, 1) == decide(swarm, leeching, 1));
    std::set<std::string> seen;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) seen.insert(decide(swarm, leeching, seed));
    BOOST_TEST(seen.size() > 10u);
}

BOOST_AUTO_TEST_SUITE_END()
