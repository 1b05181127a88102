// What a running node's DHT does for commands: the control methods dht_stats, dht_search, dht_announce,
// dht_ping and dht_task, with which the last three are followed.
//
//   dht_search   {"hash": HEX}                 -> {"task": N}
//   dht_announce {"hash": HEX, "port": PORT}   -> {"task": N}; without a port that of the node
//   dht_ping     {"address": "1.2.3.4:6881"}   -> {"task": N}
//   dht_task     {"task": N, "from": I}        -> {"over": false, "peers": [from the I-th on], …}
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "app/control/control_server.hpp"
#include "base/json.hpp"
#include "dht/node.hpp"

namespace bt::app {

/// What it needs of a node.
struct dht_ways {
    std::function<dht::search_id(const dht::search_wish&)> search;
    std::function<void(dht::search_id)> forget;
    std::function<std::uint64_t(const endpoint&)> ping;
    std::function<dht::stats()> stats;
    std::function<time_point()> now;
    std::uint16_t port = 0;  ///< where peers reach it
};

class dht_control {
  public:
    explicit dht_control(dht_ways node) : node_(std::move(node)) {}

    void add_methods(control_server& to);

    void happened(const dht::out::peers_found& what);
    void happened(const dht::out::search_over& what);
    void happened(const dht::out::pinged& what);

  private:
    struct task {
        dht::search_id search = 0;
        std::uint64_t ping = 0;
        std::vector<endpoint> peers;
        json outcome;  // of one that is over
        std::uint16_t port = 0;
        time_point asked{};
    };

    result<json> begin_search(const json& params, bool announce);
    result<json> begin_ping(const json& params);
    result<json> look(const json& params);
    /// errc::failure if there are too many; those nobody asks for any more go.
    result<void> make_room();
    json keep(task fresh);

    dht_ways node_;
    std::map<std::uint64_t, task> tasks_;
    std::uint64_t last_ = 0;
};

}  // namespace bt::app
