// lives_scale [FIRST [COUNT]]: so many lives from that seed on; of one alone, everything that happened in it.
#include <cstdio>
#include <cstdlib>

#include "sim/lives/lives.hpp"

int main(int count, char** arguments) {
    const std::uint64_t first = count > 1 ? std::strtoull(arguments[1], nullptr, 10) : 1;
    const std::uint64_t lives = count > 2 ? std::strtoull(arguments[2], nullptr, 10) : count > 1 ? 1 : 500;
    unsigned bad = 0;
    for (auto seed = first; seed < first + lives; ++seed) {
        const auto outcome = bt::sim::live(seed);
        if (lives == 1)
            for (const auto& line : outcome.log) std::printf("%s\n", line.c_str());
        for (const auto& broken : outcome.broken)
            std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), broken.c_str());
        bad += outcome.broken.empty() ? 0u : 1u;
        if ((seed - first) % 50 == 49)
            std::fprintf(stderr, "%llu lives\n", static_cast<unsigned long long>(seed - first + 1));
    }
    std::printf("%llu passed, %u failed\n", static_cast<unsigned long long>(lives - bad), bad);
    return bad == 0 ? 0 : 1;
}
