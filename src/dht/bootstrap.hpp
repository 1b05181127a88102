// When to try again to come into the DHT, and with which nodes (in the field's order: saved table, then what
// was named by hello, PORT, x.pe and torrents, then public routers). One for each family and realm.
//
// No internet is a normal state. While no node answers, known nodes are asked every few seconds, which costs
// a handful of packets; routers' names are looked up with growing pauses; any change of the network starts
// both anew.
#pragma once

#include <algorithm>

#include "base/rng.hpp"
#include "base/time.hpp"

namespace bt::dht {

class bootstrap {
  public:
    explicit bootstrap(rng random) : random_(random) {}

    /// Something changed that makes a try worth it: now. While healthy only known nodes are asked, once: they
    /// may have gone with the network that changed.
    void start(time_point now);
    /// `healthy`: enough nodes answer. Then nothing is to be done until that ends.
    void set_healthy(time_point now, bool healthy);

    /// What the time asks for, once each.
    struct step {
        bool known = false;    ///< ask known nodes and named addresses
        bool routers = false;  ///< look routers up and ask them
    };
    step tick(time_point now);
    time_point next_deadline() const { return std::min(known_at_, routers_at_); }

  private:
    rng random_;
    bool healthy_ = false;
    time_point alone_since_{};
    time_point known_at_ = never, routers_at_ = never;
    duration known_pause_{}, router_pause_{};  ///< the last ones, before jitter; 0: none yet
};

}  // namespace bt::dht
