#include "dht/bootstrap.hpp"

namespace bt::dht {}
