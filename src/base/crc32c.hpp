// CRC32C (Castagnoli), which BEP 40 and BEP 42 hash addresses with. No defence against a sought
// collision.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace bt {

std::uint32_t crc32c(byte_view data);

}  // namespace bt
