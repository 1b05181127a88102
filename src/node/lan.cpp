// What the node tells the LAN, and what it makes of what it hears there. Private torrents never come here
// (BEP 27).
#include <algorithm>
#include <variant>

#include "base/assert.hpp"
#include "base/overloaded.hpp"
#include "base/version.hpp"
#include "node/entry.hpp"

namespace bt::node {
namespace {

/// Links we share with others. What a tunnel or a point-to-point line leads to is behind an uplink, and what
/// this machine says to itself is near anyway.
std::vector<own_network> near_networks(const std::vector<discovery::interface_address>& interfaces) {
    std::vector<own_network> networks;
    for (const auto& one : interfaces)
        if (!one.loopback && one.broadcast_capable && one.prefix_bits > 0)
            networks.push_back({one.address, one.prefix_bits});
    return networks;
}

std::string cookie_from(rng& random) {
    bytes raw(4);
    random.fill(raw);
    std::string cookie;
    for (auto byte : raw) cookie += {"0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15]};
    return cookie;
}

}  // namespace

void core::set_interfaces(time_point now, const std::vector<discovery::interface_address>& interfaces) {
    const bool same =
        std::is_permutation(interfaces.begin(), interfaces.end(), interfaces_.begin(), interfaces_.end());
    interfaces_ = interfaces;
    vicinity_.set_networks(near_networks(interfaces));
    std::vector<ip_address> own;
    for (const auto& one : interfaces) own.push_back(one.address);
    vicinity_.machines().set_own(std::move(own));
    for (auto& [id, e] : torrents_) {
        if (same || !e->is_active()) continue;
        e->swarm.look_again(now);
        collect(now, *e);
    }
    if (hello_) hello_->set_interfaces(now, interfaces);
    if (lsd_) lsd_->set_interfaces(now, interfaces);
    collect_lan(now);
    tell_networks(now);
}

void core::lan_received(time_point now, lan_socket on, const endpoint& from, std::uint32_t interface,
                        bool own_socket, byte_view datagram) {
    if (on == lan_socket::hello && hello_) hello_->receive(now, from, interface, own_socket, datagram);
    if (on == lan_socket::lsd && lsd_) lsd_->receive(now, from, interface, datagram);
    collect_lan(now);
}

void core::open_lan() {
    discovery::hello_config hello;
    hello.self = config_.instance;
    hello.network = config_.network;
    hello.host_name = config_.host_name;
    hello.client = client_string;
    hello.peer_port = config_.port;
    if (in_dht_) hello.dht_port = config_.dht_port;
    hello.lan_port = config_.lan_port;
    hello.http_tracker_port = config_.http_tracker_port;
    hello.udp_tracker_port = config_.udp_tracker_port;
    hello.page_port = config_.page_port;
    hello_.emplace(std::move(hello), random_.child());
    lsd_.emplace(discovery::lsd_config{cookie_from(random_), config_.port}, random_.child());
}

void core::set_lan(time_point now, bool on) {
    if (!config_.lan || on == hello_.has_value()) return;
    if (on) {
        open_lan();
        hello_->set_interfaces(now, interfaces_);
        lsd_->set_interfaces(now, interfaces_);
    }
    for (auto& [id, e] : torrents_) {
        if (!on && e->on_lan && e->announces) say_goodbye_on_lan(now, *e);
        if (!on) leave_lan(*e);
        if (on && e->is_active()) look_on_lan(now, *e);
    }
    if (!on) hello_->stop(now);
    collect_lan(now);
    if (on) return;
    hello_.reset();
    lsd_.reset();
    lan_trackers_.clear();
    fresh_places_.clear();
    register_at_ = refresh_at_ = never;
}

void core::look_on_lan(time_point now, entry& e) {
    if (!hello_ || e.on_lan || e.is_private()) return;
    BT_ASSERT(e.is_active());
    e.on_lan = true;
    hello_->add_served(e.hash);
    lsd_->announce(now, e.hash);
    if (!e.is_complete()) hello_->want(now, e.hash);
    if (e.listed) hello_->set_share_count(++shares_);
    collect_lan(now);
}

void core::leave_lan(entry& e) {
    if (!e.on_lan) return;
    e.on_lan = false;
    if (e.is_active()) leave_lan_tracker(e, std::nullopt);
    hello_->remove_served(e.hash);
    hello_->unwant(e.hash);
    lsd_->withdraw(e.hash);
    BT_ASSERT(!e.listed || shares_ > 0);
    if (e.listed) hello_->set_share_count(--shares_);
}

void core::update_lan(time_point now, entry& e) {
    if (!e.on_lan) return;
    if (e.is_complete()) return hello_->unwant(e.hash);
    hello_->want(now, e.hash);
    hello_->satisfied(e.hash, !e.needy);
}

void core::collect_lan(time_point now) {
    const auto found = [&](const discovery::peer_found& peer) {
        auto* e = find(peer.torrent);
        if (e == nullptr || !e->on_lan || !e->is_active()) return;
        // what BEP 14 says may have been confirmed by hello
        const bool confirmed = peer.confirmed || hello_->online().at(peer.peer) != nullptr;
        e->swarm.add_peer(now, peer.peer,
                          confirmed ? swarm::peer_source::lan : swarm::peer_source::lan_hearsay);
        collect(now, *e);
    };
    while (auto what = hello_ ? hello_->poll() : std::nullopt)
        std::visit(overloaded{[&](discovery::send& o) {
                                  put(out::lan_send{lan_socket::hello, std::move(o)});
                              },
                              [&](discovery::peer_found& o) { found(o); },
                              [&](discovery::tracker_found& o) { lan_tracker_found(now, o); },
                              [&](discovery::tracker_gone& o) { lan_tracker_gone(now, o); },
                              [&](discovery::node_seen& o) {
                                  vicinity_.machines().met(o.node.instance, o.node.address);
                              },
                              // neighbours are asked for as a whole
                              [](discovery::node_gone&) {},
                              [&](discovery::dht_contact& o) {
                                  if (dht_) dht_->add_contact(now, o.node);
                              }},
                   *what);
    while (auto what = lsd_ ? lsd_->poll() : std::nullopt)
        std::visit(overloaded{[&](discovery::send& o) {
                                  put(out::lan_send{lan_socket::lsd, std::move(o)});
                              },
                              [&](discovery::peer_found& o) { found(o); }},
                   *what);
    collect_dht(now);
}

}  // namespace bt::node
