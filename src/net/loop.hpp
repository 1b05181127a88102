// The one event loop of the process: where cores and sockets live, on one thread.
//
// Order of life: the loop is constructed first and destroyed last. Every object of this room that was given a
// loop must be gone before the loop goes. An object may be destroyed inside one of its own callbacks, except
// where its header says otherwise.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "base/time.hpp"

struct uv_loop_s;  // libuv's loop; its header stays inside this room

namespace bt::net {

/// Brings work back to the loop from another thread. Copyable, may outlive the loop: what is posted after
/// the loop's end is dropped.
class poster {
  public:
    void operator()(std::function<void()> work) const;

  private:
    friend class loop;
    struct box;
    explicit poster(std::shared_ptr<box> shared) : box_(std::move(shared)) {}
    std::shared_ptr<box> box_;
};

class loop {
  public:
    loop();
    ~loop();
    loop(const loop&) = delete;
    loop& operator=(const loop&) = delete;

    /// Steady, microseconds, read anew at each call. Thread-safe.
    time_point now() const;
    /// Serves events until stop(). May be called again afterwards.
    void run();
    /// Ends run() after the events at hand. Only from the loop's thread; elsewhere post it.
    void stop();
    /// Thread-safe. The work runs on the loop's thread, in the order posted; dropped if the loop ends first.
    void post(std::function<void()> work) { make_poster()(std::move(work)); }
    poster make_poster() const { return poster(box_); }

    /// Memory every socket of the loop reads into; its content lasts as long as the callback it is given to.
    std::span<std::uint8_t> read_buffer() { return {read_buffer_.get(), read_buffer_bytes}; }
    static constexpr std::size_t read_buffer_bytes = 256 * 1024;

    uv_loop_s* handle() { return uv_.get(); }

  private:
    std::unique_ptr<uv_loop_s> uv_;
    std::shared_ptr<poster::box> box_;
    std::unique_ptr<std::uint8_t[]> read_buffer_;
};

/// As many open files and sockets as the system lets this process have: the usual soft limit of 1,024 is kept
/// for programs that use select().
void raise_descriptor_limit();
/// So many may be open, and so many are.
std::size_t descriptor_limit();
std::size_t open_descriptors();

/// Fills `out` from the kernel's random device: for secrets and seeds.
void entropy(std::span<std::uint8_t> out);
/// One random number from there, to seed an rng.
std::uint64_t entropy_seed();

}  // namespace bt::net
