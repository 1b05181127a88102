#include "base/rng.hpp"

#include <bit>

namespace bt {

rng::rng(std::uint64_t seed) {
    // splitmix64 spreads a small seed over the whole state, as the authors of xoshiro advise
    for (auto& word : state_) {
        seed += 0x9e3779b97f4a7c15u;
        std::uint64_t z = seed;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
        z = (z ^ z >> 27) * 0x94d049bb133111ebu;
        word = z ^ z >> 31;
    }
}

std::uint64_t rng::next() {
    const std::uint64_t value = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return value;
}

std::uint64_t rng::below(std::uint64_t bound) {
    BT_ASSERT(bound > 0);
    const std::uint64_t biased = (~bound + 1) % bound;  // 2^64 mod bound: the values to throw away
    for (;;)
        if (const auto value = next(); value >= biased) return value % bound;
}

double rng::unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

duration rng::jitter(duration d, double part) {
    const double factor = 1.0 + part * (2.0 * unit() - 1.0);
    return duration(static_cast<duration::rep>(static_cast<double>(d.count()) * factor));
}

void rng::fill(std::span<std::uint8_t> out) {
    for (auto& byte : out) byte = static_cast<std::uint8_t>(next() >> 56);
}

}  // namespace bt
