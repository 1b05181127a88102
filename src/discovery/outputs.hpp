// What discovery wants done and what it found out. The driver sends; the node routes the rest.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"

namespace bt::discovery {

/// One datagram, always from the node's own socket. Multicast leaves with TTL (hop limit) 1.
struct send {
    endpoint destination;
    unsigned interface_index = 0;              ///< interface to leave by; 0: as the system routes
    std::optional<ip_address> source_address;  ///< address to leave from; none: as the system chooses
    bool multicast_or_broadcast = false;
    bytes datagram;
};

/// One running process somewhere on the link. Its texts are fit to be shown; they say nothing that can be
/// trusted.
struct node_info {
    instance_id instance;
    std::string host_name;
    std::string client;
    std::vector<ip_address> addresses;  ///< where it was heard from, at most limits::lan_node_addresses
    std::uint16_t peer_port = 0;        ///< 0 if it takes no peers
    std::optional<std::uint16_t> dht_port, http_tracker_port, udp_tracker_port, page_port;
    std::uint32_t shares = 0;
    time_point first_heard, last_heard;
};

/// New, or anything of it but the time changed.
struct node_seen {
    node_info node;
};
struct node_gone {
    instance_id instance;
};
/// Somebody who has or looks for this torrent, at the peer protocol's port.
struct peer_found {
    info_hash torrent;
    endpoint peer;
};

enum class tracker_protocol : std::uint8_t { http, udp };
/// A LAN tracker to use, or not to use any more. At most limits::lan_trackers nodes' at a time.
struct tracker_found {
    instance_id instance;
    tracker_protocol protocol;
    endpoint tracker;
};
struct tracker_gone {
    instance_id instance;
    tracker_protocol protocol;
    endpoint tracker;
};
/// A neighbour's DHT node, to bootstrap from.
struct dht_contact {
    endpoint node;
};

}  // namespace bt::discovery
