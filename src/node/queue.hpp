// Which torrents of a node run at a time. A pure policy.
//
// A download that gets nothing gives its place away and goes on beside the bound, but no more of them than
// there are places: of N at a time never more than 2 N run. Those that are one too many go behind all that
// wait, and have their turn again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/ids.hpp"

namespace bt::node {

/// How many run beside each other. 0: no bound.
struct queue_bounds {
    std::size_t downloads = 0, seeds = 0;
};

/// What the queue has to know of a torrent.
struct queued_torrent {
    bool complete = false;
    bool paused = false;        ///< by the user
    bool forced = false;        ///< runs beside the bound
    bool gets_nothing = false;  ///< though it runs: holds no place, while there is room beside
    bool checking = false;      ///< its files are looked at before it can run: holds no place
    friend bool operator==(const queued_torrent&, const queued_torrent&) = default;
};

enum class run_state : std::uint8_t { paused, queued, checking, running };

/// A torrent in the queue, as it stood when places were given last.
struct queued {
    torrent_id id;
    queued_torrent what;
    run_state state = run_state::paused;
};

/// Gives the places away: to one after the other, in the order of the queue, in which those that are one too
/// many go behind all. Returns those that have another state now.
std::vector<queued> give_places(std::vector<queued>& queue, const queue_bounds& bounds);

}  // namespace bt::node
