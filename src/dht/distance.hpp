// Kademlia's metric: the distance of two ids is their XOR, read as a number.
#pragma once

#include <bit>

#include "base/ids.hpp"
#include "base/rng.hpp"

namespace bt::dht {

inline constexpr unsigned id_bits = 160;

inline node_id distance(const node_id& a, const node_id& b) {
    node_id d;
    for (std::size_t i = 0; i < d.bytes.size(); ++i)
        d.bytes[i] = static_cast<std::uint8_t>(a.bytes[i] ^ b.bytes[i]);
    return d;
}

/// True if `a` is nearer to `target` than `b` is.
inline bool closer(const node_id& target, const node_id& a, const node_id& b) {
    for (std::size_t i = 0; i < target.bytes.size(); ++i) {
        const auto da = a.bytes[i] ^ target.bytes[i], db = b.bytes[i] ^ target.bytes[i];
        if (da != db) return da < db;
    }
    return false;
}

/// How many leading bits agree: 160 for equal ids.
inline unsigned shared_bits(const node_id& a, const node_id& b) {
    for (unsigned i = 0; i < a.bytes.size(); ++i)
        if (const auto differing = static_cast<std::uint8_t>(a.bytes[i] ^ b.bytes[i]))
            return i * 8 + static_cast<unsigned>(std::countl_zero(differing));
    return id_bits;
}

/// A random id that shares exactly `bits` leading bits with `id`; with 160, `id` itself.
inline node_id random_at(const node_id& id, unsigned bits, rng& random) {
    if (bits >= id_bits) return id;
    node_id made;
    random.fill(made.bytes);
    for (unsigned i = 0; i < bits / 8; ++i) made.bytes[i] = id.bytes[i];
    const auto mask =
        static_cast<std::uint8_t>(0xff00u >> (bits % 8));  // the bits kept of the byte in between
    auto& byte = made.bytes[bits / 8];
    byte = static_cast<std::uint8_t>((id.bytes[bits / 8] & mask) | (byte & ~mask));
    const auto next = static_cast<std::uint8_t>(0x80u >> (bits % 8));  // the first bit that must differ
    byte = static_cast<std::uint8_t>((byte & ~next) | (~id.bytes[bits / 8] & next));
    return made;
}

}  // namespace bt::dht
