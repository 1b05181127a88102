#include "node/incoming_handshakes.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/assert.hpp"

namespace bt::node {

std::optional<connection_id> incoming_handshakes::add(time_point now, connection_id id,
                                                      const endpoint& from) {
    BT_ASSERT(!waiting_.contains(id));
    std::optional<connection_id> leaves;
    if (waiting_.size() >= most_waiting) {
        leaves = who_gives_way(from.address);
        waiting_.erase(*leaves);
    }
    waiting_.emplace(id, caller{wire::peer::incoming(now, self_), from});
    return leaves;
}

/// The oldest of the host that has the most: a peer that means it has spoken before a hundred others come.
connection_id incoming_handshakes::who_gives_way(const ip_address& newcomer) const {
    std::unordered_map<ip_address, std::size_t> places{{newcomer, 1}};
    for (const auto& [id, one] : waiting_) ++places[one.from.address];
    const auto first = std::max_element(waiting_.begin(), waiting_.end(), [&](const auto& a, const auto& b) {
        return places.at(a.second.from.address) < places.at(b.second.from.address);
    });  // of equals the first, which is the oldest
    BT_ASSERT(first != waiting_.end());
    return first->first;
}

std::optional<incoming_handshakes::outcome> incoming_handshakes::received(time_point now, connection_id id,
                                                                          byte_view data) {
    const auto found = waiting_.find(id);
    if (found == waiting_.end()) return std::nullopt;
    found->second.peer.receive(now, data);
    return settle(found);
}

std::deque<incoming_handshakes::outcome> incoming_handshakes::tick(time_point now) {
    std::deque<outcome> over;
    for (auto at = waiting_.begin(); at != waiting_.end();) {
        const auto one = at++;  // settle() may take it out
        if (one->second.peer.next_deadline() > now) continue;
        one->second.peer.tick(now);
        if (auto settled = settle(one)) over.push_back(std::move(*settled));
    }
    return over;
}

std::optional<incoming_handshakes::outcome> incoming_handshakes::settle(callers::iterator at) {
    while (auto event = at->second.peer.poll()) {
        const auto* named = std::get_if<wire::event::knock>(&*event);
        const auto* closed = std::get_if<wire::event::closed>(&*event);
        if (named == nullptr && closed == nullptr) continue;
        auto node = waiting_.extract(at);
        auto& it = node.mapped();
        outcome over{node.key(), it.from, std::move(it.peer), std::nullopt, false};
        if (named != nullptr)
            over.torrent = named->torrent;
        else
            over.first_without = closed->their_fault && without_.insert(over.from.address);
        return over;
    }
    return std::nullopt;
}

time_point incoming_handshakes::next_deadline() const {
    auto next = never;
    for (const auto& [id, one] : waiting_) next = std::min(next, one.peer.next_deadline());
    return next;
}

std::vector<connection_id> incoming_handshakes::clear() {
    std::vector<connection_id> all;
    for (const auto& [id, one] : waiting_) all.push_back(id);
    waiting_.clear();
    return all;
}

}  // namespace bt::node
