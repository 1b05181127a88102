// SHA-1 and SHA-256: whole messages or in parts, one message or many at once. With the instructions that this
// processor has; the digests are the same with all of them.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/bytes.hpp"
#include "base/ids.hpp"

namespace bt::crypto {

struct kernels;

/// A message that arrives in parts. `Digest`: sha1_digest or sha256_digest.
template <class Digest>
class hasher {
  public:
    hasher();
    explicit hasher(const kernels& with);
    void update(byte_view data);
    /// The digest of all parts so far; the hasher starts anew.
    Digest finish();

    /// More of several messages at once, which takes a fraction of the time of one after the other.
    struct part {
        hasher* of;  ///< each one once
        byte_view data;
    };
    static void update(std::span<const part> parts);

  private:
    static constexpr std::size_t block = 64;
    void start();
    byte_view fill(byte_view data);
    void keep(byte_view rest);

    const kernels* with_;
    std::array<std::uint32_t, Digest::size / 4> state_;
    std::uint64_t size_ = 0;                // of the message so far, in bytes
    std::array<std::uint8_t, block> rest_;  // its last size_ % block bytes
};

using sha1_hasher = hasher<sha1_digest>;
using sha256_hasher = hasher<sha256_digest>;

sha1_digest sha1(byte_view message);
sha256_digest sha256(byte_view message);

/// Of each message, in their order.
void sha1(std::span<const byte_view> messages, std::span<sha1_digest> digests);
void sha256(std::span<const byte_view> messages, std::span<sha256_digest> digests);

/// So many messages at once make the best use of this processor; 1: there is no use in several.
unsigned sha1_lanes();
/// From so many on they are faster than one after the other.
unsigned sha1_worth();

}  // namespace bt::crypto
