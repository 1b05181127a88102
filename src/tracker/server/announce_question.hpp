// What an HTTP announce or scrape asks (BEP 3, 7, 23, 48), from its query. Nothing is allocated: the texts
// are parts of the query.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "tracker/announce_event.hpp"

namespace bt::tracker {

struct announce_question {
    info_hash hash;
    peer_id id;
    std::uint16_t port = 0;
    std::uint64_t uploaded = 0, downloaded = 0;
    std::optional<std::uint64_t> left;
    announce_event event = announce_event::none;
    std::uint32_t key = 0;  ///< 0: none
    std::optional<std::size_t> numwant;
    bool compact = true, no_peer_id = false;
    std::string_view ip, ipv4, ipv6;  ///< not decoded; for askers on this machine alone
};

/// The error is a text for the asker.
result<announce_question, std::string_view> parse_announce_question(std::string_view query);

/// The hashes of a scrape, at most limits::tracker_scrapes; empty if it names none.
result<std::vector<info_hash>, std::string_view> parse_scrape_question(std::string_view query);

/// An address as `ip`, `ipv4` or `ipv6` give it, with its port if it has one (BEP 7); port 0 if not.
std::optional<endpoint> parse_announced_address(std::string_view escaped);

/// One number for a key in either transport: eight hex digits are what UDP sends as four bytes.
std::uint32_t key_of(std::string_view text);

}  // namespace bt::tracker
