#include "crypto/lanes.hpp"

namespace bt::crypto {

const many_kernel lanes4_kernel{"4 lanes", 4, run_lanes<sha1_rounds, 4>, run_lanes<sha256_rounds, 4>};

}  // namespace bt::crypto
