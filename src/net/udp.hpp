// UDP with the say over interfaces that LAN discovery needs: each datagram may name the interface it leaves
// by, and each one received tells the interface it came in by (IP_PKTINFO, RFC 3542).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/result.hpp"
#include "net/loop.hpp"

namespace bt::net {

struct udp_options {
    bool reuse_address = false;  ///< several sockets on one port, each hears every broadcast and multicast
    bool broadcast = false;      ///< may send to broadcast addresses
    int multicast_hops = 1;      ///< 1 stays on the link
    /// What waits in the kernel, each way; 0 leaves the system's own. The system may allow less.
    int kernel_bytes = 0;
};

struct datagram {
    endpoint source;              ///< with zone, if link-local
    ip_address destination;       ///< what it was sent to: tells unicast from broadcast and multicast
    std::uint32_t interface = 0;  ///< index it arrived by
    byte_view content;            ///< lasts as long as the callback
};

/// Longer ones are not received: the protocols here stay within an Ethernet frame.
inline constexpr std::size_t datagram_bytes_max = 8'128;

class udp_socket {
  public:
    explicit udp_socket(loop& on);
    ~udp_socket();
    udp_socket(const udp_socket&) = delete;
    udp_socket& operator=(const udp_socket&) = delete;

    /// Port 0: the kernel chooses. A v6 socket is v6 only. Multicast sent is looped back to this host.
    /// Returns the port; errc::network names address, port and cause.
    result<std::uint16_t> bind(const endpoint& at, const udp_options& options,
                               std::function<void(const datagram&)> received);
    bool is_open() const;
    void close();

    /// A group joined already is no error.
    result<void> join(const ip_address& group, std::uint32_t interface);
    result<void> leave(const ip_address& group, std::uint32_t interface);

    /// Never blocks. `interface` 0 lets the routing table choose, or the zone of the address; `from` sets the
    /// source address. A datagram the kernel does not take now is lost, and that is an error like any other;
    /// is_full() tells it from those that say that no host can be reached there.
    result<void> send(const endpoint& to, byte_view content, std::uint32_t interface = 0,
                      const std::optional<ip_address>& from = std::nullopt);

    /// Only inside `received`: answers `to` from the address it was sent to. Answers leave together, after
    /// the last datagram at hand; one the kernel does not take is lost.
    void reply(const datagram& to, byte_view content);

  private:
    struct impl;
    impl* impl_;
};

/// Whether send() failed because too much is on its way already: the next one may be taken.
bool is_full(const error& why);

}  // namespace bt::net
