#include "swarm/refusals.hpp"

#include <algorithm>

namespace bt::swarm {

bool refusals::add(time_point now, piece_index piece) {
    refusal it{piece, first_pause, now + first_pause};
    const auto known =
        std::find_if(list_.begin(), list_.end(), [&](const refusal& each) { return each.piece == piece; });
    if (known != list_.end()) {
        if (now < known->until) return false;
        it.pause = std::min(2 * known->pause, longest_pause);
        it.until = now + it.pause;
        list_.erase(known);
    } else if (list_.size() == most) {
        list_.erase(list_.begin());
    }
    list_.push_back(it);
    return true;
}

torrent::piece_set refusals::without(time_point now, torrent::piece_set theirs) const {
    for (const auto& each : list_)
        if (now < each.until) theirs.erase(each.piece);
    return theirs;
}

bool refusals::any(time_point now) const {
    return std::any_of(list_.begin(), list_.end(), [&](const refusal& each) { return now < each.until; });
}

bool refusals::too_many(time_point now, const torrent::piece_set& theirs) const {
    if (list_.size() < most) return false;
    return std::all_of(list_.begin(), list_.end(),
                       [&](const refusal& each) { return now < each.until && theirs.has(each.piece); });
}

}  // namespace bt::swarm
