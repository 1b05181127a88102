// A deterministic network of whole nodes: the node core that ships, virtual time, and links with delay, loss
// and a rate. One seed decides everything; the same seed gives the same trace.
//
// TCP is a pair of byte streams: nothing is lost, loss shows as a late segment. A datagram may be lost.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <set>
#include <string>
#include <vector>

#include "node/core.hpp"
#include "tracker/server/server.hpp"

namespace bt::sim {

struct link_quality {
    duration delay = 200us;  ///< one way
    double loss = 0;         ///< of datagrams; a TCP segment is sent again after `retransmit`
    duration retransmit = 200ms;
    std::uint64_t bytes_per_second = 100'000'000;
};

struct torrent_data {
    torrent::info info;
    bytes content;
};
/// A torrent of random content: the same for the same arguments.
torrent_data make_torrent(std::uint64_t seed, std::size_t size, std::uint32_t piece_bytes,
                          bool is_private = false);

class world;

/// What a machine runs besides its node.
struct host_plan {
    bool lan = true;
    /// Takes part in the DHT, at its peer port.
    bool dht = false;
    std::vector<std::string> routers;
    std::optional<dht::saved_state> dht_state;
    /// Starts with no network; plug() brings it.
    bool unplugged = false;
    std::optional<std::uint16_t> http_tracker, udp_tracker;
    /// Instead of an honest tracker: what its HTTP port answers to a target.
    std::function<std::pair<int, std::string>(const std::string& target)> rogue;
};

/// One machine: a node core, its disk in memory, its sockets, and the tracker that ships if it runs one.
class host {
  public:
    host(world& w, unsigned number, host_plan plan);

    torrent_id share(const torrent_data& data);
    /// By magnet: knows the hash alone. The data is for comparison.
    torrent_id get(const torrent_data& data, std::vector<endpoint> peers = {});
    /// The process is gone: connections break, nothing is said.
    void die();
    /// Leaves politely.
    void stop();
    /// Starts its programs anew: nothing is left of what they knew.
    void boot();
    /// The cable: without it nothing comes or goes, and the machine knows it.
    void plug(bool in);
    bool is_alive() const { return core_ != nullptr; }
    bool is_complete() const;
    const bytes& content() const { return disk_; }
    endpoint address() const { return {ip_address::v4(10, 0, 0, static_cast<std::uint8_t>(number_)), 6881}; }
    node::core& core() { return *core_; }
    torrent_id torrent() const { return torrent_; }

    std::function<void(bytes& block)> spoil;  ///< what this host does to every block it gives
    std::uint32_t failed_pieces = 0, banned = 0;
    std::uint64_t datagrams_sent = 0;
    /// Announces and scrapes its HTTP tracker heard, and when.
    std::vector<std::pair<time_point, std::string>> asked;
    std::size_t udp_asked = 0;
    std::size_t registered = 0, neighbours_seen = 0;
    std::uint64_t dht_datagrams = 0;
    /// Names it wanted to look up.
    std::vector<std::string> looked_up;

  private:
    friend class world;
    struct stream {
        host* peer;
        connection_id peer_id;
        time_point free_at;  // when the link has taken what was sent before
    };
    void pump();
    void carry_out(node::output& what);
    void send_datagram(node::lan_socket from, const discovery::send& what);
    void connect(connection_id id, const endpoint& to);
    void send(connection_id id, wire::chunk data);
    void close(connection_id id);
    void write(node::out::disk_write& what);
    void read(node::out::disk_read& what);
    // services.cpp
    void boot_tracker();
    void fetch(const node::out::http_get& what);
    void send_to_tracker(const node::out::udp_send& what);
    void send_to_dht(const node::out::dht_send& what);
    void look_up(const node::out::resolve& what);
    tracker::http_answer answer(const std::string& target, const endpoint& from);

    world& world_;
    unsigned number_;
    host_plan plan_;
    std::unique_ptr<node::core> core_;
    std::unique_ptr<tracker::server> tracker_;
    torrent_id torrent_;
    bool plugged_ = true;
    bytes disk_;
    std::map<connection_id, stream> streams_;
};

class world {
  public:
    explicit world(std::uint64_t seed) : random_(seed) {}

    host& add_host(bool lan = true) {
        host_plan plan;
        plan.lan = lan;
        return add_host(std::move(plan));
    }
    host& add_host(host_plan plan);
    link_quality link;
    /// Neither BEP 14 nor the tokens in a hello get through: only trackers name peers.
    bool search_blocked = false;
    /// Sees every datagram of the DHT.
    std::function<void(const endpoint& from, const endpoint& to, byte_view datagram)> dht_wire;
    std::set<endpoint> black_holes;  ///< connections there get no answer at all

    time_point now() const { return now_; }
    rng& random() { return random_; }
    void at(time_point when, std::function<void()> what);
    void after(duration d, std::function<void()> what) { at(now_ + d, std::move(what)); }
    /// Runs until the condition holds or the time is over; true if it holds.
    bool run_until(const std::function<bool()>& condition, duration limit);
    /// Of everything that was delivered so far.
    std::uint64_t trace() const { return trace_; }

  private:
    friend class host;
    struct event {
        time_point when;
        std::uint64_t number;
        std::shared_ptr<std::function<void()>> what;
        bool operator<(const event& other) const {
            return std::tie(when, number) > std::tie(other.when, other.number);  // the earliest on top
        }
    };
    void record(unsigned host, byte_view data);
    host* find(const endpoint& address);
    host* find(const ip_address& address);

    rng random_;
    time_point now_{1s};
    std::uint64_t events_ = 0, trace_ = 0xcbf29ce484222325u;
    std::priority_queue<event> queue_;
    std::vector<std::unique_ptr<host>> hosts_;
};

}  // namespace bt::sim
