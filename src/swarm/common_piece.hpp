// The lowest piece that is in two sets, found 64 pieces at a step: asked for each block, in torrents of
// millions of pieces.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>

#include "base/assert.hpp"
#include "base/ids.hpp"
#include "torrent/piece_set.hpp"

namespace bt::swarm {

/// The lowest piece from `from` on that both have. Same size.
inline std::optional<piece_index> first_common(const torrent::piece_set& a, const torrent::piece_set& b,
                                               std::uint32_t from = 0) {
    BT_ASSERT(a.size() == b.size());
    const auto left = a.to_wire(), right = b.to_wire();
    std::size_t at = from / 8;
    std::uint32_t spared = 0xffu >> from % 8;  // bits of the first byte that are not below `from`
    while (at < left.size()) {
        const auto width = std::min<std::size_t>(8, left.size() - at);
        std::uint64_t l = 0, r = 0;
        std::memcpy(&l, left.data() + at, width);
        std::memcpy(&r, right.data() + at, width);
        if ((l & r) != 0) {
            for (std::size_t i = at; i < at + width; ++i, spared = 0xff)
                if (const auto both = static_cast<std::uint8_t>(left[i] & right[i] & spared))
                    return piece_index(static_cast<std::uint32_t>(i * 8) +
                                       static_cast<std::uint32_t>(std::countl_zero(both)));
        }
        at += width;
        spared = 0xff;
    }
    return std::nullopt;
}

}  // namespace bt::swarm
