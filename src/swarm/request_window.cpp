#include "swarm/request_window.hpp"

#include <algorithm>

#include "base/limits.hpp"

namespace bt::swarm {

void request_window::set_most(std::size_t most) {
    most_ = std::clamp<std::size_t>(most, 1, limits::requests_to_peer);
    window_ = std::min(window_, most_);
}

void request_window::collapsed() {
    window_ = std::min(least, most_);
    doubling_ = false;
    rate_ = 0;
    epoch_bytes_ = 0;
}

void request_window::arrived(time_point now, std::uint32_t bytes, duration waited) {
    waited = std::max(waited, duration(50us));
    if (waited < shortest_ || now - shortest_at_ > 10s) shortest_ = waited, shortest_at_ = now;
    if (epoch_bytes_ == 0) epoch_begin_ = now - waited;
    epoch_bytes_ += bytes;
    // an epoch is one pipe's worth of answers, or long enough to measure a slow peer
    const auto lasted = now - epoch_begin_;
    if (epoch_bytes_ < window_ * limits::block_bytes && lasted < 1s) return;
    const double rate = static_cast<double>(epoch_bytes_) / std::max(seconds(lasted), 1e-6);
    epoch_bytes_ = 0;
    if (doubling_) {
        doubling_ = rate > rate_ * 1.25;
        rate_ = std::max(rate, rate_);
        window_ = std::min(doubling_ ? window_ * 2 : window_, most_);
        return;
    }
    rate_ = rate > rate_ ? rate : rate_ * 0.9 + rate * 0.1;
    // what the peer needs to put an answer together counts as part of the trip: a disk read, a turn of its
    // loop
    const double trip = std::max(seconds(shortest_), 0.004);
    const auto pipe = static_cast<std::size_t>(2 * rate_ * trip / limits::block_bytes) + least;
    window_ = std::clamp(pipe, std::min(least, most_), most_);
}

}  // namespace bt::swarm
