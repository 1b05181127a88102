#include "dht/external_address.hpp"

namespace bt::dht {}
