#include "swarm/picker.hpp"

#include <algorithm>
#include <cstring>

#include "swarm/common_piece.hpp"

namespace bt::swarm {

picker::picker(const torrent::geometry& shape, const torrent::piece_set& have, rng random, std::size_t budget)
    : shape_(shape),
      have_(have),
      wanted_(shape.piece_count()),
      needed_(shape.piece_count()),
      availability_(shape.piece_count(), random),
      whole_(shape.piece_count()),
      budget_(budget) {
    BT_ASSERT(have.size() == shape.piece_count());
    set_priorities(std::vector(shape.piece_count(), priority::normal));
}

void picker::set_priorities(std::span<const priority> of_pieces) {
    BT_ASSERT(of_pieces.size() == shape_.piece_count());
    priorities_.assign(of_pieces.begin(), of_pieces.end());
    for (std::uint32_t i = 0; i < shape_.piece_count(); ++i) {
        const piece_index piece(i);
        if (priorities_[i] == priority::skip) {
            wanted_.erase(piece);
            needed_.erase(piece);
            drop(piece);
            continue;
        }
        wanted_.insert(piece);
        if (have_.has(piece)) continue;
        needed_.insert(piece);
        if (!started_.contains(piece) && !whole_.has(piece)) offer(piece);
    }
    lowest_needed_ = 0;
}

void picker::lost(const block_range& range) {
    auto* const piece = started_.find(range.piece);
    const auto block = shape_.block_of(range);
    if (piece == nullptr || !block) return;
    if (piece->blocks.lose(*block))
        started_.to_front(*piece);
    else
        started_.update(*piece);
}

void picker::overdue(const block_range& range) {
    auto* const piece = started_.find(range.piece);
    const auto block = shape_.block_of(range);
    if (piece == nullptr || !block) return;
    piece->blocks.overdue(*block);
    started_.update(*piece);
}

void picker::late(const block_range& range) {
    auto* const piece = started_.find(range.piece);
    const auto block = shape_.block_of(range);
    if (piece == nullptr || !block) return;
    piece->blocks.late(*block);
    started_.update(*piece);
}

void picker::disown(connection_id owner) {
    for (auto* const piece : started_.of(owner, false)) release(*piece);
}

void picker::release(started_piece& piece) {
    if (suspect_.contains(piece.index)) return failed(piece.index);
    piece.mixed = true;
    started_.give(piece, std::nullopt, false);
}

picker::arrival picker::arrived(const block_range& range, byte_view data, connection_id from) {
    auto* const piece = started_.find(range.piece);
    const auto block = shape_.block_of(range);
    if (piece == nullptr || !block || data.size() != range.length || piece->blocks.has_arrived(*block))
        return {};
    if (piece->owner && *piece->owner != from) {
        if (piece->exclusive) return {};
        piece->mixed = true;
    }
    arrival result;
    result.fresh = true;
    result.others_asked = piece->blocks.arrive(*block) || piece->begun_anew;
    if (piece->data.empty()) {
        piece->data = buffer(shape_.piece_size(range.piece));
        piece->from.resize(piece->blocks.size());
    }
    std::memcpy(piece->data.data() + range.offset, data.data(), data.size());
    piece->from[block->value()] = from;
    result.piece_whole = piece->blocks.missing() == 0;
    started_.update(*piece);
    return result;
}

picker::whole_piece picker::take_piece(piece_index index) {
    auto* const piece = started_.find(index);
    BT_ASSERT(piece != nullptr && piece->blocks.missing() == 0);
    BT_ASSERT(!whole_.has(index) && held_ >= shape_.piece_size(index));
    whole_piece result{std::move(piece->data), std::move(piece->from)};
    started_.erase(*piece);
    held_ -= shape_.piece_size(index);
    whole_.insert(index);
    return result;
}

void picker::verified(piece_index piece) {
    BT_ASSERT(piece.value() < shape_.piece_count());
    whole_.erase(piece);
    drop(piece);
    suspect_.erase(piece);
    interrupted_.erase(piece);
    have_.insert(piece);
    if (!needed_.erase(piece) || piece.value() != lowest_needed_) return;
    const auto next = first_common(needed_, needed_, lowest_needed_);
    lowest_needed_ = next ? next->value() : shape_.piece_count();
}

bool picker::lose(piece_index piece, bool again) {
    if (!have_.erase(piece)) return false;
    if (!again) {
        wanted_.erase(piece);
        priorities_[piece.value()] = priority::skip;
    }
    if (!wanted_.has(piece)) return true;
    needed_.insert(piece);
    lowest_needed_ = std::min(lowest_needed_, piece.value());
    offer(piece);
    return true;
}

void picker::failed(piece_index piece, bool suspect) {
    whole_.erase(piece);
    drop(piece);
    if (suspect) suspect_.insert(piece);
    if (needed_.has(piece)) offer(piece);
}

/// What is suspect comes first, as started pieces do: there is a liar to find.
void picker::offer(piece_index piece) {
    availability_.offer(piece, priorities_[piece.value()], suspect_.contains(piece));
}

/// Neither started nor to be started.
void picker::drop(piece_index index) {
    availability_.withdraw(index);
    auto* const piece = started_.find(index);
    if (piece == nullptr) return;
    BT_ASSERT(held_ >= shape_.piece_size(index));
    if (piece->blocks.on_the_way() > 0 || piece->begun_anew) interrupted_.insert(index);
    held_ -= shape_.piece_size(index);
    started_.erase(*piece);
}

bool picker::is_interesting(const torrent::piece_set& theirs) const {
    if (is_complete() || theirs.none()) return false;
    if (theirs.count() + needed_.count() > shape_.piece_count()) return true;
    return first_common(theirs, needed_, lowest_needed_).has_value();
}

bool picker::needs_alone(const torrent::piece_set& theirs) const {
    return availability_.offers_alone(theirs) || started_.any([&](piece_index piece) {
        return theirs.has(piece) && needed_.has(piece) && availability_.count(piece) == 1;
    });
}

bool picker::is_half_done(piece_index index) const {
    const auto* const piece = started_.find(index);
    return whole_.has(index) || (piece != nullptr && piece->blocks.missing() * 2 <= piece->blocks.size());
}

bool picker::in_end_game() const {
    return !is_complete() && started_.none_open() && availability_.offered() == 0;
}

}  // namespace bt::swarm
