#include "discovery/link.hpp"

#include <algorithm>

namespace bt::discovery {
namespace {

constexpr unsigned v4_bits = 32;

ip_address every_host() { return ip_address::v4(255, 255, 255, 255); }

/// The address with all host bits set or cleared. IPv4 only.
ip_address with_host_bits(const ip_address& address, unsigned prefix_bits, bool set) {
    bytes octets(address.raw().begin(), address.raw().end());
    for (unsigned bit = prefix_bits; bit < v4_bits; ++bit) {
        const auto mask = static_cast<std::uint8_t>(0x80u >> bit % 8);
        auto& octet = octets[bit / 8];
        octet = static_cast<std::uint8_t>(set ? octet | mask : octet & ~mask);
    }
    return *ip_address::from_bytes(octets);
}

/// A /31 is two hosts and a /32 is one (RFC 3021): no address is left for a broadcast.
bool has_directed_broadcast(const interface_address& own) {
    return own.address.is_v4() && own.prefix_bits > 0 && own.prefix_bits <= 30;
}

std::optional<ip_address> broadcast_of(const interface_address& own) {
    // Linux does not mark loopback as able to broadcast, but delivers to this address
    if (own.loopback)
        return own.address.scope() == address_scope::loopback
                   ? std::optional(ip_address::v4(127, 255, 255, 255))
                   : std::nullopt;
    if (own.peer) return own.peer;
    if (!own.broadcast_capable) return std::nullopt;
    if (own.broadcast && own.broadcast->is_v4() && !own.broadcast->is_unspecified()) return own.broadcast;
    if (has_directed_broadcast(own)) return with_host_bits(own.address, own.prefix_bits, true);
    return every_host();
}

/// True in the network of that address, or at the other end of that link.
bool is_neighbour(const interface_address& own, const ip_address& other) {
    return own.peer == other || (own.prefix_bits > 0 && same_prefix(own.address, other, own.prefix_bits));
}

/// No host sends from its network's own or broadcast address; an answer to it would reach all of them.
bool is_network_itself(const interface_address& own, const ip_address& source) {
    if (own.broadcast && source == *own.broadcast) return true;
    return has_directed_broadcast(own) && (source == with_host_bits(own.address, own.prefix_bits, true) ||
                                           source == with_host_bits(own.address, own.prefix_bits, false));
}

/// The group once per interface that can multicast, sent from its best address: the one `prefer` likes.
template <class Prefer>
void add_v6_groups(std::vector<link_target>& targets, std::span<const interface_address> interfaces,
                   const endpoint& group, Prefer prefer) {
    const auto first = targets.size();
    for (const auto& own : interfaces) {
        if (!own.address.is_v6() || !own.multicast || own.loopback) continue;
        const auto same = std::find_if(targets.begin() + static_cast<std::ptrdiff_t>(first), targets.end(),
                                       [&](const auto& t) { return t.interface_index == own.index; });
        if (same == targets.end())
            targets.push_back({group, own.index, own.address});
        else if (prefer(own.address) && !prefer(*same->source_address))
            same->source_address = own.address;
    }
}

bool is_link_local(const ip_address& address) { return address.scope() == address_scope::link_local; }

}  // namespace

bool on_link(std::span<const interface_address> interfaces, const ip_address& source, unsigned arrived_on) {
    const auto any = [&](auto&& test) { return std::any_of(interfaces.begin(), interfaces.end(), test); };
    // A socket hears what comes in on every interface, also on those it was told to leave alone. What this
    // machine sends to itself comes in by loopback.
    if (arrived_on != 0 && !any([&](const auto& own) {
            return own.index == arrived_on || own.address.with_zone(0) == source.with_zone(0);
        }))
        return false;
    switch (source.scope()) {
        case address_scope::unusable:
            return false;
        case address_scope::loopback:
            if (any([&](const auto& own) { return own.index == arrived_on && !own.loopback; })) return false;
            if (any([&](const auto& own) { return is_network_itself(own, source); })) return false;
            return any(
                [&](const auto& own) { return own.loopback && own.address.family() == source.family(); });
        case address_scope::link_local:
            if (source.is_v6())
                return any([](const auto& own) { return own.address.is_v6() && !own.loopback; });
            break;
        case address_scope::private_net:
        case address_scope::global:
            break;
    }
    if (any([&](const auto& own) { return is_network_itself(own, source); })) return false;
    return any([&](const auto& own) { return is_neighbour(own, source); });
}

endpoint with_interface(const endpoint& source, unsigned arrived_on) {
    if (source.address.zone() != 0) return source;
    return {source.address.with_zone(arrived_on), source.port};
}

std::vector<link_target> hello_targets(std::span<const interface_address> interfaces, std::uint16_t port) {
    static const ip_address group = *ip_address::parse("ff12::8001");
    std::vector<link_target> targets;
    for (const auto& own : interfaces) {
        if (!own.address.is_v4()) continue;
        const auto to = broadcast_of(own);
        if (!to) continue;
        // two addresses of one network: one datagram reaches all
        const bool covered = std::any_of(targets.begin(), targets.end(), [&](const link_target& t) {
            return t.interface_index == own.index && t.destination.address == *to;
        });
        if (!covered) targets.push_back({{*to, port}, own.index, own.address});
    }
    // from the link-local address: a neighbour without our prefix still takes it for a neighbour's
    add_v6_groups(targets, interfaces, {group, port}, is_link_local);
    return targets;
}

std::optional<ip_address> source_towards(std::span<const interface_address> interfaces, const ip_address& to,
                                         unsigned interface_index) {
    std::optional<ip_address> found;
    for (const auto& own : interfaces) {
        if (own.address.family() != to.family() || own.loopback) continue;
        const bool same_link = is_link_local(to) && to.is_v6()
                                   ? is_link_local(own.address) && own.index == to.zone()
                                   : is_neighbour(own, to);
        if (same_link && (!found || own.index == interface_index)) found = own.address;
        if (same_link && own.index == interface_index) break;
    }
    return found;
}

const endpoint& lsd_group(ip_family family) {
    static const endpoint v4{ip_address::v4(239, 192, 152, 143), lsd_port};
    static const endpoint v6{*ip_address::parse("ff15::efc0:988f"), lsd_port};
    return family == ip_family::v4 ? v4 : v6;
}

std::vector<link_target> lsd_targets(std::span<const interface_address> interfaces) {
    std::vector<link_target> targets;
    for (const auto& own : interfaces) {
        if (!own.address.is_v4() || !own.multicast) continue;
        const bool covered = std::any_of(targets.begin(), targets.end(), [&](const link_target& t) {
            return t.interface_index == own.index &&
                   same_prefix(*t.source_address, own.address, own.prefix_bits);
        });
        if (!covered) targets.push_back({lsd_group(ip_family::v4), own.index, own.address});
    }
    // not from the link-local address: libtorrent takes fe80:: for another network's
    add_v6_groups(targets, interfaces, lsd_group(ip_family::v6),
                  [](const ip_address& address) { return !is_link_local(address); });
    return targets;
}

}  // namespace bt::discovery
