// What came last, numbered, at most so many: whoever asks with the last number it has seen gets what is new.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

namespace bt {

template <class T>
class recent {
  public:
    /// `last`: the number before the first. A later run begins above those of the one before where it is the
    /// time in milliseconds.
    recent(std::size_t most, std::uint64_t last) : most_(most), last_(last) {}

    void push(T what) {
        if (all_.size() == most_) all_.pop_front();
        all_.push_back(std::move(what));
        ++last_;
    }
    /// 0 never is one.
    std::uint64_t last() const { return last_; }
    /// `each` gets the number and what it is of those after `since`, the oldest first. All that are left for
    /// a number that was not given yet: it is of another run.
    template <class F>
    void after(std::uint64_t since, F&& each) const {
        const auto first = last_ - all_.size() + 1;
        for (std::size_t i = since > last_ || since < first ? 0 : since - first + 1; i < all_.size(); ++i)
            each(first + i, all_[i]);
    }

  private:
    std::size_t most_;
    std::uint64_t last_;
    std::deque<T> all_;
};

}  // namespace bt
