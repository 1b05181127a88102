// Time left, from a rate smoothed over about 15 seconds.
#pragma once

#include <cstdint>
#include <string>

#include "base/time.hpp"

namespace bt::cli {

class pace {
  public:
    /// `now` on any steady clock.
    void update(duration now, std::uint64_t have, std::uint64_t size, std::uint64_t rate);
    /// "18s left"; "- left" in the first second, "∞ left" ("inf") after 10 s without data.
    std::string left(bool ascii) const;

  private:
    bool started_ = false;
    duration begun_{}, last_{}, flowing_{};
    double smooth_ = 0;
    std::uint64_t rest_ = 0;
};

}  // namespace bt::cli
