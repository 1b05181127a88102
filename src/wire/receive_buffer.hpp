// Cuts a stream into messages while copying as little as can be: a message that lies whole in the input is
// decoded where it lies; only one that the end of the input cuts is collected, once, in memory of exactly its
// size.
//
//   input 1   | message | message | mess        two buffers, in turns: the view of a message that was
//   completed in input 2   age | message | mes               one stays valid while the other takes the tail
//   of the same input
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "wire/messages.hpp"

namespace bt::wire {

class receive_buffer {
  public:
    /// New input. What next() gave before is no longer valid.
    void begin(byte_view input) {
        input_ = input;
        release(buffers_[1 - turn_]);
        if (!collecting_) release(buffers_[turn_]);
    }

    /// The next message, or nothing when the input is used up. `decode` gives decoded<T>, nothing or a
    /// violation for the bytes at the start of a message; `wanted` says how many it needs to get on.
    template <class T, class Decode, class Wanted>
    result<std::optional<T>, violation> next(Decode decode, Wanted wanted) {
        while (true) {
            auto& collected = buffers_[turn_];
            const auto found = decode(collecting_ ? byte_view(collected) : input_);
            if (!found) return unexpected(found.error());
            if (*found) {
                if (collecting_)
                    turn_ = 1 - turn_;
                else
                    input_ = input_.subspan((*found)->used);
                collecting_ = false;
                return std::optional<T>((*found)->value);
            }
            if (input_.empty()) return std::optional<T>();
            collect(collected, wanted(collecting_ ? byte_view(collected) : input_));
        }
    }

    /// Whatever of the input next() has not come to.
    byte_view take_rest() { return std::exchange(input_, {}); }
    /// Memory held.
    std::size_t capacity() const { return buffers_[0].capacity() + buffers_[1].capacity(); }

  private:
    static constexpr std::size_t kept_bytes = 32 * 1024;  ///< holds any block message; more is given back

    void collect(bytes& collected, std::size_t wanted) {
        if (!collecting_) collected.clear();
        collecting_ = true;
        collected.reserve(std::min(wanted, kept_bytes));  // a longer one gets memory as its bytes arrive
        const auto part = input_.first(std::min(wanted - collected.size(), input_.size()));
        collected.insert(collected.end(), part.begin(), part.end());
        input_ = input_.subspan(part.size());
    }
    static void release(bytes& buffer) {
        if (buffer.capacity() > kept_bytes) bytes().swap(buffer);
    }

    std::array<bytes, 2> buffers_;
    std::size_t turn_ = 0;     // the buffer that collects
    bool collecting_ = false;  // it holds the start of a message
    byte_view input_;
};

}  // namespace bt::wire
