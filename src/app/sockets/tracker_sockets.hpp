// The UDP sockets that trackers are asked from, one for each address family.
#pragma once

#include <functional>
#include <string>

#include "net/loop.hpp"
#include "net/udp.hpp"

namespace bt::app {

class tracker_sockets {
  public:
    using received_fn = std::function<void(const endpoint& from, byte_view datagram)>;

    /// `bind`: the address of this machine to ask from, in its family alone; nothing: any.
    tracker_sockets(net::loop& on, bool v4, bool v6, std::optional<ip_address> bind, received_fn received);

    /// errc::network if the system does not take it: no such family here, no way there.
    result<void> send(const endpoint& to, byte_view datagram);

  private:
    net::udp_socket v4_, v6_;
    bool use_v4_, use_v6_;
    std::optional<ip_address> bind_;
    received_fn received_;
};

}  // namespace bt::app
