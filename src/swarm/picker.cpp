#include "swarm/picker.hpp"

#include <algorithm>
#include <cstring>

namespace bt::swarm {

picker::picker(const torrent::geometry& shape, const torrent::piece_set& have, rng random, std::size_t budget)
    : shape_(shape),
      have_(have),
      wanted_(shape.piece_count(), true),
      missing_(have.size() - have.count()),
      availability_(shape.piece_count(), random),
      whole_(shape.piece_count()),
      budget_(budget) {
    BT_ASSERT(have.size() == shape.piece_count());
    for (std::uint32_t i = 0; i < shape.piece_count(); ++i)
        if (!have_.has(piece_index(i))) availability_.offer(piece_index(i));
}

void picker::set_wanted(const torrent::piece_set& wanted) {
    wanted_ = wanted;
    missing_ = 0;
    for (std::uint32_t i = 0; i < shape_.piece_count(); ++i) {
        const piece_index piece(i);
        const bool need = wanted_.has(piece) && !have_.has(piece);
        if (need) ++missing_;
        if (need && !started_.contains(i) && !whole_.has(piece))
            availability_.offer(piece);
        else
            availability_.withdraw(piece);
    }
}

std::vector<block_range> picker::pick(const torrent::piece_set& theirs, std::size_t count,
                                      const std::function<bool(const block_range&)>& asked) {
    std::vector<block_range> out;
    if (missing_ == 0) return out;
    for (std::size_t i = 0; i < open_.size() && out.size() < count;) {
        const auto piece = open_[i];
        if (theirs.has(piece_index(piece))) take_unasked(piece, started_.at(piece), count, out);
        // take_unasked removes the piece from open_ when nothing is left unasked in it
        if (i < open_.size() && open_[i] == piece) ++i;
    }
    while (out.size() < count && start_one(theirs)) {
        const auto piece = open_.back();
        take_unasked(piece, started_.at(piece), count, out);
    }
    if (out.size() < count && in_end_game()) pick_end_game(theirs, count, asked, out);
    return out;
}

bool picker::start_one(const torrent::piece_set& theirs) {
    const auto piece = availability_.rarest(theirs, sequential_);
    if (!piece) return false;
    const auto size = shape_.piece_size(*piece);
    if (held_ > 0 && held_ + size > budget_ && !drop_stuck(theirs)) return false;
    availability_.withdraw(*piece);
    started_piece started;
    started.blocks.resize(shape_.block_count(*piece));
    started.unasked = started.missing = shape_.block_count(*piece);
    started_.emplace(piece->value(), std::move(started));
    open_.push_back(piece->value());
    held_ += size;
    return true;
}

/// Over budget: a started piece that nobody is asked for and this peer cannot help gives way.
bool picker::drop_stuck(const torrent::piece_set& theirs) {
    for (auto& [piece, started] : started_) {
        if (started.on_the_way != 0 || theirs.has(piece_index(piece))) continue;
        failed(piece_index(piece));
        return true;
    }
    return false;
}

void picker::take_unasked(std::uint32_t piece, started_piece& started, std::size_t count,
                          std::vector<block_range>& out) {
    for (std::uint32_t i = 0; i < started.blocks.size() && started.unasked > 0 && out.size() < count; ++i) {
        auto& block = started.blocks[i];
        if (block.arrived || block.asked > 0) continue;
        ++block.asked;
        ++started.on_the_way;
        --started.unasked;
        out.push_back(shape_.block(piece_index(piece), block_index(i)));
    }
    if (started.unasked == 0) std::erase(open_, piece);
}

bool picker::in_end_game() const { return missing_ > 0 && open_.empty() && availability_.offered() == 0; }

void picker::pick_end_game(const torrent::piece_set& theirs, std::size_t count,
                           const std::function<bool(const block_range&)>& asked,
                           std::vector<block_range>& out) {
    static constexpr std::uint16_t most_askers = 4;  // a block is worth that many copies on the way
    for (auto& [piece, started] : started_) {
        if (!theirs.has(piece_index(piece))) continue;
        for (std::uint32_t i = 0; i < started.blocks.size() && out.size() < count; ++i) {
            auto& block = started.blocks[i];
            if (block.arrived || block.asked >= most_askers) continue;
            const auto range = shape_.block(piece_index(piece), block_index(i));
            if (asked(range)) continue;
            ++block.asked;
            ++started.on_the_way;
            out.push_back(range);
        }
    }
}

void picker::lost(const block_range& range) {
    const auto found = started_.find(range.piece.value());
    const auto index = shape_.block_of(range);
    if (found == started_.end() || !index) return;
    auto& started = found->second;
    auto& block = started.blocks[index->value()];
    if (block.arrived || block.asked == 0) return;
    --block.asked;
    --started.on_the_way;
    if (block.asked > 0) return;
    if (started.unasked++ == 0) open_.insert(open_.begin(), range.piece.value());
}

picker::arrival picker::arrived(const block_range& range, byte_view data, connection_id from) {
    const auto found = started_.find(range.piece.value());
    const auto index = shape_.block_of(range);
    if (found == started_.end() || !index) return {};
    auto& started = found->second;
    auto& block = started.blocks[index->value()];
    if (block.arrived) return {};
    arrival result;
    result.fresh = true;
    result.others_asked = block.asked > 1;
    if (block.asked == 0 && --started.unasked == 0) std::erase(open_, range.piece.value());
    started.on_the_way -= block.asked;
    block = {0, true};
    if (started.data.empty()) started.data = buffer(shape_.piece_size(range.piece));
    std::memcpy(started.data.data() + range.offset, data.data(), data.size());
    if (std::find(started.from.begin(), started.from.end(), from) == started.from.end())
        started.from.push_back(from);
    result.piece_whole = --started.missing == 0;
    return result;
}

picker::whole_piece picker::take_piece(piece_index piece) {
    const auto found = started_.find(piece.value());
    BT_ASSERT(found != started_.end() && found->second.missing == 0);
    whole_piece result{std::move(found->second.data), std::move(found->second.from)};
    started_.erase(found);
    held_ -= shape_.piece_size(piece);
    whole_.insert(piece);
    return result;
}

void picker::verified(piece_index piece) {
    whole_.erase(piece);
    if (have_.insert(piece) && wanted_.has(piece)) --missing_;
}

void picker::failed(piece_index piece) {
    whole_.erase(piece);
    if (started_.erase(piece.value()) > 0) {
        held_ -= shape_.piece_size(piece);
        std::erase(open_, piece.value());
    }
    if (wanted_.has(piece) && !have_.has(piece)) availability_.offer(piece);
}

bool picker::is_interesting(const torrent::piece_set& theirs) const {
    if (missing_ == 0 || theirs.size() == 0) return false;
    if (theirs.all()) return true;
    if (wanted_.all()) return have_.lacks_any_of(theirs);
    for (std::uint32_t i = 0; i < theirs.size(); ++i) {
        const piece_index piece(i);
        if (theirs.has(piece) && wanted_.has(piece) && !have_.has(piece)) return true;
    }
    return false;
}

}  // namespace bt::swarm
