// How many seed and how many download a torrent, asked without taking part (BEP 48).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "tracker/url.hpp"

namespace bt::tracker {

struct scrape_counts {
    info_hash torrent;
    std::optional<std::uint64_t> seeders, leechers;
    std::optional<std::uint64_t> completed;  ///< downloads the tracker has seen end
};

/// Where to ask: the last part of the announce URL's path begins with "announce", and "scrape" takes the
/// place of that word. Nothing if it begins otherwise: such a tracker is not asked. Only for http and https.
std::optional<std::string> scrape_url(const url& announce, const std::vector<info_hash>& torrents);

/// The torrents that were asked for and that the tracker knows. errc::bad_data if it is no dictionary with
/// `files`; a failure of the tracker is errc::failure with its text, cleaned for showing.
result<std::vector<scrape_counts>> parse_scrape(byte_view body, const std::vector<info_hash>& asked);

}  // namespace bt::tracker
