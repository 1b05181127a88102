// How many seed and how many download a torrent, by the word of its trackers, without taking part in it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/limits.hpp"
#include "base/outgoing.hpp"
#include "base/time.hpp"

namespace bt::app {

struct scrape_options {
    outgoing way = {};
    duration limit = limits::tracker_time;  ///< for all of them together
};

/// Of one tracker: counts, or why there are none.
struct scrape_result {
    std::string url;  ///< as given
    std::optional<std::uint64_t> seeders, leechers;
    std::optional<std::uint64_t> completed;  ///< downloads the tracker has seen end
    std::string error;                       ///< names the tracker, never its path; empty where it answered
};

/// Asks all at once (HTTP: BEP 48, UDP: BEP 15) and returns when all have answered or failed. One result for
/// each URL, in their order.
std::vector<scrape_result> scrape(const std::vector<std::string>& trackers, const info_hash& torrent,
                                  const scrape_options& options = {});

}  // namespace bt::app
