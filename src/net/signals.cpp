#include "net/signals.hpp"

#include <uv.h>

#include <memory>
#include <utility>

#include "base/assert.hpp"

namespace bt::net {

struct signals::impl {
    uv_signal_t uv{};
    std::shared_ptr<std::function<void(int)>> raised;  // one for all numbers
};

signals::signals(loop& on, const std::vector<int>& numbers, std::function<void(int)> raised) {
    const auto shared = std::make_shared<std::function<void(int)>>(std::move(raised));
    for (const int number : numbers) {
        auto* one = new impl;
        one->raised = shared;
        one->uv.data = one;
        BT_ASSERT(uv_signal_init(on.handle(), &one->uv) == 0);
        // refused only for numbers that cannot be caught
        BT_ASSERT(uv_signal_start(
                      &one->uv,
                      [](uv_signal_t* uv, int raised_number) {
                          (*static_cast<impl*>(uv->data)->raised)(raised_number);
                      },
                      number) == 0);
        impls_.push_back(one);
    }
}

signals::~signals() {
    for (auto* one : impls_)
        uv_close(reinterpret_cast<uv_handle_t*>(&one->uv),
                 [](uv_handle_t* handle) { delete static_cast<impl*>(handle->data); });
}

}  // namespace bt::net
