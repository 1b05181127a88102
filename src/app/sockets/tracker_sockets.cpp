#include "app/sockets/tracker_sockets.hpp"

#include <utility>

namespace bt::app {

tracker_sockets::tracker_sockets(net::loop& on, bool v4, bool v6, std::optional<ip_address> bind,
                                 received_fn received)
    : v4_(on),
      v6_(on),
      use_v4_(v4 && (!bind || bind->is_v4())),
      use_v6_(v6 && (!bind || bind->is_v6())),
      bind_(bind),
      received_(std::move(received)) {}

result<void> tracker_sockets::send(const endpoint& to, byte_view datagram) {
    const bool v4 = to.address.is_v4();
    if (!(v4 ? use_v4_ : use_v6_))
        return fail(errc::network, std::string("IPv") + (v4 ? "4" : "6") + " is not used here");
    auto& socket = v4 ? v4_ : v6_;
    // on first use: most nodes never ask a UDP tracker
    if (!socket.is_open()) {
        const auto any = v4 ? ip_address{} : *ip_address::parse("::");
        const auto bound = socket.bind({bind_.value_or(any), 0}, {}, [this](const net::datagram& what) {
            received_(what.source, what.content);
        });
        if (!bound) return unexpected<error>(bound.error());
    }
    return socket.send(to, datagram);
}

}  // namespace bt::app
