// The wires of the simulated network. TCP is a pair of byte streams: nothing is lost, loss shows as a late
// segment. A host's link takes segments from its connections in turn; what goes to another site waits at the
// uplinks of both; the receiver's link comes last. Buffers on the way are short, as routers' are: a
// connection that fills them waits at its sender.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <vector>

#include "base/ids.hpp"
#include "base/limits.hpp"
#include "base/time.hpp"
#include "wire/peer.hpp"

namespace bt::sim {

class host;

/// A segment holds a block and its header at most.
inline constexpr std::size_t segment_bytes = limits::block_bytes + wire::piece_header_bytes;

struct link_quality {
    duration delay = 200us;  ///< one way, within a site
    double loss = 0;         ///< of datagrams; a TCP segment is sent again after `retransmit`
    duration retransmit = 200ms;
    std::uint64_t bytes_per_second = 100'000'000;  ///< of hosts that have no rate of their own, each way
};

/// A queue in front of a rate.
struct bottleneck {
    std::uint64_t bytes_per_second = 0;
    std::uint64_t bytes = 0;  ///< that came through
    time_point free_at{};

    /// When a segment that comes at `when` is through.
    time_point pass(time_point when, std::size_t size) {
        bytes += size;
        if (bytes_per_second == 0) return when;
        const auto takes = size * 1'000'000 / bytes_per_second;
        free_at = std::max(free_at, when) + duration(static_cast<duration::rep>(takes));
        return free_at;
    }
    duration backlog(time_point now) const { return std::max(free_at - now, duration{}); }
};

/// One LAN, 10.0.<number>.0/24, and its way to the others. Discovery does not leave it.
struct site {
    bottleneck up, down;  ///< rate 0: not a limit; `bytes` are counted
    std::vector<host*> hosts;
};

/// One direction of a connection.
struct pipe {
    host *from, *to;
    connection_id from_id, to_id;
    pipe* back = nullptr;
    std::deque<wire::chunk> data;  // not delivered
    std::size_t delivered = 0;     // bytes of the first chunk
    std::size_t waiting = 0;       // bytes the sender's link has not taken
    std::size_t on_the_way = 0;
    time_point in_order{};  // no segment comes before the one ahead of it
    bool in_turn = false;
    bool ends = false, end_sent = false;  // the sender has closed: what waits is sent first
    bool dead = false;
};

}  // namespace bt::sim
