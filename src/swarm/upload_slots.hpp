// How many peers to give to at once: as many as it takes to use what the link carries, found by trying. One
// for each group (near, far) of a torrent.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/time.hpp"

namespace bt::swarm {

class upload_slots {
  public:
    upload_slots(std::size_t least, std::size_t first, std::size_t most);

    /// The last ten seconds: bytes per second that went out, how many had a slot, how many more want one, and
    /// whether our own rate limit (not the link) is what held us back. A slot more is tried while all are
    /// taken and others wait; it stays if more went out for it, and goes when it did not. Then one less is
    /// tried, which stays if as much went out: fewer peers at a time have their pieces sooner, and a link
    /// that got slower needs fewer. Steps double while they pay; between failed tries are ever longer rests,
    /// until the rate is another.
    void round(std::uint64_t rate, std::size_t used, std::size_t waiting, bool limited);
    std::size_t count() const { return slots_; }

  private:
    bool has_paid(std::uint64_t rate) const;
    void settle(std::uint64_t rate, bool paid);
    void try_step(std::uint64_t rate, std::size_t waiting);

    static constexpr int first_rest = 2, longest_rest = 16;  // rounds

    std::size_t least_, most_, slots_;
    std::size_t before_;             // slots before the try
    std::uint64_t rate_before_ = 0;  // and what went out with them
    std::uint64_t settled_rate_ = 0;
    bool trying_ = false, more_ = true;
    std::size_t step_ = 1;
    int rest_ = 0;  // rounds until the next try
    int next_rest_ = first_rest;
};

}  // namespace bt::swarm
