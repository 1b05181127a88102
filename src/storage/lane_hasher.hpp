// Hashes several pieces at once, one a lane, with memory that does not depend on their length: a part of each
// piece is read, the parts are hashed together, then comes the next part of each. Private to this room.
//
//     piece 7  |####----------|
//     piece 8  |####----------|     one step is one column
//     piece 9  |####----|           a piece that ends makes room for another
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "crypto/hash.hpp"

namespace bt::storage {

struct hash_plan {
    unsigned workers = 1;        ///< threads, each with lanes of its own
    unsigned lanes = 1;          ///< pieces that a thread has under way
    std::size_t part_bytes = 0;  ///< of each in a step
};
/// What keeps the lanes of `cores` busy with so many pieces, within 32 MiB. A spinning
/// disk has one reader, which reads piece after piece wherever they fit: its head would follow the lanes.
hash_plan plan_hashing(std::uint64_t piece_bytes, std::uint64_t pieces, unsigned cores, bool spinning);

class lane_hasher {
  public:
    explicit lane_hasher(const hash_plan& plan) : plan_(plan) {}

    bool is_full() const { return under_way_.size() >= plan_.lanes; }
    bool is_empty() const { return under_way_.empty(); }
    /// `size` is not 0. Not when it is full.
    void add(std::uint64_t piece, std::uint64_t size);

    struct outcome {
        std::uint64_t piece;
        sha1_digest digest;
    };
    /// Reads the next part of every piece and hashes it. `read(piece, offset, into)` is a result<bool>;
    /// false: the piece cannot be read as a whole, and is dropped. An error ends the step. Gives the pieces
    /// that came to their ends.
    template <class Read>
    result<std::vector<outcome>> step(buffer& scratch, Read&& read) {
        // lanes that lie a power of two apart would fall into the same lines of the cache
        constexpr std::size_t apart = 64;
        const auto stride = plan_.part_bytes + apart;
        if (scratch.size() < under_way_.size() * stride) scratch = buffer(plan_.lanes * stride);
        std::size_t slot = 0;
        for (std::size_t i = 0; i < under_way_.size();) {
            auto& at = under_way_[i];
            const auto length = std::min<std::uint64_t>(plan_.part_bytes, at.size - at.done);
            at.part = scratch.span().subspan(slot++ * stride, static_cast<std::size_t>(length));
            const result<bool> whole = read(at.piece, at.done, at.part);
            if (!whole) return unexpected<error>(whole.error());
            if (*whole)
                ++i;
            else
                under_way_.erase(under_way_.begin() + static_cast<std::ptrdiff_t>(i));
        }
        return hash_parts();
    }

  private:
    struct lane {
        std::uint64_t piece = 0, size = 0, done = 0;
        std::span<std::uint8_t> part = {};
        crypto::sha1_hasher hasher = {};
    };
    std::vector<outcome> hash_parts();

    const hash_plan plan_;
    std::vector<lane> under_way_;
};

}  // namespace bt::storage
