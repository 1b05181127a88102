// Seeded pseudo-random numbers (xoshiro256**): the same seed gives the same run. Never for secrets;
// those come from entropy handed in by the driver.
#pragma once

#include <array>
#include <cstdint>
#include <utility>

#include "base/bytes.hpp"
#include "base/time.hpp"

namespace bt {

class rng {
  public:
    using result_type = std::uint64_t;
    explicit rng(std::uint64_t seed);

    std::uint64_t next();
    /// Uniform in [0, bound); bound > 0.
    std::uint64_t below(std::uint64_t bound);
    /// Uniform in [0, 1).
    double unit();
    bool chance(double probability) { return unit() < probability; }
    /// `d` moved by up to ± `part` of itself, so that a thousand nodes do not act in step.
    duration jitter(duration d, double part);
    /// An independent generator for a component, decided by this one's state.
    rng child() { return rng(next()); }
    void fill(std::span<std::uint8_t> out);

    template <class Range>
    void shuffle(Range& range) {
        for (std::size_t i = range.size(); i > 1; --i) std::swap(range[i - 1], range[below(i)]);
    }

    // UniformRandomBitGenerator, for standard algorithms
    static constexpr std::uint64_t min() { return 0; }
    static constexpr std::uint64_t max() { return ~std::uint64_t{0}; }
    std::uint64_t operator()() { return next(); }

  private:
    std::array<std::uint64_t, 4> state_;
};

}  // namespace bt
