// The documents of `dht --json`; docs/schema/dht.json has their schema.
#pragma once

#include <string>
#include <vector>

#include "app/dht/dht_access.hpp"

namespace bt::cli {

std::string dht_peers_json(const info_hash& hash, const std::vector<endpoint>& peers,
                           const app::dht_search_end& end);
std::string dht_announce_json(const info_hash& hash, const app::dht_search_end& end);
std::string dht_ping_json(const std::string& where, const app::dht_pong& pong);
std::string dht_stats_json(const dht::stats& stats, bool of_running_node);

/// "libtorrent 2.0" of the four bytes a node sends with its messages; empty where they say nothing.
std::string dht_client_text(std::string_view version);

}  // namespace bt::cli
