// Which addresses are nodes to us, and which may be told of which. The scope of an address decides policy:
//
//   world   public addresses: one node per IP, one per /24 (/64) in a bucket and in a lookup, ids after
//           BEP 42 preferred, answers within a budget
//   local   private, link-local and loopback addresses, and everything in a network we are in: exempt from
//           all of that, because a LAN is one /24 and must be a working DHT with 2, 8 or 200 nodes
//
// The two have tables and lookups of their own, so that millions of public nodes do not crowd out the
// neighbours.
#pragma once

#include <span>
#include <vector>

#include "base/endpoint.hpp"

namespace bt::dht {

enum class realm : std::uint8_t { world, local };
inline constexpr realm both_realms[] = {realm::world, realm::local};

/// The unit of the diversity rules: the /24 of an IPv4 address, the /64 of an IPv6 one.
inline unsigned subnet_bits(ip_family family) { return family == ip_family::v4 ? 24 : 64; }
ip_address subnet_of(const ip_address& address);
inline bool same_subnet(const ip_address& a, const ip_address& b) {
    return same_prefix(a, b, subnet_bits(a.family()));
}

class address_rules {
  public:
    void set_networks(std::vector<own_network> networks) { networks_ = std::move(networks); }
    std::span<const own_network> networks() const { return networks_; }
    /// True if we have an address from which the world could be reached: any that is neither loopback nor
    /// link-local, as a router may stand in front of it.
    bool may_reach_world(ip_family family) const;

    realm realm_of(const ip_address& address) const;
    /// A node or peer can be there: usable scope, no port 0, neither first nor last address of a network of
    /// ours.
    bool is_plausible(const endpoint& at) const;
    /// Whether `asker` can use `about`: no node is told a loopback or link-local address that is not of its
    /// own link, and the world nothing private.
    bool may_tell(const ip_address& asker, const ip_address& about) const;
    /// A link-local IPv6 address that `teller` named is on the teller's link: gives it that zone.
    endpoint as_told_by(const ip_address& teller, const endpoint& named) const;

  private:
    std::vector<own_network> networks_;
};

}  // namespace bt::dht
