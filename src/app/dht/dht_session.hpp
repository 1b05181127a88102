// A node of the DHT for one question: no torrents, no peers, gone when it is answered.
#pragma once

#include <memory>

#include "app/dht/dht_access.hpp"

namespace bt::app {

result<std::unique_ptr<dht_access>> start_dht_session(const dht_access_options& options);

}  // namespace bt::app
