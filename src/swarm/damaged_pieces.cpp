#include "swarm/damaged_pieces.hpp"

#include <utility>

#include "base/assert.hpp"
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
    pieces.begin(now, piece);
    const auto count = pieces.size();
    BT_ASSERT(count > 0 && count <= most + 1);
    if (only_source && count <= most && (count <= few || right >= right_for_one * count)) return true;
    givers_.erase(key);
    return false;
}

bool damaged_pieces::any(time_point now, const block_giver& who) const {
    if (givers_.empty()) return false;
    const auto found = givers_.find(key_of(who));
    return found != givers_.end() && found->second.any(now);
}

torrent::piece_set damaged_pieces::without(time_point now, const block_giver& who,
                                           torrent::piece_set theirs) const {
    const auto found = givers_.find(key_of(who));
    return found == givers_.end() ? std::move(theirs) : found->second.without(now, std::move(theirs));
}

}  // namespace bt::swarm
