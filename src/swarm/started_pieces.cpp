#include "swarm/started_pieces.hpp"

namespace bt::swarm {
namespace {
constexpr std::uint32_t nearly = 16;  // a piece is nearly whole when 15 of 16 blocks are there
}

void block_table::count(const block_state& b, std::uint32_t sign) {
    if (b.arrived) return;
    missing_ += sign;
    if (b.asked == 0) unasked_ += sign;
    on_the_way_ += sign * b.asked;
    for (const auto why : {again::overdue, again::nearly_whole, again::end_game})
        if (is_repeatable(b, why)) repeatable_[static_cast<std::size_t>(why)] += sign;
}

block_index block_table::ask_next() {
    BT_ASSERT(unasked_ > 0);
    while (blocks_[scanned_].arrived || blocks_[scanned_].asked > 0) ++scanned_;
    change(scanned_, [](block_state& b) { b.asked = 1; });
    return block_index(scanned_++);
}

bool block_table::lose(block_index at) {
    BT_ASSERT(at.value() < size());
    const auto& one = blocks_[at.value()];
    if (one.arrived || one.asked == 0) return false;
    change(at.value(), [](block_state& b) {
        --b.asked;
        b.lost = true;
        b.overdue = b.overdue && b.asked > 0;
        b.late = b.late && b.asked > 0;
    });
    if (one.asked > 0) return false;
    scanned_ = std::min(scanned_, at.value());
    return true;
}

void block_table::overdue(block_index at) {
    const auto& one = blocks_[at.value()];
    if (!one.arrived && one.asked > 0) change(at.value(), [](block_state& b) { b.overdue = true; });
}

void block_table::late(block_index at) {
    const auto& one = blocks_[at.value()];
    if (!one.arrived && one.asked > 0) change(at.value(), [](block_state& b) { b.late = true; });
}

bool block_table::arrive(block_index at) {
    BT_ASSERT(at.value() < size() && !has_arrived(at));
    const auto& one = blocks_[at.value()];
    const bool others = one.asked > 1 || (one.asked == 1 && one.lost);
    change(at.value(), [](block_state& b) {
        b.asked = 0;
        b.arrived = true;
    });
    return others;
}

started_piece* started_pieces::find(piece_index piece) {
    const auto found = pieces_.find(piece);
    return found == pieces_.end() ? nullptr : &found->second;
}

const started_piece* started_pieces::find(piece_index piece) const {
    const auto found = pieces_.find(piece);
    return found == pieces_.end() ? nullptr : &found->second;
}

started_piece& started_pieces::start(piece_index piece, std::uint32_t blocks) {
    const auto [at, fresh] = pieces_.try_emplace(piece, piece, blocks);
    BT_ASSERT(fresh);
    at->second.order_ = ++last_;
    return at->second;
}

void started_pieces::erase(started_piece& piece) {
    put(piece, 0);
    const auto index = piece.index;  // not a reference into what goes
    const auto erased = pieces_.erase(index);
    BT_ASSERT(erased == 1);
}

std::uint16_t started_pieces::lists_of(const started_piece& piece) {
    const auto& blocks = piece.blocks;
    unsigned in = 0;
    if (piece.owner) in |= 1u << (blocks.unasked() > 0 ? own_open : own_asked);
    if (!piece.exclusive) {
        if (blocks.unasked() > 0)
            in |= 1u << (blocks.on_the_way() == 0 ? abandoned : piece.owner ? owned : shared);
        if (blocks.repeatable(again::overdue) > 0) in |= 1u << overdue;
        if (blocks.repeatable(again::nearly_whole) > 0 && blocks.missing() * nearly <= blocks.size())
            in |= 1u << nearly_whole;
        if (blocks.repeatable(again::end_game) > 0) in |= 1u << repeatable;
    }
    return static_cast<std::uint16_t>(in);
}

void started_pieces::put(started_piece& piece, std::uint16_t lists) {
    const unsigned changed = piece.lists_ ^ lists;
    if (changed == 0) return;
    const auto set = [&](in_order& list, unsigned number) {
        if ((changed >> number & 1) == 0) return;
        if ((lists >> number & 1) != 0)
            list.emplace(piece.order_, &piece);
        else
            list.erase(piece.order_);
    };
    for (unsigned i = 0; i < lists_.size(); ++i) set(lists_[i], i);
    if (changed >> own_open != 0) {
        BT_ASSERT(piece.owner);
        const auto owner = owners_.try_emplace(*piece.owner).first;
        set(owner->second.open, own_open);
        set(owner->second.asked, own_asked);
        if (owner->second.open.empty() && owner->second.asked.empty()) owners_.erase(owner);
    }
    piece.lists_ = lists;
}

void started_pieces::update(started_piece& piece) { put(piece, lists_of(piece)); }

void started_pieces::to_front(started_piece& piece) {
    put(piece, 0);
    piece.order_ = --first_;
    update(piece);
}

void started_pieces::give(started_piece& piece, std::optional<connection_id> owner, bool exclusive) {
    put(piece, 0);
    piece.owner = owner;
    piece.exclusive = exclusive;
    update(piece);
}

started_piece* started_pieces::next(kind which, const reach& of, const started_piece* after,
                                    std::size_t& looks) const {
    const auto& list = lists_[which];
    if (list.empty()) return nullptr;
    const auto from = after == nullptr ? std::numeric_limits<std::int64_t>::min() : after->order_ + 1;
    if (of.only != nullptr) {
        started_piece* first = nullptr;
        for (const auto index : *of.only) {
            const auto found = pieces_.find(index);
            if (found == pieces_.end() || (found->second.lists_ >> which & 1) == 0) continue;
            auto* const piece = list.at(found->second.order_);
            if (piece->order_ >= from && (first == nullptr || piece->order_ < first->order_) && of.has(index))
                first = piece;
        }
        return first;
    }
    for (auto at = list.lower_bound(from); at != list.end() && looks > 0; ++at, --looks)
        if (of.has(at->second->index)) return at->second;
    return nullptr;
}

started_piece* started_pieces::last_abandoned(const torrent::piece_set& theirs, std::size_t looks) const {
    const auto& list = lists_[abandoned];
    for (auto at = list.rbegin(); at != list.rend() && looks > 0; ++at, --looks)
        if (!theirs.has(at->second->index)) return at->second;
    return nullptr;
}

std::vector<started_piece*> started_pieces::of(connection_id owner, bool unasked_only) const {
    std::vector<started_piece*> all;
    const auto found = owners_.find(owner);
    if (found == owners_.end()) return all;
    for (const auto& [order, piece] : found->second.open) all.push_back(piece);
    if (!unasked_only)
        for (const auto& [order, piece] : found->second.asked) all.push_back(piece);
    return all;
}

bool started_pieces::none_open() const {
    return lists_[abandoned].empty() && lists_[shared].empty() && lists_[owned].empty();
}

}  // namespace bt::swarm
