// Which addresses belong to one machine, as far as that is known: a node says at each of its addresses which
// process it is (LAN hello), and processes on one address are on one machine.
#pragma once

#include <cstdint>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/limits.hpp"

namespace bt::swarm {

/// Addresses in groups that grow together.
class address_groups {
  public:
    /// The same for all addresses of a group.
    ip_address name_of(ip_address address) const;
    void join(const ip_address& one, const ip_address& other);
    std::size_t size() const { return next_.size(); }

  private:
    std::map<ip_address, ip_address> next_;  // on the way to the name of the group
};

class machines {
  public:
    void set_own(std::vector<ip_address> addresses);
    /// That process has confirmed that it is there.
    void met(const instance_id& process, const ip_address& at);

    /// Of this machine; loopback, too.
    bool is_own(const ip_address& address) const;
    const address_groups& groups() const { return groups_; }

  private:
    std::vector<ip_address> own_;
    std::unordered_map<instance_id, ip_address> first_at_;
    address_groups groups_;
};

}  // namespace bt::swarm
