// What a limit of one torrent changes, beside those of its process, in words.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "app/session.hpp"

namespace bt::cli {

/// Of limits that were just set, bytes per second, 0: none. Empty where they hold as they are.
std::string limits_note(const app::torrent_status& of, std::optional<std::uint64_t> down,
                        std::optional<std::uint64_t> up);

}  // namespace bt::cli
