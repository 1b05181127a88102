#include "node/queue.hpp"

#include "base/assert.hpp"

namespace bt::node {
namespace {

/// It gets nothing, and the bound counts for it.
bool gave_its_place(const queued_torrent& torrent) {
    return torrent.gets_nothing && !torrent.complete && !torrent.paused && !torrent.checking &&
           !torrent.forced;
}

/// One more place, if there is one: 0 is no bound.
bool takes(std::size_t& held, std::size_t bound) { return bound == 0 || held++ < bound; }

}  // namespace

std::vector<queued> give_places(std::vector<queued>& queue, const queue_bounds& bounds) {
    std::vector<queued> order, behind, changed;
    std::size_t downloads = 0, seeds = 0, beside = 0;
    const auto state_of = [&](const queued_torrent& torrent) {
        if (torrent.paused) return run_state::paused;
        if (torrent.checking) return run_state::checking;
        if (torrent.forced) return run_state::running;
        const bool runs = torrent.complete ? takes(seeds, bounds.seeds) : takes(downloads, bounds.downloads);
        return runs ? run_state::running : run_state::queued;
    };
    const auto append = [&](queued one, run_state state) {
        if (one.state != state) {
            one.state = state;
            changed.push_back(one);
        }
        order.push_back(one);
    };
    for (const auto& one : queue) {
        if (!gave_its_place(one.what))
            append(one, state_of(one.what));
        else if (takes(beside, bounds.downloads))
            append(one, run_state::running);
        else
            behind.push_back(one);
    }
    for (const auto& one : behind) append(one, state_of(one.what));
    BT_ASSERT(order.size() == queue.size());
    queue = std::move(order);
    return changed;
}

}  // namespace bt::node
