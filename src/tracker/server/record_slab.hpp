// Records with stable numbers, in blocks: growing copies nothing, a freed number is used again.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/assert.hpp"

namespace bt::tracker {

template <class Record>
class record_slab {
  public:
    Record& operator[](std::uint32_t number) {
        BT_ASSERT(number < end_);
        return (*blocks_[number / per_block])[number % per_block];
    }
    const Record& operator[](std::uint32_t number) const {
        BT_ASSERT(number < end_);
        return (*blocks_[number / per_block])[number % per_block];
    }
    /// A fresh record.
    std::uint32_t take() {
        ++used_;
        if (!free_.empty()) {
            const auto number = free_.back();
            free_.pop_back();
            return number;
        }
        if (end_ % per_block == 0) blocks_.push_back(std::make_unique<std::array<Record, per_block>>());
        return end_++;
    }
    void give_back(std::uint32_t number) {
        (*this)[number] = Record{};
        free_.push_back(number);
        BT_ASSERT(used_ > 0);
        --used_;
    }
    /// All numbers ever given are below.
    std::uint32_t end() const { return end_; }
    std::size_t used() const { return used_; }

  private:
    static constexpr std::uint32_t per_block = 1024;
    std::vector<std::unique_ptr<std::array<Record, per_block>>> blocks_;
    std::vector<std::uint32_t> free_;
    std::uint32_t end_ = 0;
    std::size_t used_ = 0;
};

}  // namespace bt::tracker
