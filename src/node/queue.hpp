// Which torrents of a node run at a time. A pure policy.
//
// A stalled download gives its place away and goes on beside the bound, but no more of them than there are
// places: of N at a time never more than 2 N run. Those that are one too many go behind all that wait, and
// have their turn again.
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
    bool stalled = false;   ///< it runs and gets nothing: holds no place, while there is room beside
    bool checking = false;  ///< its files are looked at before it can run: holds no place
    friend bool operator==(const queued_torrent&, const queued_torrent&) = default;
};

enum class run_state : std::uint8_t { paused, queued, checking, running };

/// Which stalled downloads go on beside the bound: asked of one after the other, in the order of the queue.
class stalled_room {
  public:
    explicit stalled_room(const queue_bounds& bounds) : bound_(bounds.downloads) {}
    bool has(const queued_torrent& torrent);

  private:
    std::size_t bound_, taken_ = 0;
};

/// It is stalled, and the bound counts for it.
inline bool gave_its_place(const queued_torrent& torrent) {
    return torrent.stalled && !torrent.complete && !torrent.paused && !torrent.checking && !torrent.forced;
}

/// Gives the places away: to one after the other, in the order of the queue.
class queue_places {
  public:
    explicit queue_places(const queue_bounds& bounds) : bounds_(bounds), room_(bounds) {}
    run_state next(const queued_torrent& torrent);

  private:
    queue_bounds bounds_, held_;
    stalled_room room_;
};

}  // namespace bt::node
