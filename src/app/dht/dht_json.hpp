// What the DHT has to say, on its way between a running node and a command.
#pragma once

#include "base/json.hpp"
#include "base/result.hpp"
#include "dht/node.hpp"

namespace bt::app {

json to_json(const dht::stats& stats);
/// "off", "joining" (no node answers yet), "island" (nodes of this network alone), "public".
std::string_view dht_state_word(const std::optional<dht::stats>& stats);
/// errc::bad_data if it is not from to_json().
result<dht::stats> read_dht_stats(const json& from);

std::optional<node_id> read_node_id(std::string_view hex);

}  // namespace bt::app
