// The session's sockets: which listen, which are connected, what is on its way out.
#include <algorithm>
#include <utility>

#include "app/session/running_session.hpp"
#include "app/sockets/listen_addresses.hpp"
#include "base/limits.hpp"
#include "net/interfaces.hpp"

namespace bt::app {
namespace {

/// More than that is not a goodbye: a peer that has not read it so far will not.
constexpr std::size_t most_unsent_at_the_end = 1 * limits::MiB;

}  // namespace

result<void> running_session::listen() {
    if (options_.port != 0) return listen_on(options_.port);
    // the port the system chose for one family may be taken in the other
    for (int attempt = 0; attempt < 8; ++attempt)
        if (auto listening = listen_on(0); listening || attempt == 7) return listening;
    return {};
}

result<void> running_session::listen_on(std::uint16_t port) {
    const auto addresses = listen_addresses(options_.ipv4, options_.ipv6, options_.bind);
    if (!addresses) return unexpected<error>(addresses.error());
    const auto got = listen_at(*addresses, port, [this](const endpoint& at) {
        return (at.address.is_v4() ? listener_v4_ : listener_v6_)
            .listen(at, [this](std::unique_ptr<net::tcp_connection> c) { accepted(std::move(c)); });
    });
    if (!got) {
        listener_v4_.close();
        listener_v6_.close();
        return unexpected<error>(got.error());
    }
    port_ = *got;
    return {};
}

/// Files and peers have what downloads leave.
void running_session::use_descriptors() {
    const auto count = core_->downloads();
    disk_->files()->set_capacity(descriptors_.files(count));
    most_connections_ = descriptors_.peers(count);
    // the rest is for those that have not named their torrent yet, and those that are on their way out
    network().set_most_connections(loop_.now(), std::min(wished_connections_, most_connections_ * 3 / 4));
}

void running_session::set_discovery(bool lan, bool dht) {
    network().set_lan(loop_.now(), lan);
    network().set_dht(loop_.now(), dht);
    if (page_) page_->show_to_network(lan);
    pump();
}

void running_session::set_most_connections(std::size_t most) {
    wished_connections_ = std::clamp<std::size_t>(most, 1, limits::all_connections);
    use_descriptors();
    pump();
}

bool running_session::has_descriptor_for_peer() {
    if (connections_.size() + closing_.size() < most_connections_) return true;
    if (!std::exchange(told_most_peers_, true))
        warn({std::to_string(most_connections_) +
              " peers at a time are as many as the limit of open files allows (ulimit -n)"});
    return false;
}

void running_session::accepted(std::unique_ptr<net::tcp_connection> connection) {
    if (!has_descriptor_for_peer()) return;  // closes it
    const auto id = network().accepted(loop_.now(), connection->remote());
    auto& kept = *(connections_[id] = std::move(connection));
    watch(id, kept);
    pump();
}

void running_session::watch(connection_id id, net::tcp_connection& connection) {
    connection.on_sent([this, id, &connection](std::size_t bytes) {
        sent_.push_back({id, bytes, connection.held_back()});
        pump();
    });
    connection.on_closed([this, id](const std::string&) {
        connections_.erase(id);
        unsent_.erase(id);
        network().disconnected(loop_.now(), id);
        pump();
    });
    connection.on_data([this, id](byte_view data) {
        network().received(loop_.now(), id, data);
        pump();
    });
}

/// An address of ours is gone (a new lease, another Wi-Fi, a VPN that ended): the kernel would go on for
/// minutes with what was connected from there.
void running_session::end_connections_without_address() {
    const auto ours = net::own_addresses();
    if (ours.empty()) return;  // the kernel does not tell
    const auto is_ours = [&](const ip_address& address) {
        return std::any_of(ours.begin(), ours.end(),
                           [&](const ip_address& each) { return each.with_zone(0) == address.with_zone(0); });
    };
    std::vector<connection_id> lost;
    for (const auto& [id, connection] : connections_) {
        const auto local = connection->local().address;
        if (!local.is_unspecified() && local.scope() != address_scope::loopback && !is_ours(local))
            lost.push_back(id);
    }
    for (const auto id : lost) {
        connections_.erase(id);
        unsent_.erase(id);
        network().disconnected(loop_.now(), id);
    }
}

void running_session::connect(const node::out::tcp_connect& what) {
    if (!way_.uses(what.to.address) || !has_descriptor_for_peer()) {
        loop_.post([this, id = what.id] {  // an input waits until all outputs are out
            network().disconnected(loop_.now(), id);
            pump();
        });
        return;
    }
    auto connection = std::make_unique<net::tcp_connection>(loop_);
    auto& kept = *connection;
    connections_[what.id] = std::move(connection);
    const auto over = [this, id = what.id](const result<void>& outcome) {
        if (outcome) {
            watch(id, *connections_.at(id));
            network().connected(loop_.now(), id);
        } else {
            connections_.erase(id);
            network().disconnected(loop_.now(), id);
        }
        pump();
    };
    kept.connect(what.to, over, way_.from);
}

/// What one turn produced for a connection leaves in one call.
void running_session::flush_sends() {
    while (!unsent_.empty()) flush_send(unsent_.begin()->first);
}

void running_session::flush_send(connection_id id) {
    auto node = unsent_.extract(id);
    if (node.empty()) return;
    if (const auto found = connections_.find(id); found != connections_.end())
        found->second->send(std::move(node.mapped()));
}

void running_session::close(connection_id id) {
    flush_send(id);
    auto node = connections_.extract(id);
    if (node.empty()) return;
    auto& connection = node.mapped();
    if (!connection->is_open() || connection->unsent() > most_unsent_at_the_end) return;
    connection->on_data([](byte_view) {});
    connection->on_sent([](std::size_t) {});
    connection->on_closed([this, id](const std::string&) { closing_.erase(id); });
    connection->close_when_sent();
    closing_.emplace(id, std::move(connection));
}

std::vector<endpoint> running_session::addresses() const {
    std::vector<endpoint> list;
    const auto all = net::running_interfaces();
    if (!all) return list;
    for (const auto& each : *all) {
        if (each.loopback || !way_.uses(each.address)) continue;
        if (way_.from && each.address.with_zone(0) != way_.from->with_zone(0)) continue;
        if (each.address.scope() == address_scope::link_local) continue;  // means nothing on another machine
        list.push_back({each.address, port_});
    }
    return list;
}

}  // namespace bt::app
