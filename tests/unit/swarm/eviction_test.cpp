#include "swarm/eviction.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/crc32c.hpp"
#include "base/rng.hpp"

using namespace bt;
using namespace bt::swarm;

namespace {

endpoint at(const char* text) { return *endpoint::parse(text); }

std::uint32_t crc_of(std::initializer_list<int> input) {
    bytes raw;
    for (int each : input) raw.push_back(static_cast<std::uint8_t>(each));
    return crc32c(raw);
}

/// A seat as a row: its name is a letter; flags: n near, w we want something of it, t it wants something of
/// us, s wastes its slot, r comes again. Its host has so many places in all; what moves with the others keeps
/// them.
struct row {
    char name;
    std::string_view flags;
    duration idle;
    std::uint32_t priority = 0;
    std::uint64_t moves = 0;
    std::size_t crowd = 1;
};

seat make(const row& each) {
    const auto flag = [&](char f) { return each.flags.find(f) != std::string_view::npos; };
    return {connection_id(static_cast<std::uint64_t>(each.name)),
            flag('n'),
            flag('w'),
            flag('t'),
            each.moves,
            each.idle,
            each.priority,
            ip_address::v4(10, 0, 0, static_cast<std::uint8_t>(each.name)),
            flag('s'),
            flag('r')};
}

char who(std::vector<row> table, const row& newcomer) {
    std::vector<seat> seats;
    const auto seat_others_of = [&](const row& each) {
        auto other = make(each);
        other.moves = 100'000;
        seats.insert(seats.end(), each.crowd - 1, other);
    };
    for (const auto& each : table) {
        seats.push_back(make(each));
        seat_others_of(each);
    }
    seat_others_of(newcomer);
    const auto gone = who_gives_way(seats, make(newcomer));
    return gone ? static_cast<char>(gone->value()) : '-';
}

}  // namespace

BOOST_AUTO_TEST_SUITE(eviction_test)

BOOST_AUTO_TEST_CASE(the_vectors_of_bep_40) {
    BOOST_TEST(canonical_priority(at("123.213.32.10:1"), at("98.76.54.32:2")) == 0xec2d7224u);
    BOOST_TEST(canonical_priority(at("123.213.32.10:1"), at("123.213.32.234:2")) == 0x99568189u);
}

BOOST_AUTO_TEST_CASE(the_closer_two_addresses_are_the_more_of_them_counts) {
    // the same /16: FF.FF.FF.55
    BOOST_TEST(canonical_priority(at("10.1.2.255:1"), at("10.1.3.254:1")) ==
               crc_of({10, 1, 2, 0x55, 10, 1, 3, 0x54}));
    // the same address: the ports
    BOOST_TEST(canonical_priority(at("10.1.2.3:6882"), at("10.1.2.3:257")) == crc_of({1, 1, 0x1a, 0xe2}));
    // IPv6: two bytes for each of IPv4's, the second half whole
    const auto six = [](int third, int fourth, int fifth, int sixth, int seventh, int last) {
        return std::vector<int>{0x20, 1, third, fourth, fifth, sixth, seventh, 0xff,
                                0,    0, 0,     0,      0,     0,     0,       last};
    };
    const auto crc_of_both = [](std::vector<int> a, const std::vector<int>& b) {
        a.insert(a.end(), b.begin(), b.end());
        bytes raw;
        for (int each : a) raw.push_back(static_cast<std::uint8_t>(each));
        return crc32c(raw);
    };
    auto masked = [&](std::vector<int> raw, std::size_t from) {
        for (std::size_t i = from; i < 8; ++i) raw[i] &= 0x55;
        return raw;
    };
    const auto a = six(0x0d, 0xb8, 0xff, 0xff, 0xff, 0xff);
    const auto other_48 = six(0x0d, 0xb8, 0xff, 0xfe, 0xff, 0xff);
    const auto other_32 = six(0x0d, 0xb9, 0xff, 0xff, 0xff, 0xff);
    const auto same_48 = six(0x0d, 0xb8, 0xff, 0xff, 0xfe, 0xff);
    const auto make = [](const std::vector<int>& raw) {
        bytes octets;
        for (int each : raw) octets.push_back(static_cast<std::uint8_t>(each));
        return endpoint{*ip_address::from_bytes(octets), 1};
    };
    BOOST_TEST(canonical_priority(make(a), make(other_32)) == crc_of_both(masked(a, 4), masked(other_32, 4)));
    BOOST_TEST(canonical_priority(make(a), make(other_48)) == crc_of_both(masked(other_48, 6), masked(a, 6)));
    BOOST_TEST(canonical_priority(make(a), make(same_48)) == crc_of_both(same_48, a));
}

BOOST_AUTO_TEST_CASE(both_ends_compute_the_same) {
    rng random(7);
    for (int i = 0; i < 2'000; ++i) {
        const bool v6 = random.chance(0.5);
        const auto draw = [&] {
            bytes raw(v6 ? 16 : 4);
            for (auto& byte : raw) byte = static_cast<std::uint8_t>(random.below(3));  // often much alike
            return endpoint{*ip_address::from_bytes(raw), static_cast<std::uint16_t>(random.below(9))};
        };
        const auto a = draw(), b = draw();
        BOOST_TEST(canonical_priority(a, b) == canonical_priority(b, a), a.to_string()
                                                                             << " " << b.to_string());
    }
    // the zone is this machine's own name for a link
    BOOST_TEST(canonical_priority(at("[fe80::1%3]:1"), at("[fe80::2%3]:2")) ==
               canonical_priority(at("[fe80::2%9]:2"), at("[fe80::1%4]:1")));
}

BOOST_AUTO_TEST_CASE(the_table_of_who_gives_way) {
    const row far{'X', "", 0s, 50}, near{'X', "n", 0s, 50}, again{'X', "r", 0s, 50};
    struct {
        const char* why;
        std::vector<row> seats;
        row newcomer;
        char expected;
    } const table[] = {
        {"nobody is there", {}, far, '-'},
        {"who has nothing to exchange goes, whatever the priorities", {{'A', "", 2min, 99}}, far, 'A'},
        {"not at once", {{'A', "", 1s}}, far, '-'},
        {"then it may", {{'A', "", 2s}}, far, 'A'},
        {"at once if it came again itself", {{'A', "r", 0s}}, far, 'A'},
        {"not in its first minute to one that comes again", {{'A', "", 59s}}, again, '-'},
        {"then it may even so", {{'A', "", 60s}}, again, 'A'},
        {"one that waits for something stays longer", {{'A', "t", 9s}}, far, '-'},
        {"but not for ever", {{'A', "t", 10s}}, far, 'A'},
        {"a minute where the other comes again", {{'A', "t", 59s}}, again, '-'},
        {"one that wastes its slot has nothing to exchange", {{'A', "wts", 2s}, {'B', "t", 9min}}, far, 'A'},
        {"the longest idle goes", {{'A', "", 2min}, {'B', "", 3min}, {'C', "", 1min}}, far, 'B'},
        {"of two equally idle the lower priority", {{'A', "", 2min, 9}, {'B', "", 2min, 8}}, far, 'B'},
        {"nothing to exchange before something", {{'A', "w", 9min, 1}, {'B', "", 2min, 99}}, far, 'B'},
        {"who has something goes by priority, not by idleness",
         {{'A', "w", 9min, 20}, {'B', "t", 2min, 10}, {'C', "wt", 5min, 30}},
         far,
         'B'},
        {"but only to a higher one", {{'A', "w", 9min, 50}, {'B', "t", 9min, 51}}, far, '-'},
        {"the next higher one does", {{'A', "w", 9min, 49}, {'B', "t", 9min, 51}}, far, 'A'},
        {"never one that data moves with", {{'A', "w", 9min, 1, 2'000}, {'B', "", 9min, 1, 1'024}}, far, '-'},
        {"what hardly moves keeps none", {{'A', "", 9min, 1, 1'023}}, far, 'A'},
        {"a neighbour has a faster line", {{'A', "n", 9min, 1, 65'535}}, near, 'A'},
        {"a neighbour that uses it stays", {{'A', "n", 9min, 1, 65'536}}, near, '-'},
        {"never a near one to a far one", {{'A', "n", 9min, 1}}, far, '-'},
        {"a far one is found behind it", {{'A', "n", 9min, 1}, {'B', "", 2min, 1}}, far, 'B'},
        {"an idle near one to a near one", {{'A', "n", 9min, 99}}, near, 'A'},
        {"far before near", {{'A', "n", 9min, 1}, {'B', "", 2min, 1}}, near, 'B'},
        {"a far one with something to exchange gives way to a neighbour of any priority",
         {{'A', "w", 2min, 99}},
         near,
         'A'},
        {"a near one with nothing to exchange before a far one with something",
         {{'A', "n", 2min, 1}, {'B', "w", 9min, 1}},
         near,
         'A'},
        {"a neighbour of any priority makes room for one that had no place lately",
         {{'A', "nw", 9min, 51}},
         near,
         'A'},
        {"not for one that comes again", {{'A', "nw", 9min, 51}}, {'X', "nr", 0s, 50}, '-'},
        {"and lets the higher in", {{'A', "nw", 9min, 49}}, near, 'A'},
    };
    for (const auto& each : table) BOOST_TEST(who(each.seats, each.newcomer) == each.expected, each.why);
}

BOOST_AUTO_TEST_CASE(a_flood_of_addresses_ends_with_those_of_the_highest_priority) {
    // everybody has something to exchange; a thousand knock at ten places, in any order
    rng random(3);
    std::vector<seat> seats;
    std::vector<std::uint32_t> all;
    for (std::uint64_t i = 0; i < 1'000; ++i) {
        const seat newcomer{
            connection_id(i), false, true, true, 0, 0s, static_cast<std::uint32_t>(random.next())};
        all.push_back(newcomer.priority);
        for (auto& each : seats) each.idle += 1min;
        if (seats.size() == 10) {
            const auto gone = who_gives_way(seats, newcomer);
            if (!gone) continue;
            std::erase_if(seats, [&](const seat& each) { return each.id == *gone; });
        }
        seats.push_back(newcomer);
    }
    std::sort(all.rbegin(), all.rend());
    for (const auto& each : seats) BOOST_TEST(each.priority >= all[9]);
    BOOST_TEST(seats.size() == 10u);
}

BOOST_AUTO_TEST_CASE(a_crowd_of_one_host_makes_room_for_others) {
    const auto of_crowd = [](char name, std::string_view flags, duration idle, std::uint64_t moves,
                             std::size_t crowd) { return row{name, flags, idle, 9, moves, crowd}; };
    const row newcomer{'x', ""};
    // waiting and with a higher priority than the newcomer: only as one of a crowd
    BOOST_TEST(who({{'a', "t", 2min, 9}}, newcomer) == '-');
    BOOST_TEST(who({of_crowd('a', "t", 2min, 0, 2)}, newcomer) == 'a');
    const auto others = of_crowd('z', "wt", 0s, 100'000, 8);  // data moves with them
    BOOST_TEST(who({of_crowd('a', "t", 2s, 0, 8), others}, newcomer) == 'a');
    BOOST_TEST(who({of_crowd('a', "t", 1s, 0, 8), others}, newcomer) == '-');
    // of a host that has more than half of all places at once
    BOOST_TEST(who({of_crowd('a', "t", 0s, 0, 9), others}, newcomer) == 'a');
    BOOST_TEST(who({of_crowd('a', "t", 2min, 2'000, 8)}, newcomer) == '-');
    BOOST_TEST(who({of_crowd('a', "tn", 2min, 0, 8)}, newcomer) == '-');
    BOOST_TEST(who({of_crowd('a', "tn", 2min, 0, 8)}, {'x', "n"}) == 'a');
    // the largest crowd, of it the longest idle
    BOOST_TEST(
        who({of_crowd('a', "t", 30s, 0, 9), of_crowd('b', "t", 20s, 0, 10), of_crowd('c', "t", 30s, 0, 10)},
            newcomer) == 'c');
    // a crowd gains nothing from another, nor from itself
    BOOST_TEST(who({of_crowd('a', "t", 30s, 0, 20)}, of_crowd('x', "", 0s, 0, 11)) == '-');
    BOOST_TEST(who({of_crowd('a', "t", 30s, 0, 20)}, of_crowd('x', "", 0s, 0, 10)) == 'a');
}

BOOST_AUTO_TEST_SUITE_END()
