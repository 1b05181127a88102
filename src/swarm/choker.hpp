// Whom to give to: a pure decision on a snapshot of the peers.
//
// While we download, those who give us most get a slot (tit for tat); when we are done, those who take
// fastest, so that copies multiply. One optimistic slot goes round among the rest, so that newcomers can show
// what they give.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/ids.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"

namespace bt::swarm {

struct choke_candidate {
    connection_id id;
    bool interested = false;  ///< wants something from us
    bool snubbing = false;    ///< owes us blocks and does not answer: no reciprocal slot
    bool unchoked = false;    ///< has a slot now
    bool optimistic = false;  ///< and it is the optimistic one
    std::uint64_t gives = 0;  ///< bytes per second to us
    std::uint64_t takes = 0;  ///< bytes per second from us
    duration connected{};     ///< for how long
};

struct choke_policy {
    std::size_t slots = 8;  ///< without the optimistic one
    bool seeding = false;
    bool rotate = false;  ///< time for another optimistic peer
    bool keep = false;    ///< between two rounds: free slots are filled, nobody loses one
};

struct choke_decision {
    std::vector<connection_id> unchoke;  ///< everybody who has a slot now, the optimistic one included
    std::optional<connection_id> optimistic;
};

choke_decision decide_unchokes(std::vector<choke_candidate> peers, const choke_policy& policy, rng& random);

}  // namespace bt::swarm
