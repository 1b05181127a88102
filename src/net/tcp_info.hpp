// What the kernel knows of a connection. Private to this room.
#pragma once

#include <optional>

#include "base/time.hpp"

namespace bt::net {

/// For how long so far there was something to send and the window of the other side had no room for it.
/// Nothing: the kernel does not say.
std::optional<duration> held_back_by_receiver(int descriptor);

}  // namespace bt::net
