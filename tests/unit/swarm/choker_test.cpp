#include "swarm/choker.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <map>
#include <set>
#include <string>

using namespace bt;
using namespace bt::swarm;

namespace {

constexpr std::uint64_t turn = 100;

/// A peer as a row: its name is a letter, a near one's small; flags: i interested, s snubbing, u has a slot,
/// o has an optimistic one, w wastes it, f freeloads, r reads slowly. It has had its slot, or none, for half
/// a minute, and owes what it took.
struct row {
    char name;
    std::string_view flags;
    std::uint64_t gives = 0;
    std::uint64_t taken = 0;
    duration since = 30s;
    double passes_on = 0;
    duration connected = 10min;
    std::uint64_t takes = 1;
    unsigned host = 0;  ///< 0: one of its own
};

choke_candidate make(const row& each) {
    const auto flag = [&](char f) { return each.flags.find(f) != std::string_view::npos; };
    choke_candidate peer;
    peer.id = connection_id(static_cast<std::uint64_t>(each.name));
    peer.near = each.name >= 'a';
    peer.interested = flag('i');
    peer.snubbing = flag('s');
    peer.freeloads = flag('f');
    peer.optimistic = flag('o');
    peer.idle = flag('w');
    peer.slow = flag('r');
    peer.host = ip_address::v4(10, 0, std::uint8_t(each.host), each.host != 0 ? 0 : std::uint8_t(each.name));
    peer.unchoked = flag('u') || flag('o');
    peer.gives = each.gives;
    peer.takes = each.takes;
    peer.taken = peer.owes = each.taken;
    peer.passes_on = each.passes_on;
    peer.connected = each.connected;
    peer.unchoked_for = each.since;
    return peer;
}

char name(connection_id id) { return static_cast<char>(id.value()); }

bool has(const std::vector<connection_id>& ids, connection_id id) {
    return std::find(ids.begin(), ids.end(), id) != ids.end();
}

choke_decision decide_on(const std::vector<row>& table, const choke_policy& policy, rng& random) {
    std::vector<choke_candidate> peers;
    for (const auto& each : table) peers.push_back(make(each));
    return decide_unchokes(peers, policy, random);
}

/// "ABC+D": A, B and C have regular slots, D an optimistic one.
std::string decide(const std::vector<row>& table, const choke_policy& policy, std::uint64_t seed = 1) {
    rng random(seed);
    const auto decision = decide_on(table, policy, random);
    std::string regular, optimistic;
    for (auto id : decision.unchoke) (has(decision.optimistic, id) ? optimistic : regular) += name(id);
    std::sort(regular.begin(), regular.end());
    std::sort(optimistic.begin(), optimistic.end());
    return optimistic.empty() ? regular : regular + "+" + optimistic;
}

constexpr choke_policy leeching{.near_slots = 2, .far_slots = 2};
constexpr choke_policy seeding{.near_slots = 2, .far_slots = 2, .seeding = true, .turn = turn};

constexpr choke_policy rotating(choke_policy policy) {
    policy.rotate = true;
    return policy;
}
constexpr choke_policy keeping(choke_policy policy) {
    policy.keep = true;
    return policy;
}
constexpr choke_policy with_slots(choke_policy policy, std::size_t slots) {
    policy.near_slots = policy.far_slots = slots;
    return policy;
}

struct decision_row {
    std::string_view why;
    choke_policy policy;
    std::vector<row> swarm;
    std::string expected;
};

/// Holds whatever the luck.
void check(const std::vector<decision_row>& table) {
    for (const auto& each : table)
        for (std::uint64_t seed = 1; seed <= 25; ++seed)
            BOOST_TEST(decide(each.swarm, each.policy, seed) == each.expected,
                       each.why << ", seed " << seed << ": " << decide(each.swarm, each.policy, seed));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(choker_test)

BOOST_AUTO_TEST_CASE(while_we_download_those_who_give_most_have_the_slots) {
    check({
        {"nobody is there", leeching, {}, ""},
        {"nobody wants anything and nobody gives", leeching, {{'A', ""}, {'B', "u"}}, ""},
        {"all fit", leeching, {{'A', "i", 0}, {'B', "i", 5}}, "AB"},
        {"those who give most",
         leeching,
         {{'A', "i", 10}, {'B', "i", 30}, {'C', "i", 20}, {'D', "io", 5}},
         "BC+D"},
        {"no change without a reason: equals keep what they have",
         leeching,
         {{'A', "i", 7}, {'B', "iu", 7}, {'C', "i", 7}, {'D', "iu", 7}, {'E', "io", 7}},
         "BD+E"},
        {"the optimistic peer that gives more gets a regular slot",
         leeching,
         {{'A', "io", 50}, {'B', "iu", 30}, {'C', "iu", 20}},
         "AB+C"},
        {"what a peer took or passes on does not count",
         leeching,
         {{'A', "iu", 30, 900}, {'B', "iu", 20, 900}, {'C', "i", 10, 0, 5min, 1}, {'D', "io", 1}},
         "AB+D"},
    });
}

BOOST_AUTO_TEST_CASE(who_gives_keeps_its_slot_while_it_wants_nothing) {
    check({
        {"though others wait", leeching, {{'A', "u", 90}, {'B', "i", 30}, {'C', "i", 20}}, "AB+C"},
        {"and gets one before it wants", leeching, {{'A', "", 90}, {'B', "iu", 30}, {'C', "iu", 20}}, "AB+C"},
        {"not when others give more", leeching, {{'A', "u", 9}, {'B', "i", 30}, {'C', "i", 20}}, "BC"},
        {"never as the optimistic one", leeching, {{'A', "o", 9}, {'B', "iu", 30}, {'C', "iu", 20}}, "BC"},
        {"not when it gives nothing", leeching, {{'A', "u"}, {'B', "i"}, {'C', "i"}}, "BC"},
        {"not when it snubs us", leeching, {{'A', "su", 90}, {'B', "i", 30}, {'C', "i", 20}}, "BC"},
        {"not with a seed", seeding, {{'A', "u", 90}, {'B', "iu"}, {'C', "iu"}, {'D', "io"}}, "BC+D"},
        {"near by, too", leeching, {{'a', "u", 90}, {'b', "i", 30}, {'c', "i", 20}}, "ab+c"},
    });
}

BOOST_AUTO_TEST_CASE(who_reads_slowly_keeps_no_slot_of_a_seed_from_others) {
    const auto four = with_slots(seeding, 4);
    check({
        {"it makes room at once",
         with_slots(seeding, 1),
         {{'A', "iur", 0, 5, 3s}, {'B', "i"}, {'C', "io"}},
         "AB+C"},
        {"and does not wait for a round",
         keeping(with_slots(seeding, 1)),
         {{'A', "iur", 0, 5, 3s}, {'B', "i"}, {'C', "io"}},
         "AB+C"},
        {"four have a quarter of the slots beside those that do not",
         four,
         {{'A', "iu"}, {'B', "iu"}, {'C', "iu"}, {'D', "iu"}, {'E', "io"}, {'F', "ir"}, {'G', "iur"}},
         "ABCDG+E"},
        {"or what those leave",
         four,
         {{'A', "iu"}, {'B', "iu"}, {'D', "iur"}, {'E', "iur"}, {'F', "ior"}},
         "ABDE+F"},
        {"the optimistic one, too",
         four,
         {{'A', "iu"}, {'B', "iu"}, {'C', "iu"}, {'D', "iu"}, {'E', "ior", 0, 0, 3s}, {'F', "i"}},
         "ABCDE+F"},
        {"among themselves it goes round",
         with_slots(seeding, 1),
         {{'A', "iur", 0, turn}, {'B', "ir"}, {'C', "ior"}},
         "B+C"},
        {"who gives has its slot all the same",
         leeching,
         {{'A', "iur", 30}, {'B', "iur", 20}, {'C', "i", 10}, {'D', "io", 5}},
         "AB+D"},
        {"near by, too", with_slots(seeding, 1), {{'a', "iur", 0, 5, 3s}, {'b', "i"}, {'c', "io"}}, "ab+c"},
    });
}

BOOST_AUTO_TEST_CASE(over_an_uplink_those_who_give_nothing_fill_up_the_first_four_slots_only) {
    const auto six = with_slots(leeching, 6);
    check({
        {"those who owe us least first",
         six,
         {{'A', "i", 0, 60},
          {'B', "i", 0, 10},
          {'C', "i", 0, 30},
          {'D', "i", 0, 20},
          {'E', "i", 0, 40},
          {'F', "io", 0, 70}},
         "BCDE+F"},
        {"who gives comes before them",
         six,
         {{'A', "iu", 0, 1},
          {'B', "iu", 0, 2},
          {'C', "iu", 0, 3},
          {'D', "iu", 0, 4},
          {'E', "i", 1},
          {'F', "i", 1},
          {'G', "io", 0, 9}},
         "ABEF+G"},
        {"four who give leave them the optimistic one",
         six,
         {{'A', "iu", 1}, {'B', "iu", 1}, {'C', "iu", 1}, {'D', "iu", 1}, {'E', "i"}, {'F', "io"}},
         "ABCD+F"},
        {"all slots are for those who give",
         six,
         {{'A', "i", 1},
          {'B', "i", 1},
          {'C', "i", 1},
          {'D', "i", 1},
          {'E', "i", 1},
          {'F', "i", 1},
          {'G', "io"}},
         "ABCDEF+G"},
        {"near by all have one",
         six,
         {{'a', "i"}, {'b', "i"}, {'c', "i"}, {'d', "i"}, {'e', "i"}, {'f', "i"}, {'g', "io", 0, 9}},
         "abcdef+g"},
        {"a seed's all have one",
         with_slots(seeding, 6),
         {{'A', "i"}, {'B', "i"}, {'C', "i"}, {'D', "i"}, {'E', "i"}, {'F', "i"}, {'G', "io"}},
         "ABCDEF+G"},
    });
}

BOOST_AUTO_TEST_CASE(a_freeloader_has_no_slot_while_we_download_over_an_uplink) {
    check({
        {"not even a free one", leeching, {{'A', "if"}, {'B', "i"}}, "B"},
        {"it loses what it has", leeching, {{'A', "ifu"}, {'B', "ifo"}, {'C', "i"}}, "C"},
        {"but not within ten seconds", leeching, {{'A', "ifu", 0, 0, 9s}, {'B', "i"}}, "AB"},
        {"nor between rounds", keeping(leeching), {{'A', "ifu"}, {'B', "ifo"}, {'C', "if"}}, "A+B"},
        {"near by it is like others", leeching, {{'a', "if"}, {'b', "ifo"}}, "ab"},
        {"for a seed, too", seeding, {{'A', "if"}, {'B', "if"}}, "AB"},
    });
}

BOOST_AUTO_TEST_CASE(a_freeloader_is_tried_one_time_in_four_when_the_optimistic_slot_goes_round) {
    int tried = 0;
    rng random(5);
    for (int i = 0; i < 4'000; ++i)
        tried += decide_on({{'A', "if"}}, rotating(leeching), random).optimistic.size() == 1;
    BOOST_TEST(tried > 850);
    BOOST_TEST(tried < 1'150);
}

BOOST_AUTO_TEST_CASE(a_seeds_optimistic_slot_comes_nine_times_as_often_to_who_passes_everything_on) {
    const std::vector<row> swarm{{'A', "iu"}, {'B', "iu"}, {'P', "i", 0, 0, 30s, 1}, {'H', "i"}, {'C', "io"}};
    std::map<char, int> drawn;
    rng random(6);
    for (int i = 0; i < 4'000; ++i)
        ++drawn[name(decide_on(swarm, rotating(seeding), random).optimistic.at(0))];
    BOOST_TEST(drawn['P'] > 3'500);
    BOOST_TEST(drawn['P'] < 3'700);
    BOOST_TEST(drawn['H'] + drawn['P'] == 4'000);
}

BOOST_AUTO_TEST_CASE(who_snubs_us_gets_no_regular_slot) {
    check({
        {"but may have the optimistic one",
         leeching,
         {{'A', "isu", 900}, {'B', "iu", 30}, {'C', "i", 20}},
         "BC+A"},
        {"not even a free slot", leeching, {{'A', "isu", 900}, {'B', "i", 30}}, "B+A"},
        {"a seed asks for nothing, so nobody snubs it",
         seeding,
         {{'A', "is", 0, 0, 2min}, {'B', "i", 0, 0, 1min}, {'C', "io"}},
         "AB+C"},
        {"all of them: two optimistic slots", leeching, {{'A', "is"}, {'B', "is"}}, "+AB"},
        {"the others choke us and give nothing",
         leeching,
         {{'A', "isu"}, {'B', "iu"}, {'C', "iu"}, {'D', "io"}, {'E', "io"}, {'F', "i"}},
         "BC+DE"},
        {"somebody gives: one",
         leeching,
         {{'A', "iso"}, {'B', "iu", 9}, {'C', "iu", 9}, {'D', "is"}},
         "BC+A"},
        {"though it wants nothing from us", leeching, {{'A', "iso"}, {'B', "", 9}, {'D', "is"}}, "B+A"},
        {"the second goes when somebody gives again",
         leeching,
         {{'A', "iu", 9}, {'B', "iu", 8}, {'C', "iso"}, {'D', "io", 0, 0, 3s}},
         "AB+D"},
        {"near and far are told apart",
         leeching,
         {{'A', "isu"}, {'B', "is"}, {'C', "is"}, {'a', "iu", 9}, {'b', "iu", 9}, {'c', "io"}},
         "ab+BCc"},
    });
}

BOOST_AUTO_TEST_CASE(near_and_far_compete_among_themselves) {
    check({
        {"each has its slots",
         leeching,
         {{'A', "iu", 1}, {'B', "iu", 1}, {'C', "io"}, {'a', "iu", 900}, {'b', "iu", 800}, {'c', "i", 700}},
         "ABab+Cc"},
        {"slots that one group leaves are not the other's",
         leeching,
         {{'A', "iu", 9}, {'B', "iu", 8}, {'C', "io", 7}, {'D', "i", 6}, {'a', "i", 1}},
         "ABa+C"},
        {"as many as each has",
         {.near_slots = 3, .far_slots = 1},
         {{'A', "iu", 9}, {'B', "io", 8}, {'a', "i", 1}, {'b', "i", 1}, {'c', "i", 1}},
         "Aabc+B"},
        {"no slots: nothing, not even an optimistic one",
         {.near_slots = 1, .far_slots = 0},
         {{'A', "io", 50}, {'B', "iu", 30, 0, 1s}, {'a', "i", 1}},
         "a"},
        {"nor between rounds", keeping(with_slots(leeching, 0)), {{'A', "iu", 50}, {'a', "io"}}, ""},
    });
}

BOOST_AUTO_TEST_CASE(a_seeds_slots_go_round) {
    check({
        {"who has not had its share keeps its slot",
         seeding,
         {{'A', "iu", 0, 99}, {'B', "iu", 0, 1}, {'C', "i", 0, 0, 50s}, {'D', "io"}},
         "AB+D"},
        {"who has had it makes room",
         seeding,
         {{'A', "iu", 0, 100}, {'B', "iu", 0, 1}, {'C', "i", 0, 0, 50s}, {'D', "io"}},
         "BC+D"},
        {"unless nobody waits", seeding, {{'A', "iu", 0, 900}, {'B', "iu", 0, 900}, {'D', "io"}}, "AB+D"},
        {"of two who have had it the one that took less stays",
         seeding,
         {{'A', "iu", 0, 300}, {'B', "iu", 0, 200}, {'C', "i", 0, 0, 50s}, {'D', "io"}},
         "BC+D"},
        {"a peer too slow for its share has had its turn after a minute",
         seeding,
         {{'A', "iu", 0, 9, 60s}, {'B', "iu", 0, 9, 59s}, {'C', "i", 0, 0, 50s}, {'D', "io"}},
         "BC+D"},
        {"one that takes nothing has had it at once",
         seeding,
         {{'A', "iu", 0, 0, 10s, 0, 10min, 0}, {'B', "iu", 0, 9}, {'C', "i", 0, 0, 50s}, {'D', "io"}},
         "BC+D"},
        {"who waits longest comes first",
         seeding,
         {{'A', "i", 0, 100, 50s}, {'B', "i", 0, 100, 70s}, {'C', "i", 0, 100, 60s}, {'D', "io"}},
         "BC+D"},
        {"who had least of its last turn comes first",
         seeding,
         {{'A', "i", 0, 100, 50s}, {'B', "i", 0, 10, 50s}, {'C', "i", 0, 50, 50s}, {'D', "io"}},
         "BC+D"},
        {"who passes on what is rare comes first",
         seeding,
         {{'A', "i", 0, 0, 60s, 0.1},
          {'B', "i", 0, 100, 50s, 0.9},
          {'C', "i", 0, 100, 40s, 0.8},
          {'D', "io"}},
         "BC+D"},
        {"but nobody waits for ever",
         seeding,
         {{'A', "i", 0, 0, 10min}, {'B', "i", 0, 100, 50s, 0.9}, {'C', "i", 0, 100, 40s, 0.8}, {'D', "io"}},
         "AB+D"},
        {"what a peer gives does not count",
         seeding,
         {{'A', "i", 900, 0, 20s}, {'B', "i", 0, 0, 60s}, {'C', "i", 0, 0, 50s}, {'D', "io"}},
         "BC+D"},
        {"who has the optimistic slot leaves the others to those who wait",
         seeding,
         {{'A', "io", 0, 0, 5min, 1}, {'B', "i"}, {'C', "i"}},
         "BC+A"},
        {"a free one is taken", seeding, {{'A', "io"}, {'B', "iu", 0, 500}}, "AB"},
    });
}

BOOST_AUTO_TEST_CASE(a_slot_that_is_not_used_goes_to_who_waits) {
    check({
        {"at once",
         keeping(with_slots(seeding, 1)),
         {{'A', "iuw", 0, 0, 2s}, {'B', "io"}, {'C', "i"}},
         "C+B"},
        {"if somebody waits", keeping(with_slots(seeding, 1)), {{'A', "iuw", 0, 0, 2s}}, "A"},
        {"the optimistic one, too",
         keeping(with_slots(seeding, 1)),
         {{'A', "iu"}, {'B', "iow", 0, 0, 2s}, {'C', "i"}},
         "A+C"},
        {"but not of who gives",
         keeping(with_slots(leeching, 1)),
         {{'A', "iuw", 5}, {'B', "io"}, {'C', "i"}},
         "A+B"},
    });
}

BOOST_AUTO_TEST_CASE(a_host_has_half_of_the_slots_while_others_wait) {
    const auto crowd = [](char name, std::string_view flags, duration since = 30s, std::uint64_t taken = 0) {
        return row{name, flags, 0, taken, since, 0, 10min, 1, 9};
    };
    check({
        {"of a seed, though its peers wait longer",
         with_slots(seeding, 2),
         {crowd('A', "i", 70s), crowd('B', "i", 60s), crowd('C', "i", 60s), {'D', "i"}, crowd('E', "i", 1s)},
         "AD"},
        {"of a leecher, though its peers have them",
         with_slots(leeching, 2),
         {crowd('A', "iu"), crowd('B', "iu", 30s, 5), {'C', "i"}, crowd('D', "io", 1s)},
         "AC+D"},
        {"all, when nobody else waits", with_slots(leeching, 2), {crowd('A', "iu"), crowd('B', "iu")}, "AB"},
    });
}

BOOST_AUTO_TEST_CASE(each_host_has_one_slot_of_a_seed_that_gives_to_several) {
    const auto crowd = [](char name, std::string_view flags, duration since, std::uint64_t taken = 0) {
        return row{name, flags, 0, taken, since, 0, 10min, 1, 9};
    };
    check({
        {"at once, though many of its peers have just got theirs",
         keeping(with_slots(seeding, 8)),
         {crowd('A', "iu", 2s, 1),
          crowd('B', "iu", 2s, 5),
          crowd('C', "iu", 2s, 5),
          crowd('D', "io", 1s),
          {'E', "i"}},
         "AE"},
        {"in its turn, whichever of its peers it is",
         with_slots(seeding, 8),
         {crowd('A', "iu", 20s, 900), crowd('B', "i", 50s), crowd('C', "i", 40s), {'E', "iu"}},
         "BE"},
        {"all, when no other wants any",
         with_slots(seeding, 8),
         {crowd('A', "iu", 2s, 1), crowd('B', "iu", 2s, 5), crowd('C', "i", 20s), {'E', "u"}},
         "ABC"},
    });
}

BOOST_AUTO_TEST_CASE(nobody_loses_a_slot_within_ten_seconds) {
    check({
        {"not to one that gives more",
         leeching,
         {{'A', "iu", 1, 0, 9s}, {'B', "iu", 2, 0, 10s}, {'C', "i", 9}, {'D', "i", 8}, {'E', "io"}},
         "AC+E"},
        {"not for snubbing", leeching, {{'A', "isu", 0, 0, 9s}, {'B', "iu", 1}, {'C', "io", 5}}, "AC+B"},
        {"not as the optimistic one, when it is time for others",
         rotating(leeching),
         {{'A', "iu", 9}, {'B', "iu", 9}, {'C', "io", 0, 0, 9s}, {'D', "i"}},
         "AB+C"},
        {"not after its share",
         seeding,
         {{'A', "iu", 0, 900, 9s}, {'B', "iu"}, {'C', "i", 0, 0, 5min}, {'D', "io"}},
         "AB+D"},
        {"not when there are fewer slots",
         with_slots(leeching, 1),
         {{'A', "iu", 1, 0, 9s}, {'B', "iu", 2, 0, 9s}, {'C', "iu", 3, 0, 10s}, {'D', "io"}},
         "AB+D"},
        {"but when it wants nothing and gives nothing", leeching, {{'A', "u", 0, 0, 1s}, {'B', "i"}}, "B"},
        {"an optimistic one may still earn a regular slot",
         leeching,
         {{'A', "io", 9, 0, 1s}, {'B', "iu", 5}, {'C', "iu", 1}},
         "AB+C"},
    });
}

BOOST_AUTO_TEST_CASE(who_was_just_choked_waits_ten_seconds_behind_the_others) {
    check({
        {"though it gives more",
         leeching,
         {{'A', "i", 9, 0, 9s}, {'B', "i", 1}, {'C', "i", 1}, {'D', "io"}},
         "BC+D"},
        {"though it passes on",
         seeding,
         {{'A', "i", 0, 0, 9s, 1}, {'B', "i", 0, 100, 10s}, {'C', "i", 0, 100, 10s}, {'D', "io"}},
         "BC+D"},
        {"as the optimistic one, too",
         leeching,
         {{'A', "i", 0, 0, 9s}, {'B', "iu", 1}, {'C', "iu", 1}, {'D', "i"}},
         "BC+D"},
        {"a seed's peer that has had its share keeps the slot rather",
         seeding,
         {{'A', "i", 0, 0, 9s}, {'B', "iu", 0, 900}, {'C', "iu", 0, 900}, {'D', "io"}},
         "BC+D"},
        {"when nobody waits it has it at once", leeching, {{'A', "i", 9, 0, 1s}, {'B', "iu", 1}}, "AB"},
        {"ten seconds later it is like others",
         leeching,
         {{'A', "i", 9, 0, 10s}, {'B', "i", 1}, {'C', "i", 1, 0, 9s}},
         "AB+C"},
        {"one that just came was never choked",
         leeching,
         {{'A', "i", 9, 0, 2s, 0, 2s}, {'B', "i", 1}, {'C', "i", 5}, {'D', "io"}},
         "AC+D"},
    });
}

BOOST_AUTO_TEST_CASE(between_rounds_only_free_slots_are_filled) {
    check({
        {"nobody loses one to a better",
         keeping(leeching),
         {{'A', "iu", 0}, {'B', "iu", 0}, {'C', "io", 50}, {'D', "i", 900}},
         "AB+C"},
        {"nobody loses one for snubbing or having had its share",
         keeping(leeching),
         {{'A', "isu", 0, 900, 9min}, {'B', "i", 9}, {'C', "i", 8}, {'D', "io"}},
         "AB+D"},
        {"the same with a seed",
         keeping(seeding),
         {{'A', "iu", 0, 900, 9min}, {'B', "iu", 0, 900}, {'C', "i", 0, 0, 9min}, {'D', "io"}},
         "AB+D"},
        {"the best of the others gets what is free",
         keeping(leeching),
         {{'A', "iu", 0}, {'B', "i", 8}, {'C', "i", 9}, {'D', "io"}},
         "AC+D"},
        {"who wants nothing any more has left it",
         keeping(seeding),
         {{'A', "u", 0, 0}, {'B', "iu"}, {'C', "i", 0, 0, 1min}, {'D', "io"}},
         "BC+D"},
        {"fewer slots are for the next round",
         keeping(with_slots(leeching, 1)),
         {{'A', "iu"}, {'B', "iu"}, {'C', "i"}},
         "AB+C"},
    });
}

BOOST_AUTO_TEST_CASE(the_optimistic_slot_goes_on_when_it_is_time) {
    check({
        {"not before", leeching, {{'A', "iu", 9}, {'B', "iu", 9}, {'C', "io"}, {'D', "i"}}, "AB+C"},
        {"then it does",
         rotating(leeching),
         {{'A', "iu", 9}, {'B', "iu", 9}, {'C', "io"}, {'D', "i"}},
         "AB+D"},
        {"unless there is nobody else",
         rotating(leeching),
         {{'A', "iu", 9}, {'B', "iu", 9}, {'C', "io"}},
         "AB+C"},
        {"a seed's, too", rotating(seeding), {{'A', "iu"}, {'B', "iu"}, {'C', "io"}, {'D', "i"}}, "AB+D"},
        {"not to those who had a slot until now, if others wait",
         rotating(seeding),
         {{'A', "iu", 0, 900}, {'B', "iu"}, {'C', "io"}, {'D', "i", 0, 0, 9min}, {'E', "i"}},
         "BD+E"},
        {"both when there are two",
         rotating(leeching),
         {{'A', "isu"}, {'B', "iso"}, {'C', "iso"}, {'D', "is"}, {'E', "is", 0, 0, 5s}},
         "+AD"},
    });
}

BOOST_AUTO_TEST_CASE(a_new_connection_is_three_times_as_likely_to_be_the_optimistic_one) {
    const std::vector<row> swarm{{'A', "iu", 9},
                                 {'B', "iu", 9},
                                 {'C', "io", 0, 0, 30s, 0, 31s},
                                 {'N', "i", 0, 0, 30s, 0, 59s},
                                 {'O', "i", 0, 0, 30s, 0, 60s}};
    std::map<char, int> drawn;
    rng random(4);
    for (int i = 0; i < 4'000; ++i)
        ++drawn[name(decide_on(swarm, rotating(leeching), random).optimistic.at(0))];
    BOOST_TEST(drawn['C'] == 0);  // it had its turn
    BOOST_TEST(drawn['N'] > 2'800);
    BOOST_TEST(drawn['N'] < 3'200);
    BOOST_TEST(drawn['N'] + drawn['O'] == 4'000);
}

BOOST_AUTO_TEST_CASE(without_any_history_the_draw_decides_evenly) {
    std::vector<row> swarm;
    for (char c = 'A'; c <= 'E'; ++c) swarm.push_back({c, "i"});
    for (const auto& policy : {leeching, seeding}) {
        std::map<char, int> unchoked;
        rng random(3);
        for (int i = 0; i < 5'000; ++i)
            for (auto id : decide_on(swarm, policy, random).unchoke) ++unchoked[name(id)];
        for (auto [peer, times] : unchoked) {
            BOOST_TEST(times > 2'800, peer << " " << times);
            BOOST_TEST(times < 3'200, peer << " " << times);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
