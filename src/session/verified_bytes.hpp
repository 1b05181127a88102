// How much of each file of a torrent is verified.
#pragma once

#include <cstdint>
#include <vector>

#include "session/status.hpp"
#include "torrent/metainfo.hpp"

namespace bt::session {

/// Verified bytes from the start of the torrent on, for growing positions.
class verified_bytes {
  public:
    /// `pieces` outlives it; those that are not in it are not verified.
    verified_bytes(const std::vector<piece_state>& pieces, std::uint64_t piece_bytes)
        : pieces_(pieces), piece_bytes_(piece_bytes) {}

    std::uint64_t until(std::uint64_t position) {
        while ((piece_ + 1) * piece_bytes_ <= position) {
            if (is_verified()) whole_ += piece_bytes_;
            ++piece_;
        }
        return whole_ + (is_verified() ? position - piece_ * piece_bytes_ : 0);
    }
    /// Of a file; files in the order in which they lie.
    std::uint64_t of(const torrent::file_entry& file) {
        const auto before = until(file.begin);
        return until(file.begin + file.size) - before;
    }

  private:
    bool is_verified() const {
        return piece_ < pieces_.size() && pieces_[static_cast<std::size_t>(piece_)] == piece_state::have;
    }

    const std::vector<piece_state>& pieces_;
    const std::uint64_t piece_bytes_;
    std::uint64_t piece_ = 0, whole_ = 0;
};

}  // namespace bt::session
