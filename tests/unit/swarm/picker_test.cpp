#include "swarm/picker.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <set>
#include <sstream>

#include "vocabulary.hpp"

using namespace bt;
using namespace bt::swarm;

namespace {

constexpr std::uint32_t block = limits::block_bytes;
constexpr std::size_t plenty = 1024 * limits::MiB;

torrent::geometry shape_of(std::uint32_t piece_count, std::uint32_t blocks_each) {
    return *torrent::geometry::make(std::uint64_t{piece_count} * blocks_each * block, blocks_each * block);
}

bool nothing(const block_range&) { return false; }

/// "3.0 3.1": the first two blocks of piece 3.
std::string text(const std::vector<block_range>& ranges) {
    std::ostringstream out;
    for (const auto& range : ranges)
        out << (out.tellp() > 0 ? " " : "") << range.piece.value() << '.' << range.offset / block;
    return out.str();
}

/// What a peer sends for a range: bytes that say where they belong.
bytes payload(const block_range& range, std::uint8_t salt = 0) {
    bytes data(range.length);
    for (std::uint32_t i = 0; i < range.length; ++i)
        data[i] = static_cast<std::uint8_t>(range.piece.value() * 31 + (range.offset + i) / 7 + salt);
    return data;
}

picker::arrival arrive(picker& p, const block_range& range, std::uint64_t from = 1) {
    return p.arrived(range, payload(range), connection_id(from));
}

/// A picker of an empty torrent directory, and the peers it asks.
struct fetch {
    torrent::geometry shape;
    picker pick;
    explicit fetch(const torrent::geometry& g, std::size_t budget = plenty, std::uint64_t seed = 1)
        : shape(g), pick(g, torrent::piece_set(g.piece_count()), rng(seed), budget) {}

    std::vector<block_range> ask(std::string_view theirs, std::size_t count) {
        return pick.pick(pieces(theirs), count, nothing);
    }
    /// Takes the whole piece and says that it is right.
    void finish(const std::vector<block_range>& ranges) {
        for (const auto& range : ranges)
            if (arrive(pick, range).piece_whole) {
                pick.take_piece(range.piece);
                pick.verified(range.piece);
            }
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(picker_test)

BOOST_AUTO_TEST_CASE(the_rarest_piece_is_started_first) {
    fetch f(shape_of(4, 1));
    join(f.pick.peers(), {"####",  //
                          "##.#",  //
                          "#..#",  //
                          "#..."});
    BOOST_TEST(text(f.ask("####", 4)) == "2.0 1.0 3.0 0.0");
}

BOOST_AUTO_TEST_CASE(a_started_piece_is_asked_to_its_end_before_another_is_started) {
    fetch f(shape_of(3, 4));
    join(f.pick.peers(), {"###",  //
                          ".##",  //
                          "..#"});
    BOOST_TEST(text(f.ask("###", 3)) == "0.0 0.1 0.2");
    // it has become the most common, and still comes first
    join(f.pick.peers(), {"#..", "#..", "#.."});
    BOOST_TEST(text(f.ask("###", 3)) == "0.3 1.0 1.1");
    BOOST_TEST(text(f.ask("###", 9)) == "1.2 1.3 2.0 2.1 2.2 2.3");
}

BOOST_AUTO_TEST_CASE(a_peer_without_the_started_piece_starts_another) {
    fetch f(shape_of(3, 4));
    join(f.pick.peers(), {"###", "..#"});
    f.pick.set_sequential(true);
    BOOST_TEST(text(f.ask("###", 2)) == "0.0 0.1");
    BOOST_TEST(text(f.ask("..#", 2)) == "2.0 2.1");
    BOOST_TEST(text(f.ask("###", 5)) == "0.2 0.3 2.2 2.3 1.0");
    BOOST_TEST(f.pick.started() == 3u);
    BOOST_TEST(f.pick.is_started(piece_index(1)));
}

BOOST_AUTO_TEST_CASE(a_peer_with_nothing_we_need_is_asked_nothing) {
    fetch f(shape_of(3, 2));
    join(f.pick.peers(), {"#.."});
    BOOST_TEST(f.ask("...", 5).empty());
    BOOST_TEST(f.ask("#..", 0).empty());
    BOOST_TEST(text(f.ask("#..", 5)) == "0.0 0.1");
    BOOST_TEST(f.ask("#..", 5).empty());
}

BOOST_AUTO_TEST_CASE(sequential_goes_by_index) {
    fetch f(shape_of(4, 1));
    join(f.pick.peers(), {"####",  //
                          "##..",  //
                          "#..."});
    f.pick.set_sequential(true);
    BOOST_TEST(text(f.ask("####", 2)) == "0.0 1.0");
    f.pick.set_sequential(false);
    join(f.pick.peers(), {"..#."});
    BOOST_TEST(text(f.ask("####", 2)) == "3.0 2.0");
}

BOOST_AUTO_TEST_CASE(no_block_is_asked_twice_before_the_end_game) {
    const auto shape = shape_of(40, 5);
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        fetch f(shape, plenty, seed);
        rng random(seed);
        std::vector<torrent::piece_set> peers(6, torrent::piece_set(40));
        for (std::uint32_t i = 0; i < 40; ++i) peers[random.below(6)].insert(piece_index(i));
        for (auto& peer : peers) {
            for (std::uint32_t i = 0; i < 40; ++i)
                if (random.chance(0.4)) peer.insert(piece_index(i));
            f.pick.peers().add(peer);
        }
        std::set<block_range> asked;
        while (asked.size() < 200) {
            BOOST_REQUIRE(!f.pick.in_end_game());
            const auto& peer = peers[random.below(6)];
            const auto count = std::min<std::size_t>(1 + random.below(9), 200 - asked.size());
            for (const auto& range : f.pick.pick(peer, count, nothing)) {
                BOOST_REQUIRE(peer.has(range.piece));
                BOOST_REQUIRE_MESSAGE(asked.insert(range).second, "seed " << seed);
            }
        }
        BOOST_TEST(f.pick.in_end_game());
    }
}

BOOST_AUTO_TEST_CASE(the_end_game_asks_a_block_from_four_peers_at_most_and_never_twice_from_one) {
    fetch f(shape_of(2, 3));
    std::map<int, std::set<block_range>> owed;
    const auto ask = [&](int peer, std::size_t count) {
        const auto got = f.pick.pick(pieces("##"), count,
                                     [&](const block_range& range) { return owed[peer].contains(range); });
        for (const auto& range : got) BOOST_TEST(owed[peer].insert(range).second);
        return got.size();
    };
    BOOST_TEST(ask(1, 100) == 6u);
    BOOST_TEST(f.pick.in_end_game());
    BOOST_TEST(ask(1, 100) == 0u);
    BOOST_TEST(ask(2, 4) == 4u);
    BOOST_TEST(ask(2, 100) == 2u);
    BOOST_TEST(ask(3, 100) == 6u);
    BOOST_TEST(ask(4, 100) == 6u);
    BOOST_TEST(ask(5, 100) == 0u);
    // a place that was given back is taken by another
    f.pick.lost(*owed[3].begin());
    BOOST_TEST(ask(5, 100) == 1u);
    BOOST_TEST(ask(6, 100) == 0u);
    // what has arrived is asked from nobody
    const auto first = *owed[1].begin();
    const auto arrival = arrive(f.pick, first, 2);
    BOOST_TEST(arrival.fresh);
    BOOST_TEST(arrival.others_asked);
    BOOST_TEST(ask(7, 100) == 0u);
    BOOST_TEST(!arrive(f.pick, first, 3).fresh);
}

BOOST_AUTO_TEST_CASE(the_end_game_asks_a_peer_only_for_what_it_has) {
    fetch f(shape_of(2, 2));
    BOOST_TEST(f.ask("##", 4).size() == 4u);
    f.pick.set_sequential(true);
    BOOST_TEST(text(f.ask(".#", 4)) == "1.0 1.1");
}

BOOST_AUTO_TEST_CASE(the_end_game_ends_when_a_block_is_lost) {
    fetch f(shape_of(2, 2));
    const auto asked = f.ask("##", 4);
    BOOST_TEST(f.pick.in_end_game());
    f.pick.lost(asked[3]);
    BOOST_TEST(!f.pick.in_end_game());
    BOOST_TEST(text(f.ask("##", 1)) == text({asked[3]}));
    BOOST_TEST(f.pick.in_end_game());
}

BOOST_AUTO_TEST_CASE(lost_blocks_are_asked_again_first) {
    fetch f(shape_of(4, 3));
    f.pick.set_sequential(true);
    BOOST_TEST(text(f.ask("####", 4)) == "0.0 0.1 0.2 1.0");
    f.pick.lost(f.shape.block(piece_index(0), block_index(1)));
    BOOST_TEST(text(f.ask("####", 2)) == "0.1 1.1");
    f.pick.lost(f.shape.block(piece_index(0), block_index(2)));
    f.pick.lost(f.shape.block(piece_index(0), block_index(0)));
    BOOST_TEST(text(f.ask("####", 4)) == "0.0 0.2 1.2 2.0");
}

BOOST_AUTO_TEST_CASE(a_lost_block_of_a_younger_piece_comes_before_the_rest_of_an_older_one) {
    fetch f(shape_of(4, 3));
    f.pick.set_sequential(true);
    BOOST_TEST(text(f.ask("###.", 1)) == "0.0");
    BOOST_TEST(text(f.ask(".##.", 2)) == "1.0 1.1");
    f.pick.lost(f.shape.block(piece_index(1), block_index(0)));
    BOOST_TEST(text(f.ask("###.", 2)) == "1.0 1.2");
    BOOST_TEST(text(f.ask("###.", 2)) == "0.1 0.2");
}

BOOST_AUTO_TEST_CASE(losing_what_was_not_asked_or_has_arrived_changes_nothing) {
    fetch f(shape_of(2, 2));
    f.pick.set_sequential(true);
    f.pick.lost(f.shape.block(piece_index(0), block_index(0)));
    f.pick.lost({piece_index(0), 5, 7});
    const auto asked = f.ask("##", 1);
    f.pick.lost(f.shape.block(piece_index(0), block_index(1)));
    BOOST_TEST(arrive(f.pick, asked[0]).fresh);
    f.pick.lost(asked[0]);
    BOOST_TEST(text(f.ask("##", 3)) == "0.1 1.0 1.1");
}

BOOST_AUTO_TEST_CASE(a_piece_is_whole_with_its_last_block_and_tells_who_gave_it) {
    fetch f(shape_of(1, 3));
    const auto asked = f.ask("#", 3);
    BOOST_TEST(!arrive(f.pick, asked[2], 7).piece_whole);
    BOOST_TEST(!arrive(f.pick, asked[0], 8).piece_whole);
    const auto last = arrive(f.pick, asked[1], 7);
    BOOST_TEST(last.piece_whole);
    BOOST_TEST(!last.others_asked);
    const auto whole = f.pick.take_piece(piece_index(0));
    BOOST_TEST((whole.from == std::vector{connection_id(7), connection_id(8)}));
    bytes expected;
    for (const auto& range : asked) {
        const auto data = payload(range);
        expected.insert(expected.end(), data.begin(), data.end());
    }
    BOOST_TEST(whole.data.size() == expected.size());
    BOOST_TEST(std::equal(expected.begin(), expected.end(), whole.data.data()));
    BOOST_TEST(f.pick.started() == 0u);
    BOOST_TEST(!f.pick.is_complete());
    BOOST_TEST(f.ask("#", 3).empty());  // being written
    f.pick.verified(piece_index(0));
    BOOST_TEST(f.pick.is_complete());
    BOOST_TEST(picture(f.pick.have()) == "#");
}

BOOST_AUTO_TEST_CASE(a_block_that_comes_late_or_unasked_is_kept_and_not_asked_again) {
    fetch f(shape_of(2, 3));
    f.pick.set_sequential(true);
    const auto asked = f.ask("##", 1);
    f.pick.lost(asked[0]);
    BOOST_TEST(arrive(f.pick, asked[0]).fresh);
    BOOST_TEST(arrive(f.pick, f.shape.block(piece_index(0), block_index(2))).fresh);
    BOOST_TEST(text(f.ask("##", 2)) == "0.1 1.0");
    // of a piece nobody started nothing is kept
    BOOST_TEST(arrive(f.pick, f.shape.block(piece_index(1), block_index(1))).fresh);
    fetch g(shape_of(2, 3));
    BOOST_TEST(!arrive(g.pick, g.shape.block(piece_index(1), block_index(1))).fresh);
}

BOOST_AUTO_TEST_CASE(what_is_not_exactly_a_block_is_not_kept) {
    fetch f(shape_of(1, 2));
    const auto asked = f.ask("#", 2);
    BOOST_TEST(!arrive(f.pick, {piece_index(0), 0, block / 2}).fresh);
    BOOST_TEST(!arrive(f.pick, {piece_index(0), 100, block}).fresh);
    BOOST_TEST(!f.pick.arrived(asked[0], bytes(block - 1), connection_id(1)).fresh);
    BOOST_TEST(!f.pick.arrived(asked[0], bytes(block + 1), connection_id(1)).fresh);
    BOOST_TEST(arrive(f.pick, asked[0]).fresh);
}

BOOST_AUTO_TEST_CASE(the_last_piece_and_the_last_block_may_be_short) {
    // two pieces of 2½ blocks, and one of a block and a byte
    const auto shape =
        *torrent::geometry::make(2 * (2 * block + block / 2) + block + 1, 2 * block + block / 2);
    fetch f(shape);
    f.pick.set_sequential(true);
    const auto asked = f.ask("###", 100);
    BOOST_TEST(text(asked) == "0.0 0.1 0.2 1.0 1.1 1.2 2.0 2.1");
    std::vector<std::uint32_t> lengths;
    for (const auto& range : asked) lengths.push_back(range.length);
    BOOST_TEST(lengths == (std::vector{block, block, block / 2, block, block, block / 2, block, 1u}));
    BOOST_TEST(arrive(f.pick, asked[7]).fresh);
    BOOST_TEST(arrive(f.pick, asked[6]).piece_whole);
    BOOST_TEST(f.pick.take_piece(piece_index(2)).data.size() == block + 1);
}

BOOST_AUTO_TEST_CASE(a_failed_piece_is_fetched_again) {
    fetch f(shape_of(2, 2));
    f.pick.set_sequential(true);
    for (const auto& range : f.ask("##", 2)) arrive(f.pick, range);
    f.pick.take_piece(piece_index(0));
    BOOST_TEST(text(f.ask("##", 1)) == "1.0");
    f.pick.failed(piece_index(0));
    BOOST_TEST(text(f.ask("##", 3)) == "1.1 0.0 0.1");
    f.finish({f.shape.block(piece_index(0), block_index(0)), f.shape.block(piece_index(0), block_index(1))});
    BOOST_TEST(picture(f.pick.have()) == "#.");
}

BOOST_AUTO_TEST_CASE(only_wanted_pieces_are_asked_for) {
    fetch f(shape_of(5, 1));
    f.pick.set_sequential(true);
    f.pick.set_wanted(pieces(".#.#."));
    BOOST_TEST(text(f.ask("#####", 9)) == "1.0 3.0");
    BOOST_TEST(f.pick.in_end_game());
    f.finish({f.shape.block(piece_index(1), block_index(0))});
    BOOST_TEST(!f.pick.is_complete());
    f.finish({f.shape.block(piece_index(3), block_index(0))});
    BOOST_TEST(f.pick.is_complete());
    BOOST_TEST(f.ask("#####", 9).empty());
    f.pick.set_wanted(pieces("##..#"));
    BOOST_TEST(!f.pick.is_complete());
    BOOST_TEST(text(f.ask("#####", 9)) == "0.0 4.0");
}

BOOST_AUTO_TEST_CASE(a_started_piece_that_is_no_longer_wanted_is_dropped) {
    fetch f(shape_of(2, 3), 3 * block);
    f.pick.set_sequential(true);
    const auto asked = f.ask("##", 2);
    arrive(f.pick, asked[0]);
    f.pick.set_wanted(pieces(".#"));
    BOOST_TEST(f.pick.started() == 0u);
    BOOST_TEST(!arrive(f.pick, asked[1]).fresh);
    BOOST_TEST(text(f.ask("##", 9)) == "1.0 1.1 1.2");  // there is memory for it
    f.pick.set_wanted(pieces("#."));
    BOOST_TEST(text(f.ask("##", 9)) == "0.0 0.1 0.2");
}

BOOST_AUTO_TEST_CASE(a_piece_at_the_disk_stays_there_when_wishes_change) {
    fetch f(shape_of(2, 1));
    f.pick.set_sequential(true);
    arrive(f.pick, f.ask("##", 1)[0]);
    f.pick.take_piece(piece_index(0));
    f.pick.set_wanted(pieces(".#"));
    f.pick.set_wanted(pieces("#."));
    BOOST_TEST(f.ask("##", 9).empty());
    f.pick.verified(piece_index(0));
    BOOST_TEST(f.pick.is_complete());
    // one that fails while nobody wants it waits until somebody does
    f.pick.set_wanted(pieces(".#"));
    arrive(f.pick, f.ask("##", 1)[0]);
    f.pick.take_piece(piece_index(1));
    f.pick.set_wanted(pieces("#."));
    f.pick.failed(piece_index(1));
    BOOST_TEST(f.ask("##", 9).empty());
    f.pick.set_wanted(pieces("##"));
    BOOST_TEST(text(f.ask("##", 9)) == "1.0");
}

BOOST_AUTO_TEST_CASE(what_is_on_disk_already_is_not_asked_for) {
    const auto shape = shape_of(4, 1);
    picker p(shape, pieces("#.#."), rng(1), plenty);
    p.set_sequential(true);
    BOOST_TEST(text(p.pick(pieces("####"), 9, nothing)) == "1.0 3.0");
    // found on disk after all, whatever state it was in
    p.verified(piece_index(1));
    BOOST_TEST(p.started() == 1u);
    BOOST_TEST(!arrive(p, shape.block(piece_index(1), block_index(0))).fresh);
    p.verified(piece_index(3));
    BOOST_TEST(p.is_complete());
    BOOST_TEST(picker(shape, pieces("####"), rng(1), plenty).is_complete());
    BOOST_TEST(!picker(shape, pieces("####"), rng(1), plenty).in_end_game());
}

BOOST_AUTO_TEST_CASE(an_empty_torrent_is_complete) {
    const auto shape = *torrent::geometry::make(0, block);
    picker p(shape, torrent::piece_set(0), rng(1), plenty);
    BOOST_TEST(p.is_complete());
    BOOST_TEST(!p.is_interesting(torrent::piece_set(0)));
    BOOST_TEST(p.pick(torrent::piece_set(0), 5, nothing).empty());
}

BOOST_AUTO_TEST_CASE(a_peer_is_interesting_when_it_has_something_we_still_want) {
    struct {
        std::string_view have, wanted, theirs;
        bool interesting;
    } const table[] = {
        {"....", "####", "....", false},  //
        {"....", "####", "...#", true},   //
        {"##..", "####", "##..", false},  //
        {"##..", "####", "#.#.", true},   //
        {"####", "####", "####", false},  //
        {"....", "##..", "..##", false},  //
        {"....", "##..", ".###", true},   //
        {"##..", "##..", "####", false},  // complete as we want it
        {"#...", "##..", "####", true},   //
        {"#...", "##..", "#.##", false},
    };
    for (const auto& row : table) {
        picker p(shape_of(4, 1), pieces(row.have), rng(1), plenty);
        p.set_wanted(pieces(row.wanted));
        BOOST_TEST(p.is_interesting(pieces(row.theirs)) == row.interesting,
                   row.have << " wants " << row.wanted << " of " << row.theirs);
    }
    // of a peer that has told nothing yet nothing is known
    BOOST_TEST(!fetch(shape_of(4, 1)).pick.is_interesting(torrent::piece_set()));
}

BOOST_AUTO_TEST_CASE(a_piece_on_its_way_stays_interesting_until_it_is_verified) {
    fetch f(shape_of(1, 1));
    const auto asked = f.ask("#", 1);
    BOOST_TEST(f.pick.is_interesting(pieces("#")));
    arrive(f.pick, asked[0]);
    f.pick.take_piece(piece_index(0));
    BOOST_TEST(f.pick.is_interesting(pieces("#")));
    f.pick.verified(piece_index(0));
    BOOST_TEST(!f.pick.is_interesting(pieces("#")));
}

BOOST_AUTO_TEST_CASE(no_more_pieces_are_started_than_the_memory_holds) {
    fetch f(shape_of(10, 4), 12 * block);
    f.pick.set_sequential(true);
    const auto asked = f.ask("##########", 100);
    BOOST_TEST(asked.size() == 12u);
    BOOST_TEST(f.pick.started() == 3u);
    BOOST_TEST(!f.pick.in_end_game());
    // a piece that leaves makes room for one
    f.finish({asked.begin(), asked.begin() + 4});
    BOOST_TEST(text(f.ask("##########", 100)) == "3.0 3.1 3.2 3.3");
}

BOOST_AUTO_TEST_CASE(one_piece_is_fetched_however_large_it_is) {
    fetch f(shape_of(3, 4), block);
    BOOST_TEST(f.ask("###", 100).size() == 4u);
    BOOST_TEST(f.pick.started() == 1u);
}

BOOST_AUTO_TEST_CASE(a_stuck_piece_gives_its_memory_to_a_peer_that_can_go_on) {
    fetch f(shape_of(4, 2), 4 * block);
    f.pick.set_sequential(true);
    const auto first = f.ask("##..", 4);
    BOOST_TEST(text(first) == "0.0 0.1 1.0 1.1");
    BOOST_TEST(f.ask("..##", 9).empty());  // everything is on its way
    arrive(f.pick, first[0]);
    f.pick.lost(first[1]);  // the only one who had piece 0 has left
    BOOST_TEST(text(f.ask("..##", 9)) == "2.0 2.1");
    BOOST_TEST(f.pick.started() == 2u);
    BOOST_TEST(!f.pick.is_started(piece_index(0)));
    BOOST_TEST(!f.pick.in_end_game());  // it is to be fetched again, from its beginning
    f.finish(f.ask("..##", 9));
    f.finish({f.shape.block(piece_index(2), block_index(0)), f.shape.block(piece_index(2), block_index(1))});
    BOOST_TEST(text(f.ask("##..", 9)) == "0.0 0.1");
}

BOOST_AUTO_TEST_CASE(a_stuck_piece_stays_when_this_peer_can_finish_it) {
    fetch f(shape_of(3, 2), 2 * block);
    f.pick.set_sequential(true);
    const auto first = f.ask("#..", 2);
    arrive(f.pick, first[0]);
    f.pick.lost(first[1]);
    BOOST_TEST(text(f.ask("###", 9)) == "0.1");
}

BOOST_AUTO_TEST_CASE(short_last_pieces_do_not_stretch_the_memory) {
    // pieces of 4 blocks, the last of one
    const auto shape = *torrent::geometry::make(13 * block, 4 * block);
    fetch f(shape, 8 * block);
    f.pick.set_sequential(true);
    BOOST_TEST(text(f.ask("...#", 9)) == "3.0");
    const auto asked = f.ask("#...", 9);
    BOOST_TEST(text(asked) == "0.0 0.1 0.2 0.3");
    f.pick.lost(shape.block(piece_index(3), block_index(0)));
    for (const auto& range : asked) f.pick.lost(range);
    // one block and four are stuck; one piece of four more fits beside four
    BOOST_TEST(text(f.ask(".#..", 1)) == "1.0");
    std::size_t held = 0;
    for (std::uint32_t i = 0; i < 4; ++i)
        if (f.pick.is_started(piece_index(i))) held += shape.piece_size(piece_index(i));
    BOOST_TEST(held <= 8 * block);
}

BOOST_AUTO_TEST_CASE(when_the_memory_is_full_the_last_blocks_of_a_piece_are_asked_from_a_second_peer) {
    // a slow peer must not hold up the others: 2 pieces of 32 blocks fit
    fetch f(shape_of(4, 32), 64 * block);
    f.pick.set_sequential(true);
    const auto slow = f.ask("####", 2);
    const auto fast = f.ask("####", 62);
    const auto owes_fast = [&](const block_range& r) {
        return std::find(fast.begin(), fast.end(), r) != fast.end();
    };
    BOOST_TEST(f.pick.pick(pieces("####"), 9, owes_fast).empty());
    for (std::size_t i = 0; i < 29; ++i) arrive(f.pick, fast[i]);
    BOOST_TEST(f.pick.pick(pieces("####"), 9, owes_fast).empty());
    arrive(f.pick, fast[29]);
    BOOST_TEST(text(f.pick.pick(pieces("####"), 9, owes_fast)) == "0.0 0.1");
    BOOST_TEST(f.ask("####", 9).empty());  // two peers are enough
    BOOST_TEST(arrive(f.pick, slow[0]).others_asked);
    f.finish({slow[1]});
    BOOST_TEST(f.pick.pick(pieces("####"), 2, owes_fast).size() == 2u);
    BOOST_TEST(f.pick.is_started(piece_index(2)));
}

BOOST_AUTO_TEST_CASE(a_swarm_where_everything_goes_wrong_still_ends_complete) {
    const auto shape = *torrent::geometry::make(29 * 3 * block + 1'000, 3 * block);
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        rng random(seed);
        const std::size_t budget = (3 + random.below(20)) * block;
        fetch f(shape, budget, seed);
        struct peer {
            torrent::piece_set has;
            std::vector<block_range> owes;
        };
        std::vector<peer> peers(5, peer{torrent::piece_set(30), {}});
        for (auto& each : peers) {
            for (std::uint32_t i = 0; i < 30; ++i)
                if (random.chance(0.5)) each.has.insert(piece_index(i));
            f.pick.peers().add(each.has);
        }
        std::set<piece_index> at_disk;
        int steps = 0;
        for (; !f.pick.is_complete() && steps < 100'000; ++steps) {
            auto& each = peers[random.below(peers.size())];
            switch (random.below(10)) {
                case 0: {  // a peer that leaves, and comes back with all of it
                    if (!random.chance(0.1)) break;
                    for (const auto& range : each.owes) f.pick.lost(range);
                    f.pick.peers().remove(each.has);
                    each = peer{torrent::piece_set(30, true), {}};
                    f.pick.peers().add(each.has);
                    break;
                }
                case 1:
                    if (!each.owes.empty()) f.pick.lost(each.owes.back()), each.owes.pop_back();
                    break;
                case 2:
                    if (at_disk.empty()) break;
                    if (random.chance(0.3))
                        f.pick.failed(*at_disk.begin());
                    else
                        f.pick.verified(*at_disk.begin());
                    at_disk.erase(at_disk.begin());
                    break;
                case 3:
                case 4:
                case 5: {
                    const auto owes = [&](const block_range& range) {
                        return std::find(each.owes.begin(), each.owes.end(), range) != each.owes.end();
                    };
                    const auto was_last = f.pick.in_end_game();
                    for (const auto& range : f.pick.pick(each.has, 1 + random.below(6), owes)) {
                        BOOST_REQUIRE(each.has.has(range.piece));
                        if (was_last) BOOST_REQUIRE_MESSAGE(!owes(range), "seed " << seed);
                        each.owes.push_back(range);
                    }
                    std::size_t held = 0;
                    for (std::uint32_t i = 0; i < 30; ++i)
                        if (f.pick.is_started(piece_index(i))) held += shape.piece_size(piece_index(i));
                    BOOST_REQUIRE_MESSAGE(held <= budget, "seed " << seed);
                    break;
                }
                default: {
                    if (each.owes.empty()) break;
                    const auto at =
                        each.owes.begin() + static_cast<std::ptrdiff_t>(random.below(each.owes.size()));
                    const auto range = *at;
                    each.owes.erase(at);
                    const auto arrival = arrive(f.pick, range);
                    if (!arrival.piece_whole) break;
                    const auto whole = f.pick.take_piece(range.piece);
                    BOOST_REQUIRE(whole.data.size() == shape.piece_size(range.piece));
                    const auto data = payload({range.piece, 0, shape.piece_size(range.piece)});
                    BOOST_REQUIRE(std::equal(data.begin(), data.end(), whole.data.data()));
                    at_disk.insert(range.piece);
                }
            }
        }
        BOOST_TEST(f.pick.is_complete(), "seed " << seed);
        BOOST_TEST(f.pick.started() == 0u);
        BOOST_TEST(f.pick.have().all());
    }
}

BOOST_AUTO_TEST_SUITE_END()
