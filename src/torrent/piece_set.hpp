// A set of pieces of one torrent, in the bit order of BEP 3 (piece 0 is the high bit of byte 0).
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/ids.hpp"

namespace bt::torrent {

class piece_set {
  public:
    piece_set() = default;
    explicit piece_set(std::uint32_t piece_count, bool full = false);
    /// Exactly ceil(count / 8) bytes with the spare bits zero, as BEP 3 wants it; else nothing.
    static std::optional<piece_set> from_wire(byte_view raw, std::uint32_t piece_count);

    std::uint32_t size() const { return size_; }
    std::uint32_t count() const { return count_; }
    bool all() const { return count_ == size_; }
    bool none() const { return count_ == 0; }
    bool has(piece_index piece) const {
        return (bits_[piece.value() / 8] >> (7 - piece.value() % 8) & 1) != 0;
    }
    /// True if the set changed.
    bool insert(piece_index piece);
    bool erase(piece_index piece);
    /// True if `other` has a piece that this set has not. Same size.
    bool lacks_any_of(const piece_set& other) const;
    byte_view to_wire() const { return bits_; }

    template <class F>
    void for_each(F&& f) const {
        for (std::uint32_t i = 0; i < size_; ++i)
            if (has(piece_index(i))) f(piece_index(i));
    }
    friend bool operator==(const piece_set&, const piece_set&) = default;

  private:
    bytes bits_;
    std::uint32_t size_ = 0;
    std::uint32_t count_ = 0;
};

}  // namespace bt::torrent
