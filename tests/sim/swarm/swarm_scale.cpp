// How swarms do in virtual time, many seeds of each scenario. Prints a table; the exit status says whether
// every target was reached: by the worst of them if it is promised, by their mean if it is our own ("~").
//
//   swarm_scale [--small] [--seeds COUNT] [--from SEED] [NAME…]      of the scenarios whose name has one of
//   these
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include "sim/swarm/scenarios.hpp"

using namespace bt::sim;

namespace {

/// Of the processor, which others use as well.
double seconds_since(std::clock_t began) {
    return static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC;
}

struct options {
    extent size = extent::full;
    unsigned seeds = 0;  // 0: as many as the scenario says
    std::uint64_t from = 1;
    std::vector<std::string_view> names;

    bool wants(std::string_view name) const {
        return names.empty() || std::any_of(names.begin(), names.end(), [&](auto each) {
                   return name.find(each) != std::string_view::npos;
               });
    }
};

options parse(int argc, char** argv) {
    options o;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        const auto number = [&] { return i + 1 < argc ? std::strtoull(argv[++i], nullptr, 10) : 0; };
        if (word == "--small")
            o.size = extent::small;
        else if (word == "--seeds")
            o.seeds = static_cast<unsigned>(number());
        else if (word == "--from")
            o.from = number();
        else
            o.names.push_back(word);
    }
    return o;
}

struct row {
    figure first;
    double sum = 0, worst = 0, bound = 0;
    std::uint64_t worst_seed = 0;
};

/// Prints a line for each figure; how many of them miss their target.
unsigned print(const scenario& s, const std::vector<row>& rows, unsigned seeds, double took) {
    unsigned missed = 0;
    for (const auto& r : rows) {
        const bool own = r.first.judged == rule::own;
        const bool holds = own ? r.sum / seeds <= r.first.target && r.worst <= r.first.target * worst_of_own
                               : r.worst <= r.first.target;
        missed += holds ? 0 : 1;
        const bool head = &r == &rows.front();
        std::printf("%-28.*s %5s  %-34.*s %8.3f %8.3f ", head ? static_cast<int>(s.name.size()) : 0,
                    s.name.data(), head ? std::to_string(seeds).c_str() : "",
                    static_cast<int>(r.first.what.size()), r.first.what.data(), r.sum / seeds, r.worst);
        if (r.bound > 0)
            std::printf("%7.1f s ", r.bound / seeds);
        else
            std::printf("%9s ", "");
        std::printf("%7.2f%c ", r.first.target, own ? '~' : ' ');
        if (holds)
            std::printf("ok");
        else
            std::printf("MISSED, seed %llu", static_cast<unsigned long long>(r.worst_seed));
        if (head) std::printf("  (%.1f s)", took);
        std::printf("\n");
    }
    std::fflush(stdout);
    return missed;
}

}  // namespace

int main(int argc, char** argv) {
    const auto o = parse(argc, argv);
    const auto began = std::clock();
    unsigned passed = 0, failed = 0;
    std::printf("%-28s %5s  %-34s %8s %8s %9s %7s\n", "scenario", "seeds", "figure", "mean", "worst", "bound",
                "target");
    for (const auto& s : scenarios()) {
        if (!o.wants(s.name)) continue;
        const auto started = std::clock();
        const auto seeds = o.seeds > 0 ? o.seeds : s.seeds;
        std::vector<row> rows;
        for (auto seed = o.from; seed < o.from + seeds; ++seed) {
            const auto result = s.run(seed, o.size);
            rows.resize(result.size());
            for (std::size_t i = 0; i < result.size(); ++i) {
                auto& r = rows[i];
                if (r.worst_seed == 0 || result[i].value > r.worst)
                    r.worst = result[i].value, r.worst_seed = seed;
                r.first = result[i];
                r.sum += result[i].value;
                r.bound += result[i].bound;
            }
        }
        const auto missed = print(s, rows, seeds, seconds_since(started));
        failed += missed;
        passed += static_cast<unsigned>(rows.size()) - missed;
    }
    std::printf("%.0f s\n%u passed, %u failed, 0 skipped\n", seconds_since(began), passed, failed);
    return failed > 0 ? 1 : 0;
}
