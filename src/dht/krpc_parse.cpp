#include "dht/krpc.hpp"

namespace bt::dht {}
