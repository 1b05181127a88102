// LAN discovery: says that this node is here, hears which others are, and finds the torrents it wants among
// them. A core: datagrams and time go in as calls, what to send and what was found is pulled with poll().
// After every call drain poll(), then ask next_deadline() when to tick().
//
// On start and when the interfaces change a `who` leaves at 0, 1 and 3 s, then a `hello` every 30 s. A
// torrent that is wanted is asked for by token in a `who` at 0, 1 and 3 s, then every 60 s while it has few
// peers. What is due at the same moment shares one datagram, which leaves in tick(), never in the call that
// made it due.
//
// What a datagram says its sender must confirm before it leads anywhere: an `ask` with a nonce goes to the
// source, and only the node that is there knows what to repeat. Until then it is no node, no tracker and no
// DHT contact; a peer whose confirmation does not come is named after some seconds as one of which others
// speak. Past the limit on answers only nodes that have confirmed are answered, so that forged questions
// leave no other without an answer. A `bye` is believed when its node does not answer either.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include "base/rng.hpp"
#include "discovery/hello_codec.hpp"
#include "discovery/interfaces.hpp"
#include "discovery/lan_trackers.hpp"
#include "discovery/leavers.hpp"
#include "discovery/outputs.hpp"
#include "discovery/presence.hpp"
#include "discovery/rate_limit.hpp"
#include "discovery/repeats.hpp"

namespace bt::discovery {

struct hello_config {
    instance_id self;
    std::string network;            ///< nodes of another network are ignored; 63 bytes count
    std::string host_name, client;  ///< for people; cut to 63 and 32 bytes
    std::uint16_t peer_port = 0;    ///< 0: takes no peers
    std::optional<std::uint16_t> dht_port, http_tracker_port, udp_tracker_port, page_port;
    std::uint16_t lan_port = 8001;  ///< where all nodes listen
};

class hello {
  public:
    using output =
        std::variant<send, node_seen, node_gone, peer_found, tracker_found, tracker_gone, dht_contact>;

    hello(hello_config config, rng random);

    /// All running interfaces, on each round; starts discovery, and anew whenever they differ.
    void set_interfaces(time_point now, std::vector<interface_address> interfaces);
    void set_share_count(unsigned count) { share_count_ = count; }
    void set_dht_port(std::optional<std::uint16_t> port) { config_.dht_port = port; }

    // Torrents this node has or downloads, answered when asked for. Never private ones.
    void add_served(const info_hash& torrent) { served_.insert(torrent); }
    void remove_served(const info_hash& torrent) { served_.erase(torrent); }

    /// Looks for peers of a torrent until unwant(). Nothing new for one that is wanted already.
    void want(time_point now, const info_hash& torrent);
    void unwant(const info_hash& torrent);
    /// True: it has peers enough, do not repeat the question.
    void satisfied(const info_hash& torrent, bool enough);

    /// A datagram from the shared socket or the node's own. `interface_index` is where it came in, 0 if
    /// unknown.
    void receive(time_point now, const endpoint& source, unsigned interface_index, bool arrived_on_own_socket,
                 byte_view datagram);
    void tick(time_point now);
    /// Says `bye`; after it nothing is sent, heard or due.
    void stop(time_point now);

    std::optional<output> poll();
    time_point next_deadline() const;

    const presence& online() const { return online_; }
    /// Nothing is due before the deadlines, what is kept of strangers is within the limits.
    bool is_sound() const;

  private:
    /// An `ask` may be lost, as everything may: at 0, 1 and 3 s.
    static constexpr duration ask_gaps[] = {1s, 2s, 2s};
    struct lookup {
        repeats due;
        bool satisfied = false;
    };
    /// A question that may still be answered.
    struct asked {
        hello_nonce nonce;
        time_point at;
        std::vector<std::pair<hello_token, info_hash>> torrents;
    };

    /// What was said and is not confirmed.
    struct doubtful {
        hello_message said;
        endpoint to;
        hello_nonce nonce;
        time_point first;  // asked
        time_point due;    // the next question
        std::size_t asked = 0;
        std::size_t unanswered = 0;  // bytes of its `who`, which too many others left without an answer
    };
    /// One that was confirmed meanwhile.
    struct open_question {
        hello_message said;
        endpoint to;
        std::size_t bytes;
    };
    struct unconfirmed_peer {
        peer_found found;
        node_key by;
        time_point due;  // then it is told of as it is
    };

    // inputs
    void note_sender(time_point now, const hello_message& message, const endpoint& source, bool confirmed);
    void doubt(time_point now, const hello_message& message, const endpoint& source);
    void answer_ask(time_point now, const hello_message& question, const endpoint& source,
                    unsigned interface_index);
    void on_yes(time_point now, const hello_message& answer, const endpoint& source);
    void found_peer(time_point now, const info_hash& torrent, const hello_message& by,
                    const endpoint& source);
    void on_bye(time_point now, const hello_message& message, const endpoint& source);
    bool ask_whether(time_point now, const endpoint& to, const hello_nonce& nonce, const hello_message& said);
    void see_off(time_point now);
    void forget(const node_key& node);
    void answer_who(time_point now, const hello_message& question, const endpoint& source, std::size_t size);
    void answer_hello(time_point now, const endpoint& source, std::size_t size);
    void answer_open(time_point now);
    void take_answer(time_point now, const hello_message& answer, const endpoint& source);
    // what is due
    void send_asks(time_point now);
    void release_peers(time_point now);
    void send_who(time_point now);
    std::vector<info_hash> take_due_searches(time_point now);
    void update_next_search();
    void update_trackers();
    // sending
    hello_message introduction(hello_kind kind) const;
    void send_one(const endpoint& to, bytes datagram, unsigned interface_index = 0);
    void send_to_all(const bytes& datagram);
    void send_answer(const hello_message& answer, const endpoint& to, std::size_t question_size);

    hello_config config_;
    rng random_;
    std::vector<interface_address> interfaces_;
    unsigned share_count_ = 0;
    bool stopped_ = false;

    presence online_;
    lan_trackers trackers_;
    std::unordered_set<info_hash> served_;
    std::map<info_hash, lookup> wanted_;
    std::deque<asked> asked_;
    std::unordered_map<node_key, doubtful> doubtful_;
    std::vector<open_question> open_;  // answered in tick()
    leavers leavers_;
    std::vector<unconfirmed_peer> unconfirmed_;
    time_point next_ask_ = never, next_release_ = never;

    repeats who_;  // the `who` of a start or a changed interface
    time_point next_hello_ = never;
    time_point next_search_ = never;  // earliest of wanted_
    time_point who_allowed_ = time_point::min();

    source_rate_limit news_;
    source_rate_limit answers_, answers_to_known_;
    source_rate_limit asks_, confirmations_;
    std::deque<output> outputs_;
};

}  // namespace bt::discovery
