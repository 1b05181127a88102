// Figures about all peers that are kept up to date with each change, so that nothing has to count: how many
// hosts, which clients, how large the torrents are.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "base/ids.hpp"
#include "base/siphash.hpp"

namespace bt::tracker {

/// Peers per host in a table of counters. Different hosts may share a counter; how many do follows from how
/// many counters are empty (linear counting, Whang 1990). Exact for a LAN, within 1 % for a million.
class host_tally {
  public:
    void add(std::uint64_t host_hash) {
        if (counters_[host_hash % size]++ == 0) ++taken_;
    }
    void remove(std::uint64_t host_hash) {
        auto& peers = counters_[host_hash % size];
        BT_ASSERT(peers > 0);
        if (--peers == 0) --taken_;
    }
    std::uint32_t peers_of(std::uint64_t host_hash) const { return counters_[host_hash % size]; }
    std::size_t hosts() const {
        const double empty = static_cast<double>(size - taken_ + (taken_ == size ? 1 : 0)) / size;
        return static_cast<std::size_t>(std::lround(-std::log(empty) * size));
    }
    friend bool operator==(const host_tally&, const host_tally&) = default;

  private:
    static constexpr std::size_t size = 131'072;
    std::vector<std::uint32_t> counters_ = std::vector<std::uint32_t>(size);
    std::size_t taken_ = 0;
};

/// Peers per client and version, told by the first eight bytes of their ids (BEP 20). At most `kinds_max` are
/// told apart; strangers could make up any number.
class client_tally {
  public:
    explicit client_tally(const siphash_key& key) : numbers_(16, hasher{siphash13(key)}) {}
    /// The number to keep for remove().
    std::uint16_t add(const peer_id& id);
    void remove(std::uint16_t number);
    /// "btnode 0.1.0" and its peers, most first.
    std::vector<std::pair<std::string, std::size_t>> versions() const;
    /// The same without versions.
    std::vector<std::pair<std::string, std::size_t>> names() const;
    /// `peers` in all, and each kind that has some is found under its prefix.
    bool is_sound(std::size_t peers) const;

  private:
    static constexpr std::size_t kinds_max = 512;
    struct kind {
        std::uint64_t prefix = 0;
        std::string name;
        std::size_t peers = 0;
    };
    struct hasher {
        siphash13 hash;
        std::size_t operator()(std::uint64_t prefix) const {
            const auto raw = std::bit_cast<std::array<std::uint8_t, 8>>(prefix);
            return hash(raw);
        }
    };
    std::vector<kind> kinds_ = {kind{}};  // number 0: no known client
    std::vector<std::uint16_t> free_;
    std::unordered_map<std::uint64_t, std::uint16_t, hasher> numbers_;
};

/// Torrents by their number of peers: exact below 64, then sixteen classes for each doubling.
inline constexpr std::size_t size_classes = 64 + 26 * 16;
constexpr std::uint16_t size_class_of(std::uint32_t peers) {
    if (peers < 64) return static_cast<std::uint16_t>(peers);
    const auto log = static_cast<unsigned>(std::bit_width(peers)) - 1;
    return static_cast<std::uint16_t>(64 + (log - 6) * 16 + (peers >> (log - 4) & 15));
}
/// The fewest peers of a class.
constexpr std::uint32_t size_of_class(std::size_t one) {
    if (one < 64) return static_cast<std::uint32_t>(one);
    const auto log = (one - 64) / 16 + 6;
    return static_cast<std::uint32_t>((16 + (one - 64) % 16) << (log - 4));
}

}  // namespace bt::tracker
