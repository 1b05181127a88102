// One message with the instructions of ARMv8 for it. Source: Arm ARM, SHA1C and SHA256H.
#include <arm_neon.h>

#include <utility>

#include "crypto/constants.hpp"
#include "crypto/kernels.hpp"

namespace bt::crypto {
namespace {

template <int N>
using steps = std::make_integer_sequence<int, N>;

uint32x4_t load_words(const std::uint8_t* from) { return vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(from))); }

// --- SHA-1: four rounds a step ---------------------------------------------------------------------

struct sha1_state {
    uint32x4_t abcd;
    std::uint32_t e;
};

template <int G>
void sha1_step(sha1_state& state, uint32x4_t (&w)[4]) {
    uint32x4_t& next = w[G % 4];
    if constexpr (G >= 4)
        next = vsha1su1q_u32(vsha1su0q_u32(next, w[(G + 1) % 4], w[(G + 2) % 4]), w[(G + 3) % 4]);
    const uint32x4_t sum = vaddq_u32(next, vdupq_n_u32(sha1_constants[G / 5]));
    const std::uint32_t e = vsha1h_u32(vgetq_lane_u32(state.abcd, 0));
    if constexpr (G / 5 == 0)
        state.abcd = vsha1cq_u32(state.abcd, state.e, sum);
    else if constexpr (G / 5 == 2)
        state.abcd = vsha1mq_u32(state.abcd, state.e, sum);
    else
        state.abcd = vsha1pq_u32(state.abcd, state.e, sum);
    state.e = e;
}

template <int... G>
void sha1_block(sha1_state& state, uint32x4_t (&w)[4], std::integer_sequence<int, G...>) {
    const sha1_state before = state;
    (sha1_step<G>(state, w), ...);
    state.abcd = vaddq_u32(state.abcd, before.abcd);
    state.e += before.e;
}

void sha1(std::uint32_t* words, const std::uint8_t* blocks, std::size_t count) {
    sha1_state state{vld1q_u32(words), words[4]};
    for (; count > 0; --count, blocks += block_bytes) {
        uint32x4_t w[4];
        for (int i = 0; i < 4; ++i) w[i] = load_words(blocks + 16 * i);
        sha1_block(state, w, steps<20>());
    }
    vst1q_u32(words, state.abcd);
    words[4] = state.e;
}

// --- SHA-256: four rounds a step -------------------------------------------------------------------

struct sha256_state {
    uint32x4_t abcd, efgh;
};

template <int G>
void sha256_step(sha256_state& state, uint32x4_t (&w)[4]) {
    uint32x4_t& next = w[G % 4];
    if constexpr (G >= 4)
        next = vsha256su1q_u32(vsha256su0q_u32(next, w[(G + 1) % 4]), w[(G + 2) % 4], w[(G + 3) % 4]);
    const uint32x4_t sum = vaddq_u32(next, vld1q_u32(sha256_constants + 4 * G));
    const uint32x4_t abcd = state.abcd;
    state.abcd = vsha256hq_u32(abcd, state.efgh, sum);
    state.efgh = vsha256h2q_u32(state.efgh, abcd, sum);
}

template <int... G>
void sha256_block(sha256_state& state, uint32x4_t (&w)[4], std::integer_sequence<int, G...>) {
    const sha256_state before = state;
    (sha256_step<G>(state, w), ...);
    state.abcd = vaddq_u32(state.abcd, before.abcd);
    state.efgh = vaddq_u32(state.efgh, before.efgh);
}

void sha256(std::uint32_t* words, const std::uint8_t* blocks, std::size_t count) {
    sha256_state state{vld1q_u32(words), vld1q_u32(words + 4)};
    for (; count > 0; --count, blocks += block_bytes) {
        uint32x4_t w[4];
        for (int i = 0; i < 4; ++i) w[i] = load_words(blocks + 16 * i);
        sha256_block(state, w, steps<16>());
    }
    vst1q_u32(words, state.abcd);
    vst1q_u32(words + 4, state.efgh);
}

}  // namespace

const one_kernel armv8_kernel{"ARMv8", sha1, sha256};

}  // namespace bt::crypto
