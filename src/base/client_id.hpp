// What a peer id says of its client: BEP 20 and the list of conventions that grew around it.
#pragma once

#include <string>

#include "base/ids.hpp"

namespace bt {

/// "btnode 0.1.0", "Transmission 4.0.5"; "" where it says nothing. Peer ids are chosen by strangers; what is
/// returned holds letters, digits and dots only.
std::string client_of(const peer_id& id);

}  // namespace bt
