// lives_scale [FIRST [COUNT]]: so many lives from that seed on, or those of BT_SEEDS=FIRST-LAST; of one
// alone, everything that happened in it.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "sim/lives/lives.hpp"

int main(int count, char** arguments) {
    const auto number = [](const char* text) { return std::strtoull(text, nullptr, 10); };
    std::uint64_t first = count > 1 ? number(arguments[1]) : 1;
    std::uint64_t lives = count > 2 ? number(arguments[2]) : count > 1 ? 1 : 500;
    if (const char* seeds = std::getenv("BT_SEEDS"); seeds != nullptr && *seeds != 0) {  // FIRST-LAST
        const char* dash = std::strchr(seeds, '-');
        first = number(seeds);
        lives = dash == nullptr ? 1 : number(dash + 1) - first + 1;
    }
    unsigned bad = 0;
    for (auto seed = first; seed < first + lives; ++seed) {
        const auto outcome = bt::sim::live(seed);
        if (lives == 1)
            for (const auto& line : outcome.log) std::printf("%s\n", line.c_str());
        for (const auto& broken : outcome.broken)
            std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), broken.c_str());
        bad += outcome.broken.empty() ? 0u : 1u;
        if ((seed - first) % 50 != 49) continue;
        std::printf("%llu lives\n", static_cast<unsigned long long>(seed - first + 1));
        std::fflush(stdout);
    }
    std::printf("%llu passed, %u failed, 0 skipped\n", static_cast<unsigned long long>(lives - bad), bad);
    return bad == 0 ? 0 : 1;
}
