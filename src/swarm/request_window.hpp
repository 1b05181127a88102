// How many blocks to have on the way from one peer: enough to keep its pipe full, and no more.
//
// The pipe holds rate × round trip. Both are measured: the rate over short epochs, the round trip as the
// shortest answer of the last ten seconds. The window is twice that product, so that it can grow while the
// rate still does, and doubles each round trip at the start, as TCP's does.
#pragma once

#include <cstddef>
#include <cstdint>

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
    /// Their `reqq` or our limit, whichever is smaller.
    void set_most(std::size_t most);

  private:
    std::size_t window_ = start, most_ = 250;
    bool doubling_ = true;
    duration shortest_ = duration::max();
    time_point shortest_at_{};
    time_point epoch_begin_{};
    std::uint64_t epoch_bytes_ = 0;
    double rate_ = 0;  // bytes per second, highest of late
};

}  // namespace bt::swarm
