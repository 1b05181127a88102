#include "swarm/claims.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "base/limits.hpp"

namespace bt::swarm {

namespace {

constexpr duration least_standing_time = 10s, most_standing_time = 120s, first_standing_time = 30s;
constexpr int most_share_outs =
    8;  // between two ticks: a neighbour that changes its mind all the time costs no more
void set(torrent::piece_set& in, piece_index piece, bool on) {
    if (on)
        in.insert(piece);
    else
        in.erase(piece);
}

}  // namespace

claims::claims(std::uint32_t piece_count, const peer_id& self)
    : self_(self), holders_(piece_count), blocked_(piece_count), left_to_others_(piece_count) {}

// --- neighbours

void claims::joined(connection_id id, const peer_id& who) {
    if (neighbours_.contains(id)) return;
    neighbours_.emplace(id, neighbour{who, torrent::piece_set(blocked_.size())});
}

void claims::takes_part(connection_id id, bool takes) {
    const auto who = neighbours_.find(id);
    if (who == neighbours_.end() || std::exchange(who->second.takes_part, takes) == takes) return;
    shares_changed_ = true;
}

void claims::left(connection_id id) {
    auto node = neighbours_.extract(id);
    if (node.empty()) return;
    for (auto at = claims_.begin(); at != claims_.end();) {
        const auto next = std::next(at);
        if (at->first.second == id) {
            const auto piece = at->first.first;
            claims_.erase(at);
            judge(piece);
        }
        at = next;
    }
    node.mapped().has.for_each([&](piece_index piece) {
        BT_ASSERT(holders_[piece.value()] > 0);
        --holders_[piece.value()];
        judge(piece);
    });
    shares_changed_ = shares_changed_ || node.mapped().takes_part;
}

void claims::fetched(connection_id id, piece_index piece) {
    const auto at = claims_.find({piece, id});
    if (at == claims_.end()) return;
    if (at->second.stands) took(now_ - at->second.since);
    auto& claimer = neighbours_.at(id);
    BT_ASSERT(claimer.claims > 0);
    --claimer.claims;
    claims_.erase(at);
    judge(piece);
}

void claims::has(connection_id id, piece_index piece) {
    const auto who = neighbours_.find(id);
    if (who == neighbours_.end() || !who->second.has.insert(piece)) return;
    ++holders_[piece.value()];
    fetched(id, piece);
    judge(piece);
}

void claims::lost(connection_id id, piece_index piece) {
    const auto who = neighbours_.find(id);
    if (who == neighbours_.end() || !who->second.has.erase(piece)) return;
    --holders_[piece.value()];
    judge(piece);
}

bool claims::claimed(time_point now, connection_id id, piece_index piece, bool half_done) {
    now_ = now;
    const auto who = neighbours_.find(id);
    if (who == neighbours_.end() || who->second.has.has(piece)) return false;
    auto at = claims_.find({piece, id});
    if (at == claims_.end()) {
        if (who->second.claims >= limits::claims_of_neighbour) return false;
        ++who->second.claims;
        at = claims_.emplace(std::pair(piece, id), neighbours_claim{now, true}).first;
    }
    at->second.stands = now - at->second.since < standing_time();
    if (!at->second.stands) {
        judge(piece);  // it may have held the piece up to now
        return false;
    }
    oldest_ = std::min(oldest_, at->second.since);
    const bool yields = believed_ && who->second.id < self_ && !half_done && own_.erase(piece) != 0;
    judge(piece);
    return yields;
}

void claims::released(connection_id id, piece_index piece) {
    const auto at = claims_.find({piece, id});
    if (at == claims_.end()) return;
    at->second.stands = false;
    judge(piece);
}

// --- ours

bool claims::claim(time_point now, piece_index piece) {
    BT_ASSERT(piece.value() < blocked_.size());
    now_ = now;
    if (!own_.emplace(piece, now).second) return false;
    judge(piece);
    return true;
}

bool claims::done(time_point now, piece_index piece, bool verified) {
    now_ = now;
    const auto node = own_.extract(piece);
    if (node.empty()) return false;
    if (verified) took(now - node.mapped());
    judge(piece);
    return true;
}

std::vector<piece_index> claims::own() const {
    std::vector<piece_index> pieces;
    for (const auto& [piece, since] : own_) pieces.push_back(piece);
    return pieces;
}

// --- what is blocked

void claims::tick(time_point now, bool believed) {
    now_ = now;
    share_outs_ = 0;
    expire(now);
    if (std::exchange(believed_, believed) != believed) judge_all();
}

duration claims::standing_time() const {
    return mean_time_ ? std::clamp(4 * *mean_time_, least_standing_time, most_standing_time)
                      : first_standing_time;
}

void claims::took(duration time) {
    time = std::min(time, most_standing_time);
    mean_time_ = mean_time_ ? (*mean_time_ * 7 + time) / 8 : time;
}

bool claims::is_claimed(piece_index piece) const {
    for (auto at = claims_.lower_bound({piece, connection_id()}); at != claims_.end(); ++at) {
        if (at->first.first != piece) break;
        if (at->second.stands) return true;
    }
    return false;
}

void claims::judge(piece_index piece) {
    const bool ours = own_.contains(piece);
    const bool blocked = !ours && believed_ && (holders_[piece.value()] > 0 || is_claimed(piece));
    set(blocked_, piece, blocked);
    set(left_to_others_, piece, blocked || (!ours && !is_our_share(piece)));
}

void claims::judge_all() {
    for (std::uint32_t i = 0; i < blocked_.size(); ++i) judge(piece_index(i));
}

// --- which neighbour begins with what

const torrent::piece_set& claims::left_to_others() {
    if (shares_changed_ && share_outs_ < most_share_outs) share_out();
    return left_to_others_;
}

void claims::share_out() {
    shares_changed_ = false;
    ++share_outs_;
    sharers_ = 1;
    our_place_ = 0;
    for (const auto& [id, each] : neighbours_) {
        if (!each.takes_part) continue;
        ++sharers_;
        if (each.id < self_) ++our_place_;
    }
    BT_ASSERT(our_place_ < sharers_);
    judge_all();
}

bool claims::is_our_share(piece_index piece) const {
    const auto mixed =
        piece.value() * 0x9e3779b1u;  // neighbouring pieces to different sharers, for every count of them
    return (mixed >> 8) % sharers_ == our_place_;
}

void claims::expire(time_point now) {
    const auto longest = standing_time();
    if (oldest_ == never || now - oldest_ < longest) return;
    oldest_ = never;
    for (auto& [key, each] : claims_) {
        if (!each.stands) continue;
        if (now - each.since < longest) {
            oldest_ = std::min(oldest_, each.since);
            continue;
        }
        each.stands = false;
        judge(key.first);
    }
}

}  // namespace bt::swarm
