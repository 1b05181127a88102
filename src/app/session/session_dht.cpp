// The session's part in the DHT: its sockets, what it remembers, and what commands ask of it over the control
// socket.
#include <algorithm>

#include "app/control/control_place.hpp"
#include "app/session/running_session.hpp"
#include "base/text.hpp"

namespace bt::app {

/// Nothing where it is not wanted or has no socket: then the node goes without.
void running_session::prepare_dht(node::config& config) {
    if (!options_.use_dht) return;
    dht_sockets_ =
        std::make_unique<udp_pair>(loop_, options_.ipv4, options_.ipv6, ip_address::parse(options_.bind),
                                   [this](const endpoint& from, const ip_address& to, byte_view datagram) {
                                       network().dht_received(loop_.now(), from, to, datagram);
                                       pump();
                                   });
    config.dht_port = dht_sockets_->open(port_);
    if (config.dht_port == 0) {
        warn({"no UDP port for the DHT is to be had; going on without it", false});
        return dht_sockets_.reset();
    }
    config.dht.emplace();
    net::entropy(config.dht->secret);
    config.dht->ipv4 = dht_sockets_->uses(ip_family::v4);
    config.dht->ipv6 = dht_sockets_->uses(ip_family::v6);
    config.dht->routers = dht_routers(options_.dht);
    read_dht_state(config);
}

void running_session::read_dht_state(node::config& config) {
    auto opened = dht_state::open(loop_, state_folder(), [this](const std::string& text) {
        warn({text, true});
    });
    if (!opened)  // a machine without a home, or more nodes than files: not worth a word
        return warn({opened.error().message + "; the DHT starts without it", true});
    dht_state_ = std::move(*opened);
    auto left = dht_state_->load();
    if (!left)
        warn({left.error().message + "; the DHT starts without it", false});
    else if (*left)
        config.dht_state = usable_state(std::move(**left), options_.dht);
}

/// The core is there.
void running_session::enter_dht() {
    if (core_->network().dht() == nullptr) return;
    for (const auto& where : options_.dht.bootstrap) network().dht_contact(loop_.now(), where);
    // a run that stays on this network knows less of the world than the one before it
    if (dht_state_ && options_.dht.internet)
        dht_state_->keep([this] { return core_->network().dht()->state(); });
}

void running_session::listen_for_commands() {
    control_ = std::make_unique<control_server>(loop_);
    torrent_control_ = std::make_unique<torrent_control>(*this);
    torrent_control_->add_methods(*control_);
    if (core_->network().dht() != nullptr) {
        // what a call leads to waits until the call has its answer
        const auto later = [this] { loop_.post([this] { pump(); }); };
        dht_ways ways;
        ways.search = [this, later](const dht::search_wish& wish) {
            later();
            return network().dht_search(loop_.now(), wish);
        };
        ways.forget = [this](dht::search_id search) { network().dht_forget(search); };
        ways.ping = [this, later](const endpoint& at) {
            later();
            return network().dht_ping(loop_.now(), at);
        };
        ways.stats = [this] { return core_->network().dht()->stats(loop_.now()); };
        ways.now = [this] { return loop_.now(); };
        ways.port = port_;
        dht_control_ = std::make_unique<dht_control>(std::move(ways));
        dht_control_->add_methods(*control_);
    }
    if (const auto listening = control_->listen(control_folder()); !listening)
        warn({listening.error().message + "; status and other commands cannot ask this one"});
}

std::optional<dht::stats> running_session::dht_stats() const {
    const auto* dht = core_->network().is_in_dht() ? core_->network().dht() : nullptr;
    return dht == nullptr ? std::nullopt : std::optional(dht->stats(loop_.now()));
}

void running_session::send_to_dht(const node::out::dht_send& what) {
    if (!dht_sockets_) return;
    const auto taken = dht_sockets_->send(what.to, what.datagram);
    if (taken || net::is_full(taken.error())) return;
    loop_.post([this, to = what.to] {  // an input waits until all outputs are out
        network().dht_unreachable(loop_.now(), to);
        pump();
    });
}

/// Said once, and only of what the user named: without internet the well-known ones are not found either.
void running_session::note_unknown_host(const std::string& host) {
    const auto& named = options_.dht.bootstrap;
    const bool by_user = std::any_of(named.begin(), named.end(), [&](const std::string& where) {
        return where.substr(0, where.rfind(':')) == host;
    });
    if (by_user && unknown_hosts_.insert(host).second)
        warn({"--dht-bootstrap: the host '" + printable(host) + "' is not to be found", false});
}

}  // namespace bt::app
