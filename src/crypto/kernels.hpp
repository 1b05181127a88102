// What hashing is made of: functions over whole blocks of 64 bytes, one message at a time or one a vector
// lane, each for the instructions of some processors. Private to this room, its tests and benchmarks;
// hash.hpp is for all others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace bt::crypto {

constexpr std::size_t block_bytes = 64;

/// `count` whole blocks of one message, and the state (5 or 8 words) they are taken into.
struct block_run {
    std::uint32_t* state;
    const std::uint8_t* blocks;
    std::size_t count;
};

using one_function = void (*)(std::uint32_t* state, const std::uint8_t* blocks, std::size_t count);
/// Works off all runs, which belong to different messages; their fields are used up. When fewer than `worth`
/// are left that could fill lanes, `one` does the rest.
using many_function = void (*)(block_run* runs, std::size_t count, unsigned worth, one_function one);

/// Hashes one message at a time.
struct one_kernel {
    const char* name;
    one_function sha1, sha256;
};
/// Hashes `lanes` messages at a time.
struct many_kernel {
    const char* name;
    unsigned lanes;
    many_function sha1, sha256;
};

/// What one processor hashes with.
struct kernels {
    const one_kernel* one;
    const many_kernel* many = nullptr;          ///< none: one after the other is faster
    unsigned sha1_worth = 1, sha256_worth = 1;  ///< messages from which on `many` is the faster one
};

/// Instructions that a processor has and its system lets programs use.
struct features {
    bool avx512 = false;  ///< F and BW
    bool avx2 = false;
    bool sha = false;  ///< SHA-1 and SHA-256: SHA-NI with SSE 4.1, or those of ARMv8
};
features detect();
/// The fastest of those built in, by measurement.
kernels choose(const features& found);
/// Chosen once, for this processor.
const kernels& chosen();

/// Every kernel that runs here.
std::vector<const one_kernel*> one_kernels(const features& found);
std::vector<const many_kernel*> many_kernels(const features& found);

extern const one_kernel mbedtls_kernel;
extern const many_kernel lanes4_kernel;  // SSE2, NEON, or what the compiler makes of it
#if defined(__x86_64__)
extern const one_kernel sha_ni_kernel;
extern const many_kernel avx2_kernel, avx512_kernel;
#elif defined(__aarch64__)
extern const one_kernel armv8_kernel;
#endif

}  // namespace bt::crypto
