// The UDP sockets of LAN discovery: the shared ones where everybody listens, and the node's own, which it
// sends from and where answers come back to.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <vector>

#include "discovery/interfaces.hpp"
#include "discovery/outputs.hpp"
#include "net/loop.hpp"
#include "net/udp.hpp"
#include "node/core.hpp"

namespace bt::app {

class lan_sockets {
  public:
    using received_fn = std::function<void(node::lan_socket, bool own, const net::datagram&)>;

    /// What cannot be opened is left out: a machine without IPv6, a port somebody holds for himself alone.
    lan_sockets(net::loop& on, std::uint16_t lan_port, bool v4, bool v6, received_fn received);

    /// Joins the multicast groups on what is new. Failures are tried again with the next list.
    void use(const std::vector<discovery::interface_address>& interfaces);
    /// An interface that does not take a datagram is skipped.
    void send(const discovery::send& what);
    bool any() const { return own_v4_.is_open() || own_v6_.is_open(); }

  private:
    net::udp_socket own_v4_, own_v6_, hello_v4_, hello_v6_, lsd_v4_, lsd_v6_;
    std::set<std::uint32_t> joined_v4_, joined_v6_;
};

}  // namespace bt::app
