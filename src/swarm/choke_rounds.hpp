// Which peers have a slot: the rounds in which all peers are compared, and what fills free slots between
// them. What such a round decides stands in choker.hpp, how many slots there are in upload_slots.hpp. Private
// to this room.
#pragma once

#include <cstddef>
#include <vector>

#include "base/rng.hpp"
#include "base/time.hpp"
#include "swarm/choker.hpp"
#include "swarm/download.hpp"
#include "swarm/known_hosts.hpp"
#include "swarm/links.hpp"
#include "swarm/settings.hpp"
#include "swarm/upload.hpp"
#include "swarm/upload_slots.hpp"

namespace bt::swarm {

class choke_rounds {
  public:
    choke_rounds(const swarm_settings& settings, links& open, const download& ours, const upload& given,
                 rng& random);

    /// A slot may have become free, or be of no use any more.
    void fill_soon() { fill_soon_ = true; }
    /// `in_all`: for how long the peer did not read what there was for it.
    void note_held_back(time_point now, link& l, duration in_all);
    /// Fills free slots, if that was asked for; no peer loses one.
    void fill(time_point now);
    /// Compares all. `rotate`: other peers become the optimistic ones.
    void full(time_point now, bool rotate);

    /// A seed's slot, while its line carries nothing: the peer asks for nothing, or does not read what it
    /// asked for.
    bool makes_no_use_of_slot(time_point now, const link& l) const;
    bool is_sound() const;

  private:
    /// Of the slots for near or for far peers.
    struct slot_use {
        std::size_t used = 0, waiting = 0;
        std::size_t idle = 0;  ///< of those used: what they asked for is sent
    };

    slot_use use_of_slots(const std::vector<choke_candidate>& candidates, bool near) const;
    std::vector<choke_candidate> candidates(time_point now) const;
    choke_candidate candidate(time_point now, connection_id id, const link& l) const;
    void run(time_point now, bool full, bool rotate);
    void carry_out(time_point now, const choke_decision& decision);

    links& links_;
    const download& download_;
    const upload& upload_;
    rng& random_;

    upload_slots near_slots_, far_slots_;
    known_hosts served_;       // had a slot
    known_hosts read_slowly_;  // a peer there did in its last slot
    bool fill_soon_ = false;
};

}  // namespace bt::swarm
