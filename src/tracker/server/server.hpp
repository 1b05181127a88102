// The tracker: announce and scrape over HTTP (BEP 3, 7, 23, 24, 31, 48) and UDP (BEP 15), the catalogue, the
// pages. A core: a question goes in with the time and its answer comes back from the same call; there are no
// other outputs.
//
// What is stored where: peer_store.hpp. Which peer is told which address: address_policy.hpp.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "tracker/page/overview.hpp"
#include "tracker/server/address_policy.hpp"

namespace bt::tracker {

enum class access_mode : std::uint8_t { open, allow_list, deny_list };
enum class stats_access : std::uint8_t { lan, everybody, nobody };

struct server_limits {
    std::size_t torrents = limits::tracker_torrents;
    std::size_t peers = limits::tracker_peers;
    std::size_t catalogue_entries = limits::catalogue_entries;
};

struct server_config {
    std::array<std::uint8_t, 16> secret{};  ///< from entropy: connection ids, hash tables
    std::string host_name;                  ///< of this machine, for the page
    std::optional<duration> interval;       ///< nothing: 60 s for askers of local scope, 30 min for others
    stats_access stats = stats_access::lan;
    bool metrics_per_torrent = false;
    std::uint16_t http_port = 0, udp_port = 0;  ///< for the page; 0: not spoken
    server_limits limits;
};

struct http_question {
    std::string_view method, target;                      ///< as sent
    std::string_view host, accept, content_type, origin;  ///< headers; empty where absent
    byte_view body;
    endpoint from;
    ip_address to;  ///< ours, where the question arrived
};
struct http_answer {
    int status = 200;
    std::string_view content_type;  ///< a constant of the program
    std::string body;
    std::string_view headers;  ///< further header lines, each ended by CRLF; a constant of the program
};

class server {
  public:
    server(server_config config, rng random);
    ~server();

    /// Never fails: what cannot be served is an answer, too.
    http_answer http(time_point now, const http_question& question);
    /// Bytes written to `answer` (which has room for limits::tracker_datagram_bytes), 0: stay silent.
    std::size_t udp(time_point now, const endpoint& from, const ip_address& to, byte_view datagram,
                    std::span<std::uint8_t> answer);
    void tick(time_point now);
    time_point next_deadline() const;

    /// The networks of this machine, whenever they change: decide which hosts share a link.
    void set_networks(std::vector<local_network> networks);
    void set_access(access_mode mode, const std::vector<info_hash>& list);
    /// Names of LAN neighbours, for the page.
    void set_host_name(const ip_address& address, std::string name);
    /// `now` is this moment of the calendar: for "today".
    void set_wall_clock(time_point now, std::int64_t unix_seconds);
    /// How long the answer to one announce or scrape took, as the driver measured it.
    void note_duration(duration took);
    /// From now on /healthz says 503 and announces get a short interval's `retry in`: the end is near.
    void drain();

    tracker_totals totals(time_point now) const;
    /// Registered torrents and those known by hash only, with most peers first.
    std::vector<torrent_row> torrents(time_point now, std::size_t most) const;

    /// After every question: peers, names and their sums fit each other.
    bool is_sound() const;

    /// All peers and the catalogue as bytes, in parts so that no call takes long: begin, then parts until one
    /// is empty. Meant for this program's own state file, not for the network.
    void begin_snapshot(time_point now);
    bytes next_snapshot_part(time_point now);
    /// What an earlier run left, all parts in one; entries that are too old by `unix_seconds` are dropped.
    /// errc::bad_data, and nothing is taken, if it is no snapshot of ours.
    result<void> restore(time_point now, byte_view snapshot);

  private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace bt::tracker
