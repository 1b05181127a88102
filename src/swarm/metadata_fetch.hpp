// The info dictionary of a magnet link, put together from several peers (BEP 9). The caller hashes it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"

namespace bt::swarm {

class metadata_fetch {
  public:
    /// One request at a time is what every client answers: rTorrent 0.9.8 answers the first of two that come
    /// together and reads nothing more. A node of our own kind takes some.
    static constexpr std::size_t one_at_a_time = 1, several_at_a_time = 4;

    /// A peer told its size of the metadata. The first size is taken up; peers of another size have their
    /// turn when those of the first are silent, refuse, leave or lie.
    void offered(connection_id from, std::uint32_t total_bytes, std::size_t at_a_time);
    void left(connection_id from);

    struct ask {
        connection_id from;
        std::uint32_t piece;
    };
    /// The next request to send; call until there is none.
    std::optional<ask> next(time_point now);
    void refused(time_point now, connection_id from, std::uint32_t piece);
    /// True when this was the last missing piece: take() it and hash it.
    bool arrived(connection_id from, std::uint32_t piece, std::uint32_t total_bytes, byte_view data);

    bytes take();
    /// The hash was wrong: begins again. Gives who had a part in it; a single one is the liar and is not
    /// asked again. After several had a part one peer at a time is asked, until the hash is right.
    std::vector<connection_id> spoiled();
    time_point next_deadline() const;
    /// The only source, when it owes an answer for too long, said once: on a new connection it may give it.
    std::vector<connection_id> stuck(time_point now);

  private:
    static constexpr duration patience = 3s;
    /// Twice as long after each, or a slow line would begin its answer again and again.
    static constexpr duration first_stuck_time = 5s, longest_stuck_time = 80s;
    struct part {
        bytes data;
        bool arrived = false;
        bool waiting = false;                // on its way from `asked`
        std::optional<connection_id> asked;  // the last one
        time_point asked_at{};
        connection_id from{};
    };
    struct source {
        std::uint32_t total_bytes;
        std::size_t at_a_time;
        std::size_t waiting = 0;
        int silences = 0;                           // in a row
        std::optional<time_point> owes_since = {};  // the oldest request that it has not answered
        time_point not_before{};
        std::uint64_t turn = 0;  // its last one
    };
    using source_map = std::map<connection_id, source>;

    bool is_whole() const { return total_ != 0 && missing_ == 0; }
    bool has_turn(const source_map::value_type& each) const {
        return each.second.total_bytes == total_ && (!alone_ || *alone_ == each.first);
    }
    void begin(std::uint32_t total_bytes);
    void expire(time_point now);
    void take_turns(time_point now);
    void stop_waiting(part& p);

    source_map sources_;
    std::uint32_t total_ = 0;
    std::vector<part> parts_;
    std::size_t missing_ = 0;
    bool suspicious_ = false;             // several gave parts of a wrong whole
    std::optional<connection_id> alone_;  // then only this one is asked
    std::uint64_t turns_ = 0;
    duration stuck_time_ = first_stuck_time;
};

}  // namespace bt::swarm
