// What is near: reached over a link of our own and not through a router, whatever its address looks like.
// What goes there costs no uplink, so it is chosen first and not limited.
#pragma once

#include <vector>

#include "base/endpoint.hpp"
#include "swarm/machines.hpp"

namespace bt::swarm {

class vicinity {
  public:
    void set_networks(std::vector<own_network> networks) { networks_ = std::move(networks); }
    /// Loopback, IPv6 link-local, or in a network of ours.
    bool is_near(const ip_address& address) const;

    class machines& machines() {
        return machines_;
    }
    const class machines& machines() const { return machines_; }

  private:
    std::vector<own_network> networks_;
    class machines machines_;
};

}  // namespace bt::swarm
