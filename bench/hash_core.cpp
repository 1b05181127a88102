// What one core hashes, from its cache: each kernel that runs here, forced, and what the program chooses by
// itself for so many messages at once. One line each: hash, kernel, messages at once, GiB/s of processor time
// (the best of some runs).
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <string>

#include "crypto/hash.hpp"
#include "crypto/kernels.hpp"

using namespace bt;
using namespace bt::crypto;

namespace {

// Not a power of two apart, which would be in the same lines of the cache: storage/lane_hasher does so, too.
constexpr std::size_t message_bytes = 64 << 10, apart = message_bytes + 64, most_messages = 32;
constexpr std::size_t run_bytes = std::size_t{64} << 20;
constexpr int runs = 9;

double processor_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

template <class Digest>
double rate(const kernels& with, std::size_t messages) {
    static const bytes content(apart * most_messages, 0x5a);
    std::vector<hasher<Digest>> hashing(messages, hasher<Digest>(with));
    std::vector<typename hasher<Digest>::part> parts;
    for (std::size_t i = 0; i < messages; ++i)
        parts.push_back({&hashing[i], byte_view(content).subspan(i * apart, message_bytes)});
    const auto rounds = run_bytes / (messages * message_bytes);
    double best = 1e9;
    for (int run = 0; run < runs; ++run) {
        const auto begin = processor_seconds();
        for (std::size_t i = 0; i < rounds; ++i) hasher<Digest>::update(parts);
        best = std::min(best, processor_seconds() - begin);
    }
    return static_cast<double>(rounds * messages * message_bytes) / best / (1 << 30);
}

void print(const char* kernel, const kernels& with, std::size_t messages) {
    std::printf("SHA-1|%s|%zu|%.2f\n", kernel, messages, rate<sha1_digest>(with, messages));
    std::printf("SHA-256|%s|%zu|%.2f\n", kernel, messages, rate<sha256_digest>(with, messages));
    std::fflush(stdout);
}

}  // namespace

int main() {
    const auto here = detect();
    for (const auto* one : one_kernels(here)) print(one->name, {one}, 1);
    for (const auto* many : many_kernels(here)) print(many->name, {&mbedtls_kernel, many, 1, 1}, many->lanes);
    for (const std::size_t messages : {1u, 2u, 4u, 6u, 8u, 12u, 16u, 32u})
        print("chosen", chosen(), messages);
}
