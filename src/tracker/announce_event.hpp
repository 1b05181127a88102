// What an announce is for (BEP 3), as the client says it and the server reads it.
#pragma once

#include <cstdint>

namespace bt::tracker {

enum class announce_event : std::uint8_t { none, started, completed, stopped };

}  // namespace bt::tracker
