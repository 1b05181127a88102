#include "swarm/completed_peers.hpp"

namespace bt::swarm {

bool completed_peers::add(const peer_id& who, const ip_address& host, const class machines& known) {
    if (seen_.size() >= limits::known_peers) return false;
    const bool is_new = ids_.insert(who).second;
    const auto before = is_new ? machines(known) : 0;  // told again and again, and each count goes over all
    hosts_.insert(host);
    seen_.emplace(who, host);
    return is_new && (known.is_own(host) || machines(known) > before);
}

std::uint32_t completed_peers::machines(const class machines& known) const {
    auto groups = known.groups();
    const std::pair<peer_id, ip_address>* before = nullptr;
    for (const auto& each : seen_) {  // in order of their ids
        if (before != nullptr && before->first == each.first) groups.join(before->second, each.second);
        before = &each;
    }
    std::set<ip_address> names;
    for (const auto& host : hosts_)
        if (!known.is_own(host)) names.insert(groups.name_of(host));
    return static_cast<std::uint32_t>(names.size());
}

}  // namespace bt::swarm
