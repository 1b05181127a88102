#include "torrent/geometry.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace bt::torrent {

result<geometry> geometry::make(std::uint64_t total_bytes, std::uint64_t piece_bytes) {
    if (piece_bytes == 0) return fail(errc::bad_data, "the piece length is 0");
    if (piece_bytes > limits::piece_bytes_read)
        return fail(errc::bad_data, "the piece length is " + std::to_string(piece_bytes) +
                                        " bytes; the limit is " + std::to_string(limits::piece_bytes_read));
    const std::uint64_t count = total_bytes / piece_bytes + (total_bytes % piece_bytes != 0 ? 1 : 0);
    if (count > limits::pieces)
        return fail(errc::bad_data, "the torrent has " + std::to_string(count) + " pieces; the limit is " +
                                        std::to_string(limits::pieces));
    geometry shape;
    shape.total_ = total_bytes;
    shape.piece_ = static_cast<std::uint32_t>(piece_bytes);
    shape.count_ = static_cast<std::uint32_t>(count);
    return shape;
}

std::optional<piece_index> geometry::piece(std::uint64_t number) const {
    if (number >= count_) return std::nullopt;
    return piece_index(static_cast<std::uint32_t>(number));
}

std::uint32_t geometry::piece_size(piece_index piece) const {
    BT_ASSERT(piece.value() < count_);
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(piece_, total_ - piece_begin(piece)));
}

std::uint32_t geometry::block_count(piece_index piece) const {
    return (piece_size(piece) + limits::block_bytes - 1) / limits::block_bytes;
}

block_range geometry::block(piece_index piece, block_index block) const {
    BT_ASSERT(block.value() < block_count(piece));
    const auto offset = block.value() * limits::block_bytes;
    return {piece, offset, std::min(limits::block_bytes, piece_size(piece) - offset)};
}

std::optional<block_range> geometry::checked_range(std::uint64_t number, std::uint64_t offset,
                                                   std::uint64_t length) const {
    const auto index = piece(number);
    if (!index || length == 0 || length > limits::block_bytes) return std::nullopt;
    const std::uint64_t size = piece_size(*index);
    if (offset > size || length > size - offset) return std::nullopt;
    return block_range{*index, static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(length)};
}

std::optional<block_index> geometry::block_of(const block_range& range) const {
    if (range.piece.value() >= count_ || range.offset % limits::block_bytes != 0 ||
        range.offset >= piece_size(range.piece))
        return std::nullopt;
    const block_index index(range.offset / limits::block_bytes);
    if (block(range.piece, index) != range) return std::nullopt;
    return index;
}

}  // namespace bt::torrent
