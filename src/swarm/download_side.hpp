// What we fetch from one source: what it has, how it gives, what it refuses. Private to this room.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/time.hpp"
#include "swarm/piece_pauses.hpp"
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
    }
    /// It gives no more for now. One that unchokes us again and again and gives nothing keeps what it is
    /// asked for from others meanwhile: it is asked for nothing for a while, longer each time.
    void turn_over(time_point now) {
        // a slow line, or a slot that went round, may give nothing once
        static constexpr unsigned most_empty_turns = 2, most_doublings = 6;
        if (asked) empty_turns = gave ? 0 : empty_turns + 1;
        if (asked && empty_turns >= most_empty_turns)
            rests_until = now + piece_pauses::first_pause *
                                    (1 << std::min(empty_turns - most_empty_turns, most_doublings));
        asked = gave = false;
    }
    /// It owes blocks for too long: one request at a time tells when it is back.
    void snub() {
        snubbed = true;
        window.collapsed();
    }
    /// Requests that should be on the way.
    std::size_t pipe() const { return snubbed ? 1 : window.size(); }

    bool is_counted() const { return counted.size() > 0; }

    torrent::piece_set counted{};     // of its pieces, in availability: events may lag behind peer.pieces()
    bool counted_everywhere = false;  // it came with everything

    bool snubbed = false;
    bool asked = false, gave = false;  // since it chokes us no more
    unsigned empty_turns = 0;          // one after the other, in which it was asked and gave nothing
    time_point rests_until{};          // is asked for nothing
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
