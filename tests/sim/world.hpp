// A deterministic network of whole nodes: the session core that ships, virtual time, and links with delay,
// loss and rates (links.hpp). One seed decides everything; the same seed gives the same trace.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "session/core.hpp"
#include "sim/event_queue.hpp"
#include "sim/links.hpp"
#include "tracker/server/server.hpp"

namespace bt::sim {

struct torrent_data {
    torrent::info info;
    bytes content;
};
/// A torrent of random content: the same for the same arguments.
torrent_data make_torrent(std::uint64_t seed, std::size_t size, std::uint32_t piece_bytes,
                          bool is_private = false);

class world;
class host;

/// A disk that keeps bytes, instead of the one below.
class host_disk {
  public:
    virtual ~host_disk() = default;
    /// False: it is not for the disk. The answers come in later events of the world.
    virtual bool carry_out(session::output& what) = 0;
};

/// What a machine is and what it runs besides its node.
struct host_plan {
    unsigned site = 0;
    std::uint64_t up = 0, down = 0;  ///< bytes per second of its link; 0: as fast as the LAN
    bool lan = true;
    swarm::swarm_settings swarm;
    /// Takes part in the DHT, at its peer port.
    bool dht = false;
    std::vector<std::string> routers;
    std::optional<dht::saved_state> dht_state;
    /// Made anew at each boot.
    std::function<std::unique_ptr<host_disk>(host&)> disk;
    /// Invariants are looked at after every input, and not now and then.
    bool watched = false;
    session::settings limits;
    /// Starts with no network; plug() brings it.
    bool unplugged = false;
    std::optional<std::uint16_t> http_tracker, udp_tracker;
    /// Instead of an honest tracker: what its HTTP port answers to a target.
    std::function<std::pair<int, std::string>(const std::string& target)> rogue;
};

/// One machine: a session core, its disk in memory, its sockets, and the tracker that ships if it runs one.
/// Its disk keeps no bytes: a piece it holds is the torrent's, or it would not have been taken.
class host {
  public:
    host(world& w, unsigned number, host_plan plan);

    /// The data must outlive what goes on in the world. By hash alone get() knows it: the data is for
    /// comparison.
    torrent_id share(const torrent_data& data);
    torrent_id share(torrent_data&&) = delete;
    torrent_id get(const torrent_data& data, std::vector<endpoint> peers = {});
    torrent_id get(torrent_data&&, std::vector<endpoint> = {}) = delete;
    /// To be called after every input that was given to session() itself.
    void pump();
    /// Sees what the session says.
    std::function<void(const session::happening& what)> told;
    /// The process is gone: connections break, nothing is said.
    void die();
    /// Leaves politely.
    void stop();
    /// Starts its programs anew: nothing is left of what they knew.
    void boot();
    /// The cable: without it nothing comes or goes, and the machine knows it.
    void plug(bool in);
    void set_rates(std::uint64_t up, std::uint64_t down) {  // not 0
        up_.bytes_per_second = up;
        down_.bytes_per_second = down;
    }
    bool is_alive() const { return core_ != nullptr; }
    bool is_complete() const;
    /// Every piece of the torrent it took part in last is on its disk, and right.
    bool is_exact() const { return is_complete() && pieces().all() && !damaged_; }
    /// When it had that torrent.
    std::optional<time_point> completed_at() const {
        return here_.empty() ? std::nullopt : here_.back().completed_at;
    }
    /// On its disk; of size 0 as long as it does not know the metadata.
    const torrent::piece_set& pieces() const { return here_.back().have; }
    endpoint address() const { return {address_, 6881}; }
    unsigned number() const { return number_; }
    const host_plan& plan() const { return plan_; }
    const node::core& node() const { return core_->network(); }
    session::core& session() { return *core_; }
    world& where() { return world_; }
    void set_limits(std::uint64_t down, std::uint64_t up);
    torrent_id torrent() const { return here_.empty() ? torrent_id{} : here_.back().id; }

    /// What this host does to every block it gives.
    std::function<void(std::span<std::uint8_t> block)> spoil;
    /// Its disk gives nothing from this piece on.
    std::optional<piece_index> unreadable_from;
    std::uint32_t failed_pieces = 0, banned = 0;
    std::set<ip_address> banned_hosts;
    /// Sees each piece that does not match, beside what it should be.
    std::function<void(byte_view got, byte_view right)> mismatch;
    /// Everything that left and came by TCP.
    std::uint64_t bytes_sent() const { return up_.bytes; }
    std::uint64_t bytes_received() const { return down_.bytes; }
    std::uint64_t payload_read = 0;  ///< blocks it read, or tried to, to give them
    std::uint64_t datagrams_sent = 0;
    /// Announces and scrapes its HTTP tracker heard, and when.
    std::vector<std::pair<time_point, std::string>> asked;
    std::size_t udp_asked = 0;
    std::size_t registered = 0;
    std::uint64_t dht_datagrams = 0;
    /// Names it wanted to look up.
    std::vector<std::string> looked_up;

  private:
    friend class world;
    struct torrent_here {
        torrent_id id;
        const torrent_data* data;
        torrent::piece_set have = {};
        std::optional<time_point> completed_at = {};
    };
    /// Our end of a connection.
    struct socket {
        pipe* out = nullptr;
        bool closed = false;
    };
    void wake();
    void carry_out(session::output& what);
    void happened(const session::event& what);
    template <class F>
    void answer_later(F answer);
    void send_datagram(node::lan_socket from, const discovery::send& what);
    torrent_id add(const torrent_data& data, session::request what, torrent::piece_set have);
    void check(const session::disk::check& what);
    void write(session::disk::write& what);
    void read(session::disk::read& what);
    void piece_written(session::disk::write& what);
    node::core& network();
    torrent_here& here(torrent_id id);
    // links.cpp
    void connect(connection_id id, const endpoint& to);
    void refuse(connection_id id, duration after);
    void send(connection_id id, wire::chunk data);
    void close(connection_id id);
    void break_connections();
    void offer(pipe& p);
    void take_turn();
    void ended(pipe& p);
    byte_view next_bytes(const pipe& p, std::size_t size);
    socket& socket_of(connection_id id);
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
    ip_address address_;
    std::unique_ptr<session::core> core_;
    std::unique_ptr<host_disk> disk_;
    std::unique_ptr<tracker::server> tracker_;
    std::vector<torrent_here> here_;
    bool plugged_ = true, damaged_ = false;
    time_point wakes_at_ = never;
    std::uint64_t pumped_ = 0;
    unsigned side_ = 0;  // of a cut; 0: reaches both

    bottleneck up_, down_;
    std::vector<socket> sockets_;  // by connection_id
    std::deque<pipe*> turns_;      // whose data the link takes next
    bool busy_ = false;
    bytes joined_;  // chunks of one segment, one behind the other
};

class world {
  public:
    explicit world(std::uint64_t seed) : random_(seed), sites_(1) {}

    host& add_host(bool lan = true) {
        host_plan plan;
        plan.lan = lan;
        return add_host(std::move(plan));
    }
    host& add_host(host_plan plan);
    /// A further LAN behind an uplink of its own; 0: as fast as one likes.
    unsigned add_site(std::uint64_t up = 0, std::uint64_t down = 0);
    const site& at_site(unsigned number) const { return sites_[number]; }
    link_quality link;
    duration far_delay = 20ms;  ///< one way, between two sites
    /// Pieces are judged by their SHA-1 and not by comparison, which is faster and comes to the same.
    bool real_hashes = false;
    /// Neither BEP 14 nor the tokens in a hello get through: only trackers name peers.
    bool search_blocked = false;
    /// Sees every datagram of the DHT.
    std::function<void(const endpoint& from, const endpoint& to, byte_view datagram)> dht_wire;
    std::set<endpoint> black_holes;  ///< connections there get no answer at all

    /// Nothing comes through between the two groups until heal(); TCP delivers it then.
    void cut(const std::vector<host*>& one, const std::vector<host*>& other);
    void heal();

    time_point now() const { return now_; }
    rng& random() { return random_; }
    template <class F>
    void at(time_point when, F what) {
        queue_.at(when, std::move(what));
    }
    template <class F>
    void after(duration d, F what) {
        queue_.at(now_ + d, std::move(what));
    }
    /// Runs until the condition holds or the time is over; true if it holds.
    bool run_until(const std::function<bool()>& condition, duration limit);
    void run_for(duration d);
    /// Of everything that was delivered so far.
    std::uint64_t trace() const { return trace_; }
    std::uint64_t events() const { return happened_; }
    host* find(const endpoint& address);
    host* find(const ip_address& address);

  private:
    friend class host;
    struct held_back {
        pipe* segment_of;
        std::uint64_t what;
    };
    void step();
    void record(unsigned host, byte_view data);
    static bool are_cut(const host& a, const host& b) { return a.side_ + b.side_ == 3; }
    duration delay(const host& a, const host& b) const {
        return a.plan_.site == b.plan_.site ? link.delay : far_delay;
    }
    // links.cpp
    pipe& new_pipe(host& from, connection_id from_id, host& to, connection_id to_id);
    bool has_room(const pipe& p) const;
    template <void (world::*Next)(pipe&, std::uint64_t)>
    void then(time_point when, pipe& p, std::uint64_t what);
    void taken(pipe& p, std::uint64_t what);
    void route(pipe& p, std::uint64_t what);
    void enter_site(pipe& p, std::uint64_t what);
    void reach_host(pipe& p, std::uint64_t what);
    void cross_lan(pipe& p, std::uint64_t what, time_point there);
    void arrived(pipe& p, std::uint64_t what);

    rng random_;
    time_point now_{1s};
    std::uint64_t happened_ = 0, trace_ = 0xcbf29ce484222325u;
    std::vector<std::unique_ptr<host>> hosts_;
    std::vector<site> sites_;
    std::deque<pipe> pipes_;
    std::vector<held_back> held_;
    event_queue queue_;  // the last: what waits in it refers to the others
};

}  // namespace bt::sim
