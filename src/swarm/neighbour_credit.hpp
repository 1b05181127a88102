// For how long neighbours may delay us. What they say (claims, pieces that they have) costs them nothing, so
// it may not cost us much. Time in which a peer could be asked for more, and is not because of them, is paid
// from a credit: a little to begin with, and what they have saved us by the bytes that they brought. Without
// credit nothing is left to them. So whatever they claim, at which moment, under how many names: they delay
// us by less than two seconds, or by less than they have saved us.
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.hpp"

namespace bt::swarm {

class neighbour_credit {
  public:
    /// What came since the last call.
    struct traffic {
        std::uint64_t neighbours = 0,
                      others = 0;       ///< bytes of those that pass on, and of those that are spared
        std::uint64_t others_rate = 0;  ///< bytes per second of late
        bool idle = false;              ///< one of the others would give more than it is asked for
    };
    void tick(time_point now, const traffic& came);
    /// There is some, or enough again since it was used up.
    bool is_good() const { return good_; }

  private:
    double seconds_ = first;
    double others_most_ = 0;  // bytes per second
    bool good_ = true;
    std::optional<time_point> ticked_;

    // The rest of the two seconds is the time between two ticks, and until what is asked for then has come.
    static constexpr double first = 1.25, most = 30, good_again = 1;
    // What the others could bring is known from when they were last asked for much.
    static constexpr duration half_life = 10s;
};

}  // namespace bt::swarm
