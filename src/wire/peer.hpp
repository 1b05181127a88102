// One peer: the state machine of one connection of the peer protocol. Bytes in, events out; commands in,
// bytes out. It knows the protocol and keeps both sides to it; which piece to ask for, which peer to unchoke,
// is the swarm's.
//
// Life:  handshaking → (incoming: `knock` event, then accept() or close()) → open → closed.
// What arrives behind the handshake waits until start() or start_without_metadata() was called. A closed peer
// swallows every input.
// After each input call drain poll() until empty, then output() until empty. Views inside events are valid
// until the next receive() or start…().
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/limits.hpp"
#include "base/time.hpp"
#include "torrent/geometry.hpp"
#include "torrent/piece_set.hpp"
#include "wire/claim.hpp"
#include "wire/extensions.hpp"
#include "wire/messages.hpp"
#include "wire/peer_exchange.hpp"
#include "wire/receive_buffer.hpp"

namespace bt::wire {

using torrent::block_range;

/// What this node says of itself in every handshake.
struct identity {
    peer_id id;
    std::string client;             ///< BEP 10 `v`
    std::uint16_t listen_port = 0;  ///< BEP 10 `p`; 0: none
    bool dht = false;
    std::uint16_t dht_port = 0;  ///< told to peers that have a DHT, too (BEP 5); 0: not told
};

/// What our extension handshake says of the torrent at hand.
struct extension_offer {
    bool exchange = false;     ///< ut_pex: never for what is known to be private (BEP 11, 27)
    bool claims = false;       ///< bn_claim
    bool upload_only = false;  ///< BEP 21: we fetch nothing (any more)
    friend bool operator==(const extension_offer&, const extension_offer&) = default;
};

/// A run of bytes to send, owned.
struct chunk {
    buffer storage;
    std::size_t begin = 0, end = 0;
    std::size_t size() const { return end - begin; }
};

namespace event {
/// incoming connection names its torrent: accept() or close()
struct knock {
    info_hash torrent;
};
/// both handshakes are through
struct opened {
    peer_id id;
    features offers;
};
struct extension_handshake_received {};  ///< read it from peer::extensions()
struct choked {};
struct unchoked {};
struct interested {};
struct not_interested {};
struct pieces_known {};  ///< their whole set was told or became checkable: peer::pieces()
/// one more in peer::pieces()
struct has_piece {
    piece_index piece;
};
/// a block we had asked for
struct block {
    block_range range;
    byte_view data;
    time_point requested;
};
/// one we had not, or had cancelled; wasted
struct unwanted_block {
    std::size_t bytes;
};
/// will not come: rejected, or choked without BEP 6
struct block_lost {
    block_range range;
    bool refused = false;  ///< rejected though it has the piece and does not choke us
};
struct requests_waiting {};  ///< take_requests() has something new
/// answer with send_metadata() or reject_metadata()
struct metadata_requested {
    std::uint32_t piece;
};
struct metadata_received {
    std::uint32_t piece;
    std::uint32_t total_bytes;
    byte_view data;
};
struct metadata_refused {
    std::uint32_t piece;
};
struct dht_port {
    std::uint16_t port;
};
/// we may ask for this piece while choked (BEP 6)
struct allowed_fast {
    piece_index piece;
};
/// it lost a piece: no longer in peer::pieces() (BEP 54)
struct lost_piece {
    piece_index piece;
};
/// BEP 11
struct peers_exchanged {
    exchange_message message;
};
/// `bn_claim`; the indices are in range
struct pieces_claimed {
    bool released;
    std::vector<piece_index> pieces;
};
/// last event; a violation, a timeout, or close()
struct closed {
    std::string reason;
    bool their_fault;
};
}  // namespace event
using peer_event =
    std::variant<event::knock, event::opened, event::extension_handshake_received, event::choked,
                 event::unchoked, event::interested, event::not_interested, event::pieces_known,
                 event::has_piece, event::block, event::unwanted_block, event::block_lost,
                 event::requests_waiting, event::metadata_requested, event::metadata_received,
                 event::metadata_refused, event::dht_port, event::allowed_fast, event::lost_piece,
                 event::peers_exchanged, event::pieces_claimed, event::closed>;

class peer {
  public:
    /// We connected: our handshake goes out at once.
    static peer outgoing(time_point now, const identity& self, const info_hash& torrent);
    /// They connected: nothing is sent before accept().
    static peer incoming(time_point now, const identity& self);

    // --- inputs
    void receive(time_point now, byte_view input);
    /// Timeouts (handshake, silence) and keep-alives.
    void tick(time_point now);
    time_point next_deadline() const;

    /// Answers a knock: our handshake goes out, the connection is open.
    void accept(time_point now);
    /// Ends it; `closed` follows as the last event.
    void close(std::string reason, bool their_fault = false);

    /// Where the peer is, as we see it: told to it as `yourip`. Before start().
    void seen_at(const ip_address& address) { seen_at_ = address; }
    /// Goes out with the extension handshake, and again when it changed since.
    void offer(time_point now, const extension_offer& what);

    // --- what we have. Call one of the first two right after `opened`; behind start_without_metadata(), call
    // learn_metadata() once, whenever it is known.
    /// We know the torrent: sends have-all, have-none or bitfield, and the extension handshake with its size.
    void start(time_point now, const torrent::geometry& shape, const torrent::piece_set& ours,
               std::uint32_t metadata_bytes);
    /// We do not know the torrent yet: have-none (BEP 6 peers) and the extension handshake without size.
    void start_without_metadata(time_point now);
    /// Metadata has come: what the peer told before becomes checkable (`pieces_known`, or `closed` if it does
    /// not fit).
    void learn_metadata(time_point now, const torrent::geometry& shape, std::uint32_t metadata_bytes);

    // --- commands; each is allowed only while is_open()
    void set_choking(time_point now, bool choke);  ///< choking drops (BEP 6: rejects) their waiting requests
    void set_interested(time_point now, bool wanted);
    void have(time_point now, piece_index piece);
    /// Takes a have back: told to a peer that speaks BEP 54, and what is asked of the piece is rejected.
    void dont_have(time_point now, piece_index piece);
    /// While the peer chokes us nothing is asked and the block is reported lost, but for allowed pieces.
    void request(time_point now, const block_range& range);
    void cancel(time_point now, const block_range& range);
    /// Takes waiting requests, oldest first, while their blocks sum up to at most `max_bytes` (at least one
    /// if any).
    std::vector<block_range> take_requests(std::size_t max_bytes);
    /// Answers taken requests. `frames` holds for each range piece_header_bytes of room and then its block,
    /// in order; the headers are filled in here. Dropped silently if we have choked the peer meanwhile (BEP
    /// 6: rejected), or if it has cancelled the request (BEP 6: was rejected then).
    void send_blocks(time_point now, buffer frames, const std::vector<block_range>& ranges);
    /// A taken request that cannot be answered.
    void reject(time_point now, const block_range& range);
    void request_metadata(time_point now, std::uint32_t piece);  ///< nothing unless speaks_metadata()
    void send_metadata(time_point now, std::uint32_t piece, std::uint32_t total_bytes, byte_view data);
    void reject_metadata(time_point now, std::uint32_t piece);
    /// BEP 6: these may be asked for while we choke the peer, each block once, until it has
    /// allowed_fast_pieces pieces of its own.
    void allow_fast(time_point now, const std::vector<piece_index>& pieces);
    void send_exchange(time_point now, const exchange_message& m);  ///< nothing unless speaks_exchange()
    void send_claim(time_point now, const claim_message& m);        ///< nothing unless speaks_claims()

    // --- outputs
    std::optional<peer_event> poll();
    std::optional<chunk> output();

    // --- what is known
    bool is_open() const { return stage_ == stage::open; }
    bool is_closed() const { return stage_ == stage::closed; }
    const peer_id& id() const { return id_; }
    features offers() const { return offers_; }  ///< both sides' common features
    /// Theirs; size 0 as long as the metadata is not known.
    const torrent::piece_set& pieces() const { return pieces_; }
    const extension_handshake& extensions() const { return extensions_; }  ///< defaults until received
    bool speaks_metadata() const { return extensions_.metadata_id != 0; }  ///< ut_metadata id known
    bool speaks_exchange() const { return offer_.exchange && extensions_.exchange_id != 0; }
    bool speaks_claims() const { return offer_.claims && extensions_.claim_id != 0; }
    /// It fetches nothing more (BEP 21), or has everything.
    bool is_upload_only() const { return extensions_.upload_only || (pieces_.size() > 0 && pieces_.all()); }
    /// What it gives us while it chokes us: pieces it has and we have not; at most allowed_fast_pieces.
    const std::vector<piece_index>& allowed_to_us() const { return allowed_to_us_; }
    bool choking_us() const { return choking_us_; }
    bool choked_by_us() const { return choked_by_us_; }
    bool interested_in_us() const { return interested_in_us_; }
    bool interesting_to_us() const { return interesting_to_us_; }

    struct asked {
        block_range range;
        time_point when;
    };
    /// Our unanswered requests, oldest first. Those that are left when the peer closes stay in it.
    const std::deque<asked>& outstanding() const { return outstanding_; }
    std::size_t waiting_requests() const { return waiting_.size(); }  ///< theirs, not taken yet
    time_point last_received() const { return last_received_; }
    /// Bytes of memory held for what has arrived but is not decoded yet.
    std::size_t receive_memory() const { return stream_.capacity() + held_.capacity() + resumed_.capacity(); }

  private:
    enum class stage : std::uint8_t { handshaking, knocking, open, closed };

    peer(time_point now, const identity& self, bool connected_by_us);

    // receiving (peer_receive.cpp, peer_extensions.cpp)
    void read(time_point now, byte_view input);
    void read_handshake();
    void hold(byte_view rest);
    void resume(time_point now);
    void on(time_point now, const wire::keep_alive& m);
    void on(time_point now, const wire::choke& m);
    void on(time_point now, const wire::unchoke& m);
    void on(time_point now, const wire::interested& m);
    void on(time_point now, const wire::not_interested& m);
    void on(time_point now, const wire::have& m);
    void on(time_point now, const wire::bitfield& m);
    void on(time_point now, const wire::request& m);
    void on(time_point now, const wire::piece& m);
    void on(time_point now, const wire::cancel& m);
    void on(time_point now, const wire::port& m);
    void on(time_point now, const wire::suggest& m);
    void on(time_point now, const wire::have_all& m);
    void on(time_point now, const wire::have_none& m);
    void on(time_point now, const wire::reject& m);
    void on(time_point now, const wire::allowed_fast& m);
    void on(time_point now, const wire::extended& m);
    void on(time_point now, const wire::unknown& m);
    void on_extension_handshake(byte_view payload);
    void on_metadata(time_point now, byte_view payload);
    void on_exchange(byte_view payload);
    void on_donthave(time_point now, byte_view payload);
    void on_claim(byte_view payload);
    void on_whole_set(time_point now, bool all);
    void pieces_changed(time_point now);

    // before the metadata (peer.cpp)
    void told_early(std::uint32_t piece, bool has);
    result<torrent::piece_set, violation> check_early_pieces() const;
    bool check_early_advice();

    // allowed pieces, theirs and ours (peer_allowed.cpp)
    void advised_early(std::uint32_t piece);
    void advised(piece_index piece);
    void take_back_advice(piece_index piece);
    void update_allowed();
    void end_grants(time_point now);
    bool give(const block_range& range);
    bool is_given(const block_range& range);
    std::uint8_t* given_mark(const block_range& range);

    // sending (peer_send.cpp, peer_extensions.cpp)
    void send(time_point now, const message& m);
    void send_greetings(time_point now);
    void send_extension_handshake(time_point now);
    void send_donthave(time_point now, piece_index piece);
    void send_metadata_message(time_point now, const metadata_message& m);
    void send_rejection(time_point now, const block_range& range);
    void flush_small();
    bool answers_cancelled(time_point now, std::uint32_t piece, std::uint32_t begin, std::size_t length);

    void open();
    void fault(violation v);
    /// Both handshakes are through and we have said what we have: messages may go out.
    bool is_talking() const { return is_open() && started_; }

    identity self_;
    stage stage_ = stage::handshaking;
    bool connected_by_us_;
    bool started_ = false;
    info_hash torrent_;
    peer_id id_;
    features offers_;
    time_point begun_, last_received_, last_sent_;

    receive_buffer stream_;
    bytes held_;     // arrived between the handshake and start()
    bytes resumed_;  // the same while events refer to it
    std::deque<peer_event> events_;

    bytes small_;  // encoded messages behind everything in out_
    std::deque<chunk> out_;

    std::optional<torrent::geometry> shape_;
    torrent::piece_set ours_, pieces_;
    /// What the peer has, as it said it before the metadata was there to check it against.
    struct early_pieces {
        bool all = false;
        std::optional<std::size_t> bitfield_bytes;
        bytes bits;  // bitfield and haves together
        bytes lost;  // and what it has not any more
        std::vector<std::uint32_t> advised;
    } early_;

    bool choking_us_ = true, choked_by_us_ = true;
    bool interested_in_us_ = false, interesting_to_us_ = false;
    std::deque<asked> outstanding_;
    std::deque<asked> cancelled_;       // when; BEP 6: each is answered yet, before what is asked after it
    std::deque<block_range> waiting_;   // theirs, not taken
    std::vector<block_range> serving_;  // theirs, taken, not answered
    std::optional<time_point> refuses_since_;  // a choke, a piece that is gone, the end of what was allowed
    std::size_t invalid_requests_ = 0, whole_sets_ = 0, lost_pieces_ = 0;

    extension_handshake extensions_;
    extension_offer offer_;
    std::optional<ip_address> seen_at_;
    std::vector<piece_index> advised_, allowed_to_us_;  // the latter: those of the former it has
    /// A piece the peer may ask for while we choke it.
    struct grant {
        piece_index piece;
        bytes given;  // block by block, 0 or 1
    };
    std::vector<grant> grants_;
    bool grants_ended_ = false;
    std::uint32_t metadata_bytes_ = 0;
    std::size_t metadata_waiting_ = 0;           // requests of theirs that are not answered
    std::vector<std::uint32_t> metadata_asked_;  // ours that are not answered
};

}  // namespace bt::wire
