// Sizes for people, in decimal units.
#pragma once

#include <cstdint>
#include <string>

namespace bt {

std::string size_text(std::uint64_t bytes);  ///< "999 B", "6.1 GB"

}  // namespace bt
