#include "torrent/piece_set.hpp"

#include <bit>

namespace bt::torrent {

piece_set::piece_set(std::uint32_t piece_count, bool full)
    : bits_((std::size_t{piece_count} + 7) / 8, full ? 0xff : 0),
      size_(piece_count),
      count_(full ? piece_count : 0) {
    if (full && piece_count % 8 != 0) bits_.back() = static_cast<std::uint8_t>(0xff00 >> piece_count % 8);
}

std::optional<piece_set> piece_set::from_wire(byte_view raw, std::uint32_t piece_count) {
    piece_set set(piece_count);
    if (raw.size() != set.bits_.size()) return std::nullopt;
    if (piece_count % 8 != 0 && (raw.back() & (0xff >> piece_count % 8)) != 0) return std::nullopt;
    set.bits_.assign(raw.begin(), raw.end());
    for (auto byte : raw) set.count_ += static_cast<std::uint32_t>(std::popcount(byte));
    return set;
}

bool piece_set::insert(piece_index piece) {
    if (has(piece)) return false;
    bits_[piece.value() / 8] =
        static_cast<std::uint8_t>(bits_[piece.value() / 8] | 0x80 >> piece.value() % 8);
    ++count_;
    return true;
}

bool piece_set::erase(piece_index piece) {
    if (!has(piece)) return false;
    bits_[piece.value() / 8] =
        static_cast<std::uint8_t>(bits_[piece.value() / 8] & ~(0x80 >> piece.value() % 8));
    --count_;
    return true;
}

bool piece_set::lacks_any_of(const piece_set& other) const {
    BT_ASSERT(size_ == other.size_);
    for (std::size_t i = 0; i < bits_.size(); ++i)
        if ((other.bits_[i] & ~bits_[i]) != 0) return true;
    return false;
}

}  // namespace bt::torrent
