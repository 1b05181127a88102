// Which node stays in a full bucket: a pure function on a snapshot of it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/time.hpp"
#include "dht/address_rules.hpp"
#include "dht/contact.hpp"

namespace bt::dht {

inline constexpr std::size_t bucket_size = 8;          ///< BEP 5: K
inline constexpr duration questionable_after = 15min;  ///< BEP 5
inline constexpr unsigned failures_to_be_bad = 2;

/// 80 bytes: a simulation holds ten thousand tables of a hundred or two of these.
struct entry {
    /// Up to 71 minutes, as duration but half as long.
    using short_duration = std::chrono::duration<std::uint32_t, duration::period>;

    contact who;
    std::uint8_t failures = 0;    ///< queries in a row without an answer
    bool secure = false;          ///< its id fits its address (BEP 42); always true in the local realm
    bool waiting = false;         ///< asked, and neither an answer came nor was it blamed yet
    std::uint8_t mark = 0;        ///< of its address, so that the table tells most others at a glance
    short_duration round_trip{};  ///< smoothed
    time_point last_answer{};     ///< of theirs to a query of ours; zero: never
    time_point last_heard{};      ///< anything from them
    time_point asked{};           ///< our last query to see whether it is there; zero: never
};

enum class health : std::uint8_t { good, questionable, bad };
health health_of(const entry& one, time_point now);
inline bool is_bad(const entry& one) { return one.failures >= failures_to_be_bad; }

/// The earliest time to ask it again: after what a query takes, later where all are silent.
time_point again_at(const entry& one);
/// When an entry should be asked whether it is still there.
time_point due_at(const entry& one);

struct verdict {
    enum class what : std::uint8_t {
        add,      ///< there is room
        replace,  ///< in place of `victim`
        wait,     ///< as a replacement, until a place is free
        refuse,   ///< breaks diversity
    };
    what does = what::wait;
    std::size_t victim = 0;
};

/// `newcomer` has answered a query of ours and is not in the bucket. In the world: one node per subnet in a
/// bucket, where of two of a subnet the one that is there stays unless it is bad. Of a full bucket a bad
/// entry goes; else, in the world, an insecure one for a secure newcomer; else none.
verdict place(std::span<const entry> bucket, const entry& newcomer, realm where);

}  // namespace bt::dht
