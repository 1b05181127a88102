// What keeps a node from being flooded and from flooding others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/endpoint.hpp"
#include "base/limits.hpp"
#include "base/time.hpp"

namespace bt::dht {

/// Ignores for 5 minutes, or as long as told, a source of more than 50 messages in 10 s. Remembers 256
/// addresses; of more, the least busy is forgotten.
class flood_guard {
  public:
    explicit flood_guard(duration block = limits::dht_flood_block) : block_(block) {}

    /// Counts one message; false if it is to be ignored.
    bool allows(time_point now, const ip_address& from);
    /// Each address once, with its mark, and no more of them than are remembered.
    bool is_sound() const;

  private:
    struct source {
        ip_address address;
        time_point since{}, blocked_until{};
        std::uint32_t count = 0;
    };
    source& source_of(time_point now, const ip_address& from);

    duration block_;
    std::vector<source> sources_;
    std::vector<std::uint32_t>
        marks_;  // of their addresses, in the same order: all of them fit few cache lines
};

/// So many a second, and at once what `burst` seconds would give.
class budget {
  public:
    budget(double per_second, double burst)
        : per_second_(per_second), most_(per_second * burst), left_(most_) {}
    bool take(time_point now, double amount);
    /// When `amount` will be there; in the past if it is.
    time_point when(time_point now, double amount) const;
    bool is_sound() const { return left_ <= most_ && left_ > -1e-3; }  ///< but for rounding

  private:
    double refilled(time_point now) const;
    double per_second_, most_, left_;
    time_point at_{};
};

}  // namespace bt::dht
