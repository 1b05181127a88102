// Being on the LAN without torrents: says `hello`, hears who else is here. For the tracker, which is found
// this way, and for the commands that look around.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/program.hpp"
#include "app/sockets/lan_sockets.hpp"
#include "app/sockets/own_networks.hpp"
#include "discovery/hello.hpp"
#include "net/loop.hpp"
#include "net/timer.hpp"

namespace bt::app {

/// The name of this machine, for people.
std::string host_name();

class lan_presence {
  public:
    using happened_fn = std::function<void(const discovery::hello::output&)>;

    /// `introduction` holds what this node offers: ports and texts; identity and group are filled in here.
    lan_presence(net::loop& on, const network_options& options, discovery::hello_config introduction,
                 happened_fn happened);

    const discovery::presence& online() const { return hello_.online(); }
    /// Asks again who is here, as at the start.
    void ask_again();
    /// Says bye; nothing happens after it.
    void stop();

  private:
    void drain();

    net::loop& loop_;
    happened_fn happened_;
    discovery::hello hello_;
    lan_sockets sockets_;
    own_networks networks_;
    net::timer tick_;
    bool draining_ = false;
};

}  // namespace bt::app
