#include "crypto/kernels.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

namespace bt::crypto {

#if defined(__x86_64__)

features detect() {
    features found;
    __builtin_cpu_init();  // AVX counts only where the system saves its registers
    found.avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
    found.avx2 = __builtin_cpu_supports("avx2");
    unsigned a = 0, b = 0, c = 0, d = 0;
    found.sha = __builtin_cpu_supports("sse4.1") && __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 &&
                (b >> 29 & 1) != 0;
    return found;
}

// The numbers of messages are those from which on the lanes are faster, which was measured (bench/hash_core):
// SHA-NI reaches 1.8 GiB/s (SHA-256: 1.7), mbedTLS 0.75 (0.29), AVX-512 6.3 (2.8), AVX2 3.8 (1.7) and
// SSE2 1.8 (0.6) on a core of a Zen 4.
kernels choose(const features& found) {
    constexpr unsigned never = 1000;
    if (found.avx512 && found.sha) return {&sha_ni_kernel, &avx512_kernel, 5, 10};
    if (found.avx2 && found.sha) return {&sha_ni_kernel, &avx2_kernel, 4, never};
    if (found.sha) return {&sha_ni_kernel};
    if (found.avx512) return {&mbedtls_kernel, &avx512_kernel, 3, 2};
    if (found.avx2) return {&mbedtls_kernel, &avx2_kernel, 2, 2};
    return {&mbedtls_kernel, &lanes4_kernel, 2, 2};
}

std::vector<const one_kernel*> one_kernels(const features& found) {
    std::vector<const one_kernel*> all{&mbedtls_kernel};
    if (found.sha) all.push_back(&sha_ni_kernel);
    return all;
}

std::vector<const many_kernel*> many_kernels(const features& found) {
    std::vector<const many_kernel*> all{&lanes4_kernel};
    if (found.avx2) all.push_back(&avx2_kernel);
    if (found.avx512) all.push_back(&avx512_kernel);
    return all;
}

#else

features detect() {
    features found;
#if defined(__aarch64__) && defined(__linux__)
    constexpr unsigned long both = HWCAP_SHA1 | HWCAP_SHA2;
    found.sha = (getauxval(AT_HWCAP) & both) == both;
#endif
    return found;
}

kernels choose(const features& found) {
    if (const auto* one = one_kernels(found).back(); one != &mbedtls_kernel) return {one};
    return {&mbedtls_kernel, &lanes4_kernel, 2, 2};
}

std::vector<const one_kernel*> one_kernels([[maybe_unused]] const features& found) {
    std::vector<const one_kernel*> all{&mbedtls_kernel};
#if defined(__aarch64__)
    if (found.sha) all.push_back(&armv8_kernel);
#endif
    return all;
}

std::vector<const many_kernel*> many_kernels(const features&) { return {&lanes4_kernel}; }

#endif

const kernels& chosen() {
    static const kernels once = choose(detect());
    return once;
}

}  // namespace bt::crypto
