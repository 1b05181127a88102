// One HTTP announce (BEP 3): our question as a URL, and the tracker's answer from its bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "tracker/announce_event.hpp"
#include "tracker/url.hpp"

namespace bt::tracker {

struct announce_request {
    info_hash hash;
    peer_id id;
    std::uint16_t port = 0;
    std::uint64_t uploaded = 0, downloaded = 0, left = 0;  ///< bytes
    announce_event event = announce_event::none;
    std::uint32_t key = 0;  ///< tells the tracker it is us when our address has changed
    int numwant = 50;
    std::string tracker_id = {};  ///< from an earlier answer of this tracker
};

/// The tracker's URL with our arguments appended.
std::string announce_url(const url& at, const announce_request& request);

struct announce_answer {
    std::vector<endpoint> peers;  ///< usable ones, v4 and v6, at most limits::known_peers
    std::optional<duration> interval, min_interval;
    std::optional<std::uint64_t> seeders, leechers;
    std::optional<std::string> failure;  ///< with it, nothing but `retry` counts
    std::optional<std::string> warning;
    std::optional<std::string> tracker_id;
    std::optional<ip_address> external;  ///< our address as the tracker saw it (BEP 24)
    std::optional<duration> retry;       ///< after a failure: not before (BEP 31)
    bool never_retry = false;
};

/// Lenient where trackers are untidy: a field of a wrong type or an impossible value counts as absent.
/// errc::bad_data if the whole is no dictionary or has neither peers nor interval nor failure. Texts are
/// cleaned for showing.
result<announce_answer> parse_announce(byte_view body);

}  // namespace bt::tracker
