// What `--bind`, `-4` and `-6` mean: for sockets that listen, and for all that leaves.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/endpoint.hpp"
#include "base/outgoing.hpp"
#include "base/result.hpp"

namespace bt::app {

/// The one address given, or that of "all" in each family. errc::usage if `bind` is no address.
result<std::vector<ip_address>> listen_addresses(bool ipv4, bool ipv6, const std::string& bind);

/// `bind` names an address (anything else is refused where it is listened on); 0.0.0.0 and :: name a family.
outgoing outgoing_by(bool ipv4, bool ipv6, const std::string& bind);

/// Calls `listen`, which gives the port it has then, with each of the addresses and one port; 0: any free
/// one. Returns it. A machine without one of the families is no error; a port that is taken in one of them
/// is.
result<std::uint16_t> listen_at(const std::vector<ip_address>& addresses, std::uint16_t port,
                                const std::function<result<std::uint16_t>(const endpoint&)>& listen);

}  // namespace bt::app
