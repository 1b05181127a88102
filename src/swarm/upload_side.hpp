// What we give to one peer: its slot, what is on the way to it, what it took. Private to this room.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/limits.hpp"
#include "base/time.hpp"
#include "swarm/given_pieces.hpp"
#include "swarm/rate.hpp"

namespace bt::swarm {

struct upload_side {
    explicit upload_side(time_point now) : choke_changed(now), last_block(now) {}

    void gave(time_point now, std::size_t bytes) {
        meter.add(now, bytes);
        taken += bytes;
        last_block = now;
    }
    /// Its socket took so much.
    void sent(time_point now, std::size_t bytes) {
        unsent -= std::min(unsent, bytes);
        drained.add(now, bytes);
        last_taken = now;
    }
    /// `in_all`: for how long it did not read what there was for it. True: that says something new.
    bool held_back(time_point now, duration in_all) {
        if (!look) look = {now, in_all};
        if (now - look->at < look_time) return false;
        const bool slowly = (in_all - look->held_back) * 4 > (now - look->at) * 3;
        look = {now, in_all};
        return std::exchange(reads_slowly, slowly) != slowly;
    }
    /// Or it is not known yet, and will be.
    bool may_read_slowly() const { return is_told && reads_slowly.value_or(true); }
    /// Read for it, or waiting for its socket.
    std::size_t ahead() const { return reading + unsent; }

    /// Most of what it takes it had already. Pieces that came wrong are not many: what is more waits until no
    /// other peer does.
    bool asks_again() const { return repeated > repeats_of_any && repeated > meter.total() / 2; }
    static constexpr std::uint64_t repeats_of_any = 4 * limits::MiB;

    bool optimistic = false;
    time_point choke_changed;
    time_point last_block;    // was read for it
    time_point last_taken{};  // its socket took some of what we send
    rate_meter meter{};       // was read for it
    rate_meter drained{};     // its socket took
    std::size_t unsent = 0, reading = 0;
    std::uint64_t taken = 0;              // since it was unchoked last
    std::uint64_t taken_for_nothing = 0;  // in all, while it had what we want and did not give it
    std::uint32_t rare_given = 0,
                  rare_spread = 0;  // pieces that only we had, and of them those that others have by now

    /// Of its slot, up to the last look.
    static constexpr duration look_time = 500ms;
    struct held_back_look {
        time_point at;
        duration held_back;
    };
    bool is_told = false;  // for how long it did not read: the kernel knows
    std::optional<held_back_look> look{};
    std::optional<bool> reads_slowly{};  // for most of the time it is it that does not read, and not the line

    given_pieces given{};
    std::optional<piece_index> withheld{};  // not told of yet: see proofs
    std::uint64_t repeated = 0;             // bytes of pieces it had whole that it asked for again
};

}  // namespace bt::swarm
