#include "swarm/picker.hpp"

#include <algorithm>
#include <cstring>

#include "swarm/common_piece.hpp"

namespace bt::swarm {
namespace {
constexpr std::uint32_t nearly = 16;  // a piece is nearly whole when 15 of 16 blocks are there
}

picker::picker(const torrent::geometry& shape, const torrent::piece_set& have, rng random, std::size_t budget)
    : shape_(shape),
      have_(have),
      wanted_(shape.piece_count(), true),
      needed_(shape.piece_count()),
      availability_(shape.piece_count(), random),
      whole_(shape.piece_count()),
      budget_(budget) {
    BT_ASSERT(have.size() == shape.piece_count());
    set_wanted(wanted_);
}

void picker::set_wanted(const torrent::piece_set& wanted) {
    BT_ASSERT(wanted.size() == shape_.piece_count());
    wanted_ = wanted;
    for (std::uint32_t i = 0; i < shape_.piece_count(); ++i) {
        const piece_index piece(i);
        if (wanted_.has(piece) && !have_.has(piece)) {
            needed_.insert(piece);
            if (!started_.contains(i) && !whole_.has(piece)) availability_.offer(piece);
        } else {
            needed_.erase(piece);
            drop(piece);
        }
    }
}

std::vector<block_range> picker::pick(const torrent::piece_set& theirs, std::size_t count,
                                      const std::function<bool(const block_range&)>& asked) {
    std::vector<block_range> out;
    if (is_complete() || theirs.none()) return out;
    for (std::size_t i = 0; i < open_.size() && out.size() < count;) {
        const auto piece = open_[i];
        if (theirs.has(piece_index(piece))) take_unasked(piece, started_.at(piece), count, out);
        // take_unasked removes the piece from open_ when nothing is left unasked in it
        if (i < open_.size() && open_[i] == piece) ++i;
    }
    auto start = start_result::started;
    while (out.size() < count && (start = start_one(theirs)) == start_result::started) {
        const auto piece = open_.back();
        take_unasked(piece, started_.at(piece), count, out);
    }
    // what was asked just now is not in `asked`: the next call comes back to it
    if (out.empty() && in_end_game())
        pick_again(theirs, count, asked, out, true);
    else if (out.empty() && start == start_result::no_memory &&
             shape_.piece_bytes() >= nearly * limits::block_bytes)
        pick_again(theirs, count, asked, out, false);
    return out;
}

picker::start_result picker::start_one(const torrent::piece_set& theirs) {
    const auto piece = availability_.rarest(theirs, sequential_);
    if (!piece) return start_result::nothing_there;
    const auto size = shape_.piece_size(*piece);
    while (held_ > 0 && held_ + size > budget_)
        if (!drop_stuck(theirs)) return start_result::no_memory;
    availability_.withdraw(*piece);
    started_piece started;
    started.blocks.resize(shape_.block_count(*piece));
    started.unasked = started.missing = shape_.block_count(*piece);
    started_.emplace(piece->value(), std::move(started));
    open_.push_back(piece->value());
    held_ += size;
    return start_result::started;
}

/// Over budget: a started piece that nobody is asked for and this peer cannot help gives way, the youngest
/// first.
bool picker::drop_stuck(const torrent::piece_set& theirs) {
    // what it lacks is unasked, so it is open
    for (std::size_t i = open_.size(); i-- > 0;) {
        const piece_index piece(open_[i]);
        if (started_.at(piece.value()).on_the_way != 0 || theirs.has(piece)) continue;
        failed(piece);
        return true;
    }
    return false;
}

void picker::take_unasked(std::uint32_t piece, started_piece& started, std::size_t count,
                          std::vector<block_range>& out) {
    auto& i = started.scanned;
    for (; started.unasked > 0 && out.size() < count; ++i) {
        auto& block = started.blocks[i];
        if (block.arrived || block.asked > 0) continue;
        ++block.asked;
        ++started.on_the_way;
        --started.unasked;
        out.push_back(shape_.block(piece_index(piece), block_index(i)));
    }
    if (started.unasked == 0) std::erase(open_, piece);
}

bool picker::in_end_game() const { return !is_complete() && open_.empty() && availability_.offered() == 0; }

/// Blocks on their way, from one peer more. In the end game any; else, when memory is full, the last of
/// nearly whole pieces, so that one slow peer does not hold up the rest.
void picker::pick_again(const torrent::piece_set& theirs, std::size_t count,
                        const std::function<bool(const block_range&)>& asked, std::vector<block_range>& out,
                        bool end_game) {
    const std::uint16_t most_askers = end_game ? 4 : 2;  // a block is worth that many copies on the way
    for (auto& [piece, started] : started_) {
        if (!theirs.has(piece_index(piece))) continue;
        if (!end_game && started.missing * nearly > started.blocks.size()) continue;
        for (std::uint32_t i = 0; i < started.blocks.size() && out.size() < count; ++i) {
            auto& block = started.blocks[i];
            if (block.arrived || block.asked == 0 || block.asked >= most_askers) continue;
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
    started.scanned = std::min(started.scanned, index->value());
    if (started.unasked++ > 0) std::erase(open_, range.piece.value());
    open_.insert(open_.begin(), range.piece.value());
}

picker::arrival picker::arrived(const block_range& range, byte_view data, connection_id from) {
    const auto found = started_.find(range.piece.value());
    const auto index = shape_.block_of(range);
    if (found == started_.end() || !index || data.size() != range.length) return {};
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
    drop(piece);
    have_.insert(piece);
    needed_.erase(piece);
}

void picker::failed(piece_index piece) {
    whole_.erase(piece);
    drop(piece);
    if (needed_.has(piece)) availability_.offer(piece);
}

/// Neither started nor to be started.
void picker::drop(piece_index piece) {
    availability_.withdraw(piece);
    if (started_.erase(piece.value()) == 0) return;
    held_ -= shape_.piece_size(piece);
    std::erase(open_, piece.value());
}

bool picker::is_interesting(const torrent::piece_set& theirs) const {
    if (is_complete() || theirs.none()) return false;
    return theirs.all() || first_common(theirs, needed_).has_value();
}

}  // namespace bt::swarm
