// Numbers and identifiers that must not be mixed up are different types.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace bt {

template <class Tag, class Rep>
class strong_index {
  public:
    using rep = Rep;
    constexpr strong_index() = default;
    constexpr explicit strong_index(Rep value) : value_(value) {}
    constexpr Rep value() const { return value_; }
    constexpr strong_index& operator++() {
        ++value_;
        return *this;
    }
    friend constexpr auto operator<=>(strong_index, strong_index) = default;

  private:
    Rep value_{};
};

/// A piece of a torrent. In range by construction: `torrent::geometry::piece()` is where they come from.
using piece_index = strong_index<struct piece_tag, std::uint32_t>;
/// A 16 KiB block inside a piece.
using block_index = strong_index<struct block_tag, std::uint32_t>;
/// A file of a torrent, in the order of the torrent, padding files counted.
using file_index = strong_index<struct file_tag, std::uint32_t>;
/// One TCP connection of this process; never reused.
using connection_id = strong_index<struct connection_tag, std::uint64_t>;
/// One torrent of this process; never reused.
using torrent_id = strong_index<struct torrent_id_tag, std::uint32_t>;

/// N opaque bytes that mean one thing.
template <class Tag, std::size_t N>
struct fixed_bytes {
    static constexpr std::size_t size = N;
    std::array<std::uint8_t, N> bytes{};

    static std::optional<fixed_bytes> from(std::span<const std::uint8_t> raw) {
        if (raw.size() != N) return std::nullopt;
        fixed_bytes id;
        std::copy(raw.begin(), raw.end(), id.bytes.begin());
        return id;
    }
    std::span<const std::uint8_t, N> span() const { return bytes; }
    std::string_view view() const { return {reinterpret_cast<const char*>(bytes.data()), N}; }
    friend auto operator<=>(const fixed_bytes&, const fixed_bytes&) = default;
};

using sha1_digest = fixed_bytes<struct sha1_tag, 20>;
using sha256_digest = fixed_bytes<struct sha256_tag, 32>;
using info_hash = fixed_bytes<struct info_hash_tag, 20>;
using peer_id = fixed_bytes<struct peer_id_tag, 20>;
using node_id = fixed_bytes<struct node_id_tag, 20>;
/// Names one running process on the LAN (hello key `i`).
using instance_id = fixed_bytes<struct instance_tag, 20>;

}  // namespace bt

template <class Tag, class Rep>
struct std::hash<bt::strong_index<Tag, Rep>> {
    std::size_t operator()(bt::strong_index<Tag, Rep> i) const noexcept {
        return std::hash<Rep>{}(i.value());
    }
};

template <class Tag, std::size_t N>
struct std::hash<bt::fixed_bytes<Tag, N>> {
    std::size_t operator()(const bt::fixed_bytes<Tag, N>& id) const noexcept {
        return std::hash<std::string_view>{}(id.view());
    }
};
