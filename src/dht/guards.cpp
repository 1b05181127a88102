#include "dht/guards.hpp"

namespace bt::dht {}
