// One message with the instructions of x86 for it. Source: Intel SDM, SHA1RNDS4 and SHA256RNDS2.
#include <immintrin.h>

#include <utility>

#include "crypto/constants.hpp"
#include "crypto/kernels.hpp"

namespace bt::crypto {
namespace {

template <int N>
using steps = std::make_integer_sequence<int, N>;

__m128i load(const void* from) { return _mm_loadu_si128(static_cast<const __m128i*>(from)); }
void store(void* to, __m128i x) { _mm_storeu_si128(static_cast<__m128i*>(to), x); }

// --- SHA-1: four rounds a step ---------------------------------------------------------------------

struct sha1_state {
    __m128i abcd, e;
};

template <int G>
void sha1_step(sha1_state& state, __m128i (&w)[4]) {
    __m128i& next = w[G % 4];
    if constexpr (G >= 4)
        next = _mm_sha1msg2_epu32(_mm_xor_si128(_mm_sha1msg1_epu32(next, w[(G + 1) % 4]), w[(G + 2) % 4]),
                                  w[(G + 3) % 4]);
    const __m128i e = G == 0 ? _mm_add_epi32(state.e, next) : _mm_sha1nexte_epu32(state.e, next);
    state.e = state.abcd;
    state.abcd = _mm_sha1rnds4_epu32(state.abcd, e, G / 5);
}

template <int... G>
void sha1_block(sha1_state& state, __m128i (&w)[4], std::integer_sequence<int, G...>) {
    const sha1_state before = state;
    (sha1_step<G>(state, w), ...);
    state.e = _mm_sha1nexte_epu32(state.e, before.e);
    state.abcd = _mm_add_epi32(state.abcd, before.abcd);
}

void sha1(std::uint32_t* words, const std::uint8_t* blocks, std::size_t count) {
    const __m128i big_endian = _mm_set_epi64x(0x0001020304050607, 0x08090a0b0c0d0e0f);
    sha1_state state{_mm_shuffle_epi32(load(words), 0x1b),
                     _mm_set_epi32(static_cast<int>(words[4]), 0, 0, 0)};
    for (; count > 0; --count, blocks += block_bytes) {
        __m128i w[4];
        for (int i = 0; i < 4; ++i) w[i] = _mm_shuffle_epi8(load(blocks + 16 * i), big_endian);
        sha1_block(state, w, steps<20>());
    }
    store(words, _mm_shuffle_epi32(state.abcd, 0x1b));
    words[4] = static_cast<std::uint32_t>(_mm_extract_epi32(state.e, 3));
}

// --- SHA-256: four rounds a step -------------------------------------------------------------------

struct sha256_state {
    __m128i abef, cdgh;
};

template <int G>
void sha256_step(sha256_state& state, __m128i (&w)[4]) {
    __m128i& next = w[G % 4];
    if constexpr (G >= 4)
        next = _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(next, w[(G + 1) % 4]),
                                                  _mm_alignr_epi8(w[(G + 3) % 4], w[(G + 2) % 4], 4)),
                                    w[(G + 3) % 4]);
    const __m128i sum = _mm_add_epi32(next, load(sha256_constants + 4 * G));
    state.cdgh = _mm_sha256rnds2_epu32(state.cdgh, state.abef, sum);
    state.abef = _mm_sha256rnds2_epu32(state.abef, state.cdgh, _mm_shuffle_epi32(sum, 0x0e));
}

template <int... G>
void sha256_block(sha256_state& state, __m128i (&w)[4], std::integer_sequence<int, G...>) {
    const sha256_state before = state;
    (sha256_step<G>(state, w), ...);
    state.abef = _mm_add_epi32(state.abef, before.abef);
    state.cdgh = _mm_add_epi32(state.cdgh, before.cdgh);
}

void sha256(std::uint32_t* words, const std::uint8_t* blocks, std::size_t count) {
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    const __m128i cdab = _mm_shuffle_epi32(load(words), 0xb1);
    const __m128i efgh = _mm_shuffle_epi32(load(words + 4), 0x1b);
    sha256_state state{_mm_alignr_epi8(cdab, efgh, 8), _mm_blend_epi16(efgh, cdab, 0xf0)};
    for (; count > 0; --count, blocks += block_bytes) {
        __m128i w[4];
        for (int i = 0; i < 4; ++i) w[i] = _mm_shuffle_epi8(load(blocks + 16 * i), big_endian);
        sha256_block(state, w, steps<16>());
    }
    const __m128i feba = _mm_shuffle_epi32(state.abef, 0x1b);
    const __m128i dchg = _mm_shuffle_epi32(state.cdgh, 0xb1);
    store(words, _mm_blend_epi16(feba, dchg, 0xf0));
    store(words + 4, _mm_alignr_epi8(dchg, feba, 8));
}

}  // namespace

const one_kernel sha_ni_kernel{"SHA-NI", sha1, sha256};

}  // namespace bt::crypto
