// What is on our own links: which source is believed, and where a datagram for all goes.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/endpoint.hpp"
#include "discovery/interfaces.hpp"

namespace bt::discovery {

/// True if a datagram from `source` can come from a neighbour: the address lies in the network of one of our
/// addresses (and is not that network's broadcast address), is IPv6 link-local, or is loopback where we have
/// it. `arrived_on` is the interface it came in by, 0 if unknown.
bool on_link(std::span<const interface_address> interfaces, const ip_address& source, unsigned arrived_on);

/// A link-local IPv6 source means nothing without its interface: adds it where the driver did not.
endpoint with_interface(const endpoint& source, unsigned arrived_on);

struct link_target {
    endpoint destination;
    unsigned interface_index = 0;
    std::optional<ip_address> source_address;

    friend bool operator==(const link_target&, const link_target&) = default;
};

/// Where a hello for all goes: the IPv4 broadcast address of each network (255.255.255.255 only where
/// an interface has none, 127.255.255.255 on loopback), and the link-local group ff12::8001 once per
/// interface.
std::vector<link_target> hello_targets(std::span<const interface_address> interfaces, std::uint16_t port);

/// Our address in the network of a neighbour, the one that hello_targets() sends from there, on that
/// interface if there are several; none: the system's choice.
std::optional<ip_address> source_towards(std::span<const interface_address> interfaces, const ip_address& to,
                                         unsigned interface_index = 0);

/// The groups of BEP 14.
inline constexpr std::uint16_t lsd_port = 6771;
const endpoint& lsd_group(ip_family family);

/// Where a BEP 14 announce goes: the IPv4 group once per interface and network, because libtorrent drops what
/// comes from outside its own network; the IPv6 group once per interface.
std::vector<link_target> lsd_targets(std::span<const interface_address> interfaces);

}  // namespace bt::discovery
