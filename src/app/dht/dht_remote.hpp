// The DHT of a node that runs, asked over its control socket.
#pragma once

#include <memory>
#include <string>

#include "app/dht/dht_access.hpp"

namespace bt::app {

/// The newest node of this user that answers and has a DHT; null if there is none.
std::unique_ptr<dht_access> find_running_dht();

}  // namespace bt::app
