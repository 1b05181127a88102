// What is given, to whom and how fast.
#include <boost/test/unit_test.hpp>

#include "unit/swarm/town.hpp"

using namespace bt;
using namespace bt::swarm;
using namespace bt::swarm::test;

namespace {

constexpr wire::features plain{};  // neither BEP 6 nor BEP 10

std::vector<block_range> every_block() {
    std::vector<block_range> all;
    for (std::uint32_t piece = 0; piece < 10; ++piece)
        for (std::uint32_t i = 0; i < ten_pieces().block_count(piece_index(piece)); ++i)
            all.push_back(wire::test::block(piece, i));
    return all;
}
std::uint64_t torrent_bytes() { return 9 * 32768 + 10'000; }

guest& taker(town& t, char who, const endpoint& from) {
    auto& it = t.comes(who, from, no_pieces());
    it.peer.set_interested(t.now, true);
    t.run(1s);
    return it;
}
/// Asks for everything again whenever it was given half of it.
struct hungry {
    guest& who;
    std::uint64_t asked = 0;
    void feed(town& t) {
        if (who.got + torrent_bytes() / 2 < asked) return;
        asked += torrent_bytes();
        t.asks(who, every_block());
    }
};

const town::plan as_super_seed{.settings = {.super_seeding = true}};

}  // namespace

BOOST_AUTO_TEST_SUITE(what_is_given_and_how_fast)

// --- slots

BOOST_AUTO_TEST_CASE(while_those_who_have_slots_need_nothing_others_have_some_as_well) {
    town t(only({0, 1, 2, 3, 4}), {.settings = {.far_slots = 1}});
    const std::vector<guest*> takers{&taker(t, 'a', stranger(1)), &taker(t, 'b', stranger(2)),
                                     &taker(t, 'c', stranger(3))};
    t.run(1s);
    BOOST_TEST(
        std::none_of(takers.begin(), takers.end(), [](auto* each) { return each->peer.choking_us(); }));
}

// --- who has it all

BOOST_AUTO_TEST_CASE(who_wants_no_more_after_it_was_given_all_is_complete_though_it_told_of_nothing) {
    for (const bool leaves : {false, true}) {
        town t(all_pieces());
        auto& it = taker(t, 'a', stranger(1));
        t.asks(it, every_block());
        t.run(5s);
        BOOST_TEST(t.completed == 0u);
        if (leaves)
            t.leaves(it);  // what it was given may have been wrong for it
        else
            it.peer.set_interested(t.now, false);
        t.run(1s);
        BOOST_TEST(t.completed == (leaves ? 0u : 1u));
    }
    town gone(all_pieces());
    for (std::uint32_t piece = 0; piece < 10; ++piece) gone.unreadable.insert(piece);
    auto& unlucky = taker(gone, 'a', stranger(1));
    gone.asks(unlucky, every_block());
    unlucky.peer.set_interested(gone.now, false);
    gone.run(1s);
    BOOST_TEST(gone.completed == 0u);
    town t(all_pieces());
    auto& part = taker(t, 'a', stranger(1));
    auto blocks = every_block();
    blocks.pop_back();
    t.asks(part, blocks);
    t.run(5s);
    part.peer.set_interested(t.now, false);
    t.run(1s);
    BOOST_TEST(t.completed == 0u);
}

// --- what cannot be read

BOOST_AUTO_TEST_CASE(a_piece_that_cannot_be_read_is_read_once_and_all_are_told) {
    town t(all_pieces());
    t.unreadable = {3};
    auto& asker = taker(t, 'a', neighbour(2));
    t.asks(asker, {wire::test::block(2), wire::test::block(3), wire::test::block(4)});
    t.run(1s);
    BOOST_TEST(asker.got == 2u * limits::block_bytes);  // beside it what is there is given
    BOOST_TEST(!asker.peer.pieces().has(piece_index(3)));
    const auto reads = t.reads;
    t.asks(asker, {wire::test::block(3)});
    t.run(1s);
    BOOST_TEST(t.reads == reads);
    auto& late = taker(t, 'b', neighbour(3));
    BOOST_TEST(late.peer.pieces().count() == 9u);
    BOOST_TEST(!late.peer.pieces().has(piece_index(3)));
}

BOOST_AUTO_TEST_CASE(who_asks_for_it_for_ever_has_to_come_again) {
    town t(all_pieces());
    t.unreadable = {3};
    auto& asker = taker(t, 'a', neighbour(2));
    t.asks(asker, {wire::test::block(3)});
    t.run(3s);  // by then it can know
    for (std::size_t i = 0; i <= limits::invalid_requests && !asker.left; ++i)
        t.asks(asker, {wire::test::block(3)});
    BOOST_TEST(asker.left);
    BOOST_TEST(t.reads == 1u);
}

// --- what may be wrong

BOOST_AUTO_TEST_CASE(a_piece_that_is_asked_for_again_is_looked_at_and_taken_back_if_it_is_wrong) {
    town t(all_pieces());
    t.damaged = {3};
    auto& asker = taker(t, 'a', neighbour(2));
    auto& other = taker(t, 'b', neighbour(3));
    const auto whole = [](std::uint32_t piece) {
        return std::vector{wire::test::block(piece, 0), wire::test::block(piece, 1)};
    };
    t.asks(asker, whole(2));
    t.asks(asker, whole(3));
    t.asks(other, whole(3));
    t.run(1s);
    BOOST_TEST(!has_line(t.said, "look at"));
    t.asks(asker, whole(3));
    t.asks(asker, whole(2));
    t.run(1s);
    BOOST_TEST(count_of(t.said, "look at 3") == 1u);
    BOOST_TEST(count_of(t.said, "look at 2") == 1u);
    for (const auto* each : {&asker, &other}) {
        BOOST_TEST(!each->peer.pieces().has(piece_index(3)));
        BOOST_TEST(each->peer.pieces().has(piece_index(2)));
    }
    // again and again: not more than once a minute
    for (int i = 0; i < 50; ++i) t.asks(asker, whole(2));
    t.run(50s);
    BOOST_TEST(count_of(t.said, "look at 2") == 1u);
    t.run(20s);
    t.asks(asker, whole(2));
    BOOST_TEST(count_of(t.said, "look at 2") == 2u);
}

// --- rate limits

BOOST_AUTO_TEST_CASE(a_limit_holds_strangers_and_not_neighbours) {
    town t(all_pieces());
    t.swarm.set_limits(0, 20'000);
    auto& near = taker(t, 'a', neighbour(2));
    auto& far = taker(t, 'b', stranger(1));
    t.asks(near, every_block());
    t.asks(far, every_block());
    t.run(4s);
    BOOST_TEST(near.got == torrent_bytes());
    BOOST_TEST(far.got <= 5u * 20'000 + 65'536);
    BOOST_TEST(far.got >= 4u * 20'000 - 16'384);
}

BOOST_AUTO_TEST_CASE(a_limit_of_all_links_holds_neighbours_too) {
    town t(all_pieces(), {.settings = {.limit_near = true}});
    t.swarm.set_limits(0, 20'000);
    auto& near = taker(t, 'a', neighbour(2));
    t.asks(near, every_block());
    t.run(4s);
    BOOST_TEST(near.got <= 5u * 20'000 + 65'536);
    BOOST_TEST(near.got >= 4u * 20'000 - 16'384);
}

BOOST_AUTO_TEST_CASE(a_limit_on_what_comes_holds_strangers_and_not_neighbours) {
    for (const bool near : {false, true}) {
        for (const bool limit_near : {false, true}) {
            town t(no_pieces(), {.settings = {.limit_near = limit_near}});
            t.swarm.set_limits(40'000, 0);
            t.comes('a', near ? neighbour(2) : stranger(1), all_pieces());
            t.run(4s);
            const auto came = t.swarm.down().total();
            if (near && !limit_near)
                BOOST_TEST(came == torrent_bytes());
            else
                BOOST_TEST((came > 3u * 40'000 && came < 6u * 40'000), "came " << came);
            t.run(8s);
            BOOST_TEST(t.swarm.is_complete());
        }
    }
}

BOOST_AUTO_TEST_CASE(two_who_ask_under_a_limit_get_equal_parts) {
    town t(all_pieces());
    t.swarm.set_limits(0, 100'000);
    auto& one = taker(t, 'a', stranger(1));
    auto& other = taker(t, 'b', stranger(2));
    hungry first{one}, second{other};
    t.every_step = [&] {
        first.feed(t);
        second.feed(t);
    };
    t.run(20s);
    t.every_step = nullptr;
    BOOST_TEST(one.got + other.got > 1'600'000u);
    BOOST_TEST(one.got + other.got < 2'300'000u);
    const auto [less, more] = std::minmax(one.got, other.got);
    BOOST_TEST(less * 10 >= more * 8, less << " and " << more);
}

BOOST_AUTO_TEST_CASE(leechers_that_take_nothing_and_come_anew_keep_nobody_from_its_slot) {
    town t(all_pieces());
    unsigned names = 0;
    const auto come = [&](unsigned number) {
        auto& one = t.comes(static_cast<char>(1 + names++ % 250), neighbour(100 + number % 10), no_pieces());
        one.peer.set_interested(t.now, true);
        t.settle();
        return &one;
    };
    std::vector<guest*> crowd;
    std::vector<time_point> unchoked(50, never);
    for (unsigned i = 0; i < 50; ++i) crowd.push_back(come(i));
    t.run(1s);
    auto& honest = taker(t, static_cast<char>(255), neighbour(2));
    hungry it{honest};
    t.every_step = [&] {
        if (honest.got < torrent_bytes() && !honest.peer.choking_us()) it.feed(t);
        for (unsigned i = 0; i < crowd.size(); ++i) {
            if (crowd[i]->left) crowd[i] = come(i), unchoked[i] = never;
            if (crowd[i]->peer.choking_us()) continue;
            unchoked[i] = std::min(unchoked[i], t.now);
            if (t.now - unchoked[i] < 2s) continue;
            t.leaves(*crowd[i]);
            crowd[i] = come(i);
            unchoked[i] = never;
        }
    };
    const auto began = t.now;
    while (honest.got < torrent_bytes() && t.now - began < 60s) t.run(50ms);
    t.every_step = nullptr;
    BOOST_TEST((t.now - began <= 4s), "after " << seconds(t.now - began) << " s");
}

BOOST_AUTO_TEST_CASE(under_a_limit_a_host_with_eight_connections_gets_no_more_than_one_with_one) {
    town t(all_pieces());
    t.swarm.set_limits(0, 200'000);
    std::vector<hungry> crowd;
    for (char name = 'a'; name < 'i'; ++name) crowd.push_back({taker(t, name, stranger(1))});
    auto& alone = taker(t, 'z', stranger(2));
    hungry it{alone};
    t.every_step = [&] {
        for (auto& each : crowd) each.feed(t);
        it.feed(t);
    };
    t.run(15s);
    t.every_step = nullptr;
    std::uint64_t crowds = 0;
    for (const auto& each : crowd) crowds += each.who.got;
    BOOST_TEST(alone.got + crowds > 2'500'000u);
    BOOST_TEST(alone.got * 10 >= crowds * 8, alone.got << " and " << crowds);
}

BOOST_AUTO_TEST_CASE(without_a_limit_a_host_of_many_connections_has_one_slot_beside_another) {
    town t(all_pieces());
    std::vector<guest*> crowd;
    for (char name = 'a'; name < 'u'; ++name) crowd.push_back(&taker(t, name, neighbour(2)));
    const auto unchoked = [&] {
        return std::count_if(crowd.begin(), crowd.end(), [](auto* each) { return !each->peer.choking_us(); });
    };
    BOOST_TEST(unchoked() > 4);
    auto& other = taker(t, 'z', neighbour(3));
    BOOST_TEST(unchoked() == 1);
    BOOST_TEST(!other.peer.choking_us());
    t.leaves(other);
    t.run(1s);
    BOOST_TEST(unchoked() > 4);
}

BOOST_AUTO_TEST_CASE(a_peer_that_takes_the_same_for_ever_is_banned_whichever_blocks_it_asks_for) {
    town t(all_pieces());
    auto& again = taker(t, 'a', neighbour(2));
    for (std::uint32_t i = 0; i < 5'000 && !again.left; ++i) t.asks(again, {wire::test::block(i % 9)});
    BOOST_TEST(again.left);
    BOOST_TEST(has_line(t.said, "banned 10.0.0.2"));
}

BOOST_AUTO_TEST_CASE(under_a_limit_what_is_asked_for_again_and_again_waits_for_those_who_have_it_not) {
    town t(all_pieces());
    t.swarm.set_limits(0, 1'000'000);
    auto& again = taker(t, 'a', stranger(1));
    auto& other = taker(t, 'b', stranger(2));
    hungry first{again}, second{other};
    t.every_step = [&] { first.feed(t); };
    t.run(6s);
    BOOST_TEST(again.got > 5'000'000u);  // nobody else waits
    const auto before = again.got;
    t.every_step = [&] {
        first.feed(t);
        second.feed(t);
    };
    t.run(3s);
    t.every_step = nullptr;
    BOOST_TEST(other.got > 2'500'000u, other.got << " beside " << again.got - before);
}

BOOST_AUTO_TEST_CASE(a_peer_that_takes_the_same_for_ever_is_banned) {
    town t(all_pieces());
    auto& again = taker(t, 'a', neighbour(2));
    hungry it{again};
    for (int i = 0; i < 10'000 && !again.left; ++i) it.feed(t);
    BOOST_TEST(again.left);
    BOOST_TEST(has_line(t.said, "banned 10.0.0.2"));
    BOOST_TEST(again.got > 64u * limits::MiB);
    BOOST_TEST(again.got < 66u * limits::MiB);
}

// --- super-seeding (BEP 16)

BOOST_AUTO_TEST_CASE(a_super_seed_shows_one_piece_at_a_time) {
    town t(all_pieces(), as_super_seed);
    auto& a = t.comes('a', stranger(1), no_pieces());
    auto& b = t.comes('b', stranger(2), no_pieces());
    t.run(1s);
    BOOST_TEST(has_line(a.messages(), "have none"));
    BOOST_TEST(!a.peer.extensions().upload_only);
    const auto shown_to_a = a.peer.pieces().count(), shown_to_b = b.peer.pieces().count();
    BOOST_TEST(shown_to_a >= 1u);
    BOOST_TEST(shown_to_a <= 2u);
    BOOST_TEST(shown_to_b >= 1u);
    BOOST_TEST(shown_to_b <= 2u);

    // what a took, b has: a passed it on, and is shown another
    std::uint32_t first = 0;
    while (!a.peer.pieces().has(piece_index(first))) ++first;
    t.says(a, wire::have{first});
    t.run(1s);
    t.says(b, wire::have{first});
    t.run(1s);
    BOOST_TEST(a.peer.pieces().count() > shown_to_a);
    BOOST_TEST(a.peer.pieces().count() < 10u);
}

BOOST_AUTO_TEST_CASE(a_super_seed_shows_pieces_to_a_peer_that_tells_no_set) {
    town t(all_pieces(), as_super_seed);
    auto& a = t.comes('a', stranger(1), no_pieces(), true, plain);
    t.run(4s);
    BOOST_TEST(has_line(a.messages(), "have "));
}

BOOST_AUTO_TEST_CASE(super_seeding_ends_when_somebody_else_has_everything) {
    town t(all_pieces(), as_super_seed);
    auto& a = t.comes('a', stranger(1), no_pieces());
    t.run(1s);
    BOOST_TEST(a.peer.pieces().count() < 10u);
    auto& other = t.comes('b', stranger(2), all_pieces());
    t.run(1s);
    BOOST_TEST(a.peer.pieces().all());
    BOOST_TEST(a.peer.extensions().upload_only);
    BOOST_TEST(other.left);  // both have everything
    auto& late = t.comes('c', stranger(3), no_pieces());
    BOOST_TEST(late.peer.pieces().all());
}

BOOST_AUTO_TEST_CASE(a_super_seed_that_pauses_goes_on_behind_it) {
    town t(all_pieces(), as_super_seed);
    t.comes('a', stranger(1), no_pieces());
    t.swarm.set_paused(t.now, true);
    t.settle();
    BOOST_TEST((t.swarm.next_deadline() == never));
    t.swarm.set_paused(t.now, false);
    auto& back = t.comes('a', stranger(1), no_pieces());
    t.run(1s);
    BOOST_TEST(back.peer.pieces().count() >= 1u);
    BOOST_TEST(back.peer.pieces().count() < 10u);
}

BOOST_AUTO_TEST_SUITE_END()
