#include "crypto/lanes.hpp"

namespace bt::crypto {

const many_kernel avx2_kernel{"AVX2", 8, run_lanes<sha1_rounds, 8>, run_lanes<sha256_rounds, 8>};

}  // namespace bt::crypto
