// How much a piece is wanted. A piece of several files has the highest priority of theirs.
#pragma once

#include <cstdint>

namespace bt::swarm {

enum class priority : std::uint8_t { skip, low, normal, high };

}  // namespace bt::swarm
