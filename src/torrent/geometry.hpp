// Where the bytes of a torrent lie: pieces, 16 KiB blocks, and the only source of checked indices.
#pragma once

#include <cstdint>
#include <optional>

#include "base/ids.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"

namespace bt::torrent {

/// A run of bytes inside one piece, in range by construction (`geometry::checked_range`, `geometry::block`).
struct block_range {
    piece_index piece;
    std::uint32_t offset = 0;  ///< bytes from the start of the piece
    std::uint32_t length = 0;
    friend auto operator<=>(const block_range&, const block_range&) = default;
};

class geometry {
  public:
    geometry() = default;
    /// Refuses (`bad_data`) a piece length of 0 or above the limit, and more pieces than the limit. The piece
    /// length need not be a power of two, nor a multiple of a block. An empty torrent has 0 pieces.
    static result<geometry> make(std::uint64_t total_bytes, std::uint64_t piece_bytes);

    std::uint64_t total_bytes() const { return total_; }
    std::uint32_t piece_bytes() const { return piece_; }
    std::uint32_t piece_count() const { return count_; }

    /// The checked index for a number that came from outside.
    std::optional<piece_index> piece(std::uint64_t number) const;
    /// Bytes of this piece; the last one may be shorter.
    std::uint32_t piece_size(piece_index piece) const;
    /// Bytes from the start of the torrent to the start of this piece.
    std::uint64_t piece_begin(piece_index piece) const { return std::uint64_t{piece.value()} * piece_; }
    std::uint32_t block_count(piece_index piece) const;
    /// The last block of a piece may be shorter than 16 KiB.
    block_range block(piece_index piece, block_index block) const;
    /// A request from outside, checked: inside its piece, not empty, at most one block long.
    std::optional<block_range> checked_range(std::uint64_t piece, std::uint64_t offset,
                                             std::uint64_t length) const;
    /// The index of a range that is exactly one of our blocks, else nothing.
    std::optional<block_index> block_of(const block_range& range) const;

    friend bool operator==(const geometry&, const geometry&) = default;

  private:
    std::uint64_t total_ = 0;
    std::uint32_t piece_ = 0;
    std::uint32_t count_ = 0;
};

}  // namespace bt::torrent
