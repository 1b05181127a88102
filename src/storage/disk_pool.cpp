#include "storage/disk_pool.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace bt::storage {

disk_pool::disk_pool(unsigned threads, poster post) : post_(std::move(post)) {
    workers_.reserve(threads);
    for (unsigned i = 0; i < threads; ++i) workers_.emplace_back([this] { run(); });
}

disk_pool::~disk_pool() {
    std::deque<std::function<std::function<void()>()>> dropped;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        dropped.swap(jobs_);
    }
    wake_.notify_all();
    for (auto& worker : workers_) worker.join();
}

void disk_pool::submit(std::function<std::function<void()>()> work) {
    BT_ASSERT(work);
    {
        const std::lock_guard lock(mutex_);
        if (stopping_) return;
        jobs_.push_back(std::move(work));
    }
    wake_.notify_one();
}

void disk_pool::run() {
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
            if (stopping_) return;
        }
        step();
    }
}

bool disk_pool::step() {
    std::function<std::function<void()>()> work;
    {
        const std::lock_guard lock(mutex_);
        if (stopping_ || jobs_.empty()) return false;
        work = std::move(jobs_.front());
        jobs_.pop_front();
    }
    auto result = work();
    work = nullptr;  // what the job held is let go before its result is told
    if (result) post_(std::move(result));
    return true;
}

bool disk_pool::is_idle() {
    const std::lock_guard lock(mutex_);
    return jobs_.empty();
}

}  // namespace bt::storage
