// Keeps a tracker's peers and catalogue over a restart: a snapshot every minute and at the end. The core
// hands it over in parts, so that no announce waits for it; the writing is done on a thread of its own.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "net/loop.hpp"
#include "net/timer.hpp"
#include "storage/disk_pool.hpp"
#include "storage/file_system.hpp"
#include "storage/state_file.hpp"
#include "tracker/server/server.hpp"

namespace bt::app {

class tracker_state {
  public:
    using warn_fn = std::function<void(const std::string&)>;

    /// Opens the file and gives the core what an earlier run left. A damaged one is a warning; errc::storage
    /// if it cannot be used at all.
    static result<std::unique_ptr<tracker_state>> open(net::loop& on, tracker::server& core,
                                                       const std::string& path, warn_fn warn);
    /// Use open().
    tracker_state(net::loop& on, tracker::server& core, warn_fn warn, std::string path);
    /// At the end: takes and writes everything before it returns.
    void save_now();

  private:
    void begin();
    void next_part();
    void write();

    net::loop& loop_;
    tracker::server& core_;
    warn_fn warn_;
    std::string path_;
    storage::system_files files_;
    std::unique_ptr<storage::state_file> file_;
    net::timer due_, part_;
    bytes snapshot_;
    bool writing_ = false, said_ = false;
    std::unique_ptr<storage::disk_pool> disk_;  // last: its thread uses the file
};

}  // namespace bt::app
