// What a node remembers over a restart: its ids, the address it had, and nodes that answered lately.
// Bencoded: {id4, id6, ip4, ip6, nodes, nodes6}, nodes in compact form, those that answered last first.
#pragma once

#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/result.hpp"
#include "dht/contact.hpp"

namespace bt::dht {

struct saved_state {
    std::optional<node_id> id_v4, id_v6;
    std::optional<ip_address> external_v4, external_v6;
    std::vector<contact> nodes;  ///< both families and realms, at most limits::dht_saved_nodes a family

    friend bool operator==(const saved_state&, const saved_state&) = default;
};

bytes write_state(const saved_state& state);
/// errc::bad_data says what is wrong with it.
result<saved_state> read_state(byte_view content);

}  // namespace bt::dht
