#include "swarm/damaged_pieces.hpp"

#include <algorithm>

#include "base/limits.hpp"

namespace bt::swarm {

damaged_pieces::giver damaged_pieces::key_of(const block_giver& who) {
    if (who.address.scope() == address_scope::loopback) return {who.address, who.id};
    return {who.address, peer_id{}};
}

bool damaged_pieces::forgive(time_point now, const block_giver& who, piece_index piece, std::size_t right,
                             bool only_source) {
    const auto key = key_of(who);
    if (!givers_.contains(key) && givers_.size() >= limits::known_peers) return false;
    auto& pieces = givers_[key];
    auto& it = pieces.try_emplace(piece, record{first_pause, now}).first->second;
    it.until = now + it.pause;
    it.pause = std::min(2 * it.pause, longest_pause);
    const auto count = pieces.size();
    if (only_source && count <= most && (count <= few || right >= right_for_one * count)) return true;
    givers_.erase(key);
    return false;
}

bool damaged_pieces::any(time_point now, const block_giver& who) const {
    if (givers_.empty()) return false;
    const auto found = givers_.find(key_of(who));
    return found != givers_.end() && std::any_of(found->second.begin(), found->second.end(),
                                                 [&](const auto& each) { return now < each.second.until; });
}

torrent::piece_set damaged_pieces::without(time_point now, const block_giver& who,
                                           torrent::piece_set theirs) const {
    if (const auto found = givers_.find(key_of(who)); found != givers_.end())
        for (const auto& [piece, it] : found->second)
            if (now < it.until) theirs.erase(piece);
    return theirs;
}

}  // namespace bt::swarm
