// How many requests of guests are answered: a page costs a node milliseconds, and whoever asks for pages
// without end must not keep it from its peers.
#pragma once

#include <cstddef>
#include <map>

#include "base/endpoint.hpp"
#include "base/time.hpp"

namespace bt::guest {

class request_budget {
  public:
    /// Takes one request of that host (an IPv6 /64 is one); false if it, or all together, asked too often.
    bool allow(time_point now, const ip_address& from);

  private:
    struct bucket {
        double left = 0;
        time_point last{};
        void fill(time_point now, double per_second, double burst);
    };
    bucket& of(time_point now, const ip_address& host);

    bucket all_;
    std::map<ip_address, bucket> each_;
};

}  // namespace bt::guest
