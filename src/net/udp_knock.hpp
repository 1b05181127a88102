// Whether anything is at a UDP port: a host that is up says so when nothing is (ICMP), if no firewall keeps
// it from it.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"

namespace bt::net {

class udp_knock {
  public:
    explicit udp_knock(const endpoint& at);
    ~udp_knock();
    udp_knock(const udp_knock&) = delete;
    udp_knock& operator=(const udp_knock&) = delete;

    /// Never blocks; a datagram that does not leave is lost.
    void send(byte_view content);
    /// The host has said that nothing is there. Asked again it still says so.
    bool refused();

  private:
    void look(int error);

    int descriptor_ = -1;
    bool refused_ = false;
};

}  // namespace bt::net
