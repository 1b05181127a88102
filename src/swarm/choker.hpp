// Which peers to give to: a pure decision on a snapshot of the peers.
//
// Near peers and far ones compete among themselves only: a byte to a neighbour costs no uplink, so neighbours
// have slots of their own and are judged by what the link between us carries. While we download, those that
// give us most get a slot (tit for tat), and keep it while they want nothing for a moment (BEP 3). Over an
// uplink those that give nothing fill up the first four slots only, the one that owes us least first;
// freeloaders none. When we are done, the slots go round: a peer that has had its share makes room for the
// one that has had least, before all for those that pass on what is rare. A slot of which its peer makes no
// use goes to one that waits, and no host has more than half of the slots while others wait, however many
// peers it is; a host that has had none yet comes before the next peer of one that has. A seed's line is
// shared by its connections, each an equal part: so while it gives to several hosts each of them has one
// slot, at once. Peers that read slowly do not use it: with them a seed shares what the others leave of its
// slots, and a quarter more. One optimistic slot in each group (two while all snub us) goes round among the
// rest, so that newcomers can show what they give; a seed's comes more often to those that pass on. A peer
// that was unchoked keeps its slot for ten seconds, and one that was choked does not get it back for ten
// seconds while others wait.
#pragma once

#include <cstdint>
#include <vector>

#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"

namespace bt::swarm {

struct choke_candidate {
    connection_id id;
    bool near = false;
    bool interested = false;  ///< wants something from us
    bool snubbing = false;    ///< owes us blocks and does not answer: no reciprocal slot
    bool unchoked = false;    ///< has a slot now
    bool optimistic = false;  ///< and it is an optimistic one
    bool idle = false;        ///< and it has asked for nothing for a while
    /// It took much while it had what we want, and gave next to nothing for it: has no slot while we
    /// download over an uplink, but for one try in four when the optimistic slot goes round.
    bool freeloads = false;
    /// It does not read what we have for it, for most of the time: the line is not what holds it back.
    bool slow = false;
    std::uint64_t gives = 0;  ///< bytes per second to us
    std::uint64_t takes = 0;  ///< bytes per second from us
    std::uint64_t taken = 0;  ///< bytes from us since it was last unchoked; of a choked one, in its last turn
    std::uint64_t owes = 0;   ///< bytes: what it took in all, less what it gave
    double passes_on = 0;  ///< 0 … 1: of the pieces we gave it that no other had, how many others have by now
    ip_address host{};
    bool host_is_new = false;  ///< none of its peers has had a slot yet
    duration connected{};      ///< for how long
    duration unchoked_for{};   ///< since its slot was given; of a choked one, since it was choked or came
};

struct choke_policy {
    std::size_t near_slots = 16,
                far_slots = 8;  ///< without the optimistic ones; 0: that group is given nothing
    bool seeding = false;
    bool rotate = false;     ///< time for other optimistic peers
    bool keep = false;       ///< between two rounds: free slots are filled, none is taken away
    std::uint64_t turn = 0;  ///< seeding: bytes after which a peer has had its share
};

struct choke_decision {
    std::vector<connection_id> unchoke;     ///< all that have a slot now, the optimistic ones included
    std::vector<connection_id> optimistic;  ///< at most one near and one far, two each while all snub us
};

inline constexpr duration least_tenure = 10s;  ///< no slot is taken away earlier
/// Seeding: a peer too slow to take its share by then has had its turn. One that takes nothing at all has had
/// it at once.
inline constexpr duration longest_turn = 60s;
inline constexpr duration newcomer_time =
    60s;  ///< newer ones are three times as likely to be the optimistic one

/// Those that wait for a seed's slot are served by how long they have waited, times a weight: 1, up to 8 more
/// for passing on, up to 1 more for what was missing of the last turn. So a peer that passes on is served
/// more often, and each at some time.
double seniority(const choke_candidate& waiting, std::uint64_t turn);

choke_decision decide_unchokes(std::vector<choke_candidate> peers, const choke_policy& policy, rng& random);

}  // namespace bt::swarm
