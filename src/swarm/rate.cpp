#include "swarm/rate.hpp"

#include <algorithm>
#include <limits>

#include "base/assert.hpp"

namespace bt::swarm {
namespace {

/// A quarter of a second may be saved up: enough to keep a pipe full between two ticks.
double saved_up(std::uint64_t limit) { return std::max(static_cast<double>(limit) / 4, 32.0 * 1024); }

/// How long `tokens` take to come in, and a moment more: no rounding may leave a part of one missing.
duration time_for(double tokens, std::uint64_t limit) {
    // no debt is worth more than a year
    const auto micros = std::min(tokens / static_cast<double>(limit) * 1e6, 3e13);
    return duration(1 + static_cast<duration::rep>(micros));
}

/// A user that asked wants some for so long: longer than the pause between two ticks of a busy torrent.
constexpr duration wanting_time = 1s;

}  // namespace

void rate_meter::advance(time_point now) {
    const auto slot = now.time_since_epoch() / slot_time;
    if (slot_ < 0) {
        first_ = now;
        slot_ = slot;
    }
    for (auto next = std::max(slot_ + 1, slot - static_cast<std::int64_t>(slots) + 1); next <= slot; ++next)
        bytes_[static_cast<std::size_t>(next) % slots] = 0;
    slot_ = std::max(slot_, slot);
}

void rate_meter::add(time_point now, std::uint64_t bytes) {
    advance(now);
    bytes_[static_cast<std::size_t>(slot_) % slots] += bytes;
    total_ += bytes;
}

std::uint64_t rate_meter::per_second(time_point now) const {
    if (slot_ < 0) return 0;
    rate_meter copy = *this;
    copy.advance(now);
    std::uint64_t sum = 0;
    for (auto bytes : copy.bytes_) sum += bytes;
    // the newest slot is not over yet: what is summed began where the oldest one did
    const time_point oldest{slot_time * std::max<std::int64_t>(copy.slot_ - static_cast<int>(slots) + 1, 0)};
    const auto span = std::max(now - std::max(first_, oldest), slot_time * 2);
    return static_cast<std::uint64_t>(static_cast<double>(sum) / seconds(span));
}

std::uint64_t rate_limit::allowance(time_point now) {
    if (limit_ == 0) return std::numeric_limits<std::uint64_t>::max();
    const double rate = static_cast<double>(limit_);
    const double most = saved_up(limit_);
    if (!at_) tokens_ = most;
    tokens_ = std::min(most, tokens_ + rate * seconds(std::max(now - at_.value_or(now), duration{})));
    at_ = std::max(now, at_.value_or(now));
    return tokens_ > 0 ? static_cast<std::uint64_t>(tokens_) : 0;
}

void rate_limit::use(std::uint64_t bytes) {
    if (limit_ != 0) tokens_ -= static_cast<double>(bytes);
}

void rate_limit::give_back(std::uint64_t bytes) {
    if (limit_ != 0) tokens_ = std::min(tokens_ + static_cast<double>(bytes), saved_up(limit_));
}

time_point rate_limit::available_at() const {
    const auto at = at_.value_or(time_point{});
    if (limit_ == 0 || !at_ || tokens_ >= 1) return at;
    return at + time_for(1 - tokens_, limit_);
}

// --- shared

void shared_limit::set(std::uint64_t bytes_per_second) {
    limit_ = bytes_per_second;
    if (limit_ != 0) return;
    at_.reset();  // begins anew, and full, with the next limit
    for (auto& one : parts_) one = {};
    live_.clear();
}

shared_limit::user shared_limit::join() {
    if (free_.empty()) {
        parts_.emplace_back();
        return static_cast<user>(parts_.size() - 1);
    }
    const auto who = free_.back();
    free_.pop_back();
    return who;
}

void shared_limit::leave(user who) {
    BT_ASSERT(who < parts_.size());
    spare_ += parts_[who].tokens;
    parts_[who] = {};
    free_.push_back(who);
    std::erase(live_, who);
    if (at_) pour(0);
}

double shared_limit::most() const { return saved_up(limit_); }

/// How much this one may save up: in all, no more than one alone might. One that wants nothing more only pays
/// what it owes.
double shared_limit::brim(const part& one) const {
    return wants(one) ? std::max(most() / static_cast<double>(wanting_), 1.0) : 1.0;
}

std::uint64_t shared_limit::allowance(time_point now, user who) {
    if (limit_ == 0) return std::numeric_limits<std::uint64_t>::max();
    if (!at_) {
        at_ = now;
        spare_ = most();
    }
    advance(now);
    auto& mine = parts_[who];
    if (!wants(mine)) {
        mine.wants_until = *at_ + wanting_time;
        if (!std::exchange(mine.live, true)) live_.push_back(who);
        pour(0);
    }
    mine.wants_until = *at_ + wanting_time;
    return mine.tokens >= 1 ? static_cast<std::uint64_t>(mine.tokens) : 0;
}

void shared_limit::use(user who, std::uint64_t bytes) {
    if (limit_ == 0) return;
    BT_ASSERT(who < parts_.size());
    auto& mine = parts_[who];
    mine.tokens -= static_cast<double>(bytes);
    if (mine.tokens < 1 && !std::exchange(mine.live, true)) live_.push_back(who);
}

/// What is more than it may save up goes to the others with what comes in next.
void shared_limit::give_back(user who, std::uint64_t bytes) {
    if (limit_ != 0) parts_[who].tokens += static_cast<double>(bytes);
}

/// When the next of those that want some has not asked for too long.
time_point shared_limit::next_change() const {
    auto next = never;
    for (const auto who : live_)
        if (wants(parts_[who])) next = std::min(next, parts_[who].wants_until);
    return next;
}

void shared_limit::advance(time_point now) {
    while (*at_ < now) {
        const auto change = next_change();
        const auto until = std::min(now, change);
        pour(static_cast<double>(limit_) * seconds(until - *at_));
        at_ = until;
        if (until == change) pour(0);
    }
}

/// Shares `amount` out, with what is spare and what is over a brim that has sunk.
void shared_limit::pour(double amount) {
    wanting_ = static_cast<std::size_t>(
        std::count_if(live_.begin(), live_.end(), [&](user who) { return wants(parts_[who]); }));
    spare_ += amount;
    for (const auto who : live_) {
        auto& one = parts_[who];
        const auto over = std::max(one.tokens - brim(one), 0.0);
        one.tokens -= over;
        spare_ += over;
    }
    while (spare_ > 0) {  // as water does: those that are full leave the rest to the others
        double least = std::numeric_limits<double>::max(), with_room = 0;
        for (const auto who : live_) {
            const auto room = brim(parts_[who]) - parts_[who].tokens;
            if (room <= 0) continue;
            least = std::min(least, room);
            ++with_room;
        }
        if (with_room == 0) break;
        const bool last = spare_ <= least * with_room;
        const auto each = last ? spare_ / with_room : least;
        for (const auto who : live_) {
            auto& one = parts_[who];
            if (one.tokens < brim(one)) one.tokens = std::min(one.tokens + each, brim(one));
        }
        spare_ = last ? 0 : spare_ - each * with_room;
    }
    double held = 0;
    for (const auto who : live_) held += std::max(parts_[who].tokens, 0.0);
    spare_ = std::min(spare_, std::max(most() - held, 0.0));
    std::erase_if(live_, [&](user who) {
        auto& one = parts_[who];
        if (wants(one) || one.tokens < 1) return false;
        one.live = false;
        return true;
    });
}

time_point shared_limit::available_at(user who) const {
    if (limit_ == 0 || !at_) return at_.value_or(time_point{});
    if (parts_[who].tokens >= 1 || !parts_[who].live) return *at_;
    const auto at = paid_at(who), change = next_change();
    if (at <= change) return at;
    for (auto later = *this;;) {  // fewer will want some then
        later.advance(later.next_change());
        const auto next = later.paid_at(who);
        if (next <= later.next_change()) return next;
    }
}

/// When this one has a token, if those that want some remain the same: until then each of the others gets as
/// much as it, or what it has room for.
time_point shared_limit::paid_at(user who) const {
    const auto missing = 1 - parts_[who].tokens;
    auto needed = missing - spare_;
    for (const auto other : live_)
        if (other != who) needed += std::min(brim(parts_[other]) - parts_[other].tokens, missing);
    return *at_ + time_for(std::max(needed, 0.0), limit_);
}

// --- one torrent

std::uint64_t torrent_limit::allowance(time_point now) {
    // one that may not take anything leaves its part to the others
    const auto own = own_.allowance(now);
    return own == 0 || !shares_ ? own : std::min(own, all_->allowance(now, user_));
}

void torrent_limit::use(std::uint64_t bytes) {
    own_.use(bytes);
    if (shares_) all_->use(user_, bytes);
}

void torrent_limit::give_back(std::uint64_t bytes) {
    own_.give_back(bytes);
    if (shares_) all_->give_back(user_, bytes);
}

}  // namespace bt::swarm
