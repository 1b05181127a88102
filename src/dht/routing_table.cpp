#include "dht/routing_table.hpp"

namespace bt::dht {}
