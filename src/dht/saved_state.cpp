#include "dht/saved_state.hpp"

namespace bt::dht {}
