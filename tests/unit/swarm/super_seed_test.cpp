#include "swarm/super_seed.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "vocabulary.hpp"

using namespace bt;
using namespace bt::swarm;

namespace {

constexpr time_point start = time_point{} + 1h;

connection_id peer(std::uint64_t number) { return connection_id(number); }
piece_index piece(std::uint32_t number) { return piece_index(number); }

/// All that is shown now: peer, piece.
std::multimap<std::uint64_t, std::uint32_t> shows(super_seed& seed, time_point now) {
    std::multimap<std::uint64_t, std::uint32_t> out;
    while (const auto next = seed.next(now)) out.emplace(next->peer.value(), next->piece.value());
    return out;
}

struct leecher {
    unsigned down = 4, up = 2;  ///< parts of a piece in a second; from the seed, to others
    bool selfish = false;
    std::set<std::uint32_t> has{}, shown{};
    std::map<std::uint32_t, unsigned> parts{};
    std::optional<std::pair<std::uint32_t, std::uint64_t>> sends{};  ///< which piece to whom
};

/// A lone seed and leechers that pass pieces to each other, second by second. A piece has eight parts.
struct crowd {
    static constexpr unsigned parts_of_piece = 8;
    std::uint32_t count;
    unsigned uplink;  ///< parts in a second, all leechers together
    std::map<std::uint64_t, leecher> leechers{};
    std::map<std::uint32_t, std::size_t> copies_of{};
    super_seed seed{count, rng(1)};
    rng random{2};
    time_point now = start;
    std::uint64_t from_seed = 0, shown = 0;  ///< parts; pieces
    unsigned idle = 0;                       ///< parts of the uplink that nobody took

    void join(std::uint64_t id, const leecher& who) {
        leechers[id] = who;
        seed.joined(peer(id), pieces(std::string(count, '.')));
    }
    void leave(std::uint64_t id) {
        for (auto which : leechers.at(id).has) --copies_of[which];
        leechers.erase(id);
        seed.left(peer(id));
    }
    void get(std::uint64_t id, leecher& who, std::uint32_t which, unsigned parts) {
        auto& had = who.parts[which];
        had += parts;
        if (had < parts_of_piece) return;
        if (who.has.insert(which).second) ++copies_of[which];
        who.shown.erase(which);
        seed.has(now, peer(id), piece(which));
        for (auto [to, what] : shows(seed, now)) {
            leechers.at(to).shown.insert(what);
            ++shown;
        }
    }
    void serve() {
        unsigned left = uplink;
        std::vector<std::uint64_t> turns;  // as TCP shares a link: nobody is always first
        for (auto& [id, who] : leechers) turns.push_back(id);
        random.shuffle(turns);
        std::map<std::uint64_t, unsigned> took;
        for (bool some = true; some && left > 0;) {
            some = false;
            for (auto id : turns) {
                auto& who = leechers.at(id);
                std::erase_if(who.shown, [&](auto each) { return who.has.contains(each); });
                if (left == 0 || who.shown.empty() || took[id] == who.down) continue;
                ++took[id];
                --left;
                ++from_seed;
                some = true;
                get(id, who, *who.shown.begin(), 1);
            }
        }
        idle += left;
    }
    /// A piece that the fewest have, for one who lacks it.
    void choose(leecher& who) {
        std::vector<std::pair<std::uint32_t, std::uint64_t>> choice;
        std::size_t fewest = leechers.size();
        for (auto which : who.has) {
            const auto have = copies_of[which];
            if (have > fewest || have == leechers.size()) continue;
            if (have < fewest) choice.clear();
            fewest = have;
            for (auto& [other, them] : leechers)
                if (!them.has.contains(which)) choice.emplace_back(which, other);
        }
        if (!choice.empty()) who.sends = choice[random.below(choice.size())];
    }
    void pass_on() {
        for (auto& [id, who] : leechers) {
            for (unsigned part = 0; part < who.up && !who.selfish; ++part) {
                if (who.sends) {
                    const auto to = leechers.find(who.sends->second);
                    if (to == leechers.end() || to->second.has.contains(who.sends->first)) who.sends.reset();
                }
                if (!who.sends) choose(who);
                if (!who.sends) break;
                get(who.sends->second, leechers.at(who.sends->second), who.sends->first, 1);
            }
        }
    }
    void second() {
        for (auto [to, what] : shows(seed, now)) {
            leechers.at(to).shown.insert(what);
            ++shown;
        }
        serve();
        pass_on();
        now += 1s;
    }
    /// Seconds until every piece is at somebody's, at most so many.
    int run(int most) {
        int seconds = 0;
        for (; seconds < most && !seed.is_done(); ++seconds) second();
        return seconds;
    }
    double copies() const { return static_cast<double>(from_seed) / parts_of_piece / count; }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(super_seed_test)

BOOST_AUTO_TEST_CASE(each_peer_is_shown_one_piece_and_no_two_the_same) {
    super_seed seed(10, rng(1));
    for (std::uint64_t i = 1; i <= 4; ++i) seed.joined(peer(i), pieces(".........."));
    const auto shown = shows(seed, start);
    std::set<std::uint64_t> to;
    std::set<std::uint32_t> what;
    for (auto [id, which] : shown) {
        to.insert(id);
        what.insert(which);
    }
    BOOST_TEST(shown.size() == 4u);
    BOOST_TEST(to.size() == 4u);
    BOOST_TEST(what.size() == 4u);
    BOOST_TEST((seed.next_deadline() == start + 30s));
}

BOOST_AUTO_TEST_CASE(the_next_is_shown_when_the_last_is_seen_elsewhere) {
    super_seed seed(10, rng(1));
    seed.joined(peer(1), pieces(".........."));
    seed.joined(peer(2), pieces(".........."));
    seed.joined(peer(3), pieces(".........."));
    const auto first = shows(seed, start);
    const auto of_1 = first.find(1)->second;
    seed.has(start + 9s, peer(2),
             piece(first.find(2)->second));      // it took its own: that is nothing passed on …
    const auto quick = shows(seed, start + 9s);  // … but it was quick: one more meanwhile
    BOOST_TEST(quick.size() == 1u);
    BOOST_TEST(quick.count(2) == 1u);
    seed.has(start + 10s, peer(3), piece(of_1));  // from peer 1, though that one never told us of it
    const auto next = shows(seed, start + 10s);
    BOOST_TEST(next.size() == 1u);
    BOOST_TEST(next.count(1) == 1u);
}

BOOST_AUTO_TEST_CASE(what_somebody_has_is_not_shown) {
    super_seed seed(10, rng(1));
    seed.joined(peer(1), pieces("####....##"));
    seed.joined(peer(2), pieces("......##.."));
    for (auto [id, which] : shows(seed, start)) BOOST_TEST((which == 4 || which == 5));
    BOOST_TEST(!seed.is_done());
    seed.joined(peer(3), pieces("....##...."));
    BOOST_TEST(seed.is_done());
    seed.left(peer(3));
    BOOST_TEST(!seed.is_done());
}

BOOST_AUTO_TEST_CASE(one_peer_alone_is_shown_pieces_as_it_takes_them) {
    super_seed seed(20, rng(1));
    seed.joined(peer(1), pieces("...................."));
    auto now = start;
    std::set<std::uint32_t> open;
    for (int i = 0; i < 20; ++i) {
        for (auto [id, which] : shows(seed, now)) BOOST_TEST(open.insert(which).second);
        BOOST_TEST_REQUIRE(!open.empty());
        BOOST_TEST(open.size() <= 2u);
        now += 1s;
        seed.has(now, peer(1), piece(*open.begin()));
        open.erase(open.begin());
    }
    BOOST_TEST(seed.is_done());
    BOOST_TEST(shows(seed, now).empty());
}

BOOST_AUTO_TEST_CASE(the_pieces_are_shown_in_another_order_each_time) {
    const auto first_of = [](std::uint64_t luck) {
        super_seed seed(1'000, rng(luck));
        seed.joined(peer(1), torrent::piece_set(1'000));
        return seed.next(start)->piece.value();
    };
    BOOST_TEST(first_of(1) == first_of(1));
    std::set<std::uint32_t> firsts;
    for (std::uint64_t luck = 1; luck <= 20; ++luck) firsts.insert(first_of(luck));
    BOOST_TEST(firsts.size() >= 15u);
}

BOOST_AUTO_TEST_CASE(a_piece_shown_and_not_taken_is_shown_to_others_when_no_other_is_left) {
    super_seed seed(2, rng(1));
    seed.joined(peer(1), pieces(".."));
    seed.joined(peer(2), pieces(".."));
    const auto first = shows(seed, start);
    BOOST_TEST(first.size() == 2u);
    BOOST_TEST(shows(seed, start + 29s).empty());
    seed.has(start + 1s, peer(2), piece(first.find(2)->second));
    BOOST_TEST(shows(seed, start + 1s).empty());  // peer 1 may still take its own
    const auto again = shows(seed, start + 30s);
    BOOST_TEST(again.size() == 1u);
    BOOST_TEST(again.begin()->first == 2u);
    BOOST_TEST(again.begin()->second == first.find(1)->second);
}

BOOST_AUTO_TEST_CASE(who_does_not_take_or_pass_on_is_shown_another_after_a_while) {
    super_seed seed(50, rng(1));
    seed.joined(peer(1), torrent::piece_set(50));
    seed.joined(peer(2), torrent::piece_set(50));
    const auto first = shows(seed, start);
    seed.has(start + 1s, peer(2), piece(first.find(2)->second));
    shows(seed, start + 1s);  // its second
    auto now = start + 1s;
    std::map<std::uint64_t, int> shown;
    while (now < start + 5min) {
        now = seed.next_deadline();
        for (auto [id, which] : shows(seed, now)) ++shown[id];
    }
    // ever less often: what is shown to one that does not take is kept from others
    BOOST_TEST(shown[1] >= 2);
    BOOST_TEST(shown[1] <= 4);
    BOOST_TEST(shown[2] >= 2);
    BOOST_TEST(shown[2] <= 6);
}

BOOST_AUTO_TEST_CASE(patience_follows_how_long_a_piece_takes) {
    // each takes a minute: thirty seconds would be no sign of anything
    super_seed seed(100, rng(1));
    seed.joined(peer(1), torrent::piece_set(100));
    auto now = start;
    for (int i = 0; i < 10; ++i) {
        const auto next = shows(seed, now);
        now += 1min;
        for (auto [id, which] : next) seed.has(now, peer(1), piece(which));
    }
    shows(seed, now);
    BOOST_TEST((seed.next_deadline() > now + 2min));
}

BOOST_AUTO_TEST_CASE(pieces_of_a_peer_that_leaves_are_shown_again) {
    super_seed seed(3, rng(1));
    for (std::uint64_t i = 1; i <= 3; ++i) seed.joined(peer(i), pieces("..."));
    const auto first = shows(seed, start);
    BOOST_TEST(first.size() == 3u);
    for (std::uint64_t i = 1; i <= 2; ++i) seed.has(start + 1s, peer(i), piece(first.find(i)->second));
    shows(seed, start + 1s);
    seed.left(peer(1));  // took one
    seed.left(peer(3));  // was shown one
    const auto again = shows(seed, start + 2s);
    BOOST_TEST(again.size() == 2u);  // the one that stayed is alone now
    for (auto [id, which] : again) BOOST_TEST(which != first.find(2)->second);
}

BOOST_AUTO_TEST_CASE(twenty_leechers_take_each_piece_about_once) {
    crowd world{200, 8};
    for (std::uint64_t i = 1; i <= 20; ++i) world.join(i, {});
    const int seconds = world.run(1'000);
    BOOST_TEST_MESSAGE(seconds << " s, " << world.copies() << " copies, " << world.shown << " shown");
    BOOST_TEST(world.seed.is_done());
    BOOST_TEST(world.copies() <= 1.1, world.copies());
    // the uplink carries a piece in a second: nearly all of it was used
    BOOST_TEST(seconds <= 230, seconds);
    // what is out is everybody's soon, with nothing more from us
    for (int i = 0; i < 800; ++i) world.pass_on();
    for (auto& [id, who] : world.leechers) BOOST_TEST(who.has.size() == 200u);
}

BOOST_AUTO_TEST_CASE(however_many_and_however_fast) {
    struct {
        std::uint32_t pieces;
        unsigned uplink, leechers, down, up;
        int bound;  ///< seconds
    } const table[] = {
        {200, 1, 20, 4, 2, 1'800},  // a slow uplink: a piece takes minutes
        {200, 64, 20, 8, 8, 60},    // a fast one
        {400, 16, 3, 16, 16, 300},  // few peers
        {500, 40, 40, 8, 8, 140},   // many
        {100, 8, 1, 8, 1, 120},     // one
    };
    for (const auto& row : table) {
        crowd world{row.pieces, row.uplink};
        for (std::uint64_t i = 1; i <= row.leechers; ++i) world.join(i, {row.down, row.up});
        const int seconds = world.run(4'000);
        BOOST_TEST_MESSAGE(row.pieces << " pieces, " << row.leechers << " leechers: " << seconds << " s, "
                                      << world.copies() << " copies, idle " << world.idle);
        BOOST_TEST(seconds <= row.bound, row.pieces << ": " << seconds << " s, idle " << world.idle);
        BOOST_TEST(world.copies() <= 1.1, row.pieces << ": " << world.copies());
    }
}

BOOST_AUTO_TEST_CASE(slow_selfish_and_leaving_peers_do_not_stop_it) {
    crowd world{200, 8};
    for (std::uint64_t i = 1; i <= 20; ++i) {
        leecher who;
        if (i <= 4) who.selfish = true;
        if (i > 4 && i <= 7) who.down = 0;  // is shown and never takes
        world.join(i, who);
    }
    int seconds = 0;
    for (std::uint64_t next = 21; seconds < 1'500 && !world.seed.is_done(); ++seconds) {
        world.second();
        if (seconds % 20 == 19) {  // somebody goes with what he has, somebody comes
            const auto gone =
                std::next(world.leechers.begin(), static_cast<std::ptrdiff_t>(world.random.below(10)));
            world.leave(gone->first);
            world.join(next++, {});
        }
    }
    BOOST_TEST(world.seed.is_done());
    BOOST_TEST(seconds <= 500, seconds);
    BOOST_TEST(world.copies() <= 1.3, world.copies());  // what left with a peer leaves twice
}

BOOST_AUTO_TEST_CASE(a_crowd_of_selfish_peers_is_served_in_the_end) {
    crowd world{40, 8};
    for (std::uint64_t i = 1; i <= 5; ++i) world.join(i, {4, 0, true});
    BOOST_TEST(world.run(600) < 600);
}

BOOST_AUTO_TEST_CASE(nonsense_from_peers_changes_nothing) {
    super_seed seed(4, rng(1));
    seed.left(peer(9));
    seed.has(start, peer(9), piece(1));
    seed.joined(peer(1), pieces("...."));
    seed.joined(peer(1), pieces("####"));  // again
    BOOST_TEST(!seed.is_done());
    const auto first = shows(seed, start);
    for (int i = 0; i < 3; ++i) seed.has(start, peer(1), piece(first.begin()->second));  // and again
    BOOST_TEST(shows(seed, start).size() == 1u);
    seed.left(peer(1));
    seed.left(peer(1));
    BOOST_TEST((seed.next_deadline() == never));
}

BOOST_AUTO_TEST_CASE(whatever_happens_it_stays_in_order) {
    for (std::uint64_t luck = 1; luck <= 60; ++luck) {
        rng random(luck);
        super_seed seed(30, rng(luck));
        auto now = start;
        std::map<std::uint64_t, std::set<std::uint32_t>> has, shown;
        for (int step = 0; step < 600; ++step) {
            const auto id = random.below(8);
            switch (random.below(5)) {
                case 0: {
                    const bool is_new = !has.contains(id);
                    torrent::piece_set theirs(30);
                    while (random.chance(0.3))
                        theirs.insert(piece(static_cast<std::uint32_t>(random.below(30))));
                    seed.joined(peer(id), theirs);
                    if (!is_new) break;
                    has[id];
                    theirs.for_each([&](piece_index each) {
                        has[id].insert(each.value());
                        for (auto& [other, shows_of] : shown) shows_of.erase(each.value());
                    });
                    break;
                }
                case 1:
                    if (random.chance(0.3)) {
                        seed.left(peer(id));
                        has.erase(id);
                        shown.erase(id);
                    }
                    break;
                case 2:
                    now += 1s * random.below(60);
                    break;
                default: {
                    const auto which = static_cast<std::uint32_t>(random.below(30));
                    seed.has(now, peer(id), piece(which));
                    if (!has.contains(id)) break;
                    has[id].insert(which);
                    for (auto& [other, theirs] : shown)
                        theirs.erase(which);  // may be shown again if it is lost
                }
            }
            for (auto [to, which] : shows(seed, now)) {
                BOOST_TEST(has.contains(to));
                for (const auto& [other, theirs] : has)
                    BOOST_TEST(!theirs.contains(which));     // seen at nobody
                BOOST_TEST(shown[to].insert(which).second);  // once
            }
            std::set<std::uint32_t> all;
            for (const auto& [other, theirs] : has) all.insert(theirs.begin(), theirs.end());
            BOOST_TEST(seed.is_done() == (all.size() == 30));
            BOOST_TEST((seed.next_deadline() > now));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
