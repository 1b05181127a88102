#include "wire/allowed_fast.hpp"

#include <algorithm>

#include "crypto/hash.hpp"

namespace bt::wire {

std::vector<piece_index> allowed_fast_set(const ip_address& peer, const info_hash& torrent,
                                          std::uint32_t piece_count, std::size_t count) {
    std::vector<piece_index> set;
    if (!peer.is_v4()) return set;
    count = std::min<std::size_t>(count, piece_count);
    // the last octet does not count: whoever has a whole /24 has no more pieces for it
    bytes seed;
    byte_writer(seed).raw(peer.raw().first(3)).number(std::uint8_t{0}).raw(torrent.span());
    for (auto digest = crypto::sha1(seed); set.size() < count; digest = crypto::sha1(digest.span())) {
        byte_reader numbers(digest.span());
        while (const auto number = numbers.number<std::uint32_t>()) {
            const piece_index piece(*number % piece_count);
            if (set.size() < count && std::find(set.begin(), set.end(), piece) == set.end())
                set.push_back(piece);
        }
    }
    return set;
}

}  // namespace bt::wire
