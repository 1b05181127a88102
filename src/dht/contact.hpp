// A node of the DHT as others name it: an id and where it listens (BEP 5, BEP 32).
#pragma once

#include "base/endpoint.hpp"
#include "base/ids.hpp"

namespace bt::dht {

struct contact {
    node_id id;
    endpoint at;

    friend auto operator<=>(const contact&, const contact&) = default;
};

}  // namespace bt::dht
