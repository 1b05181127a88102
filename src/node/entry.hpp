// One torrent of a node, with everything that belongs to it. Private to this room.
#pragma once

#include "node/core.hpp"

namespace bt::node {

struct core::entry {
    torrent_id id;
    info_hash hash;
    std::optional<torrent::info> info;
    swarm::torrent_swarm swarm;
    std::optional<tracker::client> trackers;
    std::size_t tracker_count = 0;
    bool listed = false;
    bool on_lan = false;  // hello and BEP 14 know of it
    bool told_complete = false;
    bool stopped = false;

    bool is_private() const { return info && info->is_private; }
};

}  // namespace bt::node
