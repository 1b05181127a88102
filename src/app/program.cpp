#include "app/program.hpp"

#include <unistd.h>

#include <array>
#include <vector>

#include "net/fd_watch.hpp"
#include "net/loop.hpp"
#include "net/signals.hpp"
#include "net/timer.hpp"

namespace bt::app {

struct program::parts {
    net::loop loop;
    std::vector<std::unique_ptr<net::timer>> timers;
    std::vector<std::unique_ptr<net::signals>> signals;
    std::vector<std::unique_ptr<net::fd_watch>> inputs;
};

program::program() : parts_(std::make_unique<parts>()) {}
program::~program() = default;

net::loop& program::the_loop() { return parts_->loop; }

void program::run() { parts_->loop.run(); }

void program::every(duration period, std::function<void()> tick) {
    auto& all = *parts_;
    all.timers.push_back(nullptr);
    const auto place = all.timers.size() - 1;
    all.timers[place] = std::make_unique<net::timer>(all.loop, [&all, place, period, tick = std::move(tick)] {
        all.timers[place]->arm(all.loop.now() + period);
        tick();
    });
    all.timers[place]->arm(all.loop.now() + period);
}

void program::on_signal(int number, std::function<void()> handler) {
    parts_->signals.push_back(std::make_unique<net::signals>(
        parts_->loop, std::vector<int>{number}, [handler = std::move(handler)](int) { handler(); }));
}

void program::on_input(int fd, std::function<void(std::string_view)> handler) {
    auto& inputs = parts_->inputs;
    inputs.push_back(nullptr);
    const auto place = inputs.size() - 1;
    inputs[place] = std::make_unique<net::fd_watch>(
        parts_->loop, fd, [&inputs, place, fd, handler = std::move(handler)](bool readable, bool) {
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
