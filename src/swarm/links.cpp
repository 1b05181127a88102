#include "swarm/links.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace bt::swarm {

link& links::open(connection_id id, link fresh) {
    const auto [at, is_new] = open_.emplace(id, std::move(fresh));
    BT_ASSERT(is_new);
    return at->second;
}

void links::close(connection_id id) {
    open_.erase(id);
    if (open_.empty()) touched_.clear();
}

link* links::find(connection_id id) {
    const auto found = open_.find(id);
    return found == open_.end() ? nullptr : &found->second;
}

const link* links::find(connection_id id) const {
    const auto found = open_.find(id);
    return found == open_.end() ? nullptr : &found->second;
}

void links::touch(connection_id id, link& l) {
    if (l.touched) return;
    l.touched = true;
    touched_.push_back(id);
}

std::optional<connection_id> links::next_touched() {
    if (touched_.empty()) return std::nullopt;
    const auto id = touched_.back();
    touched_.pop_back();
    if (auto* l = find(id)) l->touched = false;
    return id;
}

std::vector<connection_id> links::in_turn() {
    std::vector<connection_id> order;
    order.reserve(open_.size());
    const auto first = open_.upper_bound(turn_);
    for (auto at = first; at != open_.end(); ++at) order.push_back(at->first);
    for (auto at = open_.begin(); at != first; ++at) order.push_back(at->first);
    if (!order.empty()) turn_ = order.front();
    return order;
}

bool links::is_sound() const {
    return touched_.empty() &&
           std::none_of(open_.begin(), open_.end(), [](const auto& each) { return each.second.touched; });
}

}  // namespace bt::swarm
