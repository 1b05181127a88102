#include "base/size_text.hpp"

#include <array>

namespace bt {

std::string size_text(std::uint64_t size) {
    if (size < 1000) return std::to_string(size) + " B";
    constexpr std::array<const char*, 6> units = {"kB", "MB", "GB", "TB", "PB", "EB"};
    std::size_t unit = 0;
    std::uint64_t factor = 1000;
    // 999,950 bytes are not "1000.0 kB"
    while (unit + 1 < units.size() && size >= factor * 1000 - factor / 20) factor *= 1000, ++unit;
    const auto tenths = size / (factor / 10) + (size % (factor / 10) >= factor / 20 ? 1 : 0);
    return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10) + ' ' + units[unit];
}

}  // namespace bt
