// Private to this room. The other speed by the clock (alt-speed-time-*): when it begins and when it ends.
// Between the two a client may switch it as it likes.
#pragma once

#include <cstdint>
#include <optional>

#include "rpc/session_settings.hpp"

namespace bt::rpc {

/// `minute` of the week, of the local time: 0 is Sunday, 0:00.
bool is_in_schedule(const session_settings& settings, std::int64_t minute);

class speed_schedule {
  public:
    /// What the other speed is switched to now; nothing: it stays as it is.
    std::optional<bool> look(const session_settings& settings, std::int64_t minute);

  private:
    std::optional<bool> was_in_;
};

}  // namespace bt::rpc
