// A target as libFuzzer calls it. FUZZ_TARGET: which.
#include <cstdint>

#include "fuzz/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    bt::fuzz::FUZZ_TARGET.run({data, size});
    return 0;
}
