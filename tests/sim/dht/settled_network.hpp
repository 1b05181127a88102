// A DHT of very many nodes of which only those that are spoken to exist: a node's table is what it would be
// after a long life, eight nodes of each range of the id space (all, where there are fewer), and is made when
// the first query comes. The answering is that of the core. So a million nodes take little more memory than
// their ids.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "dht/responder.hpp"
#include "sim/dht/dht_world.hpp"

namespace bt::sim {

class settled_network {
  public:
    /// Its hosts are at public_address(0) up to public_address(size - 1).
    settled_network(dht_world& world, std::uint32_t size);

    std::size_t spoken_to() const { return hosts_.size(); }

  private:
    struct host {
        host(const node_id& id, dht::secret secret, rng random)
            : table(id, dht::realm::world, random.child()),
              none(id, dht::realm::local, random.child()),
              answers({secret, false}, random.child()) {}
        dht::routing_table table, none;
        dht::responder answers;
        dht::address_rules rules;
    };
    struct known {
        node_id id;
        std::uint32_t number;  // of its address
        friend auto operator<=>(const known&, const known&) = default;
    };
    host& at(std::uint32_t number);
    void fill(host& h, const node_id& id);
    void answer(const endpoint& from, const endpoint& to, byte_view datagram);

    dht_world& world_;
    rng random_;
    std::vector<known> by_id_;  // sorted
    std::vector<node_id> ids_;  // by number
    std::unordered_map<std::uint32_t, std::unique_ptr<host>> hosts_;
};

}  // namespace bt::sim
