// The outputs of a torrent's swarm that are not pulled yet. Private to this room.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

#include "swarm/output.hpp"

namespace bt::swarm {

class outbox {
  public:
    void push(swarm_output what) {
        calls_ += std::holds_alternative<out::connect>(what);
        queue_.push_back(std::move(what));
    }
    std::optional<swarm_output> poll() {
        if (queue_.empty()) return std::nullopt;
        auto what = std::move(queue_.front());
        queue_.pop_front();
        calls_ -= std::holds_alternative<out::connect>(what);
        return what;
    }
    /// Connections asked for: they count as begun, since many may be asked for before the first is answered.
    std::size_t calls() const { return calls_; }

  private:
    std::deque<swarm_output> queue_;
    std::size_t calls_ = 0;
};

}  // namespace bt::swarm
