// Which peer is told which address of another. An address is good only where it can be reached: a tracker
// that hands a loopback, a container's bridge or a private address to the wrong asker wastes its time, and
// one that lets strangers choose addresses sends them to attack third parties.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/endpoint.hpp"

namespace bt::tracker {

struct local_network : own_network {
    /// A bridge to containers or virtual machines of this machine alone (docker0, virbr0, …).
    bool bridge = false;
};

/// From where an address can be reached.
enum class reach : std::uint8_t {
    nobody,       ///< unspecified, multicast, reserved
    global,       ///< from everywhere
    private_net,  ///< from a LAN
    link,         ///< link-local: from the same link
    bridge,       ///< from the same bridge inside this machine
    host,         ///< this machine itself, seen from its loopback or one of its own addresses
};

/// What can be told of neighbours: those with an equal link are on one wire, or so near that it makes no
/// difference. Without bits: no link, equal to none.
struct link {
    std::uint64_t prefix = 0;  ///< the first 64 bits of the network's address
    std::uint32_t zone = 0;    ///< of link-local v6
    ip_family family = ip_family::v4;
    std::uint8_t bits = 0;
    bool known = false;  ///< one of this machine's own networks

    friend auto operator<=>(const link&, const link&) = default;
};

struct place {
    reach from = reach::nobody;
    link on;

    friend auto operator<=>(const place&, const place&) = default;
};

/// The networks of this machine, asked where an address is.
class neighbourhood {
  public:
    neighbourhood() = default;
    explicit neighbourhood(std::vector<local_network> networks) : networks_(std::move(networks)) {}

    /// A loopback or one of our own addresses.
    bool is_this_machine(const ip_address& address) const;
    place place_of(const ip_address& address) const;

  private:
    std::vector<local_network> networks_;
};

struct asker {
    ip_address from;
    ip_address to;  ///< where the asker reached us
    place where;    ///< of `from`
    bool loopback = false;

    asker(const neighbourhood& around, const ip_address& seen_from, const ip_address& reached_at);
    /// This machine or a LAN: may see the pages, gets the short interval.
    bool is_local() const { return where.from != reach::global && where.from != reach::nobody; }
};

/// The same for all addresses at one place; with reach::host the address is replaced (handed()).
bool may_be_told(const asker& who, const place& peer, ip_family peer_family);
/// A peer of this machine that came to us by the other family is told under the address by which the asker
/// has reached this machine, as one that came by our loopback is.
bool crosses(const asker& who, const place& peer, ip_family peer_family);
/// Peers that are handed out before all others.
bool is_near(const asker& who, const place& peer);
/// The address under which `who` is told of a peer that was seen from `peer`, if any.
std::optional<ip_address> handed(const asker& who, const ip_address& peer, const place& peer_place);
/// Under which the store keeps a peer that was seen from `address`: this machine has one name per family.
ip_address stored_address(const ip_address& address, const place& where);

}  // namespace bt::tracker
