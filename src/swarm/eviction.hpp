// When every place is taken: which peer makes room for a newcomer. A pure decision.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"

namespace bt::swarm {

/// BEP 40: both ends of a connection compute the same value for it, neither can choose it, so a full swarm
/// stays a random graph, however many addresses a flood comes from. Same family; larger is better. `a` is us
/// as the world sees us; the BEP's text on IPv6 leaves room, so what is deployed counts (libtorrent's masks).
std::uint32_t canonical_priority(const endpoint& a, const endpoint& b);

/// A place is kept so long from one that comes again;
inline constexpr duration least_stay = 60s;
/// from a host that had none lately so long by those that wait for something,
inline constexpr duration waiting_stay = 10s;
/// and so long by those that are of no use, and by one of a crowd.
inline constexpr duration useless_stay = 2s;
inline constexpr std::size_t crowd_size = 2;  ///< places of one host

struct seat {
    connection_id id;
    bool near = false;
    bool wanted = false;         ///< it has what we need
    bool wants = false;          ///< it wants something of us
    std::uint64_t moves = 0;     ///< bytes per second between us, both ways
    duration idle{};             ///< since a block went either way, or since it came
    std::uint32_t priority = 0;  ///< canonical_priority() with us
    ip_address host{};           ///< those of one host may be a crowd
    bool wastes = false;         ///< it has a slot and makes no use of it: idle since it has it
    bool returns = false;        ///< its host had to leave lately, or left with nothing exchanged
};

/// The peer that gives way to a newcomer; nothing: none does, and the newcomer is refused. Of the newcomer
/// only `host`, `near`, `returns` and `priority` count: the rest is not known yet. Never a near one to a far
/// one; never one that data moves with. First those that are of no use (nothing to exchange, or a slot that
/// is wasted), far before near, the longest idle; they give way to any newcomer: a host that had no place
/// lately gets one at once, and one that comes again does not take it back within a minute. Of the others the
/// far ones before the near ones, the lowest priority, and between two of a kind only to a newcomer of a
/// higher one or to a neighbour that had no place lately. If none does so, one of a crowd: of the host with
/// the most places, if it has far more than the newcomer's, one that has been idle; at once, if its host has
/// more than half of all places.
std::optional<connection_id> who_gives_way(std::span<const seat> seats, const seat& newcomer);

}  // namespace bt::swarm
