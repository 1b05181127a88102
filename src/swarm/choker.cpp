#include "swarm/choker.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>

#include "base/assert.hpp"

namespace bt::swarm {
namespace {

/// While we download over an uplink, peers that give nothing get what others leave of so many slots: enough
/// to begin with, too few to live on. (BEP 3 has four slots in all.)
constexpr std::size_t slots_for_strangers = 4;

/// BEP 3: a peer that gives keeps its slot while it wants nothing for a moment.
bool wastes_its_slot(const choke_candidate& peer) { return peer.idle && peer.gives == 0; }

/// Beside those that read as fast as they can.
std::size_t slots_for_slow(std::size_t slots) { return std::max<std::size_t>(slots / 4, 1); }

bool is_settled(const choke_candidate& peer, const choke_policy& policy) {
    return peer.unchoked && !wastes_its_slot(peer) && (policy.keep || peer.unchoked_for < least_tenure);
}

bool was_just_choked(const choke_candidate& peer) {
    return !peer.unchoked && peer.unchoked_for < least_tenure && peer.unchoked_for < peer.connected;
}

/// Seeding: 1, and up to 8 more for passing on.
double weight_of(const choke_candidate& peer) { return 1 + 8 * peer.passes_on; }

bool had_its_turn(const choke_candidate& peer, std::uint64_t turn) {
    return peer.taken >= turn || peer.takes == 0 || peer.idle || peer.unchoked_for >= longest_turn;
}

/// Where a peer stands in the queue for regular slots. Each kind before the next; inside one the larger worth
/// first.
enum class kind : std::uint8_t {
    keeps,       ///< has a regular slot that is not taken away
    in_turn,     ///< a seed's: has one and has not had its share
    competes,    ///< for what remains
    had_turn,    ///< has one and leaves it to those that wait
    optimistic,  ///< a seed's: has a slot of the other kind and needs none while others wait
    late,        ///< was choked a moment ago
    excluded,
};
using standing =
    std::tuple<kind, double, double, int>;  // kind, worth, worth among equals, whether it has a slot

standing stand_leeching(const choke_candidate& peer, const choke_policy& policy) {
    // no change without a reason: among equals the one that has a slot keeps it
    const int has = !peer.unchoked ? 0 : peer.optimistic ? 1 : 2;
    const auto worth = static_cast<double>(peer.gives);
    const auto cost = peer.gives == 0 ? -static_cast<double>(peer.owes) : 0.0;
    if (is_settled(peer, policy) && !peer.optimistic) return {kind::keeps, worth, cost, has};
    if (peer.snubbing || (peer.freeloads && !peer.near)) return {kind::excluded, worth, cost, has};
    if (peer.unchoked && wastes_its_slot(peer)) return {kind::had_turn, worth, cost, has};
    return {was_just_choked(peer) ? kind::late : kind::competes, worth, cost, has};
}

standing stand_seeding(const choke_candidate& peer, const choke_policy& policy) {
    const auto least_taken = -static_cast<double>(peer.taken);
    if (peer.optimistic) return {kind::optimistic, least_taken, 0, 0};
    if (is_settled(peer, policy)) return {peer.slow ? kind::in_turn : kind::keeps, least_taken, 0, 0};
    if (peer.unchoked)
        return {had_its_turn(peer, policy.turn) ? kind::had_turn : kind::in_turn, least_taken, 0, 0};
    return {was_just_choked(peer) ? kind::late : kind::competes, peer.host_is_new ? 1 : 0,
            seniority(peer, policy.turn), 0};
}

/// Takes the next optimistic peer out of `rest`, which is not empty.
connection_id draw_optimistic(std::vector<choke_candidate>& rest, bool seeding, rng& random) {
    // those that had a slot until now, or a moment ago, only when no other waits
    const auto tier = [&](const choke_candidate& peer) {
        if (seeding && peer.host_is_new) return -1;
        return peer.optimistic ? 2 : peer.unchoked ? 1 : was_just_choked(peer) ? 3 : 0;
    };
    const auto first_tier = tier(*std::min_element(
        rest.begin(), rest.end(), [&](const auto& a, const auto& b) { return tier(a) < tier(b); }));
    const auto weight = [&](const choke_candidate& peer) -> std::uint64_t {
        if (tier(peer) != first_tier) return 0;
        const std::uint64_t newcomer = peer.connected < newcomer_time ? 3 : 1;  // BEP 3's factor
        return newcomer * (seeding ? static_cast<std::uint64_t>(16 * weight_of(peer)) : 1);
    };
    std::uint64_t sum = 0;
    for (const auto& peer : rest) sum += weight(peer);
    auto draw = random.below(sum);
    auto at = rest.begin();
    while (draw >= weight(*at)) draw -= weight(*at++);
    const auto drawn = at->id;
    rest.erase(at);
    return drawn;
}

/// No peer that could give does, and one owes us: more than one must be tried to get out of that.
bool all_snub(const std::vector<choke_candidate>& group) {
    return std::any_of(group.begin(), group.end(), [](const auto& peer) { return peer.snubbing; }) &&
           std::none_of(group.begin(), group.end(),
                        [](const auto& peer) { return !peer.snubbing && peer.gives > 0; });
}

bool is_of_several_hosts(const std::vector<choke_candidate>& group) {
    return std::any_of(group.begin(), group.end(),
                       [&](const auto& peer) { return peer.host != group.front().host; });
}

void decide_group(std::vector<choke_candidate> group, std::size_t slots, const choke_policy& policy,
                  rng& random, choke_decision& decision) {
    if (slots == 0) return;
    if (!policy.seeding)
        for (auto& peer : group) peer.slow = false;
    std::size_t optimistic_places = !policy.seeding && all_snub(group) ? 2 : 1;
    // BEP 3: a peer that gives keeps its claim to a slot while it wants nothing for a moment; else the slot
    // falls to one that waits
    std::erase_if(group, [&](const auto& peer) {
        return !peer.interested && (policy.seeding || peer.snubbing || peer.gives == 0);
    });
    const bool another_chance = policy.rotate && random.chance(0.25);
    if (!policy.seeding && !another_chance)
        std::erase_if(group, [&](const auto& peer) {
            return peer.freeloads && !peer.near && !is_settled(peer, policy);
        });
    random.shuffle(group);  // equals in random order

    std::vector<std::pair<standing, choke_candidate>> queue;
    for (const auto& peer : group)
        queue.emplace_back(policy.seeding ? stand_seeding(peer, policy) : stand_leeching(peer, policy), peer);
    std::stable_sort(queue.begin(), queue.end(), [](const auto& a, const auto& b) {
        const auto& [a_kind, a_worth, a_cost, a_has] = a.first;
        const auto& [b_kind, b_worth, b_cost, b_has] = b.first;
        return std::tuple(a.second.slow, a_kind, b_worth, b_cost, b_has) <
               std::tuple(b.second.slow, b_kind, a_worth, a_cost, a_has);
    });
    std::map<ip_address, std::size_t> held;
    const bool by_host = policy.seeding && is_of_several_hosts(group);
    const auto most_of_one = by_host ? 1 : std::max<std::size_t>(slots / 2, 1);
    std::size_t taken = 0, by_slow = 0;
    for (const bool crowds : {false, true}) {
        if (crowds && by_host) break;
        std::erase_if(queue, [&](const auto& each) {
            const auto& [stands, peer] = each;
            const auto what = std::get<kind>(stands);
            const bool stranger = !policy.seeding && !peer.near && peer.gives == 0;
            const auto places = stranger    ? std::min(slots, slots_for_strangers)
                                : peer.slow ? std::max(slots, taken - by_slow + slots_for_slow(slots))
                                            : slots + by_slow;
            const bool is_one_of_few = crowds || held[peer.host] < most_of_one;
            const bool keeps = what == kind::keeps && (is_one_of_few || !by_host);
            if (!keeps && (what == kind::excluded || taken >= places || !is_one_of_few)) return false;
            decision.unchoke.push_back(peer.id);
            ++held[peer.host];
            ++taken;
            by_slow += peer.slow;
            return true;
        });
    }
    std::vector<choke_candidate> rest;
    for (const auto& [stands, peer] : queue)
        if (peer.interested && !(by_host && held[peer.host] > 0)) rest.push_back(peer);

    const auto give = [&](connection_id id) {
        decision.unchoke.push_back(id);
        decision.optimistic.push_back(id);
        if (optimistic_places > 0) --optimistic_places;
    };
    const auto keep_if = [&](auto&& keeps) {
        std::erase_if(rest, [&](const auto& peer) {
            if (!peer.optimistic || !keeps(peer)) return false;
            give(peer.id);
            return true;
        });
    };
    const bool fast_waits =
        std::any_of(rest.begin(), rest.end(), [](const auto& peer) { return !peer.slow; });
    if (fast_waits) std::erase_if(rest, [](const auto& peer) { return peer.slow; });
    keep_if([&](const auto& peer) { return is_settled(peer, policy); });
    if (!policy.rotate)
        keep_if([&](const auto& peer) { return optimistic_places > 0 && !wastes_its_slot(peer); });
    while (optimistic_places > 0 && !rest.empty()) give(draw_optimistic(rest, policy.seeding, random));
}

}  // namespace

double seniority(const choke_candidate& waiting, std::uint64_t turn) {
    const double missing =
        waiting.taken >= turn ? 0 : 1 - static_cast<double>(waiting.taken) / static_cast<double>(turn);
    return seconds(waiting.unchoked_for) * (weight_of(waiting) + missing);
}

choke_decision decide_unchokes(std::vector<choke_candidate> peers, const choke_policy& policy, rng& random) {
    const auto far = std::partition(peers.begin(), peers.end(), [](const auto& peer) { return peer.near; });
    const auto count = peers.size();
    choke_decision decision;
    decide_group({peers.begin(), far}, policy.near_slots, policy, random, decision);
    decide_group({far, peers.end()}, policy.far_slots, policy, random, decision);
    BT_ASSERT(decision.optimistic.size() <= decision.unchoke.size() && decision.unchoke.size() <= count);
    return decision;
}

}  // namespace bt::swarm
