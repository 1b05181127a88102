// One torrent among its peers: whom to connect to, what to ask for, whom to give to. A core: calls in,
// outputs pulled.
//
// Order of life: constructed with the info-hash alone; set_metadata() when the info dictionary is known (it
// may have come from peers, see out::check_metadata); begin() when the files have been checked and data can
// flow.
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
#include "base/shared_list.hpp"
#include "base/time.hpp"
#include "swarm/blame.hpp"
#include "swarm/choker.hpp"
#include "swarm/claim_board.hpp"
#include "swarm/damaged_pieces.hpp"
#include "swarm/eviction.hpp"
#include "swarm/known_hosts.hpp"
#include "swarm/link.hpp"
#include "swarm/metadata_fetch.hpp"
#include "swarm/peer_pool.hpp"
#include "swarm/picker.hpp"
#include "swarm/rate.hpp"
#include "swarm/super_seed.hpp"
#include "swarm/timers.hpp"
#include "swarm/upload_slots.hpp"
#include "swarm/vicinity.hpp"
#include "torrent/geometry.hpp"
#include "torrent/piece_set.hpp"
#include "wire/peer.hpp"

namespace bt::swarm {

struct swarm_settings {
    std::size_t connections = limits::connections;
    std::size_t half_open = limits::half_open;
    std::size_t near_slots = 8,
                far_slots = 8;   ///< to begin with, without the optimistic ones; 0: gives nothing
    bool super_seeding = false;  ///< while we have everything and nobody else does (BEP 16)
    bool limit_near = false;     ///< rate limits hold on links of our own, too
    bool claims = true;          ///< one copy over the uplink: neighbours are told what we fetch from outside
    std::size_t piece_memory = 48 * limits::MiB;   ///< started pieces held
    std::size_t write_backlog = 24 * limits::MiB;  ///< pieces waiting for the disk before requests pause
    std::size_t upload_ahead = 1 * limits::MiB;  ///< read or queued for one peer before the socket takes more
    std::size_t read_batch = 256 * limits::KiB;  ///< blocks read from disk in one go
    std::size_t unsent =
        8 * limits::MiB;        ///< waiting for one peer's socket: more means it asks and does not read
    host_pace* pace = nullptr;  ///< of all torrents of the node together; none: this one has none
};

namespace out {
struct connect {
    endpoint address;
};  ///< answer with connecting()
struct send {
    connection_id id;
    wire::chunk data;
};  ///< report with sent()
struct close {
    connection_id id;
};  ///< after what was sent before it
struct write {
    piece_index piece;
    buffer data;
};  ///< hash, and write if right: answer with written()
struct read {
    connection_id id;
    std::vector<block_range> ranges;
};  ///< frames with wire::piece_header_bytes gaps: answer with blocks_read()
struct check_metadata {
    bytes raw;
};  ///< hash it: set_metadata() or metadata_spoiled()
struct piece_verified {
    piece_index piece;
};
struct piece_failed {
    piece_index piece;
};
/// A peer gave a wrong piece and is not banned for it: the piece is asked of others, and of it only now and
/// then.
struct piece_damaged {
    piece_index piece;
    endpoint address;
};
/// A peer that had all of this piece asks for it again: hash it on disk, answer with looked_at().
struct look_at {
    piece_index piece;
};
struct peer_joined {
    connection_id id;
    endpoint address;
};  ///< its client name is known
struct peer_completed {
    endpoint address;
    std::string client;
};  ///< another node has everything now
struct peer_banned {
    endpoint address;
    std::string reason;
};
/// A connection we began ended before the peer's handshake came.
struct no_handshake {
    endpoint address;
};
/// A peer told the UDP port of its DHT (BEP 5 PORT).
struct dht_node {
    endpoint address;
};
/// A peer told the address it sees us at (`yourip`).
struct our_address {
    ip_address by, ours;
};
struct complete {};  ///< all wanted pieces are verified
}  // namespace out
using swarm_output =
    std::variant<out::connect, out::send, out::close, out::write, out::read, out::check_metadata,
                 out::piece_verified, out::piece_failed, out::piece_damaged, out::look_at, out::peer_joined,
                 out::peer_completed, out::peer_banned, out::no_handshake, out::dht_node, out::our_address,
                 out::complete>;

struct peer_view {
    connection_id id;
    endpoint address;
    std::string client;
    peer_source source;
    bool near, incoming, optimistic, snubbed, upload_only;
    bool we_want, we_are_choked, they_want, they_are_choked;
    double progress;
    std::uint64_t rate_down, rate_up;
};

enum class write_result { ok, hash_mismatch, failed };

class torrent_swarm {
  public:
    /// What the node's torrents share outlives the swarm: limits, and what is near.
    torrent_swarm(const info_hash& hash, wire::identity self, const swarm_settings& settings,
                  const vicinity& around, shared_limit& down, shared_limit& up, rng random);

    // --- what is known
    /// `is_private`: BEP 27, peers are not told of each other.
    void set_metadata(time_point now, const torrent::geometry& shape, shared_bytes raw_info, bool is_private);
    void metadata_spoiled(time_point now);
    void begin(time_point now, const torrent::piece_set& have, std::span<const priority> wanted,
               bool sequential);
    /// The opposite of begin(): the files are looked at again. Every connection ends; begin() follows. What
    /// disk jobs still report is ignored.
    void end(time_point now);

    // --- peers
    void add_peer(time_point now, const endpoint& address, peer_source source);
    /// BEP 27: a torrent that turns out private has no peers but its trackers'.
    void forget_found_peers(time_point now);
    void connecting(connection_id id, const endpoint& address);
    void connected(time_point now, connection_id id);
    /// An incoming peer that knocked for this torrent; refused (closed) when there is no room.
    void adopt(time_point now, connection_id id, const endpoint& address, wire::peer peer);
    void received(time_point now, connection_id id, byte_view data);
    void sent(time_point now, connection_id id, std::size_t bytes);
    /// The connection failed or ended on the other side.
    void disconnected(time_point now, connection_id id);
    /// Those worth trying first after a restart.
    std::vector<endpoint> peers_to_save() const { return pool_.worth_saving(limits::saved_peers); }

    // --- disk
    /// `data`: what was to be written, given back for blame.
    void written(time_point now, piece_index piece, write_result outcome, buffer data);
    /// A piece that is wrong on disk is given no more, like one that cannot be read.
    void looked_at(time_point now, piece_index piece, bool right);
    /// Empty frames: could not be read. Such a piece is not asked of the disk again before the next begin(),
    /// and newcomers are not told that we have it.
    void blocks_read(time_point now, connection_id id, const std::vector<block_range>& ranges, buffer frames);

    /// Pieces we had are not right any more: taken back from all peers, and fetched again if that is wished.
    void lost(time_point now, const std::vector<piece_index>& pieces, bool fetch_again);
    /// And are right once more, without having been fetched.
    void found(time_point now, const std::vector<piece_index>& pieces);
    /// While the disk takes nothing, nothing is asked for; what we have is given.
    void set_writable(time_point now, bool writable);

    // --- wishes
    /// May be given at any time after begin().
    void set_priorities(time_point now, std::span<const priority> wanted);
    void set_sequential(bool sequential);
    void set_limits(std::uint64_t down, std::uint64_t up);  ///< bytes per second, 0: none
    /// Paused: no connection, no deadline, nothing but what it knows. Resumed: known peers are tried at once.
    void set_paused(time_point now, bool paused);
    /// Known peers are tried at once, whatever failed before.
    void look_again(time_point now);
    /// Closes every connection; no new ones.
    void stop(time_point now);

    void tick(time_point now);
    time_point next_deadline() const;
    /// What holds after every input and all its outputs.
    bool is_sound() const;
    std::optional<swarm_output> poll();

    // --- how it stands
    bool is_complete() const { return picker_ && picker_->is_complete(); }  ///< of what is wanted
    bool has_everything() const { return picker_ && picker_->have().all(); }
    const class picker* pieces() const { return picker_ ? &*picker_ : nullptr; }
    std::vector<peer_view> peers(time_point now) const;
    bool has_connection(connection_id id) const { return open_.contains(id) || half_open_.contains(id); }
    std::size_t connection_count() const { return open_.size(); }
    std::size_t half_open_count() const { return half_open_.size(); }
    std::size_t known_peers() const { return pool_.size(); }
    /// Hosts that take connections and close them during the handshake: they may require encryption, or not
    /// have the torrent any more.
    std::size_t hosts_without_handshake() const { return without_handshake_.size(); }
    /// Hosts that shake hands for the torrent and close at once: it is paused there, or they have no room.
    std::size_t hosts_giving_nothing() const { return giving_nothing_.size(); }
    std::size_t banned_peers() const { return banned_ids_.size(); }
    const rate_meter& down() const { return down_meter_; }
    const rate_meter& up() const { return up_meter_; }
    std::uint64_t wasted() const { return wasted_; }
    /// Other machines that have, or had, everything.
    std::uint32_t completed_machines() const { return completed_machines_; }
    /// Somebody connected still wants some of it.
    bool is_wanted() const;

  private:
    using link_map = std::map<connection_id, link>;

    // torrent_swarm.cpp: life, and the turn of the wheel
    void touch(connection_id id, link& l);
    void settle(time_point now);
    void drain(time_point now, connection_id id);
    /// Every link once, each time beginning with another, so that none is always first where something is
    /// scarce.
    std::vector<connection_id> in_turn();
    timers deadlines() const;
    static claim_board::standing standing_of(const link& l) { return {l.near, l.has_everything()}; }
    static block_giver giver_of(connection_id id, const link& l) {
        return {id, l.peer.id(), l.address.address};
    }
    bool is_limited(const link& l) const { return !l.near || settings_.limit_near; }

    // connections.cpp: who comes and who goes
    void greet(time_point now, connection_id id, link& l);
    wire::extension_offer offer() const;
    void note_leaving(const link& l);
    void drop(time_point now, link_map::iterator at, bool close_socket);
    void drop_all(time_point now);
    void ban(connection_id id, std::string reason);
    void ban(const peer_id& who, const endpoint& address, std::string reason);
    void connect_more(time_point now);
    void call_neighbour(time_point now);
    void call(const endpoint& address);
    std::uint32_t priority_of(const endpoint& peer, const std::optional<ip_address>& ours) const;
    std::vector<seat> seats(time_point now) const;
    bool make_room(time_point now, const endpoint& newcomer);
    void leave_fellow_seeds();
    void leave_if_fellow_seed(connection_id id, link& l);
    bool wants_connections() const;
    peer_record record_of(const link& l) const;

    // housekeeping.cpp: what time alone brings
    void maintain(time_point now);
    void drop_stale_attempts(time_point now);
    void check_requests(time_point now, connection_id id, link& l);
    void find_late_blocks(time_point now);
    bool is_overdue(time_point now, const link& l) const;
    bool makes_no_use_of_slot(time_point now, const link& l) const;
    std::vector<choke_candidate> choke_candidates(time_point now) const;
    struct slot_use {
        std::size_t used = 0, waiting = 0;
        std::size_t idle = 0;  ///< of those used: what they asked for is sent
    };
    slot_use use_of_slots(const std::vector<choke_candidate>& candidates, bool near) const;
    void choke_round(time_point now, bool full, bool rotate);
    void exchange_peers(time_point now);
    std::vector<exchange_entry> exchange_entries() const;
    void tend_claims(time_point now);
    void release_idle_claims(time_point now);

    // peer_events.cpp: what a peer said
    void handle(time_point now, connection_id id, link& l, wire::peer_event& event);
    void on_opened(time_point now, connection_id id, link& l, const peer_id& who);
    void on_extensions(time_point now, connection_id id, link& l);
    void on_pieces(time_point now, connection_id id, link& l);
    void offer_without_slot(time_point now, link& l);
    void on_has_piece(time_point now, connection_id id, link& l, piece_index piece);
    void on_lost_piece(time_point now, connection_id id, link& l, piece_index piece);
    void on_exchange(time_point now, link& l, const wire::exchange_message& message);
    void on_claims(time_point now, connection_id id, const wire::event::pieces_claimed& what);
    void tell_claims(time_point now, connection_id id, link& l);
    void on_metadata(time_point now, connection_id id, const wire::event::metadata_received& part);
    void send_metadata(time_point now, link& l, std::uint32_t piece);
    void ask_metadata(time_point now);
    void count(time_point now, connection_id id, link& l, piece_index piece);
    void note_complete(connection_id id, link& l);
    void tell_complete(const link& l);
    void note_wants_no_more(const link& l);
    void update_interest(time_point now, connection_id id, link& l);

    // fetching.cpp: what we ask for and what comes
    void fill_requests(time_point now, connection_id id, link& l);
    void fill_all(time_point now);
    void on_block(time_point now, connection_id id, link& l, const wire::event::block& block);
    void on_block_lost(time_point now, connection_id id, link& l, const wire::event::block_lost& what);
    void claim(time_point now, piece_index piece);
    void release(time_point now, piece_index piece, bool verified);
    void tell_neighbours(time_point now, const wire::claim_message& what);
    void yield(time_point now, piece_index piece);
    void note_right_piece(std::span<const connection_id> from);
    void hold_to_account(time_point now, const block_giver& who, piece_index wrong);
    void completed(time_point now);

    // serving.cpp: what we give
    void serve(time_point now, connection_id id, link& l);
    void give(time_point now, connection_id id, link& l);
    void feed_limited(time_point now);
    bool has_room_to_give(const link& l) const;
    bool asks_again(const link& l) const;
    void take_back(time_point now, piece_index piece);
    void note_repeat(time_point now, connection_id id, link& l, const block_range& range);
    torrent::piece_set readable() const;
    void note_rare(connection_id id, link& l, piece_index piece);
    void note_spread(connection_id by, piece_index piece);
    void show_pieces(time_point now);
    void end_super_seeding(time_point now);

    info_hash hash_;
    wire::identity self_;
    swarm_settings settings_;
    const vicinity& around_;
    torrent_limit down_limit_, up_limit_;
    rng random_;

    std::optional<torrent::geometry> shape_;
    bool private_ = false;
    shared_bytes raw_info_;
    metadata_fetch metadata_;
    std::optional<class picker> picker_;
    std::optional<claim_board> claims_;
    std::set<piece_index> idle_claims_;  // at the last look
    std::optional<super_seed> super_;
    class blame blame_;
    class damaged_pieces damaged_;
    std::map<std::uint32_t, std::vector<connection_id>>
        writing_;  // whole pieces at the disk: who gave each block
    std::size_t writing_bytes_ = 0;
    std::set<piece_index> unreadable_;           // of what we have: cannot be read, or is wrong
    std::map<piece_index, time_point> doubted_;  // to be looked at, or looked at lately

    peer_pool pool_;
    struct attempt {
        endpoint to;
        time_point since;
    };
    std::unordered_map<connection_id, attempt> half_open_;
    std::size_t calls_asked_ = 0;  // `connect`s in outputs_
    link_map open_;
    connection_id turn_{};  // in_turn() begins behind it
    std::vector<connection_id> touched_;
    std::set<peer_id> completed_;
    known_hosts without_handshake_, giving_nothing_, served_;
    std::set<ip_address> completed_hosts_;
    std::uint32_t completed_machines_ = 0;
    // who lied: by id, because one node has several addresses, and by address, because an id is easily
    // changed
    std::set<peer_id> banned_ids_;
    std::set<ip_address> banned_hosts_;
    std::deque<swarm_output> outputs_;

    upload_slots near_slots_, far_slots_;
    std::optional<ip_address> our_address_;  // as the last peer told
    std::unordered_map<std::uint32_t, connection_id>
        rare_given_;  // pieces that only we had: to whom they went last

    bool paused_ = false, stopped_ = false, told_complete_ = false, choke_soon_ = false;
    bool disk_takes_nothing_ = false;
    timers timers_;  // of the open connections
    time_point last_upload_{}, now_{};
    rate_meter down_meter_, up_meter_, near_up_meter_;
    std::uint64_t wasted_ = 0;
};

}  // namespace bt::swarm
