#include "app/dht_options.hpp"

namespace bt::app {

std::vector<std::string> dht_routers(const dht_options& options) {
    if (!options.bootstrap.empty()) return options.bootstrap;
    if (!options.internet) return {};
    return {"router.bittorrent.com:6881", "dht.transmissionbt.com:6881", "dht.libtorrent.org:25401",
            "router.utorrent.com:6881"};
}

dht::saved_state usable_state(dht::saved_state state, const dht_options& options) {
    if (!options.internet)
        std::erase_if(state.nodes, [](const dht::contact& node) { return !node.at.address.is_local(); });
    return state;
}

}  // namespace bt::app
