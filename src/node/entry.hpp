// One torrent of a node, with everything that belongs to it. Private to this room.
#pragma once

#include "node/core.hpp"

namespace bt::node {

struct core::entry {
    /// Its own trackers are one client, each neighbour's tracker is another.
    struct tracker_client {
        tracker::client client;
        std::optional<lan_place> lan;
    };

    torrent_id id;
    info_hash hash;
    std::optional<torrent::info> info;
    swarm::torrent_swarm swarm;
    std::map<std::uint64_t, tracker_client> clients;  // by a number of its own, never used again
    torrent::tracker_tiers tiers;                     // its own trackers
    std::optional<dht::search_id> search;
    bool announces = false;
    bool listed = false;
    bool on_lan = false;  // hello and BEP 14 know of it
    bool told_complete = false;
    bool stopped = false;

    bool is_private() const { return info && info->is_private; }
};

}  // namespace bt::node
