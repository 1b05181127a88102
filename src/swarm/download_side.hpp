// What we fetch from one source: what it has, how it gives, what it refuses. Private to this room.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/time.hpp"
#include "swarm/rate.hpp"
#include "swarm/refusals.hpp"
#include "swarm/request_window.hpp"
#include "torrent/piece_set.hpp"

namespace bt::swarm {

struct download_side {
    explicit download_side(time_point now) : last_block(now) {}

    /// A block came, `waited` after it was asked.
    void arrived(time_point now, std::uint32_t bytes, duration waited) {
        meter.add(now, bytes);
        window.arrived(now, bytes, waited);
        last_block = now;
        snubbed = false;
        gave = true;
        failed = false;
    }
    /// It gives no more for now.
    void turn_over() {
        if (asked) failed = !gave;
        asked = gave = false;
    }
    /// It owes blocks for too long: one request at a time tells when it is back.
    void snub() {
        snubbed = true;
        window.collapsed();
    }
    /// Requests that should be on the way.
    std::size_t pipe() const { return snubbed || failed ? 1 : window.size(); }

    /// Of bytes that it owed, and that came or will not come: those that were not charged.
    std::uint64_t take_unpaid(std::uint64_t bytes) {
        const auto part = std::min(bytes, unpaid);
        unpaid -= part;
        return part;
    }

    bool is_counted() const { return counted.size() > 0; }

    torrent::piece_set counted{};     // of its pieces, in availability: events may lag behind peer.pieces()
    bool counted_everywhere = false;  // it came with everything

    bool snubbed = false;
    bool asked = false, gave = false;  // since it chokes us no more
    bool failed = false;               // gave nothing when it unchoked us last
    std::uint64_t unpaid = 0;          // of the bytes it owes: the limit has not been charged with them
    bool on_trial = false;             // it was banned: one piece at a time, until one is right
    bool fast = false;                 // it brings a whole piece in little time
    time_point last_block;
    rate_meter meter{};
    request_window window{};
    refusals refused{};
    std::uint64_t best_rate = 0;
    std::uint64_t tended = 0;      // bytes that came up to the last look at the claims
    std::size_t right_pieces = 0;  // that came from it alone
};

}  // namespace bt::swarm
