#include "dht/address_rules.hpp"

namespace bt::dht {}
