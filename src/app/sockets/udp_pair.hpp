// A pair of UDP sockets, one for each address family: the DHT's, and those that trackers are asked from.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "net/loop.hpp"
#include "net/udp.hpp"

namespace bt::app {

class udp_pair {
  public:
    /// `to`: our address it was sent to.
    using received_fn = std::function<void(const endpoint& from, const ip_address& to, byte_view datagram)>;

    /// `bind`: the address of this machine to use, in its family alone; nothing: any.
    udp_pair(net::loop& on, bool v4, bool v6, std::optional<ip_address> bind, received_fn received);

    /// For the DHT at the number of the TCP peer port, as other clients take a peer's address for a node's:
    /// at `wanted` or, where that is taken or 0, at any free port, the same in both families if there is one.
    /// Returns it; 0 if no family is to be had. Without it a socket opens at its first use.
    std::uint16_t open(std::uint16_t wanted);
    bool uses(ip_family family) const { return of(family).is_open(); }
    /// Answers to the datagram at hand leave together with those to others. errc::network if the system does
    /// not take it: no such family here, no way there.
    result<void> send(const endpoint& to, byte_view datagram);

  private:
    const net::udp_socket& of(ip_family family) const { return family == ip_family::v4 ? v4_ : v6_; }
    result<std::uint16_t> bind(ip_family family, std::uint16_t port);

    net::udp_socket v4_, v6_;
    bool use_v4_, use_v6_;
    std::optional<ip_address> bind_;
    received_fn received_;
    const net::datagram* at_hand_ = nullptr;
};

}  // namespace bt::app
