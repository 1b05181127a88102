// What a user may say of the DHT, and the well-known nodes where he says nothing.
#pragma once

#include <string>
#include <vector>

#include "dht/saved_state.hpp"

namespace bt::app {

struct dht_options {
    /// Public routers, and what an earlier run knew of the internet.
    bool internet = true;
    /// "host:port" of nodes to begin with, instead of the public routers.
    std::vector<std::string> bootstrap;
};

/// "host:port", asked where nothing else leads into the world.
std::vector<std::string> dht_routers(const dht_options& options);
/// What may be used of an earlier run's.
dht::saved_state usable_state(dht::saved_state state, const dht_options& options);

}  // namespace bt::app
