// The peers that have, or had, everything.
#pragma once

#include <cstdint>
#include <set>
#include <utility>

#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/limits.hpp"
#include "swarm/machines.hpp"

namespace bt::swarm {

class completed_peers {
  public:
    /// True if that is news, and there was room: the first node of another machine, or any of this one.
    bool add(const peer_id& who, const ip_address& host, const class machines& known);
    bool holds(const ip_address& host) const { return hosts_.contains(host); }
    bool empty() const { return ids_.empty(); }
    /// Others than this one. A machine has several addresses and, when it fetches once more or runs two
    /// nodes, several ids.
    std::uint32_t machines(const class machines& known) const;

  private:
    std::set<std::pair<peer_id, ip_address>> seen_;
    std::set<peer_id> ids_;
    std::set<ip_address> hosts_;
};

}  // namespace bt::swarm
