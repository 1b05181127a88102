#include "app/dht/dht_access.hpp"

#include "app/dht/dht_remote.hpp"
#include "app/dht/dht_session.hpp"

namespace bt::app {

result<std::unique_ptr<dht_access>> dht_access::start(const dht_access_options& options) {
    if (!options.here)
        if (auto running = find_running_dht()) return running;
    return start_dht_session(options);
}

}  // namespace bt::app
