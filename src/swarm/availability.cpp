#include "swarm/availability.hpp"

#include <bit>

#include "swarm/common_piece.hpp"

namespace bt::swarm {
namespace {

/// The next group from `at` on, upwards or downwards, that is not empty.
std::optional<std::size_t> next_taken(const std::vector<std::uint64_t>& taken, std::size_t at, bool down) {
    auto word = at / 64;
    if (word >= taken.size()) return std::nullopt;
    auto bits = taken[word] & (down ? ~std::uint64_t{0} >> (63 - at % 64) : ~std::uint64_t{0} << at % 64);
    while (bits == 0) {
        if (down ? word == 0 : word + 1 == taken.size()) return std::nullopt;
        bits = taken[down ? --word : ++word];
    }
    const auto bit = down ? 63 - std::countl_zero(bits) : std::countr_zero(bits);
    return word * 64 + static_cast<std::size_t>(bit);
}

}  // namespace

availability::availability(std::uint32_t piece_count, rng random)
    : random_(random), pieces_(piece_count), histogram_(1, piece_count) {
    levels_.fill({{}, {}, torrent::piece_set(piece_count), piece_count});
}

/// At a random place of the group, so that ties come in random order.
void availability::insert(level& in, std::uint32_t piece) {
    const auto count = pieces_[piece].count;
    if (in.groups.size() <= count) {
        in.groups.resize(count + 1);
        in.taken.resize(count / 64 + 1);
    }
    auto& to = in.groups[count];
    in.taken[count / 64] |= std::uint64_t{1} << count % 64;
    to.push_back(piece);
    const auto place = static_cast<std::uint32_t>(random_.below(to.size()));
    pieces_[to[place]].place = static_cast<std::uint32_t>(to.size() - 1);
    std::swap(to[place], to.back());
    pieces_[piece].place = place;
}

void availability::erase(level& in, std::uint32_t piece) {
    const auto place = pieces_[piece].place, count = std::uint32_t{pieces_[piece].count};
    auto& from = in.groups[count];
    BT_ASSERT(place < from.size() && from[place] == piece);
    from[place] = from.back();
    pieces_[from.back()].place = place;
    from.pop_back();
    if (from.empty()) in.taken[count / 64] &= ~(std::uint64_t{1} << count % 64);
    // all pieces wander through the groups as peers join: what they leave behind is given back
    if (from.size() >= from.capacity() / 4 || from.capacity() < 64) return;
    group smaller;
    smaller.reserve(from.size() * 2);
    smaller.assign(from.begin(), from.end());
    from.swap(smaller);
}

void availability::change(std::uint32_t piece, bool up) {
    auto& one = pieces_[piece];
    BT_ASSERT(up || one.count > 0);
    auto* const in = one.level == absent ? nullptr : &levels_[one.level];
    if (in != nullptr) erase(*in, piece);
    --histogram_[one.count];
    if (up)
        ++one.count;
    else
        --one.count;
    if (histogram_.size() <= one.count) histogram_.resize(one.count + 1u);
    ++histogram_[one.count];
    if (in != nullptr) insert(*in, piece);
}

void availability::add(const torrent::piece_set& pieces) {
    pieces.for_each([&](piece_index piece) { change(piece.value(), true); });
}

void availability::remove(const torrent::piece_set& pieces) {
    pieces.for_each([&](piece_index piece) { change(piece.value(), false); });
}

void availability::add(piece_index piece) { change(piece.value(), true); }
void availability::remove(piece_index piece) { change(piece.value(), false); }

double availability::distributed_copies() const {
    if (pieces_.empty()) return 0;
    const auto least = std::find_if(histogram_.begin(), histogram_.end(), [](auto n) { return n > 0; });
    const auto more = 1.0 - static_cast<double>(*least) / static_cast<double>(pieces_.size());
    return everywhere_ + static_cast<double>(least - histogram_.begin()) + more;
}

bool availability::offers_alone(const torrent::piece_set& theirs) const {
    if (everywhere_ > 1) return false;
    const auto alone = 1 - everywhere_;  // the group of the pieces with one copy
    return std::any_of(levels_.begin(), levels_.end(), [&](const level& in) {
        if (in.groups.size() <= alone) return false;
        const auto& pieces = in.groups[alone];
        return std::any_of(pieces.begin(),
                           pieces.begin() + static_cast<std::ptrdiff_t>(std::min(pieces.size(), rare)),
                           [&](std::uint32_t piece) { return theirs.has(piece_index(piece)); });
    });
}

void availability::offer(piece_index p, priority wish, bool urgent) {
    BT_ASSERT(wish != priority::skip);
    const auto to = static_cast<std::uint8_t>(
        urgent ? 0 : static_cast<std::uint8_t>(priority::high) - static_cast<std::uint8_t>(wish) + 1);
    const auto piece = p.value();
    if (pieces_[piece].level == to) return;
    withdraw(p);
    auto& in = levels_[to];
    pieces_[piece].level = to;
    insert(in, piece);
    in.offered.insert(p);
    in.lowest = std::min(in.lowest, piece);
    ++offered_;
}

void availability::withdraw(piece_index p) {
    const auto piece = p.value();
    if (pieces_[piece].level == absent) return;
    auto& in = levels_[pieces_[piece].level];
    erase(in, piece);
    in.offered.erase(p);
    pieces_[piece].level = absent;
    BT_ASSERT(offered_ > 0);
    --offered_;
    if (piece != in.lowest) return;
    const auto next = first_common(in.offered, in.offered, piece);
    in.lowest = next ? next->value() : in.offered.size();
}

std::optional<piece_index> availability::best(const reach& of, preference by) {
    if (of.theirs.none()) return std::nullopt;
    for (const auto& in : levels_) {
        if (in.offered.none()) continue;
        if (const auto found = best_in(in, of, by)) return found;
    }
    return std::nullopt;
}

bool availability::better(piece_index a, piece_index b, preference by) const {
    if (by == preference::sequential) return a < b;
    const auto one = pieces_[a.value()].count, other = pieces_[b.value()].count;
    return by == preference::rarest ? one < other : one > other;
}

std::optional<piece_index> availability::best_in(const level& in, const reach& of, preference by) {
    if (of.only != nullptr) {
        std::optional<piece_index> best;
        for (const auto piece : *of.only)
            if (in.offered.has(piece) && of.has(piece) && (!best || better(piece, *best, by))) best = piece;
        return best;
    }
    if (by == preference::sequential) return first_common(of.theirs, in.offered, in.lowest, of.except);
    // a peer that has hardly anything is not looked for in groups of thousands
    if (of.theirs.count() > few || of.theirs.count() > of.theirs.size() / 64)
        if (const auto found = best_of_groups(in, of, by == preference::common)) return found;
    return best_of_few(in, of, by);
}

std::optional<piece_index> availability::best_of_groups(const level& in, const reach& of, bool common) const {
    // nothing that is theirs has no peers, but for those that have everything
    const std::size_t lowest = of.theirs.all() ? 0 : 1;
    auto left = looks;
    for (auto at = next_taken(in.taken, common ? in.groups.size() - 1 : lowest, common);
         at && *at >= lowest && left > 0; at = next_taken(in.taken, common ? *at - 1 : *at + 1, common)) {
        const auto& those = in.groups[*at];
        const auto size = std::min({those.size(), glance, left});
        for (std::size_t i = 0; i < size; ++i) {
            if (!of.has(piece_index(those[i]))) continue;
            // the last of them steps into its place, to be the next
            if (those.size() > ahead) __builtin_prefetch(&pieces_[those[those.size() - 1 - ahead]], 1);
            return piece_index(those[i]);
        }
        left -= size;
        if (*at == 0) break;
    }
    return std::nullopt;
}

/// The best of what is theirs and offered from a random place on, round the end.
std::optional<piece_index> availability::best_of_few(const level& in, const reach& of, preference by) {
    std::optional<piece_index> best;
    const auto begin = static_cast<std::uint32_t>(random_.below(in.offered.size()));
    auto left = few;
    const auto scan = [&](std::uint32_t from, std::uint32_t to) {
        auto each = first_common(of.theirs, in.offered, from, of.except);
        for (; each && each->value() < to && left > 0; --left) {
            if (!best || better(*each, *best, by)) best = each;
            each = first_common(of.theirs, in.offered, each->value() + 1, of.except);
        }
    };
    scan(begin, in.offered.size());
    if (left > 0 && in.lowest < begin) scan(in.lowest, begin);
    return best;
}

}  // namespace bt::swarm
