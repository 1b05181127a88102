// SHA-1 and SHA-256 of many messages at once, one a vector lane, over the vector types of the compiler.
// Private to this room: included once by each file that is compiled for certain instructions. So that none of
// these gets into code that runs on other processors, too, everything here has internal linkage and nothing
// of the standard library is called.
//
//     lane           0    1    2   ...
//     w[t]         [ w0t  w1t  w2t ... ]     word t of the block that each lane is at
//     state[s]     [ s0   s1   s2  ... ]     word s of the state of each lane's message
//
// Source: FIPS 180-4.
#pragma once

#include <utility>

#include "crypto/constants.hpp"
#include "crypto/kernels.hpp"

namespace bt::crypto {
namespace {

using word = std::uint32_t;

template <unsigned Lanes>
struct vector_of {
    typedef word words __attribute__((vector_size(Lanes * 4)));
    typedef std::uint8_t bytes __attribute__((vector_size(Lanes * 4)));
};

#define BT_INLINE inline __attribute__((always_inline))

template <class V>
BT_INLINE V rotate_left(V x, int count) {
    return x << count | x >> (32 - count);
}

template <class V>
BT_INLINE V broadcast(word x) {
    return V{} + x;
}

// --- the two hashes --------------------------------------------------------------------------------

struct sha1_rounds {
    static constexpr unsigned words = 5, count = 80;

    template <unsigned T, class V>
    static BT_INLINE V function(V b, V c, V d) {
        if constexpr (T < 20) return (b & c) | (~b & d);
        if constexpr (T >= 40 && T < 60) return (b & c) | (d & (b | c));
        return b ^ c ^ d;
    }
    /// The words change their names instead of their places.
    template <unsigned T, class V>
    static BT_INLINE void round(V (&state)[words], V (&w)[16]) {
        const V a = state[(count - T) % 5], c = state[(count - T + 2) % 5], d = state[(count - T + 3) % 5];
        V& b = state[(count - T + 1) % 5];
        V& e = state[(count - T + 4) % 5];
        if constexpr (T >= 16)
            w[T % 16] = rotate_left(w[(T + 13) % 16] ^ w[(T + 8) % 16] ^ w[(T + 2) % 16] ^ w[T % 16], 1);
        e = e + (w[T % 16] + broadcast<V>(sha1_constants[T / 20])) + function<T>(b, c, d) + rotate_left(a, 5);
        b = rotate_left(b, 30);
    }
};

struct sha256_rounds {
    static constexpr unsigned words = 8, count = 64;

    template <unsigned T, class V>
    static BT_INLINE void round(V (&state)[words], V (&w)[16]) {
        const V a = state[(count - T) % 8], b = state[(count - T + 1) % 8], c = state[(count - T + 2) % 8];
        const V e = state[(count - T + 4) % 8], f = state[(count - T + 5) % 8],
                g = state[(count - T + 6) % 8];
        V& d = state[(count - T + 3) % 8];
        V& h = state[(count - T + 7) % 8];
        if constexpr (T >= 16) {
            const V x = w[(T + 1) % 16], y = w[(T + 14) % 16];
            w[T % 16] += (rotate_left(x, 25) ^ rotate_left(x, 14) ^ x >> 3) + w[(T + 9) % 16] +
                         (rotate_left(y, 15) ^ rotate_left(y, 13) ^ y >> 10);
        }
        h += (rotate_left(e, 26) ^ rotate_left(e, 21) ^ rotate_left(e, 7)) + ((e & f) | (~e & g)) +
             (w[T % 16] + broadcast<V>(sha256_constants[T]));
        d += h;
        h += (rotate_left(a, 30) ^ rotate_left(a, 19) ^ rotate_left(a, 10)) + ((a & b) | (c & (a | b)));
    }
};

template <class Rounds, class V, unsigned... T>
BT_INLINE void take_block(V (&state)[Rounds::words], V (&w)[16], std::integer_sequence<unsigned, T...>) {
    V next[Rounds::words];
    for (unsigned s = 0; s < Rounds::words; ++s) next[s] = state[s];
    (Rounds::template round<T>(next, w), ...);
    for (unsigned s = 0; s < Rounds::words; ++s) state[s] += next[s];
}

// --- from messages to lanes ------------------------------------------------------------------------

/// Elements 0 … Lanes - 1 are those of a, the others those of b.
template <class Pattern, class V, unsigned... K>
BT_INLINE V pick(V a, V b, std::integer_sequence<unsigned, K...>) {
    return __builtin_shufflevector(a, b, static_cast<int>(Pattern::at(K))...);
}

// Rows of four are turned within 16 bytes, then 16 bytes at a time: what vectors of every length do in one
// instruction.
template <unsigned Lanes, unsigned Size, unsigned High>
struct interleave {  // of `Size` words of a, as many of b
    static constexpr unsigned at(unsigned k) {
        const unsigned from = k % 4 / (2 * Size) * Size + k % Size + High * 2;
        return k / 4 * 4 + from + (k / Size % 2) * Lanes;
    }
};
template <unsigned Lanes, unsigned Size, unsigned High>
struct swap_parts {  // of a and b as two rows of parts of `Size` words
    static constexpr unsigned at(unsigned k) {
        const unsigned part = k / Size % 2;
        return k + High * Size - part * Size + part * Lanes;
    }
};

/// rows[lane] has Lanes words of its lane; then rows[t] has word t of every lane.
template <unsigned Lanes, class V>
BT_INLINE void transpose(V (&rows)[Lanes]) {
    constexpr std::make_integer_sequence<unsigned, Lanes> all;
    for (unsigned g = 0; g < Lanes; g += 4) {
        const V a = pick<interleave<Lanes, 1, 0>>(rows[g], rows[g + 1], all);
        const V b = pick<interleave<Lanes, 1, 1>>(rows[g], rows[g + 1], all);
        const V c = pick<interleave<Lanes, 1, 0>>(rows[g + 2], rows[g + 3], all);
        const V d = pick<interleave<Lanes, 1, 1>>(rows[g + 2], rows[g + 3], all);
        rows[g] = pick<interleave<Lanes, 2, 0>>(a, c, all);
        rows[g + 1] = pick<interleave<Lanes, 2, 1>>(a, c, all);
        rows[g + 2] = pick<interleave<Lanes, 2, 0>>(b, d, all);
        rows[g + 3] = pick<interleave<Lanes, 2, 1>>(b, d, all);
    }
    const auto swap = [&]<unsigned Size>() {
        for (unsigned i = 0; i < Lanes; ++i) {
            if ((i & Size) != 0) continue;
            const V a = rows[i], b = rows[i + Size];
            rows[i] = pick<swap_parts<Lanes, Size, 0>>(a, b, all);
            rows[i + Size] = pick<swap_parts<Lanes, Size, 1>>(a, b, all);
        }
    };
    if constexpr (Lanes > 4) swap.template operator()<4>();
    if constexpr (Lanes > 8) swap.template operator()<8>();
}

/// Words are in the order of the network.
template <unsigned Lanes, class V, unsigned... K>
BT_INLINE V swap_bytes(V x, std::integer_sequence<unsigned, K...>) {
#if defined(__SSE2__) && !defined(__SSSE3__)  // no instruction for it
    return (rotate_left(x, 8) & broadcast<V>(0x00ff00ff)) | (rotate_left(x, 24) & broadcast<V>(0xff00ff00));
#else
    using raw = typename vector_of<Lanes>::bytes;
    const raw all = reinterpret_cast<raw>(x);
    return reinterpret_cast<V>(__builtin_shufflevector(all, all, static_cast<int>(K ^ 3)...));
#endif
}

/// The next block of every lane, as words.
template <unsigned Lanes, class V>
BT_INLINE void load(const std::uint8_t* const (&at)[Lanes], std::size_t offset, V (&w)[16]) {
    for (unsigned first = 0; first < 16; first += Lanes) {
        V rows[Lanes];
        for (unsigned lane = 0; lane < Lanes; ++lane) {
            V part;
            __builtin_memcpy(&part, at[lane] + offset + first * 4, sizeof part);
            rows[lane] = swap_bytes<Lanes>(part, std::make_integer_sequence<unsigned, Lanes * 4>());
        }
        transpose<Lanes>(rows);
        for (unsigned t = 0; t < Lanes; ++t) w[first + t] = rows[t];
    }
}

/// Every lane has a message until too few are left; one that ends makes room for the next.
template <class Rounds, unsigned Lanes>
void run_lanes(block_run* runs, std::size_t count, unsigned worth, one_function one) {
    using V = typename vector_of<Lanes>::words;
    alignas(64) word states[Rounds::words][Lanes] = {};
    const std::uint8_t* at[Lanes] = {};
    block_run* in[Lanes] = {};
    std::size_t next = 0;
    for (;;) {
        unsigned busy = 0;
        std::size_t blocks = ~std::size_t{0};
        const std::uint8_t* any = nullptr;
        for (unsigned lane = 0; lane < Lanes; ++lane) {
            while (in[lane] == nullptr && next < count) {
                block_run& run = runs[next++];
                if (run.count == 0) continue;
                in[lane] = &run;
                for (unsigned s = 0; s < Rounds::words; ++s) states[s][lane] = run.state[s];
            }
            if (in[lane] == nullptr) continue;
            ++busy;
            any = in[lane]->blocks;
            if (in[lane]->count < blocks) blocks = in[lane]->count;
        }
        if (busy < worth || busy == 0) break;
        for (unsigned lane = 0; lane < Lanes; ++lane) at[lane] = in[lane] != nullptr ? in[lane]->blocks : any;

        V state[Rounds::words];
        __builtin_memcpy(&state, &states, sizeof state);
        for (std::size_t n = 0; n < blocks; ++n) {
            V w[16];
            load<Lanes>(at, n * block_bytes, w);
            take_block<Rounds>(state, w, std::make_integer_sequence<unsigned, Rounds::count>());
        }
        __builtin_memcpy(&states, &state, sizeof state);

        for (unsigned lane = 0; lane < Lanes; ++lane) {
            if (in[lane] == nullptr) continue;
            in[lane]->blocks += blocks * block_bytes;
            in[lane]->count -= blocks;
            if (in[lane]->count > 0) continue;
            for (unsigned s = 0; s < Rounds::words; ++s) in[lane]->state[s] = states[s][lane];
            in[lane] = nullptr;
        }
    }
    for (unsigned lane = 0; lane < Lanes; ++lane) {
        if (in[lane] == nullptr) continue;
        for (unsigned s = 0; s < Rounds::words; ++s) in[lane]->state[s] = states[s][lane];
        one(in[lane]->state, in[lane]->blocks, in[lane]->count);
    }
}

#undef BT_INLINE

}  // namespace
}  // namespace bt::crypto
