#include "net/loop.hpp"

#include <sys/random.h>
#include <sys/resource.h>
#include <uv.h>

#include <cerrno>
#include <filesystem>
#include <iterator>
#include <mutex>
#include <system_error>
#include <utility>
#include <vector>

#include "base/assert.hpp"

namespace bt::net {

struct poster::box {
    std::mutex guard;
    std::vector<std::function<void()>> queue;
    bool open = true;
    uv_async_t wake{};

    static void on_wake(uv_async_t* wake) {
        auto* self = static_cast<box*>(wake->data);
        std::vector<std::function<void()>> batch;
        {
            const std::lock_guard lock(self->guard);
            batch.swap(self->queue);
        }
        for (auto& work : batch) work();
    }
};

void poster::operator()(std::function<void()> work) const {
    const std::lock_guard lock(box_->guard);
    if (!box_->open) return;
    box_->queue.push_back(std::move(work));
    if (box_->queue.size() == 1) uv_async_send(&box_->wake);
}

loop::loop()
    : uv_(std::make_unique<uv_loop_s>()),
      box_(std::make_shared<poster::box>()),
      read_buffer_(new std::uint8_t[read_buffer_bytes]) {
    BT_ASSERT(uv_loop_init(uv_.get()) == 0);
    BT_ASSERT(uv_async_init(uv_.get(), &box_->wake, poster::box::on_wake) == 0);
    box_->wake.data = box_.get();
}

loop::~loop() {
    std::vector<std::function<void()>> dropped;  // destroyed without the lock: it may own things that post
    {
        const std::lock_guard lock(box_->guard);
        box_->open = false;
        dropped.swap(box_->queue);
    }
    dropped.clear();
    uv_close(reinterpret_cast<uv_handle_t*>(&box_->wake), nullptr);
    uv_walk(
        uv_.get(),
        [](uv_handle_t* handle, void*) {
            BT_ASSERT(uv_is_closing(handle));  // else something that uses the loop outlives it
        },
        nullptr);
    while (uv_run(uv_.get(), UV_RUN_DEFAULT) != 0) {  // an earlier stop() ends the first round
    }
    BT_ASSERT(uv_loop_close(uv_.get()) == 0);
}

time_point loop::now() const { return time_point(duration(static_cast<duration::rep>(uv_hrtime() / 1000))); }

void loop::run() { uv_run(uv_.get(), UV_RUN_DEFAULT); }

void loop::stop() { uv_stop(uv_.get()); }

void raise_descriptor_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

std::size_t descriptor_limit() {
    rlimit limit{};
    return getrlimit(RLIMIT_NOFILE, &limit) != 0 ? 1024 : static_cast<std::size_t>(limit.rlim_cur);
}

std::size_t open_descriptors() {
    std::error_code failed;
    const std::filesystem::directory_iterator all("/proc/self/fd", failed);
    return failed ? 0 : static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

void entropy(std::span<std::uint8_t> out) {
    while (!out.empty()) {
        const auto got = getrandom(out.data(), out.size(), 0);
        // a program without randomness must not go on with guessable secrets
        BT_ASSERT(got > 0 || errno == EINTR);
        if (got > 0) out = out.subspan(static_cast<std::size_t>(got));
    }
}

std::uint64_t entropy_seed() {
    std::uint8_t raw[8];
    entropy(raw);
    std::uint64_t seed = 0;
    for (const auto byte : raw) seed = seed << 8 | byte;
    return seed;
}

}  // namespace bt::net
