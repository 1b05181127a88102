// Pieces that are not asked of a peer for a while, longer each time.
#pragma once

#include <algorithm>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "torrent/piece_set.hpp"

namespace bt::swarm {

class piece_pauses {
  public:
    static constexpr duration first_pause = 5s, longest_pause = 5min;

    /// The next pause of this piece; false: it is paused already.
    bool begin(time_point now, piece_index piece) {
        pause it{piece, first_pause, now + first_pause};
        const auto known =
            std::find_if(list_.begin(), list_.end(), [&](const pause& each) { return each.piece == piece; });
        if (known != list_.end()) {
            if (now < known->until) return false;
            it.length = std::min(2 * known->length, longest_pause);
            it.until = now + it.length;
            list_.erase(known);
        }
        list_.push_back(it);
        return true;
    }
    bool any(time_point now) const {
        return std::any_of(list_.begin(), list_.end(), [&](const pause& each) { return now < each.until; });
    }
    /// All that were paused are, and a peer with that set has them.
    bool all(time_point now, const torrent::piece_set& theirs) const {
        return std::all_of(list_.begin(), list_.end(),
                           [&](const pause& each) { return now < each.until && theirs.has(each.piece); });
    }
    /// What may be asked.
    torrent::piece_set without(time_point now, torrent::piece_set theirs) const {
        for (const auto& each : list_)
            if (now < each.until) theirs.erase(each.piece);
        return theirs;
    }
    /// Pieces that were paused, and are or are not any more.
    std::size_t size() const { return list_.size(); }
    /// Only so many stay, those whose pause began last.
    void keep(std::size_t most) {
        if (list_.size() > most) list_.erase(list_.begin(), list_.end() - static_cast<std::ptrdiff_t>(most));
    }

  private:
    struct pause {
        piece_index piece;
        duration length;
        time_point until;
    };
    std::vector<pause> list_;  // as they began
};

}  // namespace bt::swarm
