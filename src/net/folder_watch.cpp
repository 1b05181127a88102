#include "net/folder_watch.hpp"

#include <uv.h>

#include <utility>

namespace bt::net {

struct folder_watch::impl {
    uv_fs_event_t event{};
    std::function<void()> changed;
    bool works = false;
};

folder_watch::folder_watch(loop& on, const std::string& folder, std::function<void()> changed)
    : impl_(new impl) {
    impl_->changed = std::move(changed);
    impl_->event.data = impl_;
    uv_fs_event_init(on.handle(), &impl_->event);
    impl_->works = uv_fs_event_start(
                       &impl_->event,
                       [](uv_fs_event_t* event, const char*, int, int status) {
                           if (status == 0) static_cast<impl*>(event->data)->changed();
                       },
                       folder.c_str(), 0) == 0;
}

folder_watch::~folder_watch() {
    // the close callback comes on a later turn of the loop, so `changed` outlives a call it is in
    uv_close(reinterpret_cast<uv_handle_t*>(&impl_->event),
             [](uv_handle_t* handle) { delete static_cast<impl*>(handle->data); });
}

bool folder_watch::works() const { return impl_->works; }

}  // namespace bt::net
