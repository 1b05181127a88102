// One torrent among its peers: which to connect to, what to ask of which, which to give to. A core: calls in,
// outputs pulled. It composes objects that have a state of their own, and routes what comes in to them.
//
// Order of life: constructed with the info-hash alone; set_metadata() when the info dictionary is known (it
// may have come from peers, see out::check_metadata); begin() when the files have been checked and data can
// flow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/rng.hpp"
#include "base/shared_list.hpp"
#include "base/time.hpp"
#include "swarm/choke_rounds.hpp"
#include "swarm/download.hpp"
#include "swarm/links.hpp"
#include "swarm/metadata_exchange.hpp"
#include "swarm/outbox.hpp"
#include "swarm/output.hpp"
#include "swarm/peers.hpp"
#include "swarm/proofs.hpp"
#include "swarm/settings.hpp"
#include "swarm/timers.hpp"
#include "swarm/upload.hpp"
#include "swarm/vicinity.hpp"
#include "torrent/geometry.hpp"
#include "torrent/piece_set.hpp"
#include "wire/peer.hpp"

namespace bt::swarm {

struct peer_view {
    connection_id id;
    endpoint address;
    std::string client;
    peer_source source;
    bool near, incoming, optimistic, snubbed, upload_only;
    bool we_want, we_are_choked, they_want, they_are_choked;
    double progress;
    std::uint64_t rate_down, rate_up;
    ip_address machine;  ///< the same for all addresses that are known to be of one machine
};

class torrent_swarm {
  public:
    /// What the node's torrents share outlives the swarm: limits, and what is near.
    torrent_swarm(const info_hash& hash, wire::identity self, const swarm_settings& settings,
                  const vicinity& around, shared_limit& down, shared_limit& up, rng random);
    torrent_swarm(const torrent_swarm&) = delete;  // its parts know each other

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
    /// `delay`: it is not called before that has passed.
    void add_peer(time_point now, const endpoint& address, peer_source source, duration delay = {});
    /// BEP 27: a torrent that turns out private has no peers but its trackers'.
    void forget_found_peers(time_point now);
    void connecting(connection_id id, const endpoint& address);
    void connected(time_point now, connection_id id);
    /// An incoming peer that knocked for this torrent; refused (closed) when there is no room.
    void adopt(time_point now, connection_id id, const endpoint& address, wire::peer peer);
    void received(time_point now, connection_id id, byte_view data);
    /// `held_back`: for how long in all the peer did not read what there was for it, where that is known.
    void sent(time_point now, connection_id id, std::size_t bytes,
              std::optional<duration> held_back = std::nullopt);
    /// The connection failed or ended on the other side.
    void disconnected(time_point now, connection_id id);
    /// Of the peers one leaves for a newcomer of another torrent, where one would for a newcomer of this.
    bool make_room(time_point now, const endpoint& newcomer);
    /// The address it would call, if all torrents together had a connection left.
    const std::optional<endpoint>& wants_place() const { return peers_.wants_place(); }
    /// Those worth trying first after a restart.
    std::vector<endpoint> peers_to_save() const { return peers_.pool().worth_saving(limits::saved_peers); }

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
    void set_sequential(bool sequential) { download_.set_sequential(sequential); }
    /// A peer's word that it has everything is not enough to count it among completed_machines().
    void demand_proofs() { proofs_.demand(); }
    void set_limits(std::uint64_t down, std::uint64_t up);  ///< bytes per second, 0: none
    /// Whether those of the node hold for it, too.
    void share_limits(bool on);
    /// At most so many; those beyond that are there stay.
    void set_connections(std::size_t most) { settings_.connections = most; }
    /// Paused: no connection, no deadline, nothing but what it knows. Resumed: known peers are tried at once.
    void set_paused(time_point now, bool paused);
    /// Known peers are tried at once, whatever failed before.
    void look_again(time_point now);
    /// Closes every connection; no new ones.
    void stop(time_point now);

    void tick(time_point now);
    time_point next_deadline() const { return deadlines().next(); }
    /// What holds after every input and all its outputs.
    bool is_sound() const;
    std::optional<swarm_output> poll() { return outputs_.poll(); }

    // --- how it stands
    bool is_complete() const { return download_.is_complete(); }  ///< of what is wanted
    bool has_everything() const { return download_.has_everything(); }
    const class picker* pieces() const { return download_.pieces(); }
    std::vector<peer_view> peers(time_point now) const;
    bool has_connection(connection_id id) const {
        return links_.find(id) != nullptr || peers_.is_calling(id);
    }
    std::size_t connection_count() const { return links_.size(); }
    std::size_t half_open_count() const { return peers_.call_count(); }
    std::size_t known_peers() const { return peers_.pool().size(); }
    /// Hosts that take connections and close them during the handshake: they may require encryption, or not
    /// have the torrent any more.
    std::size_t hosts_without_handshake() const { return peers_.without_handshake(); }
    /// Hosts that shake hands for the torrent and close at once: it is paused there, or they have no room.
    std::size_t hosts_giving_nothing() const { return peers_.giving_nothing(); }
    std::size_t banned_peers() const { return peers_.banned(); }
    const rate_meter& down() const { return download_.meter(); }
    const rate_meter& up() const { return upload_.meter(); }
    std::uint64_t wasted() const { return download_.wasted(); }
    /// Other machines that have, or had, everything.
    std::uint32_t completed_machines() const { return peers_.completed_machines(); }
    /// A connected peer still wants some of it.
    bool is_wanted() const;

  private:
    bool is_running() const { return !paused_ && !stopped_; }
    timers deadlines() const;

    // torrent_swarm.cpp: life, and the turn of the wheel
    void settle(time_point now);
    void drain(time_point now, connection_id id);
    void maintain(time_point now);
    void completed(time_point now);
    wire::extension_offer offer(const link& l) const;
    void offer_all(time_point now);

    // connections.cpp: which peers come and go
    bool admit(time_point now, const endpoint& newcomer);
    bool send_away(time_point now, const endpoint& newcomer);
    link& greet(time_point now, connection_id id, link fresh);
    void drop(time_point now, connection_id id, bool close_socket);
    void drop_all(time_point now);
    void leave_fellow_seeds();
    void leave_if_fellow_seed(connection_id id, link& l);

    // peer_events.cpp: what a peer said
    void handle(time_point now, connection_id id, link& l, wire::peer_event& event);
    void on_opened(time_point now, connection_id id, link& l);
    void on_extensions(time_point now, connection_id id, link& l);
    void on_pieces(time_point now, connection_id id, link& l);
    void on_has_piece(time_point now, connection_id id, link& l, piece_index piece);
    void note_complete(time_point now, connection_id id, link& l);
    void note_wants_no_more(time_point now, const link& l);
    void examine(time_point now, connection_id id, link& l, wire::peer_event& event);

    info_hash hash_;
    wire::identity self_;
    swarm_settings settings_;
    rng random_;
    std::optional<torrent::geometry> shape_;
    bool private_ = false;

    outbox outputs_;
    links links_;
    metadata_exchange metadata_;
    download download_;
    class peers peers_;
    upload upload_;
    proofs proofs_;
    choke_rounds chokes_;
    timers timers_;  // of the open connections

    bool paused_ = false, stopped_ = false, told_complete_ = false;
    time_point now_{};
};

}  // namespace bt::swarm
