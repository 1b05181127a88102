#include "tracker/server/address_policy.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace bt::tracker {
namespace {

std::uint64_t first_bits(const ip_address& address, unsigned bits) {
    std::uint64_t value = 0;
    const auto raw = address.raw();
    for (std::size_t i = 0; i < 8; ++i) value = value << 8 | (i < raw.size() ? raw[i] : 0u);
    return bits == 0 ? 0 : value & ~std::uint64_t{0} << (64 - std::min(bits, 64u));
}

link link_of(const ip_address& address, unsigned bits, bool known) {
    BT_ASSERT(bits <= 8 * address.raw().size());
    return {first_bits(address, bits), address.zone(), address.family(), static_cast<std::uint8_t>(bits),
            known};
}

reach reach_of(address_scope scope) {
    switch (scope) {
        case address_scope::unusable:
            return reach::nobody;
        case address_scope::loopback:
            return reach::host;
        case address_scope::link_local:
            return reach::link;
        case address_scope::private_net:
            return reach::private_net;
        case address_scope::global:
            return reach::global;
    }
    return reach::nobody;
}

/// Where no network of ours tells more: homes and offices have a /24, every v6 link has a /64.
unsigned usual_prefix(const ip_address& address) {
    if (address.is_v6()) return 64;
    if (address.scope() == address_scope::link_local) return 16;
    return address.scope() == address_scope::private_net ? 24 : 0;
}

bool same_zone(const ip_address& a, const ip_address& b) {
    return a.zone() == b.zone() || a.zone() == 0 || b.zone() == 0;
}

}  // namespace

bool neighbourhood::is_this_machine(const ip_address& address) const {
    if (address.scope() == address_scope::loopback) return true;
    return std::any_of(networks_.begin(), networks_.end(), [&](const local_network& network) {
        return std::ranges::equal(network.own.raw(), address.raw()) && same_zone(network.own, address);
    });
}

place neighbourhood::place_of(const ip_address& address) const {
    const auto scope = address.scope();
    if (scope == address_scope::unusable) return {};
    if (is_this_machine(address)) return {reach::host, {}};
    const local_network* closest = nullptr;
    for (const auto& network : networks_)
        if (network.holds(address) && same_zone(network.own, address) &&
            (closest == nullptr || closest->prefix_bits < network.prefix_bits))
            closest = &network;
    if (closest == nullptr) return {reach_of(scope), link_of(address, usual_prefix(address), false)};
    return {closest->bridge ? reach::bridge : reach_of(scope), link_of(address, closest->prefix_bits, true)};
}

asker::asker(const neighbourhood& around, const ip_address& seen_from, const ip_address& reached_at)
    : from(seen_from),
      to(reached_at),
      where(seen_from == reached_at && !seen_from.is_unspecified() ? place{reach::host, {}}
                                                                   : around.place_of(seen_from)),
      loopback(seen_from.scope() == address_scope::loopback) {}

bool may_be_told(const asker& who, const place& peer, ip_family peer_family) {
    switch (peer.from) {
        case reach::nobody:
            return false;
        case reach::global:
            return true;
        case reach::private_net:
            return who.is_local();
        case reach::link:
            return peer.on == who.where.on;
        case reach::bridge:
            return who.where.from == reach::host || peer.on == who.where.on;
        case reach::host:
            if (who.loopback) return true;
            if (who.to.family() != peer_family) return false;
            return who.to.scope() == address_scope::global ||
                   (who.is_local() && who.to.is_local() && who.to.scope() != address_scope::loopback);
    }
    return false;
}

bool crosses(const asker& who, const place& peer, ip_family peer_family) {
    return peer.from == reach::host && who.to.family() != peer_family &&
           may_be_told(who, peer, who.to.family());
}

bool is_near(const asker& who, const place& peer) {
    if (peer.from == reach::host) return who.where.from == reach::host || who.where.on.known;
    return peer.on.bits != 0 && peer.on == who.where.on;
}

ip_address stored_address(const ip_address& address, const place& where) {
    if (where.from != reach::host) return address;
    static const auto v6 = ip_address::parse("::1").value();
    return address.is_v4() ? ip_address::v4(127, 0, 0, 1) : v6;
}

std::optional<ip_address> handed(const asker& who, const ip_address& peer, const place& peer_place) {
    if (!may_be_told(who, peer_place, peer.family())) return std::nullopt;
    if (peer_place.from != reach::host) return peer;
    return who.loopback ? stored_address(peer, peer_place) : who.to;
}

}  // namespace bt::tracker
