// Which machines count as complete, where a share ends by their number.
#include <boost/test/unit_test.hpp>

#include "unit/swarm/town.hpp"

using namespace bt;
using namespace bt::swarm;
using namespace bt::swarm::test;

namespace {

/// Where a guest from there says that it takes connections.
endpoint home_of(const endpoint& from) { return {from.address, 6881}; }

struct counting_town : town {
    counting_town() : town(all_pieces()) { swarm.demand_proofs(); }
    unsigned complete() const { return swarm.completed_machines(); }

    guest& fetches(char who, const endpoint& from, std::uint32_t pieces) {
        auto& it = comes(who, from, no_pieces());
        it.peer.set_interested(now, true);
        run(1s);
        std::vector<block_range> blocks;
        for (std::uint32_t piece = 0; piece < pieces; ++piece)
            for (std::uint32_t i = 0; i < ten_pieces().block_count(piece_index(piece)); ++i)
                blocks.push_back(wire::test::block(piece, i));
        asks(it, blocks);
        run(1s);
        return it;
    }
    /// It says so.
    void is_complete(guest& it) {
        for (std::uint32_t piece = 0; piece < 10; ++piece) says(it, wire::have{piece});
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(machines_that_have_everything)

BOOST_AUTO_TEST_CASE(a_word_alone_does_not_count) {
    counting_town t;
    for (char who = 'a'; who < 'm'; ++who) t.comes(who, neighbour(unsigned(who - 'a') + 2), all_pieces());
    t.run(10min, 1s);
    BOOST_TEST(t.complete() == 0u);
    BOOST_TEST(t.completed == 0u);
    BOOST_TEST(t.calls.size() < 12u * 20);
}

BOOST_AUTO_TEST_CASE(a_machine_that_took_it_from_us_counts_as_soon_as_it_says_so) {
    counting_town t;
    auto& it = t.fetches('a', neighbour(2), 10);
    BOOST_TEST(t.complete() == 0u);
    t.is_complete(it);
    BOOST_TEST(t.complete() == 1u);
    BOOST_TEST(t.calls.empty());
}

BOOST_AUTO_TEST_CASE(a_machine_that_took_little_proves_it_with_a_block) {
    counting_town t;
    t.lives('a', home_of(neighbour(2)), all_pieces());
    auto& it = t.fetches('a', neighbour(2), 1);
    t.is_complete(it);
    t.run(100ms, 10ms);
    BOOST_TEST(t.complete() == 1u);
    BOOST_TEST(t.completed == 1u);
    const auto* asked = t.resident_at(home_of(neighbour(2)));
    BOOST_REQUIRE(asked);
    BOOST_TEST(has_line(asked->messages(), "have none"));
    BOOST_TEST(count_of(asked->messages(), "request") == 1u);
    BOOST_TEST(asked->left);
}

BOOST_AUTO_TEST_CASE(a_machine_that_has_all_when_it_comes_proves_it_with_a_block) {
    counting_town t;
    t.lives('a', home_of(neighbour(2)), all_pieces());
    t.comes('a', neighbour(2), all_pieces());
    t.run(100ms, 10ms);
    BOOST_TEST(t.complete() == 1u);
}

BOOST_AUTO_TEST_CASE(a_machine_that_answers_later_counts_then) {
    counting_town t;
    t.comes('a', neighbour(2), all_pieces());
    t.run(15s);
    BOOST_TEST(t.complete() == 0u);
    t.lives('a', home_of(neighbour(2)), all_pieces());
    t.run(15s);
    BOOST_TEST(t.complete() == 1u);
}

BOOST_AUTO_TEST_CASE(a_wrong_block_proves_nothing) {
    counting_town t;
    t.lives('a', home_of(neighbour(2)), all_pieces(), true);
    t.comes('a', neighbour(2), all_pieces());
    t.run(10min, 1s);
    BOOST_TEST(t.complete() == 0u);
    BOOST_TEST(t.calls.size() > 2u);
    BOOST_TEST(t.calls.size() < 20u);
}

BOOST_AUTO_TEST_CASE(one_that_is_not_as_complete_as_it_said_does_not_count) {
    counting_town t;
    t.lives('a', home_of(neighbour(2)), only({0, 1, 2, 3}));
    auto& it = t.fetches('a', neighbour(2), 4);
    t.is_complete(it);
    t.run(10s);
    BOOST_TEST(t.complete() == 0u);
}

BOOST_AUTO_TEST_CASE(machines_that_leave_at_once_count_when_a_whole_copy_has_left_us) {
    counting_town t;
    std::vector<guest*> all;
    for (unsigned i = 0; i < 4; ++i) all.push_back(&t.fetches(char('a' + i), neighbour(2 + i), 3));
    for (auto* each : all) {
        t.is_complete(*each);
        t.leaves(*each);
    }
    t.run(20s);
    BOOST_TEST(t.complete() == 4u);
    t.comes('z', neighbour(50), all_pieces());  // took nothing
    t.run(20s);
    BOOST_TEST(t.complete() == 4u);
}

BOOST_AUTO_TEST_CASE(one_that_leaves_before_a_copy_has_left_us_cannot_have_everything) {
    counting_town t;
    auto& it = t.fetches('a', neighbour(2), 2);
    t.is_complete(it);
    t.run(5min, 1s);
    BOOST_TEST(t.complete() == 0u);
}

BOOST_AUTO_TEST_CASE(last_blocks_alone_are_no_copy) {
    counting_town t;
    auto& it = t.fetches('a', neighbour(2), 0);
    std::vector<block_range> last;
    for (std::uint32_t piece = 0; piece < 10; ++piece)
        last.push_back(wire::test::block(piece, ten_pieces().block_count(piece_index(piece)) - 1));
    t.asks(it, last);
    t.run(1s);
    it.peer.set_interested(t.now, false);
    t.run(1s);
    BOOST_TEST(t.complete() == 0u);
}

BOOST_AUTO_TEST_CASE(other_clients_take_us_for_no_seed_until_they_lack_two_pieces) {
    counting_town t;
    auto& it = t.comes('a', neighbour(2), no_pieces());
    t.run(1s);
    BOOST_TEST(!has_line(it.messages(), "have all"));
    BOOST_TEST(has_line(it.messages(), "bitfield"));
    BOOST_TEST(it.peer.pieces().count() == 9u);
    BOOST_TEST(!it.peer.is_upload_only());
    for (std::uint32_t piece = 0; piece < 7; ++piece) t.says(it, wire::have{piece});
    BOOST_TEST(it.peer.pieces().count() == 9u);
    t.says(it, wire::have{7});
    BOOST_TEST(it.peer.pieces().all());
}

BOOST_AUTO_TEST_CASE(what_was_given_is_not_lacking) {
    counting_town t;
    auto& it = t.fetches('a', neighbour(2), 4);
    std::vector<std::uint32_t> shown;
    for (std::uint32_t piece = 4; piece < 10; ++piece)
        if (it.peer.pieces().has(piece_index(piece))) shown.push_back(piece);
    for (std::size_t i = 0; i < 3; ++i) t.says(it, wire::have{shown[i]});
    BOOST_TEST(it.peer.pieces().count() == 9u);
    t.asks(it, {wire::test::block(shown[3], 0), wire::test::block(shown[3], 1)});
    t.run(1s);
    BOOST_TEST(it.peer.pieces().all());
}

BOOST_AUTO_TEST_CASE(one_that_leaves_before_it_tells_of_the_last_piece_counts) {
    counting_town t;
    std::vector<guest*> all;
    for (unsigned i = 0; i < 4; ++i) all.push_back(&t.fetches(char('a' + i), neighbour(2 + i), 3));
    for (auto* each : all) {
        for (std::uint32_t piece = 0; piece < 9; ++piece) t.says(*each, wire::have{piece});
        t.leaves(*each);
    }
    t.run(20s);
    BOOST_TEST(t.complete() == 4u);
}

BOOST_AUTO_TEST_CASE(one_that_leaves_with_two_pieces_missing_does_not_count) {
    counting_town t;
    std::vector<guest*> all;
    for (unsigned i = 0; i < 4; ++i) all.push_back(&t.fetches(char('a' + i), neighbour(2 + i), 3));
    for (auto* each : all) {
        for (std::uint32_t piece = 0; piece < 8; ++piece) t.says(*each, wire::have{piece});
        t.leaves(*each);
    }
    t.run(20s);
    BOOST_TEST(t.complete() == 0u);
}

BOOST_AUTO_TEST_CASE(a_block_that_another_peer_was_given_meanwhile_proves_nothing) {
    counting_town t;
    t.lives('a', home_of(neighbour(2)), all_pieces(), false, false);
    auto& accomplice = t.fetches('b', neighbour(3), 0);
    t.comes('a', neighbour(2), all_pieces());
    t.run(100ms, 10ms);
    auto* liar = t.resident_at(home_of(neighbour(2)));
    BOOST_REQUIRE(liar);
    t.unchokes(*liar);
    const auto question = liar->peer.take_requests(limits::block_bytes);
    BOOST_REQUIRE(question.size() == 1u);
    t.asks(accomplice, question);
    liar->peer.send_blocks(t.now, wire::test::framed(question), question);
    t.moves_out(home_of(neighbour(2)));
    t.lives('a', home_of(neighbour(2)), all_pieces());
    t.settle();
    BOOST_TEST(liar->left);
    BOOST_TEST(t.complete() == 0u);
    t.run(20s);  // it is asked for another
    BOOST_TEST(t.complete() == 1u);
}

BOOST_AUTO_TEST_CASE(another_process_of_this_machine_is_no_other_machine) {
    counting_town t;
    t.machines().set_own({neighbour(1).address});
    t.is_complete(t.fetches('a', neighbour(1), 10));
    BOOST_TEST(t.swarm.completed_machines() == 0u);
}

BOOST_AUTO_TEST_CASE(without_a_count_no_peer_is_asked_for_a_proof) {
    town t(all_pieces());
    t.lives('a', home_of(neighbour(2)), all_pieces());
    t.comes('a', neighbour(2), all_pieces());
    t.run(200ms);
    BOOST_TEST(t.swarm.completed_machines() == 1u);
    BOOST_TEST(t.calls.empty());
}

BOOST_AUTO_TEST_SUITE_END()
