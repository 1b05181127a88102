// What the server holds, and the parts of its work: announces and scrapes over HTTP (http.cpp) and UDP
// (udp.cpp), pages and catalogue (routes.cpp), what they show (overview.cpp), and its
// own state file (snapshot.cpp).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/siphash.hpp"
#include "tracker/server/announce_question.hpp"
#include "tracker/server/named_torrents.hpp"
#include "tracker/server/peer_store.hpp"
#include "tracker/server/request_rate.hpp"
#include "tracker/server/server.hpp"

namespace bt::tracker {

/// What an announce is answered with, besides the peers in server::impl::told.
struct answered_announce {
    std::uint32_t seeders = 0, leechers = 0, completed = 0;
    std::uint32_t interval = 1;  ///< seconds
};

/// Why an announce is refused, for the asker (BEP 31: when to come again).
struct refusal {
    static constexpr int no_word = -1, never = -2;
    reject_reason reason;
    std::string_view text;
    int retry_minutes = no_word;
};

struct server::impl {
    impl(server_config settings, rng source);

    // time
    moment at(time_point now);
    moment at(time_point now) const;
    stamp second(time_point now) const;
    std::int64_t unix_seconds(time_point now) const;
    duration interval(const asker& who) const;
    static std::uint16_t lifetime(duration interval);
    /// A torrent's name lasts as long after its last peer.
    stamp keep_seconds() const;

    // counting
    void answered(time_point now, transport how, request_kind what);
    void refused(time_point now, transport how, request_kind what, reject_reason why);
    void forget_registrations(time_point now);

    bool allowed(const info_hash& hash) const;
    bool may_ask(time_point now, const asker& who, float worth = 1);
    /// Stores and samples; `told` holds the answer's peers.
    result<answered_announce, refusal> announce(time_point now, const asker& who, peer_announce& said,
                                                std::size_t want, bool other_family);

    // http.cpp
    http_answer http_announce(time_point now, const http_question& asked, std::string_view query);
    http_answer http_scrape(time_point now, const http_question& asked, std::string_view query);
    peer_announce said_by(const announce_question& asked, const asker& who, const endpoint& from) const;
    std::string announce_text(const asker& who, const announce_question& asked,
                              const answered_announce& counts) const;
    void add_dictionaries(std::string& out, ip_family family, bool no_peer_id) const;

    // udp.cpp
    std::uint64_t connection_id(const ip_address& from, std::uint64_t epoch) const;
    bool is_connection_id(time_point now, const ip_address& from, std::uint64_t id) const;
    std::size_t udp_connect(time_point now, const asker& who, byte_view datagram,
                            std::span<std::uint8_t> answer);
    std::size_t udp_announce(time_point now, const asker& who, const endpoint& from, byte_view datagram,
                             std::span<std::uint8_t> answer);
    std::size_t udp_scrape(time_point now, byte_view datagram, std::span<std::uint8_t> answer);

    // routes.cpp
    http_answer route(time_point now, const http_question& asked, std::string_view path,
                      std::string_view query);
    http_answer page(time_point now, const http_question& asked, const asker& who, std::string_view path);
    http_answer torrent_route(time_point now, const http_question& asked, const asker& who,
                              std::string_view hex, bool as_json);
    http_answer torrent_file(std::string_view hex) const;
    http_answer register_torrent(time_point now, const http_question& asked, const asker& who,
                                 std::string_view query);
    std::string catalogue(time_point now, bool show_hosts) const;

    // overview.cpp
    tracker_totals totals(time_point now) const;
    overview overview_of(time_point now, const asker& who, bool with_lists) const;
    overview overview_of(time_point now, const asker& who, const info_hash& hash) const;
    torrent_row row_of(time_point now, std::uint32_t torrent) const;
    std::optional<endpoint> page_of(time_point now, const info_hash& hash, const asker& who) const;
    torrent_row row_of(const info_hash& hash, const registration& entry) const;
    peer_row peer_row_of(time_point now, const stored_peer& one, const asker& who, bool show) const;
    void add_hosts(time_point now, const asker& who, const std::vector<std::uint32_t>& torrents,
                   overview& into) const;
    bool may_see_addresses(const asker& who) const;
    std::string host_of(const stored_peer& one) const;

    server_config config;
    neighbourhood around;
    access_mode mode = access_mode::open;
    std::vector<info_hash> list;  // sorted
    std::unordered_map<ip_address, std::string> host_names;

    siphash24 connection_hash;
    siphash13 source_hash;
    peer_store store;
    named_torrents registered;
    request_rate rates;
    told_peers told;
    bool draining = false;

    tracker_totals counted;  // the part of it that only grows
    std::array<event_counter, transports> requests;
    event_counter announces;

    std::optional<time_point> start;
    time_point wall_at{};
    std::optional<std::int64_t> wall_seconds;
    time_point last_tick = time_point::min();
    time_point last_forgetting = time_point::min();

    struct snapshot_cursor {
        stamp begun = 0;
        std::uint32_t torrent = 0, peer = 0;
        std::vector<info_hash> registrations;
        bool head = false, tail = false;
    } snapshot;
};

}  // namespace bt::tracker
