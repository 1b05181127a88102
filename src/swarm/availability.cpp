#include "swarm/availability.hpp"

#include <algorithm>

namespace bt::swarm {

availability::availability(std::uint32_t piece_count, rng random)
    : random_(random), counts_(piece_count, 0), position_(piece_count, absent), group_end_(1, 0) {}

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
}

std::optional<piece_index> availability::rarest(const torrent::piece_set& theirs, bool sequential) const {
    if (sequential) {
        for (std::uint32_t i = 0; i < position_.size(); ++i)
            if (position_[i] != absent && theirs.has(piece_index(i))) return piece_index(i);
        return std::nullopt;
    }
    for (auto piece : order_)
        if (theirs.has(piece_index(piece))) return piece_index(piece);
    return std::nullopt;
}

}  // namespace bt::swarm
