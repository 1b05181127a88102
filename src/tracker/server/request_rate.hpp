// How often each source may ask, and how often they do ask in all.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "base/endpoint.hpp"
#include "base/limits.hpp"
#include "base/siphash.hpp"
#include "base/time.hpp"

namespace bt::tracker {

/// A token bucket for each source: an IPv4 address or an IPv6 /64, as that is what one host has. A bounded
/// table of four places for each keyed hash; the source that was silent longest makes room.
class request_rate {
  public:
    request_rate(const siphash_key& key, double per_second, double burst);
    /// Takes one request of that source, or one that is worth several; false if it has asked too often.
    bool allow(time_point now, const ip_address& source, float worth = 1);

  private:
    struct bucket {
        std::uint64_t source = 0;  // 0: free
        std::uint32_t last = 0;    // milliseconds
        float tokens = 0;
    };
    static constexpr std::size_t ways = 4, sets = limits::tracker_sources / ways;
    /// One cache line.
    struct alignas(64) set {
        std::array<bucket, ways> places;
    };

    siphash13 hash_;
    float per_millisecond_, burst_;
    std::unique_ptr<std::array<set, sets>> sets_;
};

/// Events per second over the last minute.
class event_counter {
  public:
    void add(std::uint32_t second) {
        advance(second);
        ++seconds_[second % seconds_.size()];
    }
    /// Events in the `span` seconds before this one, at most 60.
    std::uint64_t in_last(std::uint32_t second, std::uint32_t span) const;

  private:
    void advance(std::uint32_t second);
    std::array<std::uint32_t, 64> seconds_{};
    std::uint32_t latest_ = 0;
};

}  // namespace bt::tracker
