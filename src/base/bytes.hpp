// Byte sequences, and the bounded reader and writer every binary codec is made of.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/assert.hpp"

namespace bt {

using bytes = std::vector<std::uint8_t>;
using byte_view = std::span<const std::uint8_t>;

inline byte_view as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(byte_view raw) {
    return {reinterpret_cast<const char*>(raw.data()), raw.size()};
}
inline bytes to_bytes(std::string_view text) { return bytes(text.begin(), text.end()); }

/// Owned memory whose content starts undefined: payload is written once, by the socket or the disk. Empty
/// after a move.
class buffer {
  public:
    buffer() = default;
    explicit buffer(std::size_t size)
        : data_(std::make_unique_for_overwrite<std::uint8_t[]>(size)), size_(size) {}
    buffer(buffer&& other) noexcept : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0)) {}
    buffer& operator=(buffer&& other) noexcept {
        data_ = std::move(other.data_);
        size_ = std::exchange(other.size_, 0);
        return *this;
    }
    std::uint8_t* data() { return data_.get(); }
    const std::uint8_t* data() const { return data_.get(); }
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    std::span<std::uint8_t> span() { return {data_.get(), size_}; }
    byte_view view() const { return {data_.get(), size_}; }

  private:
    std::unique_ptr<std::uint8_t[]> data_;
    std::size_t size_ = 0;
};

/// Reads big-endian numbers and runs of bytes; a read past the end gives nothing and moves nothing.
class byte_reader {
  public:
    explicit byte_reader(byte_view data) : rest_(data) {}
    std::size_t remaining() const { return rest_.size(); }
    byte_view rest() const { return rest_; }

    template <std::unsigned_integral T>
    std::optional<T> number() {
        if (rest_.size() < sizeof(T)) return std::nullopt;
        T value = 0;
        for (std::size_t i = 0; i < sizeof(T); ++i) value = static_cast<T>(value << 8 | rest_[i]);
        rest_ = rest_.subspan(sizeof(T));
        return value;
    }
    std::optional<byte_view> take(std::size_t count) {
        if (rest_.size() < count) return std::nullopt;
        auto taken = rest_.first(count);
        rest_ = rest_.subspan(count);
        return taken;
    }

  private:
    byte_view rest_;
};

/// Appends big-endian numbers and runs of bytes to a vector it does not own.
class byte_writer {
  public:
    explicit byte_writer(bytes& out) : out_(out) {}

    template <std::unsigned_integral T>
    byte_writer& number(T value) {
        for (int shift = static_cast<int>(sizeof(T) - 1) * 8; shift >= 0; shift -= 8)
            out_.push_back(static_cast<std::uint8_t>(value >> shift));
        return *this;
    }
    byte_writer& raw(byte_view data) {
        out_.insert(out_.end(), data.begin(), data.end());
        return *this;
    }
    byte_writer& text(std::string_view data) { return raw(as_bytes(data)); }

  private:
    bytes& out_;
};

}  // namespace bt
