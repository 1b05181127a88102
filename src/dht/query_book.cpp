#include "dht/query_book.hpp"

namespace bt::dht {}
