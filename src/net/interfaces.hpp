// The network interfaces of this machine and news of their change.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/endpoint.hpp"
#include "base/result.hpp"
#include "net/loop.hpp"

namespace bt::net {

/// One address of one interface; an interface with three addresses is three entries.
struct interface_entry {
    std::string name;
    std::uint32_t index = 0;
    ip_address address;  ///< with zone, if link-local
    unsigned prefix_bits = 0;
    std::optional<ip_address> broadcast;  ///< v4 only; none on links that have no broadcast
    bool up = false;
    bool running = false;  ///< carrier is there
    bool multicast = false;
    bool can_broadcast = false;
    bool loopback = false;
    bool point_to_point = false;
    std::optional<ip_address> peer;  ///< v4: the other end of a point-to-point link

    friend bool operator==(const interface_entry&, const interface_entry&) = default;
};

/// Addresses of all interfaces that are up and running, loopback included.
result<std::vector<interface_entry>> running_interfaces();
/// Every address of this machine, also of an interface whose cable is out.
std::vector<ip_address> own_addresses();

/// The last address of a v4 prefix; none for prefixes that have no room for one (RFC 3021).
std::optional<ip_address> directed_broadcast(const ip_address& address, unsigned prefix_bits);

/// Calls back about 100 ms after links or addresses changed or a default route came; a burst of changes is
/// one call.
class interface_watcher {
  public:
    interface_watcher(loop& on, std::function<void()> changed);
    ~interface_watcher();
    interface_watcher(const interface_watcher&) = delete;
    interface_watcher& operator=(const interface_watcher&) = delete;
    /// False where the kernel gives no such news: then only polling tells.
    bool works() const;

  private:
    struct impl;
    impl* impl_;
};

}  // namespace bt::net
