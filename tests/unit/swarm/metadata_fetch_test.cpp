#include "swarm/metadata_fetch.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <map>
#include <set>
#include <string>

#include "base/limits.hpp"
#include "base/rng.hpp"

using namespace bt;
using namespace bt::swarm;

namespace {

constexpr std::uint32_t part = 16 * 1024;
constexpr time_point start = time_point{} + 1h;

connection_id peer(char name) { return connection_id(static_cast<std::uint64_t>(name)); }

ip_address host(char name) { return ip_address::v4(10, 0, 0, static_cast<std::uint8_t>(name)); }

std::uint32_t part_size(std::uint32_t total, std::uint32_t piece) {
    return std::min(part, total - piece * part);
}

bytes content(std::uint32_t total, std::uint8_t salt = 0) {
    bytes all(total);
    for (std::uint32_t i = 0; i < total; ++i) all[i] = static_cast<std::uint8_t>(i / 5 + i / part + salt);
    return all;
}

/// A fetch, and what has been asked of whom: "A0 A1 B2".
struct session {
    metadata_fetch fetch;
    time_point now = start;
    std::size_t at_a_time = metadata_fetch::several_at_a_time;
    bytes whole;  // the last one

    /// Each of "ABC" says that it has metadata of that size.
    void offers(std::string_view names, std::uint32_t total) {
        for (const char name : names) fetch.offered(peer(name), host(name), total, at_a_time);
    }
    std::string ask() {
        std::string text;
        while (const auto next = fetch.next(now)) {
            if (!text.empty()) text += ' ';
            text += static_cast<char>(next->from.value()) + std::to_string(next->piece);
        }
        return text;
    }
    /// True when that made it whole.
    bool give(char from, std::uint32_t piece, std::uint32_t total, std::uint8_t salt = 0) {
        const auto all = content(total, salt);
        return give(from, piece, total,
                    byte_view(all).subspan(std::size_t{piece} * part, part_size(total, piece)));
    }
    bool give(char from, std::uint32_t piece, std::uint32_t total, byte_view data) {
        fetch.arrived(now, peer(from), piece, total, data);
        auto complete = fetch.take_whole();
        if (complete) whole = std::move(*complete);
        return complete.has_value();
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(metadata_fetch_test)

BOOST_AUTO_TEST_CASE(without_an_offer_nothing_is_asked) {
    session s;
    BOOST_TEST(s.ask() == "");
    BOOST_TEST((s.fetch.next_deadline() == never));
    s.offers("A", 0);
    BOOST_TEST(s.ask() == "");
}

BOOST_AUTO_TEST_CASE(one_peer_gives_it_in_order_the_last_part_short) {
    session s;
    const std::uint32_t total = 2 * part + 100;
    s.offers("A", total);
    BOOST_TEST(s.ask() == "A0 A1 A2");
    BOOST_TEST((s.fetch.next_deadline() == start + 500ms));
    BOOST_TEST(!s.give('A', 1, total));
    BOOST_TEST(!s.give('A', 2, total));
    BOOST_TEST(s.give('A', 0, total));
    BOOST_TEST((s.whole == content(total)));
    BOOST_TEST((s.fetch.next_deadline() == never));
    BOOST_TEST(s.ask() == "");
}

BOOST_AUTO_TEST_CASE(sizes_at_the_edge_of_a_part) {
    for (const std::uint32_t total : {1u, part - 1, part, part + 1, 2 * part}) {
        session s;
        s.offers("A", total);
        std::uint32_t asked = 0;
        bool whole = false;
        while (const auto next = s.fetch.next(s.now)) ++asked, whole = s.give('A', next->piece, total);
        BOOST_TEST(asked == (total + part - 1) / part);
        BOOST_TEST(whole);
        BOOST_TEST((s.whole == content(total)));
    }
}

BOOST_AUTO_TEST_CASE(several_peers_give_it_in_parallel_four_parts_each) {
    session s;
    const std::uint32_t total = 20 * part;
    s.offers("ABC", total);
    BOOST_TEST(s.ask() == "A0 B1 C2 A3 B4 C5 A6 B7 C8 A9 B10 C11");
    s.give('B', 4, total);
    BOOST_TEST(s.ask() == "B12");
    // of somebody it was not asked of it is not taken
    BOOST_TEST(!s.give('C', 0, total));
    std::map<char, int> gave;
    std::set<std::uint32_t> had{4};
    for (std::uint32_t i = 0; i < 13; ++i)
        if (i != 4) s.give(i == 12 ? 'B' : "ABC"[i % 3], i, total), had.insert(i);
    BOOST_TEST(s.ask() == "A13 B14 C15 A16 B17 C18 A19");
}

BOOST_AUTO_TEST_CASE(who_takes_one_request_at_a_time_is_asked_for_the_next_when_it_has_answered) {
    session s;
    s.at_a_time = metadata_fetch::one_at_a_time;
    const std::uint32_t total = 5 * part;
    s.offers("AB", total);
    BOOST_TEST(s.ask() == "A0 B1");
    s.give('B', 1, total);
    BOOST_TEST(s.ask() == "B2");
    s.give('A', 0, total);
    s.give('B', 2, total);
    BOOST_TEST(s.ask() == "A3 B4");
}

BOOST_AUTO_TEST_CASE(an_only_source_that_owes_an_answer_for_five_seconds_is_stuck_and_the_next_for_ten) {
    session s;
    s.at_a_time = metadata_fetch::one_at_a_time;
    s.offers("A", 20 * part);
    BOOST_TEST(s.ask() == "A0");
    s.now = start + 4999ms;
    BOOST_TEST(s.fetch.stuck(s.now).empty());
    s.now = start + 5s;
    BOOST_TEST((s.fetch.stuck(s.now) == std::vector{peer('A')}));
    BOOST_TEST(s.fetch.stuck(s.now).empty());
    s.fetch.left(peer('A'));
    s.offers("B", 20 * part);
    BOOST_TEST(s.ask() == "B0");
    s.now += 9999ms;
    BOOST_TEST(s.fetch.stuck(s.now).empty());
    s.now += 1ms;
    BOOST_TEST((s.fetch.stuck(s.now) == std::vector{peer('B')}));
}

BOOST_AUTO_TEST_CASE(where_there_are_others_nobody_is_stuck) {
    session s;
    s.at_a_time = metadata_fetch::one_at_a_time;
    s.offers("AB", 20 * part);
    BOOST_TEST(s.ask() == "A0 B1");
    s.now = start + 20s;
    BOOST_TEST(s.fetch.stuck(s.now).empty());
}

BOOST_AUTO_TEST_CASE(who_refuses_or_answers_too_late_is_not_stuck) {
    session s;
    s.at_a_time = metadata_fetch::one_at_a_time;
    s.offers("A", 20 * part);
    BOOST_TEST(s.ask() == "A0");
    s.now += 4s;
    s.give('A', 0, 20 * part);
    BOOST_TEST(s.ask() == "A1");
    s.now += 4s;
    s.fetch.refused(s.now, peer('A'), 1);
    s.now += 2s;
    BOOST_TEST(s.fetch.stuck(s.now).empty());
}

BOOST_AUTO_TEST_CASE(a_peer_that_says_its_size_again_changes_nothing) {
    session s;
    s.offers("A", 20 * part);
    BOOST_TEST(s.ask() == "A0 A1 A2 A3");
    s.offers("A", 20 * part);
    BOOST_TEST(s.ask() == "");
    s.give('A', 0, 20 * part);
    BOOST_TEST(s.ask() == "A4");
}

BOOST_AUTO_TEST_CASE(when_a_peer_leaves_others_are_asked_for_what_it_owed) {
    session s;
    const std::uint32_t total = 4 * part;
    s.offers("AB", total);
    BOOST_TEST(s.ask() == "A0 B1 A2 B3");
    s.give('A', 0, total);
    s.fetch.left(peer('A'));
    BOOST_TEST(s.ask() == "B2");
}

BOOST_AUTO_TEST_CASE(what_has_come_is_kept_when_the_only_peer_leaves_and_comes_back) {
    session s;
    const std::uint32_t total = 3 * part;
    s.offers("A", total);
    s.ask();
    s.give('A', 0, total);
    s.give('A', 1, total);
    s.fetch.left(peer('A'));
    BOOST_TEST(s.ask() == "");
    BOOST_TEST((s.fetch.next_deadline() == never));
    s.offers("B", total);
    BOOST_TEST(s.ask() == "B2");
    BOOST_TEST(s.give('B', 2, total));
    BOOST_TEST((s.whole == content(total)));
}

BOOST_AUTO_TEST_CASE(a_refusal_sends_the_request_to_somebody_else_and_later_back) {
    session s;
    s.offers("AB", part);
    BOOST_TEST(s.ask() == "A0");
    s.fetch.refused(s.now, peer('A'), 0);
    BOOST_TEST(s.ask() == "B0");
    s.fetch.refused(s.now, peer('B'), 0);
    s.fetch.refused(s.now, peer('B'), 77);
    BOOST_TEST(s.ask() == "");
    BOOST_TEST((s.fetch.next_deadline() == start + 3s));
    s.now += 3s;
    BOOST_TEST(s.ask() == "A0");
}

BOOST_AUTO_TEST_CASE(who_refused_and_then_offers_again_has_it_now) {
    session s;
    s.offers("A", part);
    s.ask();
    s.fetch.refused(s.now, peer('A'), 0);
    BOOST_TEST(s.ask() == "");
    s.offers("A", part);
    BOOST_TEST(s.ask() == "A0");
}

BOOST_AUTO_TEST_CASE(the_parts_of_a_peer_that_gives_nothing_for_half_a_second_are_asked_of_another_too) {
    session s;
    const std::uint32_t total = 4 * part;
    s.offers("A", total);
    BOOST_TEST(s.ask() == "A0 A1 A2 A3");
    s.now += 499ms;
    s.offers("B", total);
    BOOST_TEST(s.ask() == "");
    BOOST_TEST((s.fetch.next_deadline() == start + 500ms));
    s.now += 1ms;
    BOOST_TEST(s.ask() == "B0 B1 B2 B3");
    // the slow one is welcome
    s.give('A', 0, total);
    s.give('B', 1, total);
    s.give('B', 2, total);
    BOOST_TEST(s.give('A', 3, total));
    BOOST_TEST((s.whole == content(total)));
}

BOOST_AUTO_TEST_CASE(a_slow_peer_that_gives_one_part_after_the_other_is_not_asked_twice) {
    session s;
    s.offers("A", 4 * part);
    s.ask();
    s.offers("B", 4 * part);
    for (std::uint32_t i = 0; i < 4; ++i) {
        s.now += 400ms;
        BOOST_TEST(s.ask() == "");
        BOOST_TEST(s.give('A', i, 4 * part) == (i == 3));
    }
}

BOOST_AUTO_TEST_CASE(each_time_that_all_are_silent_twice_as_many_are_asked) {
    session s;
    s.offers("ABCDEFGHI", part);
    BOOST_TEST(s.ask() == "A0");
    for (const auto* asked : {"B0", "C0 D0", "E0 F0 G0 H0", "I0"}) {
        s.now += 500ms;
        BOOST_TEST(s.ask() == asked);
    }
    BOOST_TEST(s.give('I', 0, part));
}

BOOST_AUTO_TEST_CASE(of_many_on_one_silent_host_one_is_asked_before_another_host_is) {
    session s;
    for (const char name : {'A', 'B', 'C', 'D'})
        s.fetch.offered(peer(name), host('A'), part, metadata_fetch::one_at_a_time);
    s.offers("Z", part);
    BOOST_TEST(s.ask() == "A0");
    s.now += 500ms;
    BOOST_TEST(s.ask() == "Z0");
}

BOOST_AUTO_TEST_CASE(beside_any_number_of_silent_peers_one_that_gives_loses_half_a_second) {
    session s;
    s.at_a_time = metadata_fetch::one_at_a_time;
    const std::uint32_t total = 40 * part;
    s.offers("ABCDEFGHZ", total);
    bool complete = false;
    while (!complete && s.now < start + 1min) {
        std::optional<std::uint32_t> of_z;
        while (const auto next = s.fetch.next(s.now))
            if (next->from == peer('Z')) of_z = next->piece;
        s.now += 1ms;
        if (of_z)
            complete = s.give('Z', *of_z, total);
        else
            s.now = s.fetch.next_deadline();
    }
    BOOST_TEST(complete);
    BOOST_TEST((s.now - start < 600ms));
}

BOOST_AUTO_TEST_CASE(after_every_input_the_next_deadline_lies_ahead) {
    // else the driver would spin
    session s;
    s.offers("A", 40 * part);
    for (int i = 0; i < 200; ++i) {
        s.fetch.stuck(s.now);
        s.ask();
        BOOST_TEST_REQUIRE((s.fetch.next_deadline() > s.now));
        s.now = s.fetch.next_deadline();
    }
    BOOST_TEST((s.now < start + 1h));
}

BOOST_AUTO_TEST_CASE(an_answer_that_comes_late_is_taken) {
    session s;
    s.offers("AB", 2 * part);
    BOOST_TEST(s.ask() == "A0 B1");
    s.now += 3s;
    BOOST_TEST(s.ask() == "");
    BOOST_TEST(!s.give('A', 0, 2 * part));
    BOOST_TEST(!s.give('A', 1, 2 * part));
    BOOST_TEST(s.give('B', 1, 2 * part));
    BOOST_TEST((s.whole == content(2 * part)));
}

BOOST_AUTO_TEST_CASE(each_size_is_asked_for_beside_the_others) {
    session s;
    s.offers("A", 50 * part);
    s.offers("BC", 2 * part);
    BOOST_TEST(s.ask() == "A0 B0 C1 A1 A2 A3");
    s.give('A', 0, 50 * part, 9);
    s.give('B', 0, 2 * part);
    BOOST_TEST(s.give('C', 1, 2 * part));
    BOOST_TEST((s.whole == content(2 * part)));
}

BOOST_AUTO_TEST_CASE(who_lies_about_the_size_holds_up_nobody) {
    session s;
    for (char name = 'A'; name < 'Z'; ++name)
        s.offers(std::string(1, name), static_cast<std::uint32_t>(name) * part);
    s.offers("Z", part);
    BOOST_TEST(s.ask().find("Z0") != std::string::npos);
    BOOST_TEST(s.give('Z', 0, part));
}

BOOST_AUTO_TEST_CASE(a_peer_that_changes_its_size_is_a_peer_of_the_new_size) {
    session s;
    s.offers("AB", 3 * part);
    BOOST_TEST(s.ask() == "A0 B1 A2");
    s.offers("A", 5 * part);
    BOOST_TEST(s.ask() == "A0 A1 B0 A2 B2 A3");
}

BOOST_AUTO_TEST_CASE(an_answer_that_contradicts_itself_ends_the_source) {
    const bytes data(part);
    for (int kind = 0; kind < 3; ++kind) {
        session s;
        s.offers("A", 2 * part);
        s.ask();
        BOOST_TEST(!s.give('A', 0, kind == 0 ? 3 * part : 2 * part,
                           byte_view(data).first(kind == 1   ? part - 1
                                                 : kind == 2 ? 0
                                                             : part)));
        BOOST_TEST(s.ask() == "");
        s.offers("B", 2 * part);
        BOOST_TEST(s.ask() == "B0 B1");
    }
}

BOOST_AUTO_TEST_CASE(answers_nobody_asked_for_are_not_taken) {
    session s;
    BOOST_TEST(!s.give('A', 0, part));
    s.offers("A", part);
    BOOST_TEST(!s.give('A', 0, part));
    BOOST_TEST(!s.give('A', 4'000'000'000u, part, byte_view{}));
    BOOST_TEST(s.ask() == "A0");
    BOOST_TEST(!s.give('A', 1, part, byte_view{}));
    BOOST_TEST(s.give('A', 0, part));
    BOOST_TEST(!s.give('A', 0, part));
}

BOOST_AUTO_TEST_CASE(when_one_peer_gave_all_of_a_wrong_hash_it_is_the_liar) {
    session s;
    s.offers("A", 2 * part);
    s.ask();
    s.offers("B", 2 * part);
    s.give('A', 0, 2 * part, 9);
    BOOST_TEST(s.give('A', 1, 2 * part, 9));
    BOOST_TEST((s.fetch.spoiled() == std::vector{peer('A')}));
    BOOST_TEST(s.ask() == "B0 B1");
}

BOOST_AUTO_TEST_CASE(after_wrong_hashes_a_part_is_asked_of_more_at_once) {
    session s;
    s.offers("ABCDEFG", part);
    for (const auto* asked : {"A0", "B0 C0", "D0 E0 F0 G0"}) {
        BOOST_TEST(s.ask() == asked);
        BOOST_TEST(s.give(asked[0], 0, part, 9));
        BOOST_TEST((s.fetch.spoiled() == std::vector{peer(asked[0])}));
        if (asked[0] == 'B') s.fetch.left(peer('C'));
    }
}

BOOST_AUTO_TEST_CASE(of_several_who_gave_a_wrong_hash_each_is_asked_alone) {
    for (const char liar : {'A', 'B', 'C'}) {
        session s;
        const std::uint32_t total = 6 * part;
        s.offers("ABC", total);
        std::set<char> caught;
        int rounds = 0;
        for (bool right = false; !right && rounds < 5; ++rounds) {
            bool whole = false;
            std::set<char> asked;
            while (const auto next = s.fetch.next(s.now)) {
                const auto from = static_cast<char>(next->from.value());
                asked.insert(from);
                whole = s.give(from, next->piece, total, from == liar ? 9 : 0);
            }
            BOOST_TEST_REQUIRE(whole);
            if (rounds > 0) BOOST_TEST(asked.size() <= 2u);
            right = s.whole == content(total);
            if (right) break;
            const auto from = s.fetch.spoiled();
            if (from.size() == 1) caught.insert(static_cast<char>(from[0].value()));
        }
        BOOST_TEST(rounds <= 2);
        BOOST_TEST((caught.empty() || caught == std::set{liar}));
    }
}

BOOST_AUTO_TEST_CASE(what_a_suspect_gives_is_not_mixed_with_what_others_give) {
    session s;
    const std::uint32_t total = 2 * part;
    s.offers("AB", total);
    BOOST_TEST(s.ask() == "A0 B1");
    s.give('A', 0, total, 9);
    BOOST_TEST(s.give('B', 1, total));
    BOOST_TEST(s.fetch.spoiled().size() == 2u);
    BOOST_TEST(s.ask() == "A0 B0 A1 B1");
    s.give('A', 0, total, 9);
    s.give('B', 1, total);
    BOOST_TEST(s.give('B', 0, total));
    BOOST_TEST((s.whole == content(total)));
}

BOOST_AUTO_TEST_CASE(one_more_suspect_after_each_half_second_is_asked_for_all_of_it) {
    session s;
    const std::uint32_t total = 4 * part;
    s.at_a_time = metadata_fetch::one_at_a_time;
    s.offers("ABCD", total);
    BOOST_TEST(s.ask() == "A0 B1 C2 D3");
    s.give('A', 0, total, 9);
    for (const char name : {'B', 'C', 'D'}) s.give(name, static_cast<std::uint32_t>(name - 'A'), total);
    BOOST_TEST(s.fetch.spoiled().size() == 4u);
    BOOST_TEST(s.ask() == "A0 B0");
    s.now += 500ms;
    BOOST_TEST(s.ask() == "C0");
    s.fetch.left(peer('A'));
    BOOST_TEST(s.ask() == "D0");
}

BOOST_AUTO_TEST_CASE(when_everybody_lied_it_waits_for_somebody_new) {
    session s;
    s.offers("A", part);
    s.ask();
    BOOST_TEST(s.give('A', 0, part, 9));
    s.fetch.spoiled();
    BOOST_TEST(s.ask() == "");
    BOOST_TEST((s.fetch.next_deadline() == never));
    s.offers("B", 2 * part);
    BOOST_TEST(s.ask() == "B0 B1");
}

BOOST_AUTO_TEST_CASE(a_size_beyond_the_limit_is_no_offer) {
    session s;
    s.offers("A", limits::metadata_bytes + 1);
    s.offers("B", ~std::uint32_t{0});
    BOOST_TEST(s.ask() == "");
    s.offers("C", limits::metadata_bytes);
    BOOST_TEST(s.ask() == "C0 C1 C2 C3");
}

BOOST_AUTO_TEST_CASE(whatever_liars_do_one_honest_peer_is_enough) {
    const std::uint32_t total = 5 * part + 7;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        rng random(seed);
        session s;
        const std::uint32_t sizes[] = {total, total, 9 * part, part};
        std::map<char, std::uint32_t> liars;
        const char honest = static_cast<char>('A' + random.below(5));
        for (char name = 'A'; name <= 'E'; ++name) {
            const auto size = name == honest ? total : sizes[random.below(4)];
            if (name != honest) liars[name] = size;
            s.offers(std::string(1, name), size);
        }
        bool right = false;
        std::vector<std::pair<char, std::uint32_t>> owed;
        while (!right && s.now < start + 10min) {
            while (const auto next = s.fetch.next(s.now))
                owed.emplace_back(static_cast<char>(next->from.value()), next->piece);
            if (owed.empty()) {
                BOOST_REQUIRE_MESSAGE(s.fetch.next_deadline() > s.now && s.fetch.next_deadline() != never,
                                      "seed " << seed);
                s.now = s.fetch.next_deadline();
                continue;
            }
            const auto [from, piece] = owed.back();
            owed.pop_back();
            s.now += 10ms;
            bool whole = false;
            if (from == honest) {
                whole = s.give(from, piece, total);
            } else if (random.chance(0.5)) {
                whole = s.give(from, piece, liars[from], 9);
            } else if (random.chance(0.5)) {
                s.fetch.refused(s.now, peer(from), piece);
            } else if (random.chance(0.5)) {
                const auto data = content(3);
                whole = s.give(from, piece, liars[from], byte_view(data));
            }
            if (!whole) continue;
            right = s.whole == content(total);
            if (!right) {
                const auto spoilers = s.fetch.spoiled();
                BOOST_REQUIRE_MESSAGE(spoilers != std::vector{peer(honest)}, "seed " << seed);
            }
        }
        BOOST_TEST(right, "seed " << seed);
        BOOST_TEST((s.now < start + 5s), "seed " << seed);
    }
}

BOOST_AUTO_TEST_SUITE_END()
