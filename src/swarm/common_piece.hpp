// The lowest piece that is in two sets and not in a third, found 64 pieces at a step, as torrents have
// millions.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>

#include "base/assert.hpp"
#include "base/ids.hpp"
#include "torrent/piece_set.hpp"

namespace bt::swarm {

/// The lowest piece from `from` on that both have and `except`, if any, has not. Same size.
inline std::optional<piece_index> first_common(const torrent::piece_set& a, const torrent::piece_set& b,
                                               std::uint32_t from = 0,
                                               const torrent::piece_set* except = nullptr) {
    BT_ASSERT(a.size() == b.size() && (except == nullptr || except->size() == a.size()));
    const auto left = a.to_wire(), right = b.to_wire();
    const auto out = except != nullptr ? except->to_wire() : byte_view();
    const auto word = [](byte_view bits, std::size_t at) {
        std::uint64_t value;
        std::memcpy(&value, bits.data() + at, sizeof value);
        return value;
    };
    unsigned seen = from % 8;  // bits of the first byte that are below `from`
    for (std::size_t at = from / 8; at < left.size(); seen = 0) {
        const auto allowed = out.empty() ? 0xff : ~out[at];
        const auto both = static_cast<std::uint8_t>(left[at] & right[at] & allowed & 0xff >> seen);
        if (both != 0) {
            const auto bit = static_cast<std::uint32_t>(std::countl_zero(both));
            return piece_index(static_cast<std::uint32_t>(at * 8) + bit);
        }
        ++at;
        while (at + 8 <= left.size() &&
               (word(left, at) & word(right, at) & (out.empty() ? ~std::uint64_t{0} : ~word(out, at))) == 0)
            at += 8;
    }
    return std::nullopt;
}

}  // namespace bt::swarm
