#include "cli/display/pace.hpp"

#include <algorithm>
#include <cmath>

#include "cli/display/format.hpp"

namespace bt::cli {

void pace::update(duration now, std::uint64_t have, std::uint64_t size, std::uint64_t rate) {
    if (!started_) {
        started_ = true;
        begun_ = flowing_ = last_ = now;
        smooth_ = static_cast<double>(rate);
    }
    const double passed = seconds(now - last_);
    smooth_ += (static_cast<double>(rate) - smooth_) * (1 - std::exp(-passed / 15));
    if (smooth_ == 0) smooth_ = static_cast<double>(rate);
    if (rate > 0) flowing_ = now;
    last_ = now;
    rest_ = size - std::min(have, size);
}

std::string pace::left(bool ascii) const {
    if (last_ - begun_ < 1s) return "- left";
    if (last_ - flowing_ >= 10s) return ascii ? "inf left" : "∞ left";
    if (smooth_ < 1) return "- left";
    const double time = static_cast<double>(rest_) / smooth_;
    if (time > 1e9) return ascii ? "inf left" : "∞ left";
    return duration_text(duration(static_cast<duration::rep>(time * 1e6))) + " left";
}

}  // namespace bt::cli
