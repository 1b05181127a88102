// When to announce one torrent to which of its trackers (BEP 3, 7, 12, 31), as a core: answers and time go in
// as calls, requests to make and peers found are pulled with poll(). After every call drain poll(), then ask
// next_deadline() when to tick().
//
// A round announces once. It goes tier by tier, and within a tier tracker by tracker until one answers; that
// one moves to the front of its tier. A tier that has not answered within 5 s no longer holds up the next
// one. The round after a success comes when the tracker's interval says so, after a failure with growing
// pauses.
//
// HTTP and UDP trackers are asked by the same rules; whoever drives this makes the request in its protocol.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "tracker/client/http_announce.hpp"
#include "tracker/url.hpp"

namespace bt::tracker {

struct client_config {
    info_hash hash;
    peer_id id;
    std::uint16_t port = 0;  ///< where peers reach us
    /// One announce for each; nothing means whichever the system prefers. {v4, v6} makes both known (BEP 7).
    std::vector<std::optional<ip_family>> families = {std::nullopt};
};

/// Make this request and report with answer(). The address it goes to must satisfy url::allowed_at().
struct http_get {
    std::uint64_t request;
    std::string url;
    std::optional<ip_family> family;
};
/// The same for a UDP tracker (BEP 15): find an address of that family for the host, ask it through
/// udp_client.
struct udp_announce {
    std::uint64_t request;
    url where;
    std::optional<ip_family> family;
    announce_request what;
    std::string url_data;  ///< path and query (BEP 41); empty where there are none
};
struct peers_found {
    std::vector<endpoint> peers;
};
/// Something a person may want to know about one tracker, said once and not at each repetition.
struct trouble {
    enum class kind : std::uint8_t { notice, warning, failure };
    kind what;
    std::string message;  ///< names the tracker, never its path
};
/// Our own address as a tracker saw it.
struct external_address {
    ip_address tracker, address;
};

struct http_reply {
    int status = 200;
    byte_view body;
    std::optional<ip_address> server = std::nullopt;
};

struct tracker_status {
    std::string url;
    std::size_t tier;
    bool working;         ///< the last announce was answered
    std::string message;  ///< of the last failure or warning
    std::optional<std::uint64_t> seeders, leechers;
    std::size_t peers;                          ///< in the last answer
    std::optional<time_point> asked, answered;  ///< last; the latter also of a failure
    bool asking;                                ///< its answer is awaited
    std::size_t number;                         ///< its own as long as the client lives
    time_point next;  ///< when it may be asked next; `never` where that is not known
};

class client {
  public:
    using output = std::variant<http_get, udp_announce, peers_found, trouble, external_address>;

    client(client_config config, const std::vector<std::vector<std::string>>& tiers, rng random);

    /// Other trackers: those that stay know us as before, those that are new are asked, and those that go are
    /// told goodbye.
    void set_tiers(time_point now, const std::vector<std::vector<std::string>>& tiers);
    /// Joins the swarm: the first announce follows at once. Again after a stop() is fine.
    void start(time_point now);
    /// The download is complete, once: the trackers we are known to are told.
    void completed(time_point now);
    /// Leaves: every tracker that may know us is told once. Nothing is repeated after that.
    void stop(time_point now);
    /// What the next announces say. `left` 0 means we are a seed.
    void set_totals(std::uint64_t uploaded, std::uint64_t downloaded, std::uint64_t left);
    /// Announce as early as the trackers allow.
    void need_peers(time_point now);
    /// The same for a person, who may know more than the pauses after failures do: these end 10 s after the
    /// failure. What trackers asked for themselves holds.
    void ask_again(time_point now);
    /// An unknown request number is ignored: it was given up.
    void answer(time_point now, std::uint64_t request, const result<http_reply>& reply);
    void answer(time_point now, std::uint64_t request, const result<bytes>& body);
    void answer(time_point now, std::uint64_t request, const unexpected<error>& why);
    /// The answer of a UDP tracker. `server` is where it was asked.
    void answer(time_point now, std::uint64_t request, result<announce_answer> answer,
                const std::optional<ip_address>& server = std::nullopt);
    void tick(time_point now);

    std::optional<output> poll();
    time_point next_deadline() const;

    std::vector<tracker_status> status() const;
    /// No answer is awaited; after stop(): every tracker has been told.
    bool is_idle() const { return requests_.empty(); }
    /// After stop(): the goodbye to one of them is still to come.
    bool is_parting() const;
    /// The answer to it still means something: after stop() that to `completed`, before which `stopped` does
    /// not leave.
    bool holds(std::uint64_t number) const { return requests_.contains(number); }
    /// Every round comes to an end, every announce waits for the answers it counts, no goodbye is forgotten.
    bool is_sound() const;

  private:
    struct family_state {
        std::optional<ip_family> family;
        int failures = 0;
        time_point rest_until = time_point::min();
    };
    struct tracker_entry {
        std::string text;
        bool listed = true;        // else it was, and is told goodbye at most
        std::optional<url> where;  // nothing: never asked
        std::vector<family_state> families;
        bool known = false;             // it answered our `started`
        bool known_incomplete = false;  // and we were no seed then
        bool told_completed = false;
        time_point not_before = time_point::min();
        time_point parting = never;  // until then the goodbye waits for `completed`
        std::string tracker_id;
        bool working = false;
        std::string said;  // the last trouble put out
        std::optional<std::uint64_t> seeders, leechers;
        std::size_t peers = 0;
        std::optional<time_point> asked, answered;
    };
    /// One announce to one tracker: a request per address family.
    struct attempt {
        std::size_t tracker;
        announce_event event;
        std::uint64_t left;
        std::uint64_t round;  // 0: outside of rounds
        std::size_t tier, position;
        std::size_t open = 0;  // requests not answered
        bool succeeded = false;
        std::string error = {};
    };
    struct request {
        std::uint64_t attempt;
        std::size_t family;
        time_point give_up;
    };

    std::size_t add_tracker(const std::string& text);
    time_point allowed_at() const;
    bool may_ask(const tracker_entry& one, time_point now) const;
    announce_event next_event(const tracker_entry& one) const;
    void begin_attempt(time_point now, attempt next);
    void begin_round(time_point now);
    bool try_tier(time_point now, std::size_t tier, std::size_t position);
    bool try_next_tier(time_point now);
    void end_round(time_point now, bool success, duration interval, duration min_interval);
    void settle(time_point now, std::uint64_t number, result<announce_answer> answer,
                const std::optional<ip_address>& server);
    bool is_good(time_point now, attempt& of, const result<announce_answer>& answer);
    void accept(time_point now, attempt& of, announce_answer& answer,
                const std::optional<ip_address>& server);
    void end_attempt(time_point now, const attempt& of);
    bool has_completed_to_tell(std::size_t tracker) const;
    void say_goodbye(time_point now, std::size_t tracker);
    void forget_attempts(std::size_t tracker);
    bool round_in_flight() const;
    time_point round_due() const;
    void say(tracker_entry& about, trouble::kind what, const std::string& text);

    client_config config_;
    rng random_;
    std::uint32_t key_;
    std::vector<tracker_entry> trackers_;
    std::vector<std::vector<std::size_t>> tiers_;  // indices into trackers_, in the order they are tried
    std::uint64_t uploaded_ = 0, downloaded_ = 0, left_ = 0;
    bool running_ = false;
    bool completed_ = false;
    bool wanted_ = false;  // peers are needed

    std::uint64_t round_ = 0;
    bool in_round_ = false;
    std::size_t next_tier_ = 0;
    time_point next_tier_at_ = never;
    time_point next_round_ = never;
    time_point earliest_round_ = never;  // if peers are needed
    time_point failed_at_{};             // the last round, if failed_rounds_ are not 0
    int failed_rounds_ = 0;

    std::uint64_t last_number_ = 0;
    std::map<std::uint64_t, attempt> attempts_;
    std::map<std::uint64_t, request> requests_;
    std::deque<output> outputs_;
};

}  // namespace bt::tracker
