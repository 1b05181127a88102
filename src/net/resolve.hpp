// Names to addresses.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/endpoint.hpp"
#include "base/result.hpp"
#include "net/loop.hpp"

namespace bt::net {

/// Looks names up without blocking the loop, at most 8 at a time. A lookup under way does not delay the end
/// of the program: its answer is dropped.
class resolver {
  public:
    using id = std::uint64_t;
    using callback = std::function<void(result<std::vector<endpoint>>)>;

    explicit resolver(loop& on);
    ~resolver();
    resolver(const resolver&) = delete;
    resolver& operator=(const resolver&) = delete;

    /// Every usable address of `host`, which may be a literal too, in the order the system prefers, each
    /// once. The answer always comes later, never inside the call. errc::network if there is none.
    id resolve(const std::string& host, std::uint16_t port, callback done);
    /// The same for a caller that has a port already, or needs none.
    id addresses(const std::string& host, std::function<void(result<std::vector<ip_address>>)> done);
    /// No callback follows.
    void cancel(id which);

  private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

}  // namespace bt::net
