// The machine's network interfaces as discovery sees them. The driver reads them from the system and hands
// the whole list over on each round; an unchanged list costs nothing.
#pragma once

#include <optional>
#include <string>

#include "base/endpoint.hpp"

namespace bt::discovery {

/// One address of one running interface; an interface with three addresses is three of these.
struct interface_address {
    ip_address address;
    unsigned prefix_bits = 0;  ///< of the network the address is in
    unsigned index = 0;        ///< the system's number of the interface, IPv6 scope id; never 0
    bool multicast = false;
    bool broadcast_capable = false;
    std::optional<ip_address> broadcast;  ///< directed broadcast address, where the system names one (IPv4)
    std::string name;                     ///< "eth0"
    bool loopback = false;
    std::optional<ip_address>
        peer;  ///< the other end of a point-to-point link (IPv4): the network is the two of us

    friend bool operator==(const interface_address&, const interface_address&) = default;
};

}  // namespace bt::discovery
