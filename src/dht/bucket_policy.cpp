#include "dht/bucket_policy.hpp"

namespace bt::dht {}
