// What holds after every input. Tests ask for it; the program does not.
#include <algorithm>
#include <map>

#include "swarm/claim_board.hpp"
#include "swarm/peer_pool.hpp"
#include "swarm/picker.hpp"

namespace bt::swarm {
namespace {

template <class Set>
bool is_in_order(const Set& all) {
    return std::is_sorted(all.begin(), all.end(), all.key_comp());
}

}  // namespace

bool availability::is_sound() const {
    std::vector<std::uint32_t> histogram(histogram_.size());
    std::size_t in_groups = 0;
    for (std::uint32_t i = 0; i < pieces_.size(); ++i) {
        const auto& one = pieces_[i];
        if (one.count >= histogram.size()) return false;
        ++histogram[one.count];
        for (std::uint8_t number = 0; number < levels_.size(); ++number)
            if (levels_[number].offered.has(piece_index(i)) != (one.level == number)) return false;
        if (one.level == absent) continue;
        const auto& in = levels_[one.level];
        if (in.lowest > i || one.count >= in.groups.size()) return false;
        const auto& those = in.groups[one.count];
        if (one.place >= those.size() || those[one.place] != i) return false;
    }
    for (const auto& in : levels_)
        for (std::size_t count = 0; count < in.groups.size(); ++count) {
            in_groups += in.groups[count].size();
            if ((in.taken[count / 64] >> count % 64 & 1) == (in.groups[count].empty() ? 1u : 0u))
                return false;
        }
    return histogram == histogram_ && in_groups == offered_;
}

bool block_table::is_sound() const {
    block_table counted(size());
    counted.blocks_ = blocks_;
    counted.unasked_ = counted.missing_ = 0;
    for (const auto& each : blocks_) counted.count(each, 1);
    const auto unasked_before_scan = std::any_of(blocks_.begin(), blocks_.begin() + scanned_,
                                                 [](const auto& b) { return !b.arrived && b.asked == 0; });
    return counted.unasked_ == unasked_ && counted.missing_ == missing_ &&
           counted.on_the_way_ == on_the_way_ && counted.repeatable_ == repeatable_ && !unasked_before_scan &&
           (size() == 0 || round_ < size());
}

bool started_pieces::is_sound() const {
    std::size_t listed = 0, in_lists = 0, owned_ones = 0, of_owners = 0;
    for (const auto& [index, piece] : pieces_) {
        if (piece.index != index || !piece.blocks.is_sound() || piece.lists_ != lists_of(piece)) return false;
        if (!piece.data.empty() && piece.from.size() != piece.blocks.size()) return false;
        owned_ones += piece.owner.has_value();
        for (std::size_t i = 0; i < lists_.size(); ++i) {
            if ((piece.lists_ >> i & 1) == 0) continue;
            ++in_lists;
            const auto at = lists_[i].find(piece.order_);
            if (at == lists_[i].end() || at->second != &piece) return false;
        }
    }
    for (const auto& list : lists_) listed += list.size();
    for (const auto& [owner, theirs] : owners_) of_owners += theirs.open.size() + theirs.asked.size();
    return listed == in_lists && of_owners == owned_ones;
}

bool picker::is_sound() const {
    if (!availability_.is_sound() || !started_.is_sound()) return false;
    std::size_t held = 0;
    for (std::uint32_t i = 0; i < shape_.piece_count(); ++i) {
        const piece_index piece(i);
        const bool needed = needed_.has(piece), started = started_.contains(piece);
        const int states = availability_.is_offered(piece) + started + whole_.has(piece);
        if (wanted_.has(piece) != (priorities_[i] != priority::skip)) return false;
        if (needed != (wanted_.has(piece) && !have_.has(piece))) return false;
        // one that is being written may have lost its priority
        if (needed ? states != 1 || i < lowest_needed_ : states != whole_.has(piece)) return false;
        if (started) held += shape_.piece_size(piece);
    }
    return held == held_;
}

bool claims::is_sound() const {
    std::vector<std::uint16_t> holders(holders_.size());
    std::map<connection_id, std::size_t> counts;
    for (const auto& [key, each] : claims_) {
        const auto of = neighbours_.find(key.second);
        if (of == neighbours_.end() || of->second.has.has(key.first)) return false;
        if (each.stands && each.since < oldest_) return false;
        ++counts[key.second];
    }
    for (const auto& [id, each] : neighbours_) {
        if (each.claims != counts[id] || each.claims > limits::claims_of_neighbour) return false;
        each.has.for_each([&](piece_index piece) { ++holders[piece.value()]; });
    }
    if (holders != holders_ || our_place_ >= sharers_) return false;
    for (std::uint32_t i = 0; i < holders.size(); ++i) {
        const piece_index piece(i);
        const bool ours = own_.contains(piece);
        const bool blocked = !ours && believed_ && (holders[i] > 0 || is_claimed(piece));
        const bool left = blocked || (!ours && !is_our_share(piece));
        if (blocked_.has(piece) != blocked || left_to_others_.has(piece) != left) return false;
    }
    return true;
}

/// One claim told serves all three cases: what we claim, we claim in each.
bool claim_board::is_sound() const {
    return outside_.is_sound() && near_seeds_.is_sound() && far_seeds_.is_sound();
}

bool peer_pool::is_sound() const {
    std::size_t idle = 0, ready = 0, banned = 0;
    std::map<ip_address, host> hosts;
    for (const auto& each : peers_) {
        auto* const peer = const_cast<entry*>(&each);  // as the lists have it
        const auto& about = each.second;
        const bool is_idle = about.now == state::idle;
        idle += is_idle;
        ready += is_idle && about.ready;
        banned += about.now == state::banned;
        if (idle_.contains(peer) != is_idle || ready_.contains(peer) != (is_idle && about.ready) ||
            waiting_.contains(peer) != (is_idle && !about.ready))
            return false;
        if (about.now == state::trying && each.first.address.scope() != address_scope::loopback)
            ++hosts[each.first.address].trying;
    }
    for (const auto& [when, address] : attempts_) ++hosts[address].lately;
    if (hosts.size() != hosts_.size() || idle != idle_.size() || ready != ready_.size() ||
        idle - ready != waiting_.size() || banned != banned_.size())
        return false;
    for (const auto& [address, counted] : hosts) {
        const auto found = hosts_.find(address);
        if (found == hosts_.end() || found->second.trying != counted.trying ||
            found->second.lately != counted.lately)
            return false;
    }
    return is_in_order(idle_) && is_in_order(ready_) && is_in_order(waiting_) &&
           peers_.size() <= limits::known_peers;
}

}  // namespace bt::swarm
