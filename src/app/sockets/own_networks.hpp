// The networks this machine is in, for those who have to follow them: read at the start, whenever the system
// tells of a change, and every 30 s for what it does not tell.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "discovery/interfaces.hpp"
#include "net/interfaces.hpp"
#include "net/loop.hpp"
#include "net/timer.hpp"

namespace bt::app {

class own_networks {
  public:
    /// `changed`: the list is another than before, or there is a new way out of these networks.
    using read_fn =
        std::function<void(const std::vector<discovery::interface_address>& interfaces, bool changed)>;

    /// `bind`: only this address; empty: all. Nothing is read before read().
    own_networks(net::loop& on, bool v4, bool v6, const std::string& bind, read_fn tell);

    /// Tells at once.
    void read() { look(false); }
    void stop() { again_.disarm(); }

  private:
    void look(bool news);

    net::loop& loop_;
    bool v4_, v6_;
    std::optional<ip_address> bind_;
    read_fn tell_;
    std::optional<std::vector<discovery::interface_address>> known_;
    net::interface_watcher watcher_;
    net::timer again_;
};

/// What discovery needs to know of the running interfaces; with `bind`, only those that have this address.
std::vector<discovery::interface_address> discovery_interfaces(const std::vector<net::interface_entry>& all,
                                                               bool v4, bool v6,
                                                               const std::optional<ip_address>& bind);

}  // namespace bt::app
