#include "net/timer.hpp"

#include <uv.h>

#include <algorithm>
#include <utility>

namespace bt::net {

struct timer::impl {
    uv_timer_t uv{};
    loop* on;
    std::function<void()> fired;
    time_point at = never;

    void start() {
        // libuv counts whole milliseconds from the start of the loop's turn; rounding up keeps the promise
        // never to be early
        uv_update_time(on->handle());
        const auto now = on->now();
        const auto left =
            at > now ? at - now : duration::zero();  // time_point::min() is a moment in the past, too
        const auto ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
        uv_timer_start(&uv, on_time, static_cast<std::uint64_t>(ms), 0);
    }

    static void on_time(uv_timer_t* uv) {
        auto* self = static_cast<impl*>(uv->data);
        if (self->on->now() < self->at) return self->start();
        self->at = never;
        self->fired();
    }
};

timer::timer(loop& on, std::function<void()> fired) : impl_(new impl) {
    impl_->on = &on;
    impl_->fired = std::move(fired);
    impl_->uv.data = impl_;
    uv_timer_init(on.handle(), &impl_->uv);
}

timer::~timer() {
    uv_close(reinterpret_cast<uv_handle_t*>(&impl_->uv),
             [](uv_handle_t* handle) { delete static_cast<impl*>(handle->data); });
}

void timer::arm(time_point at) {
    if (at == impl_->at) return;  // cores often say the same deadline again
    if (at == never) return disarm();
    impl_->at = at;
    impl_->start();
}

void timer::disarm() {
    impl_->at = never;
    uv_timer_stop(&impl_->uv);
}

time_point timer::deadline() const { return impl_->at; }

}  // namespace bt::net
