// Why others are not seen, and what to do: looks at this machine, asks the network for some seconds, judges.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/dht_options.hpp"
#include "app/doctor/findings.hpp"
#include "app/program.hpp"
#include "dht/node.hpp"

namespace bt::app {

struct doctor_options : network_options {
    std::string host;        ///< a machine that should be seen; empty: none in particular
    std::uint16_t port = 0;  ///< where others are to connect; 0: any free one
    duration patience{};     ///< listens at most so long; 0: as long as a node may be silent
    bool use_dht = true;
    dht_options dht;
    std::string folder = ".";  ///< whose disk is looked at
};

seen_dht seen_in(const dht::stats& stats);

/// One look, which takes some seconds of a loop that others use, too.
class examination {
  public:
    /// `over`: once.
    examination(net::loop& on, doctor_options options, std::function<void()> over);
    ~examination();

    /// No node has answered yet, and it listens on.
    void on_waiting(std::function<void(duration longest)> listener);
    void begin();
    void stop();
    const doctor_options& options() const;
    /// When it is over. Of the DHT nothing but what is given here.
    std::vector<finding> findings(const seen_dht& dht) const;

  private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

class doctor : public program {
  public:
    explicit doctor(doctor_options options);
    ~doctor() override;

    /// No node has answered yet, and it listens on.
    void on_waiting(std::function<void(duration longest)> listener);
    void run() override;
    void stop() override;
    /// After run().
    std::vector<finding> findings() const;

  private:
    examination looking_;
    seen_dht dht_;
    bool broken_off_ = false;
};

}  // namespace bt::app
