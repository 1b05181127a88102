#include "app/program.hpp"

#include <unistd.h>

#include <array>
#include <vector>

#include "net/fd_watch.hpp"
#include "net/loop.hpp"
#include "net/signals.hpp"
#include "net/timer.hpp"

namespace bt::app {

struct program::impl {
    net::loop loop;
    std::vector<std::unique_ptr<net::timer>> timers;
    std::vector<std::unique_ptr<net::signals>> signals;
    std::vector<std::unique_ptr<net::fd_watch>> inputs;
};

program::program() : impl_(std::make_unique<impl>()) {}
program::~program() = default;

net::loop& program::the_loop() { return impl_->loop; }

void program::run() { impl_->loop.run(); }

void program::every(duration period, std::function<void()> tick) {
    auto& all = *impl_;
    all.timers.push_back(nullptr);
    const auto place = all.timers.size() - 1;
    all.timers[place] = std::make_unique<net::timer>(all.loop, [&all, place, period, tick = std::move(tick)] {
        all.timers[place]->arm(all.loop.now() + period);
        tick();
    });
    all.timers[place]->arm(all.loop.now() + period);
}

void program::on_signal(int number, std::function<void()> handler) {
    impl_->signals.push_back(std::make_unique<net::signals>(
        impl_->loop, std::vector<int>{number}, [handler = std::move(handler)](int) { handler(); }));
}

void program::on_input(int fd, std::function<void(std::string_view)> handler) {
    auto& inputs = impl_->inputs;
    inputs.push_back(nullptr);
    const auto place = inputs.size() - 1;
    inputs[place] = std::make_unique<net::fd_watch>(
        impl_->loop, fd, [&inputs, place, fd, handler = std::move(handler)](bool readable, bool) {
            std::array<char, 256> text;
            const auto count = readable ? ::read(fd, text.data(), text.size()) : 0;
            if (count > 0)
                handler({text.data(), static_cast<std::size_t>(count)});
            else
                inputs[place]->want(false, false);  // the terminal is gone
        });
    inputs[place]->want(true, false);
}

}  // namespace bt::app
