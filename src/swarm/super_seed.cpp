#include "swarm/super_seed.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace bt::swarm {
namespace {

constexpr duration least_patience = 30s, most_patience = 10min;
constexpr unsigned most_doublings = 4;
constexpr std::uint32_t nowhere = ~0u;

/// Four times what it takes lately: long enough for a slow one, and it follows the size of pieces and the
/// link.
duration patience(duration lately) { return std::clamp<duration>(4 * lately, least_patience, most_patience); }

void smooth(duration& lately, duration sample) {
    lately = lately == duration{} ? std::max(sample, duration{1}) : (7 * lately + sample) / 8;
}

}  // namespace

super_seed::super_seed(std::uint32_t piece_count, rng random)
    : unseen_(piece_count), random_(random), seen_(piece_count), place_(piece_count, nowhere) {
    for (std::uint32_t i = 0; i < piece_count; ++i) sort_in(piece_index(i));
}

/// Puts a piece where it belongs after anything has changed for it.
void super_seed::sort_in(piece_index piece) {
    const auto shows = shown_to_.find(piece);
    const bool unseen = seen_[piece.value()] == 0, unshown = shows == shown_to_.end();
    auto& place = place_[piece.value()];
    if (unseen && unshown && place == nowhere) {
        place = static_cast<std::uint32_t>(fresh_.size());
        fresh_.push_back(piece.value());
    } else if (!(unseen && unshown) && place != nowhere) {
        place_[fresh_.back()] = place;
        fresh_[place] = fresh_.back();
        fresh_.pop_back();
        place = nowhere;
    }
    const bool ignored =
        unseen && !unshown && std::all_of(shows->second.begin(), shows->second.end(), [&](connection_id id) {
            return peers_.at(id).shows.at(piece).until == never;
        });
    if (ignored)
        ignored_.insert(piece);
    else
        ignored_.erase(piece);
}

/// Whether a peer may be shown one more. A quick one has the next before the last is seen elsewhere, so that
/// it does not idle; a lone one has no other to pass anything to, so its pieces count until it has them.
void super_seed::sort_in(peer_entry& peer) {
    auto& [id, state] = peer;
    if (state.open < (state.quick || peers_.size() == 1 ? 2u : 1u))
        free_.insert(id);
    else
        free_.erase(id);
}

void super_seed::joined(connection_id peer, const torrent::piece_set& theirs) {
    BT_ASSERT(theirs.size() == seen_.size());
    const auto [entry, is_new] = peers_.try_emplace(peer, peer_state{theirs});
    if (!is_new) return;
    theirs.for_each([&](piece_index piece) {
        if (seen_[piece.value()]++ == 0) --unseen_;
        sort_in(piece);
    });
    sort_in(*entry);
    change_company();
}

void super_seed::left(connection_id peer) {
    const auto found = peers_.find(peer);
    if (found == peers_.end()) return;
    while (!found->second.shows.empty()) close(*found, found->second.shows.begin()->first);
    BT_ASSERT(found->second.open == 0);
    const auto had = std::move(found->second.has);
    peers_.erase(found);
    free_.erase(peer);
    had.for_each([&](piece_index piece) {
        if (--seen_[piece.value()] == 0) ++unseen_;
        sort_in(piece);
    });
    change_company();
}

/// One alone is treated otherwise: see sort_in().
void super_seed::change_company() {
    if (peers_.empty() || peers_.size() > 2) return;
    for (auto& each : peers_) {
        std::vector<piece_index> held;
        if (peers_.size() == 1)
            for (const auto& [piece, what] : each.second.shows)
                if (what.taken) held.push_back(piece);
        for (auto piece : held) close(each, piece);
        sort_in(each);
    }
}

void super_seed::has(time_point now, connection_id peer, piece_index piece) {
    const auto found = peers_.find(peer);
    if (found == peers_.end() || !found->second.has.insert(piece)) return;
    BT_ASSERT(piece.value() < seen_.size());
    if (seen_[piece.value()]++ == 0) --unseen_;
    const auto shows = shown_to_.find(piece);
    if (shows != shown_to_.end()) {
        for (auto other : std::vector<connection_id>(shows->second.begin(), shows->second.end())) {
            if (other == peer) continue;
            auto& giver = *peers_.find(other);
            const auto& what = giver.second.shows.at(piece);
            if (what.taken) smooth(passing_, now - what.at);
            close(giver, piece);
        }
    }
    if (found->second.shows.contains(piece)) taken(now, *found, piece);
    sort_in(piece);
}

super_seed::show super_seed::open(time_point now, peer_entry& peer, piece_index piece) {
    auto& [id, state] = peer;
    shown_to_[piece].insert(id);
    auto& what = state.shows[piece] = shown{now, never};
    wait_until(peer, piece, what, now + patience(taking_) * (1 << std::min(state.ignored, most_doublings)));
    sort_in(piece);
    return {id, piece};
}

void super_seed::wait_until(peer_entry& peer, piece_index piece, shown& what, time_point until) {
    auto& [id, state] = peer;
    if (what.until != never) {
        patience_.erase({what.until, id, piece});
        --state.open;
    }
    what.until = until;
    if (until != never) {
        patience_.insert({until, id, piece});
        ++state.open;
    }
    sort_in(peer);
}

void super_seed::taken(time_point now, peer_entry& peer, piece_index piece) {
    auto& state = peer.second;
    auto& what = state.shows.at(piece);
    const duration took = now - what.at;
    state.quick = taking_ == duration{} || took <= taking_ * 3 / 2;
    state.ignored = 0;
    smooth(taking_, took);
    what.taken = true;
    what.at = now;
    if (peers_.size() == 1)
        close(peer, piece);
    else
        wait_until(peer, piece, what, now + patience(passing_));
}

/// The piece was passed on, or that is not waited for any longer.
void super_seed::close(peer_entry& peer, piece_index piece) {
    auto& [id, state] = peer;
    wait_until(peer, piece, state.shows.at(piece), never);
    state.shows.erase(piece);
    const auto shows = shown_to_.find(piece);
    BT_ASSERT(shows != shown_to_.end());
    shows->second.erase(id);
    if (shows->second.empty()) shown_to_.erase(shows);
    sort_in(piece);
}

void super_seed::lose_patience(time_point now) {
    while (!patience_.empty() && std::get<time_point>(*patience_.begin()) <= now) {
        const auto [until, id, piece] = *patience_.begin();
        auto& peer = *peers_.find(id);
        auto& what = peer.second.shows.at(piece);
        peer.second.quick = false;
        if (what.taken) {
            close(peer, piece);
            continue;
        }
        // it may still take it: what we said to have cannot be unsaid
        ++peer.second.ignored;
        wait_until(peer, piece, what, never);
        sort_in(piece);
    }
}

/// Rarest first: no peer has it and none was shown it; when there is no such piece, one that all it was
/// shown to let be.
std::optional<piece_index> super_seed::pick(const peer_state& peer) {
    if (!fresh_.empty()) return piece_index(fresh_[random_.below(fresh_.size())]);
    std::vector<piece_index> possible;
    for (auto piece : ignored_)
        if (!peer.shows.contains(piece)) possible.push_back(piece);
    if (possible.empty()) return std::nullopt;
    return possible[random_.below(possible.size())];
}

std::optional<super_seed::show> super_seed::next(time_point now) {
    lose_patience(now);
    if (fresh_.empty() && ignored_.empty()) return std::nullopt;
    for (auto id : free_) {
        auto& peer = *peers_.find(id);
        if (const auto piece = pick(peer.second)) return open(now, peer, *piece);
    }
    return std::nullopt;
}

time_point super_seed::next_deadline() const {
    return patience_.empty() ? never : std::get<time_point>(*patience_.begin());
}

}  // namespace bt::swarm
