// The few threads that read, write and hash, so that the loop never waits for a disk. Results come back on
// the loop's thread.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "storage/file_table.hpp"

namespace bt::storage {

class disk_pool {
  public:
    /// Runs a function on the loop's thread, in the order of the calls; called from any thread.
    using poster = std::function<void(std::function<void()>)>;

    /// Without threads nothing runs by itself: each step() is one job, on the thread that calls it.
    disk_pool(unsigned threads, poster post);
    /// Jobs not begun are dropped without their `done`; begun ones are waited for.
    ~disk_pool();
    disk_pool(const disk_pool&) = delete;
    disk_pool& operator=(const disk_pool&) = delete;

    /// What its jobs keep open, whatever torrent they are for.
    const std::shared_ptr<open_files>& files() const { return files_; }
    unsigned threads() const { return std::max(1u, static_cast<unsigned>(workers_.size())); }
    /// `work` runs on a pool thread; what it returns runs on the loop's thread.
    void submit(std::function<std::function<void()>()> work);
    /// Does the next job, if there is one; `done` goes to the poster. False: there was none.
    bool step();
    bool is_idle();

  private:
    void run();

    poster post_;
    const std::shared_ptr<open_files> files_ = std::make_shared<open_files>();
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<std::function<void()>()>> jobs_;
    bool stopping_ = false;
    std::vector<std::thread> workers_;
};

}  // namespace bt::storage
