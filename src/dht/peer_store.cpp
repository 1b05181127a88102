#include "dht/peer_store.hpp"

namespace bt::dht {}
