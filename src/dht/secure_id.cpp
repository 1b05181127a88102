#include "dht/secure_id.hpp"

#include <array>

#include "base/crc32c.hpp"

namespace bt::dht {
namespace {

// What of an address counts: the more significant, the fewer bits, so that a network twice as large gives its
// owner far less than twice the ids.
constexpr std::uint8_t mask_v4[] = {0x03, 0x0f, 0x3f, 0xff};
constexpr std::uint8_t mask_v6[] = {0x01, 0x03, 0x07, 0x0f, 0x1f, 0x3f, 0x7f, 0xff};

constexpr std::uint8_t third_byte_bound = 0xf8;  // 21 bits in all

}  // namespace

std::uint32_t secure_prefix(const ip_address& external, std::uint8_t r) {
    std::array<std::uint8_t, 8> masked{};
    const std::span<const std::uint8_t> mask =
        external.is_v4() ? std::span<const std::uint8_t>(mask_v4) : std::span<const std::uint8_t>(mask_v6);
    for (std::size_t i = 0; i < mask.size(); ++i)
        masked[i] = static_cast<std::uint8_t>(external.raw()[i] & mask[i]);
    masked[0] = static_cast<std::uint8_t>(masked[0] | (r & 7) << 5);
    return crc32c(byte_view(masked).first(mask.size()));
}

node_id secure_id(const ip_address& external, std::uint8_t r, rng& random) {
    const auto prefix = secure_prefix(external, r);
    node_id made;
    random.fill(made.bytes);
    made.bytes[0] = static_cast<std::uint8_t>(prefix >> 24);
    made.bytes[1] = static_cast<std::uint8_t>(prefix >> 16);
    made.bytes[2] = static_cast<std::uint8_t>((prefix >> 8 & third_byte_bound) |
                                              (made.bytes[2] & static_cast<std::uint8_t>(~third_byte_bound)));
    made.bytes[19] = r;
    return made;
}

bool is_secure(const node_id& id, const ip_address& address) {
    if (address.scope() != address_scope::global) return true;
    const auto prefix = secure_prefix(address, id.bytes[19]);
    return id.bytes[0] == static_cast<std::uint8_t>(prefix >> 24) &&
           id.bytes[1] == static_cast<std::uint8_t>(prefix >> 16) &&
           ((id.bytes[2] ^ prefix >> 8) & third_byte_bound) == 0;
}

}  // namespace bt::dht
