// The write tokens of get_peers: an announce must follow a query from the same address (BEP 5).
// 8 bytes of SHA-1(secret, ip, port, info-hash). The secret changes every 5 minutes and the previous one is
// still good, so a token lasts 5 to 10 minutes and nothing is remembered for it.
#pragma once

#include <array>
#include <limits>
#include <string_view>

#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"

namespace bt::dht {

using token = std::array<std::uint8_t, 8>;
using secret = std::array<std::uint8_t, 20>;  ///< from entropy

class tokens {
  public:
    explicit tokens(const secret& master) : master_(master) {}

    token make(time_point now, const endpoint& asker, const info_hash& hash);
    /// Compares in constant time.
    bool accepts(time_point now, const endpoint& asker, const info_hash& hash, std::string_view given);

    /// What is kept of a time is what the master gives for it.
    bool is_sound() const;

  private:
    secret derived(std::int64_t epoch) const;
    const secret& secret_of(std::int64_t epoch);

    secret master_;
    struct known {
        std::int64_t epoch = std::numeric_limits<std::int64_t>::min();  // none: clocks do not start there
        secret value{};
    };
    std::array<known, 2> recent_;  // derived from the master, so that they need no clock of their own
};

}  // namespace bt::dht
