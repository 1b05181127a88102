// Assertions check our own invariants, also in release builds. Input from outside never trips one.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace bt::detail {
[[noreturn]] inline void assertion_failed(const char* what, const char* file, int line) {
    std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, what);
    std::abort();
}
}  // namespace bt::detail

#define BT_ASSERT(condition) \
    ((condition) ? void(0) : ::bt::detail::assertion_failed(#condition, __FILE__, __LINE__))
