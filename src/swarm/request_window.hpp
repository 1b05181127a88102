// How many blocks to have on the way from one peer: enough to keep its pipe full, and no more.
//
// The pipe holds rate × round trip. Both are measured: the rate over epochs of about a round trip, the round
// trip as the shortest answer of the last ten seconds. The window is twice that product: while it is what
// holds the rate down it doubles with each round trip, as TCP's does at the start.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/limits.hpp"
#include "base/time.hpp"

namespace bt::swarm {

class request_window {
  public:
    static constexpr std::size_t start = 16, least = 4;

    /// A block arrived, `waited` after it was asked.
    void arrived(time_point now, std::uint32_t bytes, duration waited);
    /// The peer did not answer in time: begin again.
    void collapsed();
    /// Requests that should be on the way.
    std::size_t size() const { return window_; }
    /// The shortest answer of late; nothing before the first.
    std::optional<duration> shortest_trip() const {
        return shortest_ == duration::max() ? std::nullopt : std::optional(shortest_);
    }
    /// Their `reqq` or our limit, whichever is smaller.
    void set_most(std::size_t most);

  private:
    void measure_trip(time_point now, time_point asked);
    duration trip() const;
    std::size_t pipe() const;  // blocks it holds

    std::size_t window_ = start, most_ = limits::requests_to_peer;
    duration shortest_ = duration::max();
    time_point shortest_at_{};
    std::optional<time_point> draining_since_;
    time_point epoch_begin_{}, epoch_end_{};
    std::uint64_t epoch_bytes_ = 0;
    double rate_ = 0;  // bytes per second, highest of late
};

}  // namespace bt::swarm
