// The connections that all torrents of a node have together; each torrent has a bound of its own besides. A
// call under way has its place already.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace bt::swarm {

class shared_places {
  public:
    explicit shared_places(std::size_t most) : most_(most) {}
    shared_places(const shared_places&) = delete;
    shared_places& operator=(const shared_places&) = delete;

    /// With fewer than are taken nobody is sent away: no newcomer gets one.
    void set_most(std::size_t most) { most_ = most; }
    std::size_t taken() const { return taken_; }
    std::size_t left() const { return most_ > taken_ ? most_ - taken_ : 0; }

    /// While torrents wait for a place to call from, each gets its turn from the node.
    void set_calls(std::size_t most) { calls_ = most; }
    std::size_t left_for_calls() const { return std::min(left(), calls_); }
    static constexpr std::size_t any_number = SIZE_MAX;

    /// Taken as long as this lives; moves with the connection that has it.
    struct give_back {
        void operator()(shared_places* of) const { --of->taken_; }
    };
    using place = std::unique_ptr<shared_places, give_back>;
    /// `of` may be null: then there is no bound to share.
    static place take(shared_places* of) {
        if (of != nullptr) ++of->taken_;
        return place(of);
    }

  private:
    std::size_t most_, taken_ = 0, calls_ = any_number;
};

}  // namespace bt::swarm
