// Node ids bound to addresses (BEP 42): the first 21 bits of an id follow from the node's external address
// and three bits of its last byte, so an attacker with few addresses cannot choose where in the id space it
// stands.
//
// The BEP's prose speaks of hashing 8 bytes; for IPv4 its code and common practice hash 4.
#pragma once

#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/rng.hpp"

namespace bt::dht {

/// An id for a node at `external`: random but for the bits that are bound. `r` is the last byte, of which the
/// lowest three bits go into the hash.
node_id secure_id(const ip_address& external, std::uint8_t r, rng& random);
/// Whether `id` fits `address`. Addresses that are not public are exempt: any id fits.
bool is_secure(const node_id& id, const ip_address& address);
/// CRC32C of the masked address, as the BEP's vectors list it.
std::uint32_t secure_prefix(const ip_address& external, std::uint8_t r);

}  // namespace bt::dht
