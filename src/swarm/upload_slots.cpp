#include "swarm/upload_slots.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace bt::swarm {

upload_slots::upload_slots(std::size_t least, std::size_t first, std::size_t most)
    : least_(least), most_(most), slots_(first), before_(first) {
    BT_ASSERT(least <= first && first <= most);
}

/// A slot's part of the rate is the measure: more slots must bring half of that each, fewer may cost a
/// quarter. What lies between is no reason to move, or measuring errors would.
bool upload_slots::has_paid(std::uint64_t rate) const {
    const auto was = static_cast<double>(rate_before_), is = static_cast<double>(rate);
    const double part = was / static_cast<double>(std::max<std::size_t>(before_, 1));
    if (slots_ > before_) return is > was && is - was >= part * static_cast<double>(slots_ - before_) / 2;
    return was - is <= part * static_cast<double>(before_ - slots_) / 4;
}

void upload_slots::settle(std::uint64_t rate, bool paid) {
    trying_ = false;
    if (paid) {
        step_ *= 2;
        next_rest_ = first_rest;
    } else {
        slots_ = before_;
        more_ = !more_;
        step_ = 1;
        rest_ = next_rest_;
        next_rest_ = std::min(2 * next_rest_, longest_rest);
    }
    settled_rate_ = paid ? rate : rate_before_;
}

void upload_slots::try_step(std::uint64_t rate, std::size_t waiting) {
    if (more_ ? slots_ == most_ : slots_ == least_) {
        more_ = !more_;
        step_ = 1;
        rest_ = next_rest_;
        next_rest_ = std::min(2 * next_rest_, longest_rest);
        return;
    }
    before_ = slots_;
    rate_before_ = rate;
    // no step is so large that a wrong one costs more than half
    const auto step = std::clamp<std::size_t>(step_, 1, std::max<std::size_t>(slots_ / 2, 1));
    slots_ = more_ ? std::min(slots_ + std::min(step, waiting), most_)
                   : std::max(slots_ - std::min(step, slots_), least_);
    BT_ASSERT(least_ <= slots_ && slots_ <= most_);
    trying_ = true;
}

void upload_slots::round(std::uint64_t rate, std::size_t used, std::size_t waiting, bool limited) {
    if (limited || used < slots_) {  // the rate says nothing of the slots
        if (trying_) slots_ = before_;
        trying_ = false;
        return;
    }
    if (trying_) settle(rate, has_paid(rate));
    if (waiting == 0) return;
    const auto moved = rate > settled_rate_ ? rate - settled_rate_ : settled_rate_ - rate;
    if (rest_ > 0 && moved > settled_rate_ / 4 && settled_rate_ > 0) {
        // another link than the one we settled on
        rest_ = 0;
        next_rest_ = first_rest;
        more_ = rate > settled_rate_;
        settled_rate_ = rate;
    }
    if (rest_ > 0) {
        --rest_;
        return;
    }
    try_step(rate, waiting);
}

}  // namespace bt::swarm
