// How fast bytes flow, and how fast they may.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/time.hpp"

namespace bt::swarm {

/// Bytes per second, averaged over the last five seconds (fewer while it is younger).
class rate_meter {
  public:
    void add(time_point now, std::uint64_t bytes);
    std::uint64_t per_second(time_point now) const;
    std::uint64_t total() const { return total_; }

  private:
    static constexpr std::size_t slots = 20;
    static constexpr duration slot_time = 250ms;
    void advance(time_point now);

    std::array<std::uint64_t, slots> bytes_{};
    std::int64_t slot_ = -1;  // number of the newest slot since the clock's zero
    time_point first_{};
    std::uint64_t total_ = 0;
};

/// A token bucket of bytes. A limit of 0 is no limit. May go into debt, so that one block larger than what is
/// left can leave; the debt is paid before the next.
class rate_limit {
  public:
    void set(std::uint64_t bytes_per_second) { limit_ = bytes_per_second; }
    std::uint64_t limit() const { return limit_; }
    /// What may be used now.
    std::uint64_t allowance(time_point now);
    void use(std::uint64_t bytes);
    /// When allowance() becomes positive again; the past when it is.
    time_point available_at() const;

  private:
    std::uint64_t limit_ = 0;
    double tokens_ = 0;
    std::optional<time_point> at_;  // when they were counted
};

}  // namespace bt::swarm
