#include "swarm/request_window.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace bt::swarm {

void request_window::set_most(std::size_t most) {
    most_ = std::clamp<std::size_t>(most, 1, limits::requests_to_peer);
    window_ = std::min(window_, most_);
}

void request_window::collapsed() {
    window_ = std::min(least, most_);
    draining_since_.reset();
    rate_ = 0;
    epoch_bytes_ = 0;
}

void request_window::arrived(time_point now, std::uint32_t bytes, duration waited) {
    BT_ASSERT(bytes > 0 && waited >= duration{});
    waited = std::max(waited, duration(50us));
    const auto asked = now - waited;
    measure_trip(now, asked);
    if (epoch_bytes_ == 0) epoch_begin_ = std::max(epoch_end_, asked);
    epoch_bytes_ += bytes;
    // an epoch is one pipe's worth of answers, or long enough to measure a slow peer
    const auto lasted = now - epoch_begin_;
    if (lasted < trip() || (epoch_bytes_ < window_ * limits::block_bytes && lasted < 1s)) return;
    const double rate = static_cast<double>(epoch_bytes_) / seconds(lasted);
    epoch_bytes_ = 0;
    epoch_end_ = now;
    rate_ = rate > rate_ ? rate : rate_ * 0.9 + rate * 0.1;
    if (!draining_since_) window_ = std::min(2 * pipe() + least, most_);
    BT_ASSERT(window_ > 0);
}

/// A full window keeps a queue at the peer, and every answer waits in it. So once in ten seconds the queue is
/// left to drain; what is asked after that shows the round trip as it is.
void request_window::measure_trip(time_point now, time_point asked) {
    const auto waited = now - asked;
    if (draining_since_ && asked >= *draining_since_) {
        draining_since_.reset();
        epoch_bytes_ = 0;
        epoch_end_ = now;
        shortest_ = waited;
        shortest_at_ = now;
        window_ = std::min(2 * pipe() + least, most_);
    } else if (waited < shortest_) {
        shortest_ = waited;
        shortest_at_ = now;
    } else if (!draining_since_ && now - shortest_at_ > 10s) {
        draining_since_ = now;
        window_ = std::clamp<std::size_t>(pipe() / 2, 1, most_);
    }
}

/// What the peer needs to put an answer together counts as part of the trip: a disk read, a turn of its loop.
duration request_window::trip() const { return std::max<duration>(shortest_, 4ms); }

std::size_t request_window::pipe() const {
    return static_cast<std::size_t>(rate_ * seconds(trip()) / limits::block_bytes);
}

}  // namespace bt::swarm
