// What one peer is told of the others (BEP 11): which came and which left since it was told last. And what is
// believed of what it tells.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "base/endpoint.hpp"
#include "base/time.hpp"
#include "wire/peer_exchange.hpp"

namespace bt::swarm {

/// A peer we are connected with and could name: where it takes connections, and its flags.
struct exchange_entry {
    endpoint address;
    bool near = false;
    wire::exchange_flags flags;
};

/// Whether that address may be named to (or be believed from) a peer: loopback never leaves the machine,
/// private and link-local addresses and those of our own networks are for near peers only, an IPv6 link-local
/// one for those on the same link.
bool may_exchange(bool other_is_near, const endpoint& other, const endpoint& named, bool named_is_near);

class exchange_teller {
  public:
    /// The message that is due, with at most limits::exchange_peers added and as many dropped (the rest
    /// follows with the next one); nothing when it is not time (once a minute) or there is no news. `to`
    /// itself is left out.
    std::optional<wire::exchange_message> next(time_point now, const endpoint& to, bool to_is_near,
                                               std::span<const exchange_entry> connected);
    time_point next_deadline() const { return next_; }

  private:
    std::set<endpoint> told_;
    time_point next_{};
};

class exchange_listener {
  public:
    /// The addresses to try: those that the rules allow, at most limits::exchange_peers, none if it tells
    /// more often than every 30 s (four times ahead of that are forgiven: two messages may arrive together).
    std::vector<endpoint> heard(time_point now, const endpoint& from, bool from_is_near,
                                const wire::exchange_message& message,
                                const std::function<bool(const ip_address&)>& is_near);

  private:
    time_point allowed_{};
};

}  // namespace bt::swarm
