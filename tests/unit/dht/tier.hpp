// How long a test may take: short for every run, long where BT_LONG=1 asks for the whole count.
#pragma once

#include <cstdlib>
#include <string_view>

namespace bt::test {

inline bool long_tier() {
    const char* wish = std::getenv("BT_LONG");
    return wish && std::string_view(wish) == "1";
}

}  // namespace bt::test
