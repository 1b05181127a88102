#include "crypto/hash.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "crypto/constants.hpp"
#include "crypto/kernels.hpp"

namespace bt::crypto {
namespace {

template <class Digest>
constexpr bool is_sha1 = std::is_same_v<Digest, sha1_digest>;

template <class Digest>
one_function one_of(const kernels& with) {
    return is_sha1<Digest> ? with.one->sha1 : with.one->sha256;
}

/// Whole blocks of several messages.
template <class Digest>
void take(const kernels& with, std::span<block_run> runs) {
    const auto one = one_of<Digest>(with);
    if (with.many != nullptr) {
        const auto many = is_sha1<Digest> ? with.many->sha1 : with.many->sha256;
        return many(runs.data(), runs.size(), is_sha1<Digest> ? with.sha1_worth : with.sha256_worth, one);
    }
    for (const auto& run : runs) one(run.state, run.blocks, run.count);
}

}  // namespace

template <class Digest>
hasher<Digest>::hasher() : hasher(chosen()) {}

template <class Digest>
hasher<Digest>::hasher(const kernels& with) : with_(&with) {
    static_assert(block == block_bytes);
    start();
}

template <class Digest>
void hasher<Digest>::start() {
    if constexpr (is_sha1<Digest>)
        std::copy(std::begin(sha1_start), std::end(sha1_start), state_.begin());
    else
        std::copy(std::begin(sha256_start), std::end(sha256_start), state_.begin());
    size_ = 0;
}

/// Completes a block that was begun; gives what is left of the part.
template <class Digest>
byte_view hasher<Digest>::fill(byte_view data) {
    const auto begun = static_cast<std::size_t>(size_ % block);
    size_ += data.size();
    if (begun == 0) return data;
    const auto first = data.first(std::min(data.size(), block - begun));
    std::copy(first.begin(), first.end(), rest_.begin() + static_cast<std::ptrdiff_t>(begun));
    if (begun + first.size() == block) one_of<Digest> (*with_)(state_.data(), rest_.data(), 1);
    return data.subspan(first.size());
}

/// What is no whole block yet.
template <class Digest>
void hasher<Digest>::keep(byte_view rest) {
    std::copy(rest.begin(), rest.end(), rest_.begin());
}

template <class Digest>
void hasher<Digest>::update(byte_view data) {
    data = fill(data);
    const auto whole = data.size() / block;
    if (whole > 0) one_of<Digest> (*with_)(state_.data(), data.data(), whole);
    keep(data.subspan(whole * block));
}

template <class Digest>
void hasher<Digest>::update(std::span<const part> parts) {
    std::vector<block_run> runs;
    runs.reserve(parts.size());
    for (const auto& [of, data] : parts) {
        BT_ASSERT(of->with_ == parts.front().of->with_);
        const auto after = of->fill(data);
        const auto whole = after.size() / block;
        if (whole > 0) runs.push_back({of->state_.data(), after.data(), whole});
        of->keep(after.subspan(whole * block));
    }
    if (!runs.empty()) take<Digest>(*parts.front().of->with_, runs);
}

template <class Digest>
Digest hasher<Digest>::finish() {
    // a one, zeros up to the end of a block less eight bytes, and the length in bits
    const auto bits = size_ * 8;
    const auto begun = static_cast<std::size_t>(size_ % block);
    std::array<std::uint8_t, 2 * block> end{0x80};
    const auto length_at = (begun < block - 8 ? block : 2 * block) - begun - 8;
    for (std::size_t i = 0; i < 8; ++i) end[length_at + i] = static_cast<std::uint8_t>(bits >> (56 - 8 * i));
    update(byte_view(end).first(length_at + 8));
    Digest digest;
    for (std::size_t i = 0; i < Digest::size; ++i)
        digest.bytes[i] = static_cast<std::uint8_t>(state_[i / 4] >> (24 - i % 4 * 8));
    start();
    return digest;
}

template class hasher<sha1_digest>;
template class hasher<sha256_digest>;

namespace {

template <class Digest>
Digest hash_one(byte_view message) {
    hasher<Digest> hashing;
    hashing.update(message);
    return hashing.finish();
}

template <class Digest>
void hash_each(std::span<const byte_view> messages, std::span<Digest> digests) {
    BT_ASSERT(messages.size() == digests.size());
    std::vector<hasher<Digest>> hashing(messages.size());
    std::vector<typename hasher<Digest>::part> parts;
    parts.reserve(messages.size());
    for (std::size_t i = 0; i < messages.size(); ++i) parts.push_back({&hashing[i], messages[i]});
    hasher<Digest>::update(parts);
    for (std::size_t i = 0; i < messages.size(); ++i) digests[i] = hashing[i].finish();
}

}  // namespace

sha1_digest sha1(byte_view message) { return hash_one<sha1_digest>(message); }
sha256_digest sha256(byte_view message) { return hash_one<sha256_digest>(message); }
void sha1(std::span<const byte_view> messages, std::span<sha1_digest> digests) {
    hash_each(messages, digests);
}
void sha256(std::span<const byte_view> messages, std::span<sha256_digest> digests) {
    hash_each(messages, digests);
}
unsigned sha1_lanes() { return chosen().many != nullptr ? chosen().many->lanes : 1; }
unsigned sha1_worth() { return chosen().sha1_worth; }

}  // namespace bt::crypto
