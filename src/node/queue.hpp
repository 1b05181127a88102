// Which torrents of a node run at a time. A pure policy.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bt::node {

/// How many run beside each other. 0: no bound.
struct queue_bounds {
    std::size_t downloads = 0, seeds = 0;
};

/// What the queue has to know of a torrent.
struct queued_torrent {
    bool complete = false;
    bool paused = false;    ///< by the user
    bool forced = false;    ///< runs beside the bound
    bool stalled = false;   ///< it runs and gets nothing: holds no place
    bool checking = false;  ///< its files are looked at before it can run: holds no place
    friend bool operator==(const queued_torrent&, const queued_torrent&) = default;
};

enum class run_state : std::uint8_t { paused, queued, checking, running };

/// Gives the places away: to one after the other, in the order of the queue.
class queue_places {
  public:
    explicit queue_places(const queue_bounds& bounds) : bounds_(bounds) {}
    run_state next(const queued_torrent& torrent);

  private:
    queue_bounds bounds_, held_;
};

}  // namespace bt::node
