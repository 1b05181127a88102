// Who comes and who goes: pauses, ends, bans, and the number of places.
#include <boost/test/unit_test.hpp>

#include "unit/swarm/town.hpp"

using namespace bt;
using namespace bt::swarm;
using namespace bt::swarm::test;

namespace {

/// Nothing of the last minute: only who is idle that long gives way.
constexpr duration long_enough = 61s;

town::plan with_places(std::size_t places) { return {.settings = {.connections = places}}; }

void gives_wrong_pieces(town& t, guest& liar) {
    liar.lies = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    t.gives(liar);
    t.run(1s);
}

/// It has everything, and piece 3 is wrong.
guest& damaged_source(town& t, char name) {
    auto& source = t.comes(name, stranger(1), all_pieces(), false);
    source.lies = {3};
    t.gives(source);
    return source;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(who_comes_and_who_goes)

BOOST_AUTO_TEST_CASE(a_pause_closes_everything_and_has_no_deadline) {
    town t(no_pieces());
    auto& in = t.comes('a', neighbour(2), all_pieces(), false);
    t.lives('b', stranger(1), all_pieces());
    t.hears_of(stranger(1));
    t.hears_of(stranger(2));  // never answers
    BOOST_TEST(t.swarm.connection_count() == 2u);
    BOOST_TEST(t.swarm.half_open_count() == 1u);

    t.swarm.set_paused(t.now, true);
    t.settle();
    BOOST_TEST(in.left);
    BOOST_TEST(t.resident_at(stranger(1))->left);
    BOOST_TEST(t.swarm.connection_count() == 0u);
    BOOST_TEST(t.swarm.half_open_count() == 0u);
    BOOST_TEST((t.swarm.next_deadline() == never));
    BOOST_TEST(t.comes('c', neighbour(3), all_pieces()).left);
    t.hears_of(stranger(3), peer_source::user);
    BOOST_TEST(t.calls.size() == 2u);
    BOOST_TEST((t.swarm.next_deadline() == never));

    const connection_id late{1'000};  // asked for before, begun after
    t.swarm.connecting(late, stranger(4));
    t.swarm.connected(t.now, late);
    t.settle();
    BOOST_TEST(t.swarm.connection_count() == 0u);
}

BOOST_AUTO_TEST_CASE(after_a_pause_known_peers_are_tried_at_once) {
    town t(no_pieces());
    t.lives('b', stranger(1), no_pieces());
    t.hears_of(stranger(1));
    t.swarm.set_paused(t.now, true);
    t.settle();
    t.swarm.set_paused(t.now, false);
    t.settle();
    BOOST_TEST(t.calls.size() == 2u);
    BOOST_TEST(t.swarm.connection_count() == 1u);
}

BOOST_AUTO_TEST_CASE(a_host_that_closes_during_the_handshake_is_told_from_one_that_closes_after_it) {
    town t(no_pieces());
    std::uint64_t last = 0;
    const auto connects = [&](unsigned number) {
        t.hears_of(stranger(number));
        t.swarm.connected(t.now, connection_id{++last});
        t.settle();
        return connection_id{last};
    };
    const auto shakes_hands = [&](connection_id id) {
        t.swarm.received(
            t.now, id,
            wire::encode(wire::handshake{wire::test::everything, wire::test::some_torrent(), id_of('p')}));
        t.settle();
    };
    const auto closes = [&](connection_id id) {
        t.swarm.disconnected(t.now, id);
        t.settle();
    };
    closes(connects(1));
    BOOST_TEST(t.swarm.hosts_without_handshake() == 1u);
    BOOST_TEST(has_line(t.said, "no handshake 8.8.1.1"));

    const auto paused = connects(2);
    shakes_hands(paused);
    closes(paused);
    BOOST_TEST(t.swarm.hosts_without_handshake() == 1u);
    BOOST_TEST(t.swarm.hosts_giving_nothing() == 1u);

    const auto gives = connects(3);
    shakes_hands(gives);
    t.swarm.received(t.now, gives, wire::test::encoded(wire::have_all{}));
    t.settle();
    closes(gives);
    BOOST_TEST(t.swarm.hosts_giving_nothing() == 1u);
}

BOOST_AUTO_TEST_CASE(no_more_are_called_at_once_than_there_are_places) {
    town t(no_pieces(), with_places(3));
    t.swarm.set_paused(t.now, true);
    for (unsigned i = 1; i <= 10; ++i) t.hears_of(stranger(i));
    t.swarm.set_paused(t.now, false);
    t.settle();
    BOOST_TEST(t.calls.size() == 3u);
    t.swarm.set_paused(t.now, true);  // and the places may change
    t.swarm.set_connections(5);
    t.swarm.set_paused(t.now, false);
    t.settle();
    BOOST_TEST(t.calls.size() == 3u + 5u);
}

BOOST_AUTO_TEST_CASE(who_came_while_a_call_was_under_way_has_its_place) {
    town t(no_pieces(), with_places(2));
    t.hears_of(stranger(1));
    t.hears_of(stranger(2));
    BOOST_TEST(t.calls.size() == 2u);
    t.comes('a', stranger(3), no_pieces());
    t.comes('b', stranger(4), no_pieces());
    for (const std::uint64_t call : {1u, 2u}) t.swarm.connected(t.now, connection_id{call});
    t.settle();
    BOOST_TEST(t.swarm.connection_count() == 2u);
    BOOST_TEST(t.swarm.half_open_count() == 0u);
}

BOOST_AUTO_TEST_CASE(an_end_and_a_new_beginning_ignore_what_was_under_way) {
    town t(no_pieces());
    t.disk_waits = true;
    auto& giver = t.comes('a', neighbour(2), all_pieces());
    t.run(1s);
    BOOST_TEST(t.reports.size() == 10u);
    t.swarm.end(t.now);
    t.settle();
    BOOST_TEST(giver.left);
    for (auto& report : t.reports) report();
    t.settle();
    t.begin(no_pieces());
    for (auto& report : t.reports) report();
    t.swarm.blocks_read(t.now, giver.id, {wire::test::block(0)}, {});
    t.settle();
    BOOST_TEST(had(t) == "..........");
    BOOST_TEST(t.said.empty());

    t.disk_waits = false;
    t.comes('b', neighbour(3), all_pieces());
    t.run(1s);
    BOOST_TEST(had(t) == "##########");
    BOOST_TEST(has_line(t.said, "complete"));
}

BOOST_AUTO_TEST_CASE(peers_that_are_there_before_the_beginning_stay) {
    town t(no_pieces(), {.begun = false});
    auto& giver = t.comes('a', neighbour(2), all_pieces());
    auto& taker = t.comes('b', neighbour(3), no_pieces());
    t.run(1s);
    t.begin(only({0, 1, 2}));
    BOOST_TEST(taker.peer.pieces().count() >= 3u);
    t.run(1s);
    BOOST_TEST(had(t) == "##########");
    BOOST_TEST(giver.left);  // both have everything
    BOOST_TEST(!taker.left);
}

// --- places

BOOST_AUTO_TEST_CASE(a_near_newcomer_makes_a_far_idle_one_leave) {
    town t(no_pieces(), with_places(2));
    auto& far = t.comes('a', stranger(1), no_pieces());
    auto& near = t.comes('b', neighbour(2), no_pieces());
    t.run(long_enough, 1s);
    auto& newcomer = t.comes('c', neighbour(3), no_pieces());
    BOOST_TEST(far.left);
    BOOST_TEST(!near.left);
    BOOST_TEST(!newcomer.left);
    BOOST_TEST(t.swarm.connection_count() == 2u);
}

BOOST_AUTO_TEST_CASE(a_full_swarm_calls_the_neighbours_somebody_would_leave_for) {
    town t(no_pieces(), with_places(2));
    auto& far = t.comes('a', stranger(1), no_pieces());
    auto& near = t.comes('b', neighbour(2), no_pieces());
    t.lives('c', neighbour(3), no_pieces());
    t.lives('d', stranger(4), no_pieces());
    t.hears_of(neighbour(3), peer_source::lan);
    t.hears_of(stranger(4));
    t.run(1s, 1s);  // nobody leaves who came just now
    BOOST_TEST(t.calls.empty());
    t.run(long_enough, 1s);
    BOOST_TEST((t.calls == std::vector{neighbour(3)}));
    BOOST_TEST(far.left);
    BOOST_TEST(!near.left);
}

BOOST_AUTO_TEST_CASE(no_near_one_leaves_for_a_far_newcomer) {
    town t(no_pieces(), with_places(2));
    auto& one = t.comes('a', neighbour(2), no_pieces());
    auto& other = t.comes('b', neighbour(3), no_pieces());
    t.run(long_enough, 1s);
    auto& newcomer = t.comes('c', stranger(1), no_pieces());
    BOOST_TEST(newcomer.left);
    BOOST_TEST(!one.left);
    BOOST_TEST(!other.left);
}

BOOST_AUTO_TEST_CASE(nobody_leaves_who_came_just_now) {
    town t(no_pieces(), with_places(1));
    auto& far = t.comes('a', stranger(1), no_pieces());
    BOOST_TEST(t.comes('c', neighbour(3), no_pieces()).left);
    BOOST_TEST(!far.left);
}

// --- who has moved

BOOST_AUTO_TEST_CASE(of_a_node_that_comes_from_another_address_the_silent_connection_ends) {
    town t(no_pieces());
    auto& before = t.comes('a', neighbour(1), all_pieces(), false);
    t.run(2s);
    BOOST_TEST(t.comes('a', neighbour(2), all_pieces()).left);  // it may be one with two addresses
    BOOST_TEST(!before.left);
    t.run(2s);
    BOOST_TEST(t.comes('a', neighbour(1), all_pieces()).left);  // it has not moved
    auto& after = t.comes('a', neighbour(2), all_pieces());
    BOOST_TEST(before.left);
    t.run(1s);
    BOOST_TEST(had(t) == "##########");
    BOOST_TEST(after.got == 0u);
}

BOOST_AUTO_TEST_CASE(a_node_whose_connection_says_something_has_not_moved) {
    town t(no_pieces());
    auto& before = t.comes('a', neighbour(1), only({0}), false);
    for (std::uint32_t piece = 1; piece < 6; ++piece) {
        t.run(2s);
        t.says(before, wire::have{piece});
        t.run(1s);
        BOOST_TEST(t.comes('a', neighbour(2), all_pieces()).left);
    }
    BOOST_TEST(!before.left);
}

BOOST_AUTO_TEST_CASE(a_near_peer_that_owes_blocks_and_is_silent_is_left_after_ten_seconds) {
    town t(no_pieces());
    auto& near = t.comes('a', neighbour(1), all_pieces(), false);
    auto& far = t.comes('b', stranger(1), all_pieces(), false);
    near.mute = far.mute = true;
    t.says(near, wire::unchoke{});
    t.says(far, wire::unchoke{});
    t.run(9s);
    BOOST_TEST(!near.left);
    t.run(2s);
    BOOST_TEST(near.left);
    BOOST_TEST(!far.left);
    t.run(25s);
    BOOST_TEST(far.left);
}

// --- who lied

BOOST_AUTO_TEST_CASE(who_gave_all_of_a_wrong_piece_that_others_have_is_banned_at_once) {
    town t(no_pieces());
    auto& liar = t.comes('a', stranger(1), all_pieces(), false);
    t.comes('b', stranger(2), all_pieces(), false);
    gives_wrong_pieces(t, liar);
    BOOST_TEST(liar.left);
    BOOST_TEST(count_of(t.said, "banned 8.8.1.1") == 1u);
    BOOST_TEST(count_of(t.said, "damaged") == 0u);
    BOOST_TEST(had(t) == "..........");
}

BOOST_AUTO_TEST_CASE(an_only_source_is_banned_for_its_fourth_wrong_piece) {
    town t(no_pieces());
    auto& liar = t.comes('a', stranger(1), all_pieces(), false);
    gives_wrong_pieces(t, liar);
    BOOST_TEST(liar.left);
    BOOST_TEST(count_of(t.said, "banned 8.8.1.1") == 1u);
    BOOST_TEST(count_of(t.said, "damaged") == 3u);
    BOOST_TEST(count_of(t.said, "failed") >= 4u);
    BOOST_TEST(had(t) == "..........");
}

BOOST_AUTO_TEST_CASE(a_damaged_piece_of_an_only_source_is_left_and_all_others_fetched) {
    town t(no_pieces());
    auto& source = damaged_source(t, 'a');
    t.run(4s);
    BOOST_TEST(had(t) == "###.######");
    BOOST_TEST(!source.left);
    BOOST_TEST(count_of(t.said, "damaged 3") == 1u);
    t.run(60s);  // asked again now and then, less and less often
    BOOST_TEST(count_of(t.said, "damaged 3") >= 3u);
    BOOST_TEST(count_of(t.said, "damaged 3") <= 5u);
    source.lies.clear();
    t.run(60s);
    BOOST_TEST(had(t) == "##########");
    BOOST_TEST(has_line(t.said, "complete"));
}

BOOST_AUTO_TEST_CASE(a_damaged_piece_comes_from_the_next_that_has_it) {
    town t(no_pieces());
    damaged_source(t, 'a');
    t.run(3s);
    t.comes('b', stranger(2), only({3}));
    t.run(3s);
    BOOST_TEST(had(t) == "##########");
    BOOST_TEST(!has_line(t.said, "banned"));
}

BOOST_AUTO_TEST_CASE(a_source_that_comes_again_is_asked_for_its_damaged_piece_no_sooner) {
    town t(no_pieces());
    auto& first = damaged_source(t, 'a');
    t.run(3s);
    t.leaves(first);
    for (const char name : {'b', 'c', 'd', 'e'}) {  // under other names: it is the host that counts
        auto& again = damaged_source(t, name);
        t.run(500ms);
        t.leaves(again);
    }
    BOOST_TEST(count_of(t.said, "failed 3") <= 2u);
    BOOST_TEST(!has_line(t.said, "banned"));
}

BOOST_AUTO_TEST_CASE(an_only_source_that_was_banned_is_tried_again_and_its_data_may_be_right_then) {
    for (const bool put_right : {true, false}) {
        town t(no_pieces());
        auto& liar = t.comes('a', stranger(1), all_pieces(), false);
        gives_wrong_pieces(t, liar);
        BOOST_TEST(liar.left);
        const endpoint home{stranger(1).address, 6881};
        const auto wrong = count_of(t.said, "failed");
        t.lives('a', home, all_pieces(), !put_right);
        t.run(20s);
        BOOST_TEST(t.resident_at(home) == nullptr);
        t.run(20s);
        BOOST_TEST(t.resident_at(home) != nullptr);
        if (put_right) {
            BOOST_TEST(had(t) == "##########");
            continue;
        }
        BOOST_TEST(count_of(t.said, "failed") == wrong + 1);
        t.run(30min, 1s);  // less and less often, a piece each time
        BOOST_TEST(count_of(t.said, "failed") >= wrong + 5);
        BOOST_TEST(count_of(t.said, "failed") <= wrong + 7);
        BOOST_TEST(t.swarm.banned_peers() == 1u);
    }
}

BOOST_AUTO_TEST_CASE(liars_beside_an_honest_source_stay_banned) {
    town t(no_pieces());
    std::vector<guest*> liars;
    for (unsigned i = 0; i < 4; ++i)
        liars.push_back(&t.comes(char('a' + i), stranger(i + 1), all_pieces(), false));
    auto& honest = t.comes('z', stranger(9), all_pieces(), false);
    for (auto* liar : liars) gives_wrong_pieces(t, *liar);
    for (auto* liar : liars) BOOST_TEST(liar->left);
    for (unsigned i = 0; i < 4; ++i)
        t.lives(char('a' + i), {stranger(i + 1).address, 6881}, all_pieces(), true);
    t.swarm.set_limits(4'000, 0);
    t.gives(honest);
    const auto wrong = count_of(t.said, "failed");
    while (!t.swarm.is_complete()) t.run(1s);
    BOOST_TEST(count_of(t.said, "failed") == wrong);
}

BOOST_AUTO_TEST_CASE(a_banned_host_does_not_come_back_under_another_name) {
    town t(no_pieces());
    t.lives('b', {stranger(1).address, 5000}, all_pieces());
    t.lives('c', {stranger(1).address, 5001}, all_pieces());
    auto& liar = t.comes('a', stranger(1), all_pieces(), false);
    // known before the ban, and tried behind it
    t.hears_of({stranger(1).address, 6000});
    const auto calls = t.calls.size();
    gives_wrong_pieces(t, liar);
    BOOST_TEST(has_line(t.said, "banned"));

    BOOST_TEST(t.comes('b', stranger(1), all_pieces()).left);
    t.hears_of({stranger(1).address, 5000}, peer_source::user);
    t.swarm.disconnected(t.now, connection_id{2});  // the call failed; its time comes again
    t.run(25s, 1s);
    BOOST_TEST(t.calls.size() == calls);
    BOOST_TEST(t.swarm.connection_count() == 0u);
    BOOST_TEST(t.comes('a', stranger(2), all_pieces()).left);  // nor the same one from elsewhere
}

BOOST_AUTO_TEST_CASE(a_call_under_way_to_a_host_that_is_banned_meanwhile_is_no_connection) {
    town t(no_pieces());
    t.hears_of({stranger(1).address, 6000});
    auto& liar = t.comes('a', stranger(1), all_pieces(), false);
    gives_wrong_pieces(t, liar);
    BOOST_TEST(has_line(t.said, "banned"));
    t.swarm.connected(t.now, connection_id{1});
    t.settle();
    BOOST_TEST(t.swarm.connection_count() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
