#include "rpc/speed_schedule.hpp"

namespace bt::rpc {
namespace {

constexpr std::int64_t day = 24 * 60, week = 7 * day;

}  // namespace

/// As with Transmission the days are bits, Sunday the first. What ends before it begins ends on the next day,
/// and is of the day on which it began; one that ends as it begins takes a day.
bool is_in_schedule(const session_settings& settings, std::int64_t minute) {
    const auto begin = settings.integer("alt-speed-time-begin") % day;
    const auto end = settings.integer("alt-speed-time-end") % day;
    const auto length = end > begin ? end - begin : end - begin + day;
    const auto days = settings.integer("alt-speed-time-day");
    for (std::int64_t each = 0; each < 7; ++each)
        if ((days >> each & 1) != 0 && (minute - (each * day + begin) + week) % week < length) return true;
    return false;
}

std::optional<bool> speed_schedule::look(const session_settings& settings, std::int64_t minute) {
    if (!settings.flag("alt-speed-time-enabled")) {
        was_in_.reset();
        return std::nullopt;
    }
    const bool is_in = is_in_schedule(settings, minute);
    if (was_in_ == is_in) return std::nullopt;
    was_in_ = is_in;
    return is_in;
}

}  // namespace bt::rpc
