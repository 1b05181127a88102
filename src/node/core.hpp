// One whole node as a core: its torrents, LAN discovery and trackers. It routes the outputs of one room to
// the inputs of another and hands what is left, in one variant, to whoever drives it: sockets and disks, or
// the simulator.
//
// One input, then poll() until empty, then the next input. tick() at next_deadline().
//
// The smallest driver, after each input; tests/unit/node/driver_test.cpp has the rest of it, on a network
// that is a queue:
//
//     void drain() {
//         while (auto what = core.poll())
//             std::visit(
//                 overloaded{
//                     [&](out::tcp_connect& o) { connect(o.id, o.to); },
//                     [&](out::tcp_send& o) { send(o.id, o.data); }, [&](out::tcp_close& o) { close(o.id); },
//                     [&](out::disk_write& o) { write(o.torrent, o.piece, std::move(o.data)); },
//                     [&](out::disk_read& o) { read(o.torrent, o.id, std::move(o.ranges)); },
//                     [&](out::metadata& o) { check(o.torrent); }, [&](out::complete&) { done = true; },
//                     [](auto&) {},  // LAN, trackers, the DHT, and what only people want to know
//                 },
//                 *what);
//         wake = core.next_deadline();  // then: core.tick(now), and drain() again
//     }
//     // an input waits until all outputs of the one before it are out
//     void later(std::function<void()> input) {
//         network.push_back([this, input = std::move(input)] {
//             input();
//             drain();
//         });
//     }
//     void check(torrent_id id) {
//         const auto pieces = core.info(id)->shape.piece_count();
//         later([this, id, pieces] {  // nothing is there, and everything is wanted
//             core.begin(now, id, torrent::piece_set(pieces), std::vector(pieces, swarm::priority::normal),
//                        false);
//         });
//     }
//     void write(torrent_id id, piece_index piece, buffer data) {
//         auto kept = std::make_shared<buffer>(std::move(data));
//         later([this, id, piece, kept] {  // its hash was right
//             core.written(now, id, piece, swarm::write_result::ok, std::move(*kept));
//         });
//     }
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "dht/node.hpp"
#include "discovery/hello.hpp"
#include "discovery/lsd.hpp"
#include "node/incoming_handshakes.hpp"
#include "node/queue.hpp"
#include "swarm/priority.hpp"
#include "swarm/rate.hpp"
#include "swarm/torrent_swarm.hpp"
#include "swarm/vicinity.hpp"
#include "torrent/metainfo.hpp"
#include "tracker/client/client.hpp"
#include "tracker/client/udp_client.hpp"

namespace bt::node {

struct config {
    peer_id id;            ///< from entropy, with our prefix (base/version.hpp)
    instance_id instance;  ///< from entropy
    std::string host_name;
    std::string network;     ///< hello group
    std::uint16_t port = 0;  ///< where peers reach us; 0: nobody does
    std::uint16_t lan_port = 8001;
    bool lan = true;
    /// What this machine serves besides, for the hello. Nothing: it does not.
    std::optional<std::uint16_t> http_tracker_port, udp_tracker_port, page_port;
    /// The DHT, whose datagrams come to a UDP port of this machine. Nothing: it takes no part.
    std::optional<dht::config> dht;
    std::optional<dht::saved_state> dht_state;  ///< of an earlier run
    std::uint16_t dht_port = 0;
    swarm::swarm_settings swarm;
    std::vector<std::optional<ip_family>> families = {ip_family::v4,
                                                      ip_family::v6};  ///< trackers are asked by
    queue_bounds queue;
};

/// A torrent to take part in. With `info` absent, metadata is fetched from peers.
struct torrent_request {
    info_hash hash;
    std::optional<torrent::info> info;
    torrent::tracker_tiers trackers;
    std::vector<endpoint> peers;             ///< named by the user or the link: tried at once
    bool listed = false;                     ///< counts as a share of ours in the hello
    std::vector<std::string> nodes = {};     ///< of the DHT, named by the torrent: "host:port" (BEP 5)
    bool looks_only = false;                 ///< has nothing to give: nobody is told of us by the DHT
    std::vector<endpoint> saved_peers = {};  ///< of an earlier run: swarm().peers_to_save()
    bool paused = false;
    bool demands_proofs = false;  ///< what peers say of being complete is not enough: see swarm::proofs
};

enum class lan_socket : std::uint8_t { hello, lsd };

namespace out {
struct tcp_connect {
    connection_id id;
    endpoint to;
};  ///< answer with connected() or disconnected()
struct tcp_send {
    connection_id id;
    wire::chunk data;
};  ///< report with sent()
struct tcp_close {
    connection_id id;
};  ///< after what was sent before it; no answer
struct lan_send {
    lan_socket from;
    discovery::send what;
};
/// Ask a tracker and answer with http_answered(), always. A neighbour's tracker is asked at the address in
/// the URL and not followed anywhere else; of others every address must satisfy tracker_allowed_at().
struct http_get {
    std::uint64_t request;
    std::string url;
    std::optional<ip_family> family;
    bool by_hello = false;
};
/// Find the addresses of a tracker's host and answer with resolved(), always.
struct resolve {
    std::uint64_t lookup;
    std::string host;
};
struct udp_send {
    endpoint to;
    bytes datagram;
};  ///< from the socket whose datagrams come to udp_received()
struct dht_send {
    endpoint to;
    bytes datagram;
};  ///< from the socket whose datagrams come to dht_received()
struct disk_write {
    torrent_id torrent;
    piece_index piece;
    buffer data;
};
struct disk_read {
    torrent_id torrent;
    connection_id id;
    std::vector<torrent::block_range> ranges;
};
// what happened
struct metadata {
    torrent_id torrent;
};  ///< info() has it now: check the files, then begin()
struct bad_metadata {
    torrent_id torrent;
    error why;
};  ///< right hash, but nothing we can download
struct piece_verified {
    torrent_id torrent;
    piece_index piece;
};
struct piece_failed {
    torrent_id torrent;
    piece_index piece;
};
/// A peer that is not banned for it gave a wrong piece.
struct piece_damaged {
    torrent_id torrent;
    piece_index piece;
    endpoint address;
};
/// A piece we gave may be wrong on disk: hash it there and answer with looked_at().
struct disk_look {
    torrent_id torrent;
    piece_index piece;
};
struct peer_joined {
    torrent_id torrent;
    connection_id id;
    endpoint address;
};
struct peer_completed {
    torrent_id torrent;
    endpoint address;
    std::string client;
};
struct peer_banned {
    torrent_id torrent;
    endpoint address;
    std::string reason;
};
/// A connection ended before the other side's handshake: one we began for that torrent, or one that came with
/// something else. Each host is told once.
struct no_handshake {
    std::optional<torrent_id> torrent;
    endpoint address;
};
struct complete {
    torrent_id torrent;
};
struct tracker_trouble {
    torrent_id torrent;
    std::string message;
};
/// A share to be listed by a neighbour's HTTP tracker: said when either is new, and every 5 minutes.
struct register_share {
    endpoint tracker;
    torrent_id torrent;
};
}  // namespace out
using output =
    std::variant<out::tcp_connect, out::tcp_send, out::tcp_close, out::lan_send, out::http_get,
                 out::disk_write, out::disk_read, out::metadata, out::bad_metadata, out::piece_verified,
                 out::piece_failed, out::piece_damaged, out::disk_look, out::peer_joined, out::peer_completed,
                 out::peer_banned, out::no_handshake, out::complete, out::tracker_trouble, out::resolve,
                 out::udp_send, out::register_share, out::dht_send, dht::out::peers_found,
                 dht::out::search_over, dht::out::pinged>;

class core {
  public:
    core(config settings, rng random);
    ~core();

    // --- torrents
    /// One hash is one torrent: errc::usage if it is there already.
    result<torrent_id> add(time_point now, torrent_request request);
    /// The files have been checked: data may flow. `have` and `wanted` have the size of the torrent.
    void begin(time_point now, torrent_id id, const torrent::piece_set& have,
               std::span<const swarm::priority> wanted, bool sequential);
    /// The files are looked at again: begin() follows. Trackers are not told.
    void recheck(time_point now, torrent_id id);
    /// Leaves this swarm; trackers are told. When they know, nothing is left of it: what comes for it later
    /// is ignored, all but add() and has() need one that is there.
    void remove(time_point now, torrent_id id);
    bool has(torrent_id id) const { return torrents_.contains(id); }

    // --- wishes
    void set_priorities(time_point now, torrent_id id, std::span<const swarm::priority> wanted);
    void set_sequential(time_point now, torrent_id id, bool sequential);
    /// Bytes per second over all torrents, 0: none. Shared equally by those that can use it.
    void set_limits(std::uint64_t down, std::uint64_t up);
    void set_limits(torrent_id id, std::uint64_t down, std::uint64_t up);  ///< of one
    /// Connections of one at most, 0: as of the others; and whether the limits over all hold for it.
    void set_bounds(torrent_id id, std::size_t connections, bool shares_limits);
    /// Its own trackers, in the place of those it has.
    void set_trackers(time_point now, torrent_id id, const torrent::tracker_tiers& tiers);
    /// Whether the node looks for others there, and is found; what it was not set up for stays off.
    void set_lan(time_point now, bool on);
    void set_dht(time_point now, bool on);
    bool is_on_lan() const { return hello_.has_value(); }
    /// One that the user named, found later.
    void add_peer(time_point now, torrent_id id, const endpoint& peer);
    /// Asks all who may know peers, and tries those it knows; at most every 10 s, trackers as often as they
    /// allow, and after a failure 10 s later.
    void reannounce(time_point now, torrent_id id);

    // --- which of them run
    /// A paused torrent costs nothing: no connection, no deadline, and nobody hears of it.
    void set_paused(time_point now, torrent_id id, bool paused);
    /// Connections of all torrents together.
    void set_most_connections(time_point now, std::size_t most);
    /// Runs beside the bounds of the queue.
    void set_forced(time_point now, torrent_id id, bool forced);
    /// Its place in the queue, from 0; past the end: the last.
    void set_order(time_point now, torrent_id id, std::size_t place);
    void set_queue_bounds(time_point now, const queue_bounds& bounds);
    std::vector<torrent_id> queue() const;  ///< all, in their order
    run_state state(torrent_id id) const;
    bool is_forced(torrent_id id) const;
    /// When it got data of use last, or began to run.
    time_point data_at(torrent_id id) const;

    /// Leaves every swarm and the LAN. Outputs that follow should still be sent.
    void stop(time_point now);

    // --- network
    void set_interfaces(time_point now, const std::vector<discovery::interface_address>& interfaces);
    connection_id accepted(time_point now, const endpoint& from);
    void connected(time_point now, connection_id id);
    void disconnected(time_point now, connection_id id);
    void received(time_point now, connection_id id, byte_view data);
    /// `held_back`: for how long in all the peer did not read what there was for it, where that is known.
    void sent(time_point now, connection_id id, std::size_t bytes,
              std::optional<duration> held_back = std::nullopt);
    void lan_received(time_point now, lan_socket on, const endpoint& from, std::uint32_t interface,
                      bool own_socket, byte_view datagram);
    /// Whether a request may open a connection to that host now; then it counts among those of all torrents.
    bool may_connect(time_point now, const ip_address& host);
    void http_answered(time_point now, std::uint64_t request, const result<tracker::http_reply>& reply);
    void resolved(time_point now, std::uint64_t lookup, const result<std::vector<ip_address>>& found);
    void udp_received(time_point now, const endpoint& from, byte_view datagram);
    /// The system takes no datagram for this address.
    void udp_unreachable(time_point now, const endpoint& to, const error& why);

    // --- the DHT
    /// `to`: our address the datagram came to.
    void dht_received(time_point now, const endpoint& from, const ip_address& to, byte_view datagram);
    void dht_unreachable(time_point now, const endpoint& to);
    /// How it stands; nothing where there is none. What comes of the calls below are outputs of dht::out.
    const dht::node* dht() const { return dht_.get(); }
    bool is_in_dht() const { return in_dht_; }
    /// A search of the user's, beside those of torrents; 0 without a DHT and for a private torrent of ours.
    dht::search_id dht_search(time_point now, const dht::search_wish& wish);
    void dht_forget(dht::search_id search);
    std::uint64_t dht_ping(time_point now, const endpoint& at);
    /// "host:port" of what may be a node.
    void dht_contact(time_point now, const std::string& where);

    // --- disk
    /// `data`: what was to be written.
    void written(time_point now, torrent_id torrent, piece_index piece, swarm::write_result outcome,
                 buffer data);
    void looked_at(time_point now, torrent_id torrent, piece_index piece, bool right);
    void blocks_read(time_point now, torrent_id torrent, connection_id id,
                     const std::vector<torrent::block_range>& ranges, buffer frames);
    /// Another program changed the files: what is not right any more, and what is again. Trackers are told.
    void pieces_changed(time_point now, torrent_id torrent, const std::vector<piece_index>& lost,
                        const std::vector<piece_index>& found, bool fetch_again);
    void set_writable(time_point now, torrent_id torrent, bool writable);

    void tick(time_point now);
    time_point next_deadline() const;
    std::optional<output> poll();
    /// Between two inputs: every name leads to a torrent that is there, only what runs takes part, none is
    /// woken late.
    bool is_sound() const;

    // --- how it stands
    const swarm::torrent_swarm& swarm(torrent_id id) const;
    const torrent::info* info(torrent_id id) const;  ///< nothing until metadata is known; stays at its place
    bool uses_lan() const { return config_.lan; }
    std::size_t lan_nodes() const;
    /// Hosts that connected and began with no BitTorrent handshake.
    std::size_t hosts_without_handshake() const { return incoming_.hosts_without_handshake(); }
    std::vector<discovery::node_info> lan_neighbours() const;
    /// Those of neighbours, by the address they are asked at.
    std::vector<endpoint> lan_trackers() const;
    std::size_t lan_tracker_count() const { return lan_trackers().size(); }
    /// Its own, and the LAN's if they are asked for it.
    std::size_t tracker_count(torrent_id id) const;
    /// How each of its own stands, in the order of its tiers.
    std::vector<tracker::tracker_status> trackers(torrent_id id) const;
    /// The rule for every address a tracker's host leads to.
    bool tracker_allowed_at(const tracker::url& where, const ip_address& address) const;
    /// After stop(): nothing that has to be said to UDP trackers waits for an answer first.
    bool farewells_sent() const;

  private:
    struct entry;
    /// A neighbour's tracker as it is asked.
    struct lan_place {
        discovery::tracker_protocol protocol;
        endpoint at;
        friend auto operator<=>(const lan_place&, const lan_place&) = default;
    };
    struct lan_tracker {
        discovery::node_key node;
        std::optional<endpoint> http, udp;
        lan_place place() const;
    };
    /// A request on its way, and which client of which torrent waits for its answer.
    struct asked {
        torrent_id torrent;
        std::uint64_t client;
        std::uint64_t request;
    };
    struct lookup {
        std::string host;
        std::vector<std::pair<std::uint64_t, tracker::udp_announce>> waiting;
    };

    // torrents.cpp
    void collect(time_point now, entry& e);
    void notice(time_point now, entry& e);
    void check_metadata(time_point now, entry& e, bytes raw);
    void adopt_info(time_point now, entry& e, torrent::info info);
    entry* find(const info_hash& hash);
    entry* find(torrent_id id);
    entry& at(torrent_id id);
    const entry& at(torrent_id id) const;
    entry* owner(connection_id id);
    // running.cpp
    std::vector<queued>::iterator place_of(torrent_id id);
    void update_place(time_point now, entry& e);
    void arrange(time_point now);
    void wake(time_point now, entry& e);
    void rest(time_point now, entry& e);
    void look(time_point now, entry& e);
    time_point gets_nothing_at(const entry& e) const;
    time_point due_of(const entry& e) const;
    void schedule(entry& e);
    void tick(time_point now, entry& e);
    void bury();
    // places.cpp
    bool make_room(time_point now, const entry& e, const endpoint& newcomer);
    void note_want_of_place(time_point now, entry& e);
    time_point place_due() const;
    void share_places(time_point now);
    void feed_starved(time_point now);
    // lan.cpp
    void open_lan();
    void look_on_lan(time_point now, entry& e);
    void leave_lan(entry& e);
    void update_lan(time_point now, entry& e);
    void collect_lan(time_point now);
    // dht.cpp
    void look_in_dht(time_point now, entry& e);
    bool is_self(const endpoint& peer) const;
    void leave_dht(entry& e);
    void tell_networks(time_point now);
    void collect_dht(time_point now);
    // trackers.cpp
    void start_trackers(time_point now, entry& e);
    std::uint64_t add_own_client(entry& e);
    void stop_trackers(time_point now, entry& e);
    void tick_trackers(time_point now, entry& e);
    void complete_trackers(time_point now, entry& e);
    void collect_trackers(time_point now, entry& e);
    void add_peers_of(time_point now, entry& e, const ip_address& tracker,
                      const std::vector<endpoint>& peers);
    bool collect_tracker(time_point now, entry& e, std::uint64_t client);
    void ask_udp(time_point now, std::uint64_t number, tracker::udp_announce what, bool by_hello);
    void ask_udp_at(time_point now, std::uint64_t number, tracker::udp_announce what,
                    const std::vector<ip_address>& addresses, bool by_hello);
    void collect_udp(time_point now);
    tracker::client* client_of(const asked& question);
    void answer(time_point now, std::uint64_t number, const unexpected<error>& why);
    void forget_requests(std::uint64_t client, const tracker::client* keeps = nullptr);
    // lan_trackers.cpp
    void lan_tracker_found(time_point now, const discovery::tracker_found& what);
    void lan_tracker_gone(time_point now, const discovery::tracker_gone& what);
    std::vector<lan_place> lan_places() const;
    void ask_lan_trackers(time_point now, entry& e);
    void leave_lan_tracker(entry& e, const std::optional<lan_place>& place);
    void say_goodbye_on_lan(time_point now, entry& e);
    void register_shares(time_point now);
    void register_share(const entry& e, const lan_place& at);
    void refresh_lan_trackers(time_point now);
    // invariants.cpp
    bool is_sound(const entry& e) const;
    bool is_queue_sound() const;
    bool are_requests_sound() const;
    // core.cpp
    /// All that time is waited for: when each is due, and what it does then.
    enum class timer : std::uint8_t {
        handshakes,    ///< a connection that does not name its torrent
        torrents,      ///< the first of due_
        places,        ///< a connection is free that a torrent wants
        udp_trackers,  ///< a question without an answer
        lan_trackers,  ///< those that are new are asked
        registration,  ///< shares are told to neighbours' trackers again
        hello,
        lsd,
        dht,
    };
    static constexpr std::size_t timers = static_cast<std::size_t>(timer::dht) + 1;
    time_point due_at(timer which) const;
    void run(time_point now, timer which);
    void tick_torrents(time_point now);
    void shake_hands(time_point now, incoming_handshakes::outcome what);
    template <class T>
    void put(T what) {
        outputs_.emplace_back(std::move(what));
    }

    config config_;
    rng random_;
    wire::identity identity_;
    swarm::shared_limit down_limit_, up_limit_;
    swarm::vicinity vicinity_;
    swarm::host_pace pace_;
    swarm::shared_places places_{limits::all_connections};
    std::deque<torrent_id> want_place_;  // in turn
    time_point starved_at_{};
    std::unique_ptr<dht::node> dht_;
    bool in_dht_;
    std::map<std::uint64_t, std::uint64_t> dht_lookups_;  // ours of a name, by the number of out::resolve
    std::optional<discovery::hello> hello_;
    std::optional<discovery::lsd> lsd_;
    std::map<torrent_id, std::unique_ptr<entry>> torrents_;
    std::unordered_map<info_hash, torrent_id> by_hash_;
    std::vector<queued> queue_;
    std::set<std::pair<time_point, torrent_id>> due_;  // those that wait for a moment
    std::set<torrent_id> removed_;                     // that still say goodbye
    bool queue_changed_ = false, arranging_ = false, stopped_ = false;
    std::unordered_map<connection_id, torrent_id> connections_;
    incoming_handshakes incoming_;
    std::uint64_t last_connection_ = 0;
    std::uint32_t last_torrent_ = 0;
    unsigned shares_ = 0;
    std::vector<discovery::interface_address> interfaces_;
    tracker::udp_client udp_;
    std::map<std::uint64_t, asked> asked_;
    std::map<std::uint64_t, lookup> lookups_;
    std::uint64_t last_request_ = 0, last_client_ = 0;
    std::vector<lan_tracker> lan_trackers_;
    std::set<lan_place> fresh_places_;
    time_point refresh_at_ = never, refreshed_at_ = time_point(-1h), refresh_allowed_ = time_point::min();
    duration refresh_pause_{};
    time_point register_at_ = never;
    std::deque<output> outputs_;
};

}  // namespace bt::node
