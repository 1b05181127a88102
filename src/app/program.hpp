// What every long-running command has: one event loop, and on it timers, signals and keys.
// Callbacks come from inside run(), on its thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace bt::net {
class loop;
}

namespace bt::app {

/// Which addresses of this machine a command speaks from, and which neighbours it hears.
struct network_options {
    bool ipv4 = true, ipv6 = true;
    std::string bind;  ///< a local address, and no other; empty: all
    std::uint16_t lan_port = 8001;
    std::string network;  ///< hello group
};

class program {
  public:
    program();
    virtual ~program();
    program(const program&) = delete;
    program& operator=(const program&) = delete;

    /// Calls `tick` every `period` until the end (the live display).
    void every(duration period, std::function<void()> tick);
    /// SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP, SIGCONT, …
    void on_signal(int number, std::function<void()> handler);
    /// Bytes readable on a file descriptor (keys on a terminal).
    void on_input(int fd, std::function<void(std::string_view)> handler);

    /// Runs until stop() has done its work.
    virtual void run();
    /// Leaves politely, at most 2 s; run() then returns.
    virtual void stop() = 0;

  protected:
    net::loop& the_loop();

  private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace bt::app
