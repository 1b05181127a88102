#include "tracker/page/numbers.hpp"

#include <numeric>

namespace bt::tracker {

std::uint64_t durations_counted(const tracker_totals& totals) {
    return std::accumulate(totals.durations.begin(), totals.durations.end(), std::uint64_t{0});
}

latency duration_quantile(const tracker_totals& totals, double part) {
    const double wanted = part * static_cast<double>(durations_counted(totals));
    double below = 0, lower = 0;
    for (std::size_t i = 0; i < duration_bounds.size(); ++i) {
        const auto here = static_cast<double>(totals.durations[i]);
        if (here > 0 && below + here >= wanted)
            return {lower + (duration_bounds[i] - lower) * (wanted - below) / here, false};
        below += here;
        lower = duration_bounds[i];
    }
    return {lower, below < wanted};
}

std::string_view name_of(transport how) { return how == transport::http ? "http" : "udp"; }

std::string_view name_of(request_kind kind) {
    switch (kind) {
        case request_kind::announce:
            return "announce";
        case request_kind::scrape:
            return "scrape";
        case request_kind::connect:
            return "connect";
    }
    return "";
}

std::string_view name_of(reject_reason reason) {
    switch (reason) {
        case reject_reason::malformed:
            return "malformed";
        case reject_reason::not_allowed:
            return "torrent not allowed";
        case reject_reason::too_many:
            return "too many requests";
        case reject_reason::full:
            return "tracker is full";
        case reject_reason::connection_id:
            return "wrong connection id";
        case reject_reason::other:
            return "other";
    }
    return "";
}

std::string_view key_of(reject_reason reason) {
    switch (reason) {
        case reject_reason::malformed:
            return "malformed";
        case reject_reason::not_allowed:
            return "not_allowed";
        case reject_reason::too_many:
            return "too_many";
        case reject_reason::full:
            return "full";
        case reject_reason::connection_id:
            return "connection_id";
        case reject_reason::other:
            return "other";
    }
    return "";
}

}  // namespace bt::tracker
