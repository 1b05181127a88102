#include "node/queue.hpp"

namespace bt::node {

bool stalled_room::has(const queued_torrent& torrent) {
    if (!gave_its_place(torrent)) return false;
    if (bound_ != 0 && taken_ >= bound_) return false;
    ++taken_;
    return true;
}

run_state queue_places::next(const queued_torrent& torrent) {
    if (torrent.paused) return run_state::paused;
    if (torrent.checking) return run_state::checking;
    if (torrent.forced || room_.has(torrent)) return run_state::running;
    const auto bound = torrent.complete ? bounds_.seeds : bounds_.downloads;
    auto& held = torrent.complete ? held_.seeds : held_.downloads;
    if (bound != 0 && held >= bound) return run_state::queued;
    ++held;
    return run_state::running;
}

}  // namespace bt::node
