// What the tracker's pages show, as plain values: the server fills them in (server.hpp), the pages print them
// (pages.hpp). Every text in here came from strangers and is not escaped for anything yet.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"

namespace bt::tracker {

struct peer_row {
    std::vector<endpoint> addresses;  ///< as they may be shown to the asker; empty where none may
    std::string host;                 ///< its name on the LAN, or empty
    std::string client;               ///< "btnode 0.1.0", from the peer id
    std::uint64_t left = 0, uploaded = 0, downloaded = 0;  ///< bytes, as it says
    std::uint64_t rate_up = 0, rate_down = 0;  ///< bytes per second, between its last two announces
    bool seeder = false;
    bool udp = false;          ///< the transport of its last announce
    duration known{}, seen{};  ///< since its first and its last announce
};

/// One quarter of an hour of a torrent's day: the most peers of each kind at a time.
struct history_step {
    std::uint16_t seeders = 0, leechers = 0;
};

struct torrent_row {
    info_hash hash;
    std::optional<std::string> name;       ///< registered; without it the hash is all we know
    std::vector<std::string> other_names;  ///< what other hosts call it, where none of them proves it
    std::uint64_t size = 0;                ///< bytes, 0: unknown
    std::uint32_t file_count = 0;
    bool has_file = false;         ///< `/t/<hash>.torrent` is there
    std::optional<endpoint> page;  ///< where browsers download it
    std::uint32_t seeders = 0, leechers = 0;
    std::uint64_t completed = 0, completed_today = 0;
    duration last_announce{};           ///< ago
    std::vector<std::uint64_t> left;    ///< of some leechers, at most 100: the ticks of the swarm's bar
    std::vector<history_step> history;  ///< oldest first, at most 96; only on the torrent's own page
    std::vector<peer_row> peers;        ///< only on the torrent's own page
};

struct host_row {
    ip_address address;
    std::string host;    ///< LAN name, or empty
    std::string client;  ///< of one of its peers
    duration known{}, seen{};
    struct part {
        info_hash hash;
        std::optional<std::string> name;
        std::optional<double> done;  ///< 0…1; nothing where the size is unknown
        std::uint64_t left = 0;
        bool seeder = false;
    };
    std::vector<part> torrents;
};

enum class transport : std::uint8_t { http, udp };
enum class request_kind : std::uint8_t { announce, scrape, connect };
enum class reject_reason : std::uint8_t { malformed, not_allowed, too_many, full, connection_id, other };
inline constexpr std::size_t transports = 2, request_kinds = 3, reject_reasons = 6;

/// Upper bounds of the buckets of the duration histogram, in seconds; one more for all above.
inline constexpr std::array<double, 8> duration_bounds = {0.00001, 0.00003, 0.0001, 0.0003,
                                                          0.001,   0.003,   0.01,   0.1};

/// Everything counted since the start, and how many there are now.
struct tracker_totals {
    duration uptime{};
    std::size_t torrents = 0, active_torrents = 0;  ///< active: with a peer
    std::size_t peers = 0, seeders = 0, leechers = 0, peers_v4 = 0, peers_v6 = 0, hosts = 0;
    std::size_t seeders_v4 = 0, seeders_v6 = 0;
    std::uint64_t completed = 0, completed_today = 0;
    std::array<std::array<std::uint64_t, request_kinds>, transports> answered{}, refused{};  ///< requests
    std::array<std::uint64_t, reject_reasons> reasons{};
    std::uint64_t bytes_in = 0, bytes_out = 0;
    std::array<std::uint64_t, duration_bounds.size() + 1> durations{};  ///< requests per bucket
    double duration_sum = 0;                                            ///< seconds
    double announces_per_minute = 0;
    std::array<double, transports> requests_per_second{};
    std::uint32_t peers_p50 = 0, peers_p90 = 0, peers_p99 = 0, peers_max = 0;  ///< per torrent
    std::vector<std::pair<std::string, std::size_t>> clients;                  ///< the ten most frequent
    std::vector<std::pair<std::string, std::size_t>> client_versions;          ///< "btnode 0.1.0", at most 50
};

struct overview {
    std::string address;      ///< "http://192.168.1.5:6969/announce", as the asker reached us
    std::string udp_address;  ///< "udp://192.168.1.5:6969", or empty
    std::string host;         ///< this machine's name
    bool show_addresses = true;
    tracker_totals totals;
    std::vector<torrent_row> torrents;  ///< those with most peers first, a bounded number
    std::size_t more_torrents = 0;      ///< not in the list
    std::size_t unnamed_torrents = 0;   ///< not registered: counted, and not shown
    std::vector<host_row> hosts;
    std::size_t more_hosts = 0;
};

}  // namespace bt::tracker
