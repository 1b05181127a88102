// What discovery wants done and what it found out. The driver sends; the node routes the rest.
#pragma once

#include <functional>
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

/// A process at one of its addresses. What is said of it there holds there alone: an instance id is no
/// secret, so at another address another host may speak under it.
struct node_key {
    instance_id instance;
    ip_address address;

    friend bool operator==(const node_key&, const node_key&) = default;
    friend auto operator<=>(const node_key&, const node_key&) = default;
};

/// One running process at one address on the link. Its texts are fit to be shown; they say nothing that can
/// be trusted, but it has confirmed from there that it says them.
struct node_info {
    instance_id instance;
    ip_address address;
    std::string host_name;
    std::string client;
    std::uint16_t peer_port = 0;  ///< 0 if it takes no peers
    std::optional<std::uint16_t> dht_port, http_tracker_port, udp_tracker_port, page_port;
    std::uint32_t shares = 0;
    time_point first_heard, last_heard;

    node_key key() const { return {instance, address}; }
};

/// New, or anything of it but the time changed.
struct node_seen {
    node_info node;
};
struct node_gone {
    node_key node;
};
/// A node that has or looks for this torrent, at the peer protocol's port.
struct peer_found {
    info_hash torrent;
    endpoint peer;
    bool confirmed = false;  ///< by the node itself, from that address; else the source may be forged
};

enum class tracker_protocol : std::uint8_t { http, udp };
/// A LAN tracker to use, or not to use any more. At most limits::lan_trackers nodes' at a time.
struct tracker_found {
    node_key node;
    tracker_protocol protocol;
    endpoint tracker;
};
struct tracker_gone {
    node_key node;
    tracker_protocol protocol;
    endpoint tracker;
};
/// A neighbour's DHT node, to bootstrap from.
struct dht_contact {
    endpoint node;
};

}  // namespace bt::discovery

template <>
struct std::hash<bt::discovery::node_key> {
    std::size_t operator()(const bt::discovery::node_key& key) const noexcept {
        // both are hashed well already
        return std::hash<bt::instance_id>{}(key.instance) * 31 + std::hash<bt::ip_address>{}(key.address);
    }
};
