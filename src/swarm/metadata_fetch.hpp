// The info dictionary of a magnet link, put together from several peers (BEP 9). The caller hashes it.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"

namespace bt::swarm {

/// Peers lie in three ways, and none of them may hold up the honest one:
/// - a peer that gives nothing for `quiet_time` has its parts asked of one more, then of two more, four more
/// ...;
/// - each size that is told is an assembly of its own, all of them fetched beside each other;
/// - after a wrong hash each peer that gave a part of it fills an assembly of its own, alone.
class metadata_fetch {
  public:
    /// One request at a time is what every client answers: rTorrent 0.9.8 answers the first of two that come
    /// together and reads nothing more. A node of our own kind takes some.
    static constexpr std::size_t one_at_a_time = 1, several_at_a_time = 4;

    /// A peer told its size of the metadata.
    void offered(connection_id from, const ip_address& host, std::uint32_t total_bytes,
                 std::size_t at_a_time);
    void left(connection_id from);

    struct ask {
        connection_id from;
        std::uint32_t piece;
    };
    /// The next request to send; call until there is none.
    std::optional<ask> next(time_point now);
    void refused(time_point now, connection_id from, std::uint32_t piece);
    void arrived(time_point now, connection_id from, std::uint32_t piece, std::uint32_t total_bytes,
                 byte_view data);

    /// What is complete and not hashed yet. Nothing more is asked until spoiled().
    std::optional<bytes> take_whole();
    /// The hash of what take_whole() gave was wrong. Gives the peers that had a part in it; a single one is
    /// the liar and is not asked again.
    std::vector<connection_id> spoiled();
    time_point next_deadline() const;
    /// The sources that owe an answer for too long and may give it on a new connection, each told once: the
    /// only source, or one that has given before.
    std::vector<connection_id> stuck(time_point now);

  private:
    static constexpr duration quiet_time = 500ms, patience = 3s;
    /// Suspects are asked one beside the other, one more after each quiet_time.
    static constexpr std::size_t suspects_at_first = 2;
    /// Twice as long after each, or a slow line would begin its answer again and again.
    static constexpr duration first_stuck_time = 5s, longest_stuck_time = 80s;

    /// Of one size, by every peer of that size; or by `alone`.
    struct assembly_key {
        std::uint32_t total_bytes;
        std::optional<connection_id> alone;
        auto operator<=>(const assembly_key&) const = default;
    };
    struct part {
        bytes data;
        bool arrived = false;
        connection_id from{};
        std::vector<connection_id> asked;  // that may still answer in time
        std::size_t most_asked;            // at a time; doubles when all of them are quiet
    };
    struct assembly {
        std::vector<part> parts;  // up to the last that has been asked for: memory comes with data
        std::uint32_t first_missing = 0;
        std::size_t held_bytes = 0;
    };
    struct source {
        assembly_key key;
        ip_address host;
        std::size_t at_a_time;
        std::vector<std::uint32_t> waiting = {};     // parts it is asked for
        std::vector<std::uint32_t> late = {};        // and those that have been given up; still welcome
        std::optional<time_point> waits_since = {};  // it has sent nothing since, with requests under way
        std::optional<time_point> owes_since = {};   // the same, with requests that have been given up
        bool has_given = false;
        int silences = 0;            // in a row
        time_point not_before = {};  // it refused or kept silent
    };
    using source_map = std::map<connection_id, source>;

    bool is_quiet(const source& from, time_point now) const {
        return from.waits_since && now - *from.waits_since >= quiet_time;
    }
    bool may_be_stuck(const source& from) const {
        return from.owes_since && (sources_.size() == 1 || from.has_given);
    }
    void drop(assembly_key key);
    void bound_memory();
    void expire(time_point now);
    std::optional<std::uint32_t> first_wanted(connection_id by, const source& from, time_point now);
    bool is_wanted(part& p, time_point now) const;
    std::size_t most_asked_at_first() const { return std::size_t{1} << std::min(wrong_hashes_, 4); }
    bool may_begin_alone(time_point now) const;
    bool stop_waiting(source_map::iterator from, std::uint32_t piece);
    void answered(time_point now, source& from);

    source_map sources_;
    std::map<assembly_key, assembly> assemblies_;
    std::optional<assembly_key> taken_;
    int wrong_hashes_ = 0;
    std::optional<time_point> suspicious_since_;  // several gave parts of a wrong whole
    duration stuck_time_ = first_stuck_time;
    time_point last_{};  // the last call of next()
};

}  // namespace bt::swarm
