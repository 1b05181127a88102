#include "dht/tokens.hpp"

namespace bt::dht {}
