#include "dht/query_book.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace bt::dht {

namespace {

constexpr duration first_patience = 250ms, least_patience = 50ms, most_patience = 1s;

}  // namespace

void round_trips::sample(duration took) {
    took = std::clamp(took, duration(1), query_timeout);  // 0 means that nothing is known
    if (mean_ == duration::zero()) {
        mean_ = took;
        deviation_ = took / 2;
        return;
    }
    deviation_ += (std::chrono::abs(mean_ - took) - deviation_) / 4;
    mean_ = std::max(mean_ + (took - mean_) / 8, duration(1));
}

duration round_trips::patience() const {
    if (mean_ == duration::zero()) return first_patience;
    return std::clamp(mean_ + 4 * deviation_, least_patience, most_patience);
}

const open_query& query_book::open(time_point now, open_query query, duration patience) {
    BT_ASSERT(patience > duration::zero());
    do random_.fill(query.tid);
    while (open_.contains(query.tid));
    query.sent = now;
    query.slow = false;
    const auto due = now + std::min(patience, query_timeout);
    const auto tid = query.tid;
    deadlines_.emplace(due, tid);
    by_endpoint_.emplace(query.to, tid);
    return open_.emplace(tid, entry{std::move(query), due}).first->second.query;
}

open_query query_book::take(entries::iterator at) {
    BT_ASSERT(at != open_.end());
    auto query = std::move(at->second.query);
    deadlines_.erase({at->second.due, query.tid});
    by_endpoint_.erase({query.to, query.tid});
    open_.erase(at);
    BT_ASSERT(open_.size() == deadlines_.size() && open_.size() == by_endpoint_.size());
    return query;
}

std::optional<open_query> query_book::close(const endpoint& from, std::string_view tid) {
    transaction wanted;
    if (tid.size() != wanted.size()) return std::nullopt;
    std::copy(tid.begin(), tid.end(), wanted.begin());
    const auto found = open_.find(wanted);
    if (found == open_.end() || found->second.query.to != from) return std::nullopt;
    return take(found);
}

bool query_book::is_open(const endpoint& to) const {
    const auto first = by_endpoint_.lower_bound({to, transaction{}});
    return first != by_endpoint_.end() && first->first == to;
}

bool query_book::is_open(std::uint64_t owner) const {
    return std::any_of(open_.begin(), open_.end(),
                       [owner](const auto& each) { return each.second.query.owner == owner; });
}

std::optional<query_book::overdue> query_book::tick(time_point now) {
    if (deadlines_.empty() || now < deadlines_.begin()->first) return std::nullopt;
    const auto found = open_.find(deadlines_.begin()->second);
    BT_ASSERT(found != open_.end() && found->second.due == deadlines_.begin()->first);
    auto& [query, due] = found->second;
    const auto end = query.sent + query_timeout;
    if (now >= end) return overdue{take(found), true};
    BT_ASSERT(!query.slow);
    deadlines_.erase(deadlines_.begin());
    query.slow = true;
    due = end;
    deadlines_.emplace(due, query.tid);
    return overdue{query, false};
}

std::vector<open_query> query_book::fail_all(const endpoint& to) {
    std::vector<open_query> failed;
    for (;;) {
        const auto first = by_endpoint_.lower_bound({to, transaction{}});
        if (first == by_endpoint_.end() || first->first != to) return failed;
        failed.push_back(take(open_.find(first->second)));
    }
}

void query_book::forget(std::uint64_t owner) {
    for (auto at = open_.begin(); at != open_.end();) {
        const auto here = at++;
        if (here->second.query.owner == owner) take(here);
    }
}

time_point query_book::next_deadline() const {
    return deadlines_.empty() ? never : deadlines_.begin()->first;
}

}  // namespace bt::dht
