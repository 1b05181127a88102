// The deadlines of a torrent's swarm in one table: what stands in it is forgotten neither when the next
// deadline is told nor when time has come.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/time.hpp"

namespace bt::swarm {

enum class timer : std::uint8_t {
    maintenance,     ///< requests that are late, peers that are silent, what peers are told of each other
    choke_round,     ///< all peers are compared
    rotation,        ///< a choke round that chooses other optimistic peers
    attempt,         ///< a connection that does not come up is given up
    call,            ///< a known peer may be connected to
    download_limit,  ///< lets something through again
    upload_limit,    ///< the same
    metadata,        ///< a peer that was asked for metadata is late
    pardon,          ///< one that was banned may be let in again
    proof,           ///< a peer that says it is complete may be asked to prove it
    super_seed,      ///< a piece that was shown is not taken or not passed on
};

class timers {
  public:
    timers() { at_.fill(never); }

    void set(timer which, time_point at) { at_[index(which)] = at; }
    /// It runs, and is not due before that time.
    void start(timer which, time_point at) {
        auto& due = at_[index(which)];
        due = due == never ? at : std::max(due, at);
    }
    bool is_due(timer which, time_point now) const { return at_[index(which)] <= now; }
    time_point next() const { return *std::min_element(at_.begin(), at_.end()); }

  private:
    static constexpr std::size_t index(timer which) { return static_cast<std::size_t>(which); }
    std::array<time_point, static_cast<std::size_t>(timer::super_seed) + 1> at_;
};

}  // namespace bt::swarm
