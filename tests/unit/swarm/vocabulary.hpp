// The words the tests of this room are written in: a peer's pieces are a string with one character for each
// piece, '#' had and '.' not; a swarm is such strings one below the other.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "swarm/availability.hpp"
#include "torrent/piece_set.hpp"

namespace bt::swarm {

inline torrent::piece_set pieces(std::string_view picture) {
    torrent::piece_set set(static_cast<std::uint32_t>(picture.size()));
    for (std::uint32_t i = 0; i < set.size(); ++i)
        if (picture[i] == '#') set.insert(piece_index(i));
    return set;
}

inline std::string picture(const torrent::piece_set& set) {
    std::string text;
    for (std::uint32_t i = 0; i < set.size(); ++i) text += set.has(piece_index(i)) ? '#' : '.';
    return text;
}

inline void join(availability& swarm, const std::vector<std::string_view>& peers) {
    for (auto peer : peers) swarm.add(pieces(peer));
}

inline void offer_all(availability& swarm, std::uint32_t piece_count) {
    for (std::uint32_t i = 0; i < piece_count; ++i) swarm.offer(piece_index(i), priority::normal);
}

/// How many peers have each piece, one digit for each.
inline std::string counts(const availability& swarm, std::uint32_t piece_count) {
    std::string text;
    for (std::uint32_t i = 0; i < piece_count; ++i)
        text += static_cast<char>('0' + swarm.count(piece_index(i)));
    return text;
}

/// The order in which the pieces are started with one peer.
inline std::vector<std::uint32_t> order_for(availability swarm, const reach& of,
                                            preference by = preference::rarest) {
    std::vector<std::uint32_t> order;
    while (const auto piece = swarm.best(of, by)) {
        order.push_back(piece->value());
        swarm.withdraw(*piece);
    }
    return order;
}
inline std::vector<std::uint32_t> order_for(const availability& swarm, const torrent::piece_set& theirs,
                                            preference by = preference::rarest) {
    return order_for(swarm, reach{theirs}, by);
}

}  // namespace bt::swarm
