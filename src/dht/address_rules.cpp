#include "dht/address_rules.hpp"

#include <algorithm>
#include <array>

namespace bt::dht {
namespace {

// The first and the last address of an IPv4 network, its name and its broadcast; networks of two addresses or
// of one have neither (RFC 3021).
bool is_nobody_in(const own_network& n, const ip_address& address) {
    if (!address.is_v4() || n.prefix_bits > 30 || !n.holds(address)) return false;
    const auto raw = address.raw();
    unsigned set = 0;
    for (unsigned bit = n.prefix_bits; bit < 32; ++bit) set += (raw[bit / 8] & (0x80u >> (bit % 8))) != 0;
    return set == 0 || set == 32 - n.prefix_bits;
}

}  // namespace

ip_address subnet_of(const ip_address& address) {
    std::array<std::uint8_t, 16> octets{};
    const auto raw = address.raw();
    std::copy_n(raw.begin(), subnet_bits(address.family()) / 8, octets.begin());
    return *ip_address::from_bytes(byte_view(octets).first(raw.size()), address.zone());
}

bool address_rules::may_reach_world(ip_family family) const {
    return std::any_of(networks_.begin(), networks_.end(), [&](const own_network& n) {
        if (n.own.family() != family) return false;
        const auto scope = n.own.scope();
        return scope == address_scope::private_net || scope == address_scope::global;
    });
}

realm address_rules::realm_of(const ip_address& address) const {
    if (address.scope() != address_scope::global) return realm::local;
    const bool ours = std::any_of(networks_.begin(), networks_.end(),
                                  [&](const own_network& n) { return n.holds(address); });
    return ours ? realm::local : realm::world;
}

bool address_rules::is_plausible(const endpoint& at) const {
    return at.is_usable() && std::none_of(networks_.begin(), networks_.end(),
                                          [&](const own_network& n) { return is_nobody_in(n, at.address); });
}

bool address_rules::may_tell(const ip_address& asker, const ip_address& about) const {
    const auto his = asker.scope();
    switch (about.scope()) {
        case address_scope::unusable:
            return false;
        case address_scope::loopback:
            return his == address_scope::loopback;
        case address_scope::link_local:
            return his == address_scope::loopback ||
                   (his == address_scope::link_local && asker.family() == about.family() &&
                    asker.zone() == about.zone());
        case address_scope::private_net:
            return realm_of(asker) == realm::local;
        case address_scope::global:
            return true;
    }
    return false;
}

endpoint address_rules::as_told_by(const ip_address& teller, const endpoint& named) const {
    return {named.address.with_zone(teller.zone()), named.port};
}

}  // namespace bt::dht
