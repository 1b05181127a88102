// A list that never changes, shared by all of its copies: a copy costs two words, whatever is in it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "base/assert.hpp"

namespace bt {

template <class T>
class shared_list {
  public:
    shared_list() = default;
    explicit shared_list(std::vector<T> all) {
        const auto owned = std::make_shared<const std::vector<T>>(std::move(all));
        view_ = *owned;
        owner_ = owned;
    }
    shared_list(std::initializer_list<T> all) : shared_list(std::vector<T>(all)) {}

    /// `count` elements from `first` on. They keep the whole list alive.
    shared_list part(std::size_t first, std::size_t count) const {
        BT_ASSERT(first <= size() && count <= size() - first);
        auto some = *this;
        some.view_ = view_.subspan(first, count);
        return some;
    }
    /// The elements, to make a changed list of.
    std::vector<T> copy() const { return {view_.begin(), view_.end()}; }

    std::size_t size() const { return view_.size(); }
    bool empty() const { return view_.empty(); }
    const T* data() const { return view_.data(); }
    const T* begin() const { return data(); }
    const T* end() const { return data() + size(); }
    const T& operator[](std::size_t i) const { return view_[i]; }
    const T& front() const { return view_.front(); }
    const T& back() const { return view_.back(); }

    friend bool operator==(const shared_list& a, const std::vector<T>& b) {
        return std::equal(a.begin(), a.end(), b.begin(), b.end());
    }
    friend bool operator==(const shared_list& a, const shared_list& b) {
        return std::equal(a.begin(), a.end(), b.begin(), b.end());
    }

  private:
    std::shared_ptr<const void> owner_;
    std::span<const T> view_;
};

using shared_bytes = shared_list<std::uint8_t>;

}  // namespace bt
