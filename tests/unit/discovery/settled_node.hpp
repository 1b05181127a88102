// A started node, and what it hears and meets.
#pragma once

#include "lan.hpp"

namespace bt::discovery::test {

inline const endpoint neighbour = at("192.168.1.9:40000");

/// A started node on one network, its start questions behind it.
inline hello settled(hello_config config = node_config('A')) {
    hello node(std::move(config), rng(1));
    node.set_interfaces(start, {ethernet("192.168.1.5", 24)});
    while (node.next_deadline() <= start + 5s) node.tick(node.next_deadline());
    drained{node};
    return node;
}

inline const time_point now = start + 6s;

inline drained<hello> hear(hello& node, byte_view datagram, const endpoint& from = neighbour,
                           time_point when = now, bool own_socket = false) {
    node.receive(when, from, 2, own_socket, datagram);
    return drained(node);
}

/// Hears the message, and that the node which sent it says yes when it is asked.
inline drained<hello> meet(hello& node, const hello_message& message, const endpoint& from = neighbour,
                           time_point when = now) {
    auto out = hear(node, datagram_of(message), from, when);
    node.tick(when);
    for (const auto& yes : confirmations(drained(node).sends, message)) {
        auto more = hear(node, yes, from, when, true);
        for (auto& each : more.seen) out.add(each);
        for (auto& each : more.gone) out.add(each);
        for (auto& each : more.peers) out.add(each);
        for (auto& each : more.trackers) out.add(each);
        for (auto& each : more.lost_trackers) out.add(each);
        for (auto& each : more.contacts) out.add(each);
    }
    return out;
}

}  // namespace bt::discovery::test
