#include "base/crc32c.hpp"

#include <array>

namespace bt {
namespace {

constexpr std::array<std::uint32_t, 256> table = [] {
    std::array<std::uint32_t, 256> made{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ (value & 1 ? 0x82f63b78u : 0);
        made[i] = value;
    }
    return made;
}();

}  // namespace

std::uint32_t crc32c(byte_view data) {
    std::uint32_t crc = ~0u;
    for (const auto byte : data) crc = crc >> 8 ^ table[(crc ^ byte) & 0xff];
    return ~crc;
}

}  // namespace bt
