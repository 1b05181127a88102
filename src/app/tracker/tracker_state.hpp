// Keeps a tracker's peers and catalogue over a restart: a snapshot every minute and at the end. The core
// hands it over in parts, so that no announce waits for it; the writing is done on a thread of its own.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "app/files/state_record.hpp"
#include "net/loop.hpp"
#include "net/timer.hpp"
#include "tracker/server/server.hpp"

namespace bt::app {

class tracker_state {
  public:
    using warn_fn = state_record::warn_fn;

    /// Opens the file and gives the core what an earlier run left. A damaged one is a warning; errc::storage
    /// if it cannot be used at all.
    static result<std::unique_ptr<tracker_state>> open(net::loop& on, tracker::server& core,
                                                       const std::string& path, warn_fn warn);
    /// Use open().
    tracker_state(net::loop& on, tracker::server& core, std::unique_ptr<state_record> record);
    /// At the end: takes and writes everything before it returns.
    void save_now();

  private:
    void begin();
    void next_part();

    net::loop& loop_;
    tracker::server& core_;
    std::unique_ptr<state_record> record_;
    net::timer due_, part_;
    bytes snapshot_;
    bool taking_ = false;
};

}  // namespace bt::app
