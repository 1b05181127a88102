#include "crypto/lanes.hpp"

namespace bt::crypto {

const many_kernel avx512_kernel{"AVX-512", 16, run_lanes<sha1_rounds, 16>, run_lanes<sha256_rounds, 16>};

}  // namespace bt::crypto
