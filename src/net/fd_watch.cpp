#include "net/fd_watch.hpp"

#include <uv.h>

#include <utility>

namespace bt::net {

struct fd_watch::impl {
    uv_poll_t poll{};
    std::function<void(bool, bool)> ready;
    int wanted = 0;
    bool works = false;

    void start() {
        if (wanted == 0)
            uv_poll_stop(&poll);
        else
            uv_poll_start(&poll, wanted, on_events);
    }

    static void on_events(uv_poll_t* poll, int status, int events) {
        auto* self = static_cast<impl*>(poll->data);
        if (status == 0) return self->ready((events & UV_READABLE) != 0, (events & UV_WRITABLE) != 0);
        // libuv stops watching on an error; the system call made next tells which one it was
        self->ready(true, true);
        if (!uv_is_closing(reinterpret_cast<uv_handle_t*>(poll))) self->start();
    }
};

fd_watch::fd_watch(loop& on, int descriptor, std::function<void(bool, bool)> ready) : impl_(new impl) {
    impl_->ready = std::move(ready);
    impl_->poll.data = impl_;
    impl_->works = uv_poll_init(on.handle(), &impl_->poll, descriptor) == 0;
}

fd_watch::~fd_watch() {
    if (!impl_->works) {
        delete impl_;
        return;
    }
    // the close callback comes on a later turn of the loop, so `ready` outlives a call it is in
    uv_close(reinterpret_cast<uv_handle_t*>(&impl_->poll),
             [](uv_handle_t* handle) { delete static_cast<impl*>(handle->data); });
}

bool fd_watch::works() const { return impl_->works; }

void fd_watch::want(bool read, bool write) {
    const int wanted = (read ? UV_READABLE : 0) | (write ? UV_WRITABLE : 0);
    if (!impl_->works || wanted == impl_->wanted) return;
    impl_->wanted = wanted;
    impl_->start();
}

}  // namespace bt::net
