// Limits of rate as Transmission's protocol tells them, in kB a second. Private to this room.
#pragma once

#include <cstdint>

namespace bt::rpc {

inline constexpr std::int64_t largest_limit = 4'000'000'000;  // kB/s

/// Rounded up: a limit of a few bytes is not told as none.
inline std::int64_t kilobytes(std::uint64_t rate) { return static_cast<std::int64_t>((rate + 999) / 1'000); }

}  // namespace bt::rpc
