// What one peer was given of each piece, and what of that it must have had before: no piece has more bytes
// than it is long, whichever of its blocks are asked for. Private to this room.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>

#include "torrent/geometry.hpp"
#include "torrent/piece_set.hpp"

namespace bt::swarm {

class given_pieces {
  public:
    /// True: with these bytes the peer has been given the whole piece.
    bool add(const torrent::geometry& shape, const torrent::block_range& what) {
        if (whole_.size() == 0) whole_ = torrent::piece_set(shape.piece_count());
        if (whole_.has(what.piece)) return false;
        // a peer that has begun so many pieces asks for parts on purpose: the first are forgotten
        if (parts_.size() >= most_parts && !parts_.contains(what.piece)) parts_.erase(parts_.begin());
        const auto size = shape.piece_size(what.piece);
        auto& part = parts_[what.piece];
        const auto fresh = std::min(what.length, size - part);
        part += fresh;
        bytes_ = std::min(bytes_ + fresh, shape.total_bytes());
        if (part < size) return false;
        parts_.erase(what.piece);
        whole_.insert(what.piece);
        return true;
    }
    bool has(piece_index piece) const { return whole_.size() > 0 && whole_.has(piece); }
    /// Size 0 as long as nothing was given.
    const torrent::piece_set& whole() const { return whole_; }
    /// Without what was given again.
    std::uint64_t bytes() const { return bytes_; }

  private:
    static constexpr std::size_t most_parts = 4'096;

    torrent::piece_set whole_;
    std::map<piece_index, std::uint32_t> parts_;  // bytes of the others
    std::uint64_t bytes_ = 0;
};

}  // namespace bt::swarm
