// What must hold of the choker over any snapshot, and over many rounds.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <map>
#include <set>

#include "swarm/choker.hpp"

using namespace bt;
using namespace bt::swarm;

namespace {

bool has(const std::vector<connection_id>& ids, connection_id id) {
    return std::find(ids.begin(), ids.end(), id) != ids.end();
}

std::vector<choke_candidate> any_snapshot(rng& random) {
    std::vector<choke_candidate> peers(static_cast<std::size_t>(random.below(40)));
    for (std::uint64_t i = 0; i < peers.size(); ++i) {
        auto& peer = peers[i];
        peer.id = connection_id(i);
        peer.near = random.chance(0.4);
        peer.interested = random.chance(0.8);
        peer.snubbing = random.chance(0.3);
        peer.unchoked = random.chance(0.4);
        peer.optimistic = peer.unchoked && random.chance(0.2);
        peer.freeloads = random.chance(0.2);
        peer.gives = random.below(5);
        peer.takes = random.below(3);
        peer.taken = random.below(200);
        peer.owes = random.below(200);
        peer.passes_on = random.unit();
        peer.connected = 1s * random.below(200);
        peer.unchoked_for = std::min<duration>(peer.connected, 1s * random.below(40));
    }
    return peers;
}

choke_policy any_policy(rng& random) {
    return {static_cast<std::size_t>(random.below(6)),
            static_cast<std::size_t>(random.below(6)),
            random.chance(0.5),
            random.chance(0.5),
            random.chance(0.3),
            random.below(3) * 75};
}

/// A seed and those who want from it: rounds of ten seconds, as the swarm runs them.
struct seed_with {
    std::vector<choke_candidate> peers;
    choke_policy policy{.far_slots = 4, .seeding = true, .turn = 1'000};
    std::map<connection_id, int> rounds_served{};
    rng random{1};

    void round(int number) {
        policy.rotate = number % 3 == 0;
        const auto decision = decide_unchokes(peers, policy, random);
        for (auto& peer : peers) {
            const bool give = has(decision.unchoke, peer.id);
            if (give != peer.unchoked) {
                peer.unchoked_for = {};
                if (give) peer.taken = 0;
            }
            peer.unchoked = give;
            peer.optimistic = has(decision.optimistic, peer.id);
            rounds_served[peer.id] += give;
            if (give) peer.taken += 10 * peer.takes;
            peer.unchoked_for += 10s;
            peer.connected += 10s;
        }
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(choker_rounds_test)

BOOST_AUTO_TEST_CASE(of_any_snapshot) {
    for (std::uint64_t seed = 1; seed <= 5'000; ++seed) {
        rng random(seed);
        const auto peers = any_snapshot(random);
        const auto policy = any_policy(random);
        auto luck = random, again = random;
        const auto decision = decide_unchokes(peers, policy, luck);
        BOOST_TEST_CONTEXT("seed " << seed) {
            // the same luck, the same decision
            BOOST_TEST((decide_unchokes(peers, policy, again).unchoke == decision.unchoke));
            // everybody once, and the optimistic ones are of them
            const std::set<connection_id> once(decision.unchoke.begin(), decision.unchoke.end());
            BOOST_TEST(once.size() == decision.unchoke.size());
            for (auto id : decision.optimistic) BOOST_TEST(once.contains(id));
            for (const bool near : {true, false}) {
                const auto slots = near ? policy.near_slots : policy.far_slots;
                std::size_t given = 0, settled = 0, want = 0, optimistic = 0, settled_optimistic = 0;
                bool waits = false, returns = false;
                for (const auto& peer : peers) {
                    if (peer.near != near) continue;
                    const bool gets = once.contains(peer.id);
                    // who gives keeps its place while it wants nothing
                    const bool counts =
                        peer.interested || (!policy.seeding && !peer.snubbing && peer.gives > 0);
                    const bool stays = counts && (peer.interested || !peer.optimistic) && peer.unchoked &&
                                       slots > 0 && (policy.keep || peer.unchoked_for < least_tenure);
                    const bool just_choked = !peer.unchoked && peer.unchoked_for < least_tenure &&
                                             peer.unchoked_for < peer.connected;
                    given += gets;
                    want += peer.interested;
                    settled += stays;
                    settled_optimistic += stays && peer.optimistic;
                    optimistic += has(decision.optimistic, peer.id);
                    BOOST_TEST((!gets || counts));
                    BOOST_TEST((!stays || gets));
                    returns = returns || (gets && just_choked);
                    // of those we download from, one that snubs us or gives nothing might not have had it
                    waits = waits || (!gets && peer.interested && !peer.unchoked && !just_choked &&
                                      (policy.seeding || (!peer.snubbing && (near || peer.gives > 0) &&
                                                          (near || !peer.freeloads))));
                    if (gets && !stays && peer.snubbing && !policy.seeding)
                        BOOST_TEST(has(decision.optimistic, peer.id));
                }
                if (slots == 0) BOOST_TEST(given == 0u);
                BOOST_TEST(optimistic <= std::max<std::size_t>(2, settled_optimistic));
                BOOST_TEST(given <= slots + 2 + settled);
                if (settled == 0) BOOST_TEST(given <= slots + (policy.seeding ? 1 : 2));
                if (slots > 0) BOOST_TEST(given + 2 * slots + 2 >= std::min(want, slots));
                BOOST_TEST(!(returns && waits));
                // nobody waits beside a free slot
                if (policy.seeding && slots > 0) BOOST_TEST(given >= std::min(want, slots + 1));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_seeds_peers_of_one_kind_are_served_alike) {
    seed_with world;
    for (std::uint64_t i = 0; i < 20; ++i) {
        choke_candidate peer;
        peer.id = connection_id(i);
        peer.interested = true;
        peer.takes = 50;  // a turn is two rounds
        world.peers.push_back(peer);
    }
    for (int i = 0; i < 400; ++i) world.round(i);
    // 400 rounds of five slots for twenty peers
    for (auto [id, rounds] : world.rounds_served) {
        BOOST_TEST(rounds >= 75, id.value() << " " << rounds);
        BOOST_TEST(rounds <= 125, id.value() << " " << rounds);
    }
}

BOOST_AUTO_TEST_CASE(who_passes_on_is_served_more_and_nobody_starves) {
    seed_with world;
    for (std::uint64_t i = 0; i < 20; ++i) {
        choke_candidate peer;
        peer.id = connection_id(i);
        peer.interested = true;
        peer.takes = i == 19 ? 0 : 50;  // one does not even take what it is given
        peer.passes_on = i < 10 ? static_cast<double>(i + 1) / 10 : 0;
        world.peers.push_back(peer);
    }
    for (int i = 0; i < 400; ++i) world.round(i);
    const auto served = [&](std::uint64_t i) { return world.rounds_served[connection_id(i)]; };
    for (std::uint64_t i = 10; i < 19; ++i) {
        BOOST_TEST(served(i) >= 20, i << " " << served(i));
        BOOST_TEST(2 * served(i) <= served(9), i << " " << served(i) << " of " << served(9));
    }
    BOOST_TEST(served(19) <= 100, served(19));  // no more than its part
}

BOOST_AUTO_TEST_CASE(nobody_is_choked_and_unchoked_again_and_again) {
    // slots change hands at most once in ten seconds, though decisions are made every second
    rng random(9);
    std::vector<choke_candidate> peers(12);
    for (std::uint64_t i = 0; i < peers.size(); ++i) {
        peers[i].id = connection_id(i);
        peers[i].interested = true;
        peers[i].connected = peers[i].unchoked_for = 1min;
    }
    for (int second = 0; second < 600; ++second) {
        for (auto& peer : peers) {
            peer.gives = random.below(1'000);  // nobody is steady
            peer.connected += 1s;
            peer.unchoked_for += 1s;
        }
        const auto decision = decide_unchokes(
            peers, {.far_slots = 3, .rotate = second % 30 == 0, .keep = second % 2 == 0}, random);
        for (auto& peer : peers) {
            const bool give = has(decision.unchoke, peer.id);
            if (give != peer.unchoked) {
                BOOST_TEST((peer.unchoked_for >= 10s), second << " " << peer.id.value());
                peer.unchoked_for = {};
            }
            peer.unchoked = give;
            peer.optimistic = has(decision.optimistic, peer.id);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
