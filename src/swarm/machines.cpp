#include "swarm/machines.hpp"

#include <algorithm>

namespace bt::swarm {
namespace {

/// The zone says which interface of ours leads there, not which machine it is.
ip_address bare(const ip_address& address) { return address.with_zone(0); }

}  // namespace

ip_address address_groups::name_of(ip_address address) const {
    address = bare(address);
    for (auto next = next_.find(address); next != next_.end(); next = next_.find(address))
        address = next->second;
    return address;
}

void address_groups::join(const ip_address& one, const ip_address& other) {
    const auto to = name_of(one), from = name_of(other);
    if (to != from) next_.emplace(from, to);
}

void machines::set_own(std::vector<ip_address> addresses) {
    own_ = std::move(addresses);
    for (auto& each : own_) each = bare(each);
}

void machines::met(const instance_id& process, const ip_address& at) {
    if (first_at_.size() >= limits::lan_nodes) first_at_.clear();  // what was joined stays
    const auto [first, is_new] = first_at_.emplace(process, at);
    if (!is_new && groups_.size() < limits::lan_nodes) groups_.join(first->second, at);
}

bool machines::is_own(const ip_address& address) const {
    return address.scope() == address_scope::loopback ||
           std::find(own_.begin(), own_.end(), bare(address)) != own_.end();
}

}  // namespace bt::swarm
