#include "dht/lookup.hpp"

namespace bt::dht {}
