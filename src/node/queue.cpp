#include "node/queue.hpp"

namespace bt::node {

run_state queue_places::next(const queued_torrent& torrent) {
    if (torrent.paused) return run_state::paused;
    if (torrent.checking) return run_state::checking;
    if (torrent.forced || (torrent.stalled && !torrent.complete)) return run_state::running;
    const auto bound = torrent.complete ? bounds_.seeds : bounds_.downloads;
    auto& held = torrent.complete ? held_.seeds : held_.downloads;
    if (bound != 0 && held >= bound) return run_state::queued;
    ++held;
    return run_state::running;
}

}  // namespace bt::node
