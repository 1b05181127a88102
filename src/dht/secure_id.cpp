#include "dht/secure_id.hpp"

namespace bt::dht {}
