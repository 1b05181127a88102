// A node of the DHT (BEP 5, 32, 42, 43) as a core: Mainline where the world can be reached, an island of the
// LAN where not, both at once where there are both.
//
// One input, then poll() until empty, then the next input. tick() at next_deadline().
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "dht/address_rules.hpp"
#include "dht/responder.hpp"
#include "dht/routing_table.hpp"
#include "dht/saved_state.hpp"

namespace bt::dht {

struct config {
    dht::secret secret{};  ///< from entropy
    bool ipv4 = true, ipv6 = true;
    /// BEP 43: asks, but is not to be remembered; for programs that leave soon.
    bool read_only = false;
    bool enforce_secure_ids = false;
    /// "host:port" of well-known nodes, asked where nothing else leads into the world. Empty: none.
    std::vector<std::string> routers;
};

/// One search for a torrent; never used again.
using search_id = std::uint64_t;

struct search_wish {
    info_hash hash;
    /// Where peers reach us; 0: look, do not announce.
    std::uint16_t port = 0;
    /// Again every 15 minutes, and when new nodes come near the torrent, until forgotten. Else once.
    bool repeat = false;
};

namespace out {
struct send {
    endpoint to;
    bytes datagram;
};
/// Find the addresses of a host and answer with resolved(), always.
struct resolve {
    std::uint64_t lookup;
    std::string host;
};
/// As they come, each once for a search.
struct peers_found {
    search_id search;
    info_hash hash;
    std::vector<endpoint> peers;
};
/// A search or its repetition is through. `announced`: nodes that took our announce.
struct search_over {
    search_id search;
    info_hash hash;
    std::size_t nodes_answered = 0, announced = 0, peers = 0;
    unsigned hops = 0;
    duration took{};
};
struct pinged {
    std::uint64_t ping;
    endpoint to;
    std::optional<node_id> id = std::nullopt;  ///< none: no answer
    duration round_trip{};
    std::string version{};
};
}  // namespace out
using output = std::variant<out::send, out::resolve, out::peers_found, out::search_over, out::pinged>;

struct family_stats {
    node_id id;
    std::optional<ip_address> external;
    std::size_t votes = 0;
    routing_table::counts world, local;
};
struct stats {
    std::optional<family_stats> v4, v6;
    std::uint64_t sent = 0, answered = 0;   ///< queries of ours, and how many were answered
    duration round_trip{};                  ///< typical
    std::uint64_t served = 0, ignored = 0;  ///< queries of others
    std::size_t stored_peers = 0, stored_torrents = 0;
    std::size_t searches = 0;
};

class node {
  public:
    node(const config& settings, const std::optional<saved_state>& saved, rng random);
    ~node();
    node(const node&) = delete;
    node& operator=(const node&) = delete;

    /// The networks this machine is in. A change starts the way into the DHT anew, at once.
    void set_networks(time_point now, std::vector<own_network> networks);
    /// An address that may be a node: hello, PORT, x.pe, `nodes` of a torrent, the user.
    void add_contact(time_point now, const endpoint& at);
    /// The same by name, "host:port".
    void add_contact(time_point now, std::string_view host_and_port);
    void resolved(time_point now, std::uint64_t lookup, const result<std::vector<ip_address>>& found);

    search_id search(time_point now, const search_wish& wish);
    void forget(search_id search);
    /// A search that repeats does so now, if its last run is a while ago: its torrent has too few peers.
    void hurry(time_point now, search_id search);
    std::uint64_t ping(time_point now, const endpoint& at);
    /// Tells us which address a tracker saw (BEP 24); one vote among others.
    void seen_as(time_point now, const ip_address& teller, const ip_address& external);

    /// `to`: our address it came to, unspecified if unknown.
    void receive(time_point now, const endpoint& from, const ip_address& to, byte_view datagram);
    /// The system takes no datagram for this address, or says that no host is there.
    void unreachable(time_point now, const endpoint& to);
    void tick(time_point now);
    time_point next_deadline() const;
    std::optional<output> poll();

    /// Nodes that answer, of all families and realms.
    std::size_t nodes(time_point now) const;
    dht::stats stats(time_point now) const;
    /// Where the world sees us, as far as it is known.
    std::optional<ip_address> external(ip_family family) const;
    saved_state state() const;
    /// For tests and displays.
    const routing_table* table(ip_family family, realm where) const;
    const responder& answers() const;
    /// Between two inputs: what is awaited is asked, what is counted is there.
    bool is_sound() const;

  private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace bt::dht
