#include "swarm/availability.hpp"

#include <algorithm>

#include "swarm/common_piece.hpp"

namespace bt::swarm {

availability::availability(std::uint32_t piece_count, rng random)
    : random_(random),
      counts_(piece_count, 0),
      position_(piece_count, absent),
      offered_(piece_count),
      lowest_(piece_count),
      group_end_(1, 0) {}

void availability::swap_into(std::uint32_t piece, std::uint32_t place) {
    const auto other = order_[place], from = position_[piece];
    std::swap(order_[place], order_[from]);
    position_[piece] = place;
    position_[other] = from;
}

void availability::raise(std::uint32_t piece) {
    const auto count = counts_[piece]++;
    if (position_[piece] == absent) return;
    if (group_end_.size() < count + 2) group_end_.push_back(group_end_.back());
    swap_into(piece, --group_end_[count]);
    // a random place in the new group keeps ties random
    const auto begin = group_end_[count], size = group_end_[count + 1] - begin;
    swap_into(piece, begin + static_cast<std::uint32_t>(random_.below(size)));
}

void availability::lower(std::uint32_t piece) {
    BT_ASSERT(counts_[piece] > 0);
    const auto count = --counts_[piece];
    if (position_[piece] == absent) return;
    swap_into(piece, group_end_[count]++);
    const auto begin = group_begin(count), size = group_end_[count] - begin;
    swap_into(piece, begin + static_cast<std::uint32_t>(random_.below(size)));
}

void availability::add(const torrent::piece_set& pieces) {
    pieces.for_each([&](piece_index piece) { raise(piece.value()); });
}

void availability::remove(const torrent::piece_set& pieces) {
    pieces.for_each([&](piece_index piece) { lower(piece.value()); });
}

void availability::add(piece_index piece) { raise(piece.value()); }

double availability::distributed_copies() const {
    if (counts_.empty()) return 0;
    const auto least = *std::min_element(counts_.begin(), counts_.end());
    const auto more = std::count_if(counts_.begin(), counts_.end(), [&](auto c) { return c > least; });
    return everywhere_ + least + static_cast<double>(more) / static_cast<double>(counts_.size());
}

void availability::offer(piece_index p) {
    const auto piece = p.value(), count = counts_[piece];
    if (position_[piece] != absent) return;
    while (group_end_.size() < count + 1) group_end_.push_back(group_end_.back());
    position_[piece] = static_cast<std::uint32_t>(order_.size());
    order_.push_back(piece);
    offered_.insert(p);
    lowest_ = std::min(lowest_, piece);
    // from the end down to its group, one swap a group
    for (std::size_t c = group_end_.size() - 1; c > count; --c)
        swap_into(piece, group_end_[c - 1]), ++group_end_[c];
    ++group_end_[count];
    const auto begin = group_begin(count);
    swap_into(piece, begin + static_cast<std::uint32_t>(random_.below(group_end_[count] - begin)));
}

void availability::withdraw(piece_index p) {
    const auto piece = p.value();
    if (position_[piece] == absent) return;
    for (std::size_t c = counts_[piece]; c < group_end_.size(); ++c) swap_into(piece, --group_end_[c]);
    order_.pop_back();
    position_[piece] = absent;
    offered_.erase(p);
    if (piece != lowest_) return;
    const auto next = first_common(offered_, offered_, piece);
    lowest_ = next ? next->value() : static_cast<std::uint32_t>(position_.size());
}

std::optional<piece_index> availability::rarest(const torrent::piece_set& theirs, bool sequential) const {
    if (order_.empty() || theirs.none()) return std::nullopt;
    if (sequential) return first_common(theirs, offered_, lowest_);
    if (theirs.all()) return piece_index(order_[0]);
    // nothing of theirs is in the group of no peers: it is counted itself
    for (std::uint32_t count = 1; count < group_end_.size(); ++count) {
        const auto end = std::min(group_end_[count], group_begin(count) + glance);
        for (auto at = group_begin(count); at < end; ++at)
            if (theirs.has(piece_index(order_[at]))) return piece_index(order_[at]);
    }
    return rarest_of_few(theirs);
}

/// Hardly any offered piece is theirs: goes through those that are.
std::optional<piece_index> availability::rarest_of_few(const torrent::piece_set& theirs) const {
    std::optional<piece_index> best;
    for (auto each = first_common(theirs, offered_, lowest_); each;
         each = first_common(theirs, offered_, each->value() + 1))
        if (!best || position_[each->value()] < position_[best->value()]) best = each;
    return best;
}

}  // namespace bt::swarm
