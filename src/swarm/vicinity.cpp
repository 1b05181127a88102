#include "swarm/vicinity.hpp"

#include <algorithm>

namespace bt::swarm {

bool vicinity::is_near(const ip_address& address) const {
    const auto scope = address.scope();
    if (scope == address_scope::loopback || scope == address_scope::link_local) return true;
    return std::any_of(networks_.begin(), networks_.end(),
                       [&](const own_network& each) { return each.holds(address); });
}

}  // namespace bt::swarm
