#include "dht/responder.hpp"

namespace bt::dht {}
