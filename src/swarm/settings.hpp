// What a torrent's swarm is set to.
#pragma once

#include <cstddef>

#include "base/limits.hpp"
#include "swarm/host_pace.hpp"
#include "swarm/shared_places.hpp"

namespace bt::swarm {

struct swarm_settings {
    std::size_t connections = limits::connections;
    std::size_t half_open = limits::half_open;
    std::size_t near_slots = 8,
                far_slots = 8;   ///< to begin with, without the optimistic ones; 0: gives nothing
    bool super_seeding = false;  ///< while we have everything and no other peer does (BEP 16)
    bool limit_near = false;     ///< rate limits hold on links of our own, too
    bool claims = true;          ///< one copy over the uplink: neighbours are told what we fetch from outside
    std::size_t piece_memory = 48 * limits::MiB;   ///< started pieces held
    std::size_t write_backlog = 24 * limits::MiB;  ///< pieces waiting for the disk before requests pause
    std::size_t upload_ahead = 1 * limits::MiB;  ///< read or queued for one peer before the socket takes more
    std::size_t read_batch = 256 * limits::KiB;  ///< blocks read from disk in one go
    std::size_t unsent =
        8 * limits::MiB;  ///< waiting for one peer's socket: more means it asks and does not read
    // of all torrents of the node together; none: this one has none
    host_pace* pace = nullptr;
    shared_places* places = nullptr;
};

}  // namespace bt::swarm
