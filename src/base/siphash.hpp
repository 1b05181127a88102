// SipHash (Aumasson, Bernstein 2012): a hash of short inputs that cannot be predicted without the key. 2-4
// where the value goes out to strangers, 1-3 for tables whose keys strangers choose.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "base/bytes.hpp"

namespace bt {

using siphash_key = std::array<std::uint8_t, 16>;

template <int Compressions, int Finalizations>
class siphash {
  public:
    explicit siphash(const siphash_key& key) : k0_(load(key.data())), k1_(load(key.data() + 8)) {}

    std::uint64_t operator()(byte_view data) const {
        std::uint64_t v0 = k0_ ^ 0x736f6d6570736575u, v1 = k1_ ^ 0x646f72616e646f6du;
        std::uint64_t v2 = k0_ ^ 0x6c7967656e657261u, v3 = k1_ ^ 0x7465646279746573u;
        const auto rounds = [&](int count) {
            for (; count > 0; --count) {
                v0 += v1, v2 += v3;
                v1 = std::rotl(v1, 13) ^ v0, v3 = std::rotl(v3, 16) ^ v2;
                v0 = std::rotl(v0, 32);
                v2 += v1, v0 += v3;
                v1 = std::rotl(v1, 17) ^ v2, v3 = std::rotl(v3, 21) ^ v0;
                v2 = std::rotl(v2, 32);
            }
        };
        const auto take = [&](std::uint64_t word) {
            v3 ^= word;
            rounds(Compressions);
            v0 ^= word;
        };
        const auto whole = data.size() / 8 * 8;
        for (std::size_t at = 0; at < whole; at += 8) take(load(data.data() + at));
        std::uint64_t last = static_cast<std::uint64_t>(data.size()) << 56;
        for (std::size_t at = whole; at < data.size(); ++at)
            last |= static_cast<std::uint64_t>(data[at]) << (at - whole) * 8;
        take(last);
        v2 ^= 0xff;
        rounds(Finalizations);
        return v0 ^ v1 ^ v2 ^ v3;
    }

  private:
    static std::uint64_t load(const std::uint8_t* at) {
        std::uint64_t word;
        if constexpr (std::endian::native == std::endian::little) {
            std::memcpy(&word, at, 8);
        } else {
            word = 0;
            for (int i = 7; i >= 0; --i) word = word << 8 | at[i];
        }
        return word;
    }

    std::uint64_t k0_, k1_;
};

using siphash24 = siphash<2, 4>;
using siphash13 = siphash<1, 3>;

}  // namespace bt
