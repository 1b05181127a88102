#include "swarm/neighbour_credit.hpp"

#include <algorithm>
#include <cmath>

#include "base/assert.hpp"

namespace bt::swarm {

void neighbour_credit::tick(time_point now, const traffic& came) {
    BT_ASSERT(!ticked_ || now >= *ticked_);
    const auto passed = ticked_ ? seconds(now - *ticked_) : 0;
    ticked_ = now;
    others_most_ = std::max(static_cast<double>(came.others_rate),
                            others_most_ * std::exp2(-passed / seconds(half_life)));
    const auto worth = [&](std::uint64_t bytes) {
        return others_most_ > 0 ? static_cast<double>(bytes) / others_most_ : 0;
    };
    if (came.idle && good_) seconds_ -= std::max(0.0, std::min(passed, 1.0) - worth(came.others));
    seconds_ = std::min(seconds_ + worth(came.neighbours), most);
    BT_ASSERT(seconds_ <= most);
    good_ = seconds_ > (good_ ? 0 : good_again);
}

}  // namespace bt::swarm
