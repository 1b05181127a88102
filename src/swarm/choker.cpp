#include "swarm/choker.hpp"

#include <algorithm>

namespace bt::swarm {
namespace {

/// The peer that keeps or gets the optimistic slot, among those without a regular one.
std::optional<connection_id> pick_optimistic(const std::vector<choke_candidate>& rest, bool rotate,
                                             rng& random) {
    if (rest.empty()) return std::nullopt;
    if (!rotate)
        for (const auto& peer : rest)
            if (peer.optimistic) return peer.id;
    if (rest.size() == 1) return rest[0].id;
    // BEP 3: a new connection is three times as likely; whoever has had its turn gives it up
    const auto weight = [](const choke_candidate& peer) {
        return peer.optimistic ? 0u : peer.connected < 60s ? 3u : 1u;
    };
    std::uint64_t sum = 0;
    for (const auto& peer : rest) sum += weight(peer);
    auto draw = random.below(sum);
    for (const auto& peer : rest) {
        if (draw < weight(peer)) return peer.id;
        draw -= weight(peer);
    }
    return rest.back().id;
}

}  // namespace

choke_decision decide_unchokes(std::vector<choke_candidate> peers, const choke_policy& policy, rng& random) {
    std::erase_if(peers, [](const auto& peer) { return !peer.interested; });
    random.shuffle(peers);  // equals in random order
    const auto worth = [&](const choke_candidate& peer) { return policy.seeding ? peer.takes : peer.gives; };
    const auto tenure = [](const choke_candidate& peer) {
        return !peer.unchoked ? 0 : peer.optimistic ? 1 : 2;
    };
    std::stable_sort(peers.begin(), peers.end(), [&](const auto& a, const auto& b) {
        if (policy.keep && a.unchoked != b.unchoked) return a.unchoked;
        if (policy.keep && a.unchoked && a.optimistic != b.optimistic) return b.optimistic;
        const bool a_snubs = a.snubbing && !policy.seeding, b_snubs = b.snubbing && !policy.seeding;
        if (a_snubs != b_snubs) return b_snubs;
        if (worth(a) != worth(b)) return worth(a) > worth(b);
        return tenure(a) > tenure(b);  // no change without a reason
    });
    choke_decision decision;
    std::size_t taken = 0;
    for (; taken < peers.size() && decision.unchoke.size() < policy.slots; ++taken) {
        if (peers[taken].snubbing && !policy.seeding) break;
        decision.unchoke.push_back(peers[taken].id);
    }
    const std::vector<choke_candidate> rest(peers.begin() + static_cast<std::ptrdiff_t>(taken), peers.end());
    decision.optimistic = pick_optimistic(rest, policy.rotate, random);
    if (decision.optimistic) decision.unchoke.push_back(*decision.optimistic);
    return decision;
}

}  // namespace bt::swarm
