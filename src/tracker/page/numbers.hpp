// What the tracker's counters say, worked out.
#pragma once

#include <cstdint>
#include <string_view>

#include "tracker/page/overview.hpp"

namespace bt::tracker {

struct latency {
    double seconds = 0;
    bool more = false;  ///< it is beyond the last bound: at least this
};
/// The duration below which `part` of the requests were answered; straight lines between the bounds.
latency duration_quantile(const tracker_totals& totals, double part);
std::uint64_t durations_counted(const tracker_totals& totals);

std::string_view name_of(transport how);
std::string_view name_of(request_kind kind);
/// The text for people: "torrent not allowed".
std::string_view name_of(reject_reason reason);
/// The key for programs: "not_allowed".
std::string_view key_of(reject_reason reason);

}  // namespace bt::tracker
