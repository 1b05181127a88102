// Asks UDP trackers (BEP 15), as a core: one for the whole node, shared by its torrents. Questions, datagrams
// and time go in as calls; datagrams to send and answers are pulled with poll(). After every call drain
// poll(), then ask next_deadline() when to tick().
//
// A tracker hands out a connection id first, to see that our address is not made up; it is kept for a minute
// and serves all questions to that tracker. A question that gets no answer is sent again with a fresh id: the
// tracker may have been started anew and not know the old one.
//
// Only what comes from the endpoint that was asked, with the transaction id of the question, is an answer.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/result.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "tracker/client/http_announce.hpp"
#include "tracker/client/scrape.hpp"
#include "tracker/client/udp_messages.hpp"

namespace bt::tracker {

class udp_client {
  public:
    struct send {
        endpoint to;
        bytes datagram;
    };
    struct announced {
        std::uint64_t request;
        endpoint from;
        result<announce_answer> answer;
    };
    struct scraped {
        std::uint64_t request;
        result<std::vector<scrape_counts>> answer;
    };
    using output = std::variant<send, announced, scraped>;

    /// Transaction ids come from `random`: seed it with entropy, an answer is as hard to forge as they are to
    /// guess.
    explicit udp_client(rng random) : random_(random) {}

    /// Each is answered once, after limits::tracker_time at the latest, with the caller's number. `to` must
    /// satisfy url::allowed_at(). `url_data` is path and query of the tracker's URL (BEP 41).
    void announce(time_point now, std::uint64_t request, const endpoint& to, announce_request what,
                  std::string url_data);
    /// At most limits::tracker_scrapes torrents; more are not asked for.
    void scrape(time_point now, std::uint64_t request, const endpoint& to, std::vector<info_hash> torrents);
    /// No answer is wanted any more.
    void forget(std::uint64_t request);
    /// The system does not take datagrams for this address: no need to wait.
    void unreachable(const endpoint& to, const error& why);
    void receive(time_point now, const endpoint& from, byte_view datagram);
    void tick(time_point now);

    std::optional<output> poll();
    time_point next_deadline() const;
    /// Every question has left us at least once.
    bool all_sent() const;
    /// Each question and each connect has its deadline; what is waited for is asked for.
    bool is_sound() const;

  private:
    /// What we know of one tracker address.
    struct tracker {
        std::optional<std::uint64_t> connection;
        time_point connected_at{};
        std::uint64_t serial = 0;  // which of the connections it is
        std::optional<std::uint32_t> connecting;
        int tries = 0;            // to connect
        time_point due = never;   // of the next one
        std::size_t waiting = 0;  // questions
    };
    /// One question under way.
    struct question {
        std::uint64_t request;
        endpoint to;
        std::optional<announce_request> ask;  // else it is a scrape
        std::string url_data;
        std::vector<info_hash> torrents;
        time_point asked_at, give_up, due = never;
        bool waiting = false;  // for a connection id
        bool doubted = false;  // asked again after an error that an old connection id may have caused
        int tries = 0;
        std::uint64_t serial = 0;  // the connection it was asked with last
    };

    void begin(time_point now, question fresh);
    void proceed(time_point now, std::uint32_t transaction);
    void connect(time_point now, const endpoint& to);
    void send_connect(time_point now, const endpoint& to);
    void send_question(time_point now, std::uint32_t transaction, tracker& by);
    void end_connect(tracker& to);
    void on_connect_reply(time_point now, const endpoint& from, const udp::reply& what);
    void on_reply(time_point now, std::uint32_t transaction, const udp::reply& what);
    void on_error(time_point now, std::uint32_t transaction, const std::string& message);
    void finish(std::uint32_t transaction, const error& why);
    void take_out(std::uint32_t transaction);
    void schedule(std::uint32_t transaction, time_point& due, time_point when);
    std::uint32_t fresh_transaction();
    tracker& tracker_at(time_point now, const endpoint& to);
    std::vector<std::uint32_t> waiting_for(const endpoint& to) const;

    rng random_;
    std::map<endpoint, tracker> trackers_;
    std::map<std::uint32_t, question> questions_;  // by transaction id
    std::map<std::uint32_t, endpoint> connects_;   // the same, of connects
    std::set<std::pair<time_point, std::uint32_t>> due_;
    std::uint64_t last_serial_ = 0;
    std::deque<output> outputs_;
};

}  // namespace bt::tracker
