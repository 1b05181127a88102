// IP addresses and ports, v4 and v6, their compact wire form (BEP 5, 7, 23) and the scope that decides
// policy.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace bt {

enum class ip_family : std::uint8_t { v4, v6 };

enum class address_scope : std::uint8_t {
    unusable,     ///< 0/8, multicast, reserved (240/4), broadcast, unspecified: never a peer
    loopback,     ///< 127/8, ::1
    link_local,   ///< 169.254/16, fe80::/10
    private_net,  ///< 10/8, 172.16/12, 192.168/16, 100.64/10, fc00::/7
    global,
};

/// One IP address. A v4-mapped v6 address is stored as v4: one host, one value.
class ip_address {
  public:
    constexpr ip_address() = default;  // 0.0.0.0
    static ip_address v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d);
    /// 4 or 16 raw bytes in network order. `zone` is the interface index of a link-local v6 address.
    static std::optional<ip_address> from_bytes(byte_view raw, std::uint32_t zone = 0);
    /// "192.0.2.1", "2001:db8::1", "fe80::1%2" (numeric zone only). No brackets, no names.
    static std::optional<ip_address> parse(std::string_view text);

    ip_family family() const { return family_; }
    bool is_v4() const { return family_ == ip_family::v4; }
    bool is_v6() const { return family_ == ip_family::v6; }
    byte_view raw() const { return {octets_.data(), is_v4() ? 4u : 16u}; }
    std::uint32_t zone() const { return zone_; }
    ip_address with_zone(std::uint32_t zone) const;
    /// What one machine may choose its addresses from: an IPv6 /64 (the rest zero), an IPv4 address alone.
    ip_address network_of_host() const;
    address_scope scope() const;
    bool is_unspecified() const;
    /// Not public: an address of this machine or its own networks.
    bool is_local() const { return scope() != address_scope::global && scope() != address_scope::unusable; }
    std::string to_string() const;

    friend auto operator<=>(const ip_address&, const ip_address&) = default;

  private:
    ip_family family_ = ip_family::v4;
    std::uint32_t zone_ = 0;
    std::array<std::uint8_t, 16> octets_{};
};

struct endpoint {
    ip_address address;
    std::uint16_t port = 0;

    /// "192.0.2.1:6881", "[2001:db8::1]:6881". No names.
    static std::optional<endpoint> parse(std::string_view text);
    /// 6 or 18 bytes: address and big-endian port.
    static std::optional<endpoint> from_compact(byte_view raw);
    void append_compact(bytes& out) const;
    std::string to_string() const;
    /// An address at which a host can be reached: usable scope, port not 0.
    bool is_usable() const { return port != 0 && address.scope() != address_scope::unusable; }

    friend auto operator<=>(const endpoint&, const endpoint&) = default;
};

/// A host by its name and a port there: "tower.local:6881".
struct named_endpoint {
    std::string host;
    std::uint16_t port = 0;

    /// A host name of letters, digits, dots, dashes and underscores that is no address, and a port that is
    /// not 0.
    static std::optional<named_endpoint> parse(std::string_view text);
    std::string to_string() const { return host + ':' + std::to_string(port); }
    friend bool operator==(const named_endpoint&, const named_endpoint&) = default;
};

/// True if the first `prefix_bits` bits agree; never across families.
bool same_prefix(const ip_address& a, const ip_address& b, unsigned prefix_bits);

/// A network one of our interfaces is in.
struct own_network {
    ip_address own;            ///< our address there
    unsigned prefix_bits = 0;  ///< 0: not known; the world must not become our neighbour

    bool holds(const ip_address& address) const {
        return prefix_bits > 0 && same_prefix(own, address, prefix_bits);
    }
    friend bool operator==(const own_network&, const own_network&) = default;
};

}  // namespace bt

template <>
struct std::hash<bt::ip_address> {
    std::size_t operator()(const bt::ip_address& a) const noexcept {
        return std::hash<std::string_view>{}(bt::as_text(a.raw())) ^ a.zone();
    }
};
template <>
struct std::hash<bt::endpoint> {
    std::size_t operator()(const bt::endpoint& e) const noexcept {
        return std::hash<bt::ip_address>{}(e.address) * 31 + e.port;
    }
};
