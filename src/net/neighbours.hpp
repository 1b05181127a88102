// What the kernel knows of the machines on our links: IPv4 neighbours it has spoken with, and by which
// interface everything else leaves. Both are tables of Linux; where they are not to be had they are empty.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/endpoint.hpp"

namespace bt::net {

struct neighbour_entry {
    ip_address address;
    bool answers = false;  ///< its hardware address is known: it answered when it was asked for (ARP)
    std::string interface;

    friend bool operator==(const neighbour_entry&, const neighbour_entry&) = default;
};

/// The text of /proc/net/arp.
std::vector<neighbour_entry> parse_arp(std::string_view text);
/// The interfaces that a default route leaves by, of /proc/net/route; one for each half of the address space
/// (as VPN programs set them) counts, too.
std::vector<std::string> parse_default_routes(std::string_view text);

std::vector<neighbour_entry> known_neighbours();
std::vector<std::string> default_route_interfaces();

}  // namespace bt::net
