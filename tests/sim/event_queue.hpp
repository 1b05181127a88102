// What is to happen, in the order of time and, at one time, in the order it was put in.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <tuple>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace bt::sim {

class event_queue {
  public:
    /// What happens most often takes no memory of its own: a function, whom it is about, and a number.
    using action = void (*)(void* who, std::uint64_t what);

    event_queue() = default;
    event_queue(const event_queue&) = delete;
    event_queue& operator=(const event_queue&) = delete;
    ~event_queue() {
        for (auto& each : heap_)
            if (each.run == &run_task) delete static_cast<task*>(each.who);
    }

    void at(time_point when, action run, void* who, std::uint64_t what = 0) {
        heap_.push_back({when, ++count_, run, who, what});
        std::push_heap(heap_.begin(), heap_.end(), later);
    }
    template <class F>
    void at(time_point when, F what) {
        at(when, &run_task, std::make_unique<task_of<F>>(std::move(what)).release());
    }
    bool empty() const { return heap_.empty(); }
    time_point next() const { return heap_.front().when; }
    void run_next() {
        std::pop_heap(heap_.begin(), heap_.end(), later);
        const auto first = heap_.back();
        heap_.pop_back();
        first.run(first.who, first.what);
    }

  private:
    struct task {
        virtual ~task() = default;
        virtual void run() = 0;
    };
    template <class F>
    struct task_of final : task {
        explicit task_of(F&& f) : what(std::move(f)) {}
        void run() override { what(); }
        F what;
    };
    static void run_task(void* who, std::uint64_t) {
        const std::unique_ptr<task> what(static_cast<task*>(who));
        what->run();
    }
    struct event {
        time_point when;
        std::uint64_t number;
        action run;
        void* who;
        std::uint64_t what;
    };
    static bool later(const event& a, const event& b) {
        return std::tie(a.when, a.number) > std::tie(b.when, b.number);
    }
    std::vector<event> heap_;
    std::uint64_t count_ = 0;
};

}  // namespace bt::sim
