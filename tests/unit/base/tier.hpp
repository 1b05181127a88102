// How long a test may take: short for every run, long where BT_LONG=1 asks for the whole count.
#pragma once

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace bt::test {

inline bool long_tier() {
    const char* wish = std::getenv("BT_LONG");
    return wish && std::string_view(wish) == "1";
}

/// Says how far a long run is, every ten seconds at most: "progress: 17 of 200".
class progress {
  public:
    explicit progress(std::uint64_t of) : of_(of) {}
    void at(std::uint64_t done) {
        const auto now = std::chrono::steady_clock::now();
        if (now - said_ < std::chrono::seconds(10)) return;
        said_ = now;
        BOOST_TEST_MESSAGE("progress: " << done << " of " << of_);
    }

  private:
    std::uint64_t of_;
    std::chrono::steady_clock::time_point said_ = std::chrono::steady_clock::now();
};

/// Runs `one` with every seed from 1 to `few`, in the long tier to `many`; there BT_SEEDS=FIRST-LAST takes a
/// part of them, so that several machines or several evenings can share the work.
template <class Function>
void for_each_seed(std::uint64_t few, std::uint64_t many, Function&& one) {
    std::uint64_t first = 1, last = long_tier() ? many : few;
    if (const char* part = std::getenv("BT_SEEDS"); part && long_tier()) {
        const std::string text = part;
        const auto dash = text.find('-');
        first = std::strtoull(text.c_str(), nullptr, 10);
        last = dash == text.npos ? first : std::strtoull(text.c_str() + dash + 1, nullptr, 10);
    }
    progress far(last);
    for (auto seed = first; seed <= last; ++seed) {
        BOOST_TEST_CONTEXT("seed " << seed) { one(seed); }
        far.at(seed);
    }
}

}  // namespace bt::test
