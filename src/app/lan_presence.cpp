#include "app/lan_presence.hpp"

#include <unistd.h>

#include <array>

#include "base/version.hpp"

namespace bt::app {
namespace {

constexpr duration interface_time = 30s;

discovery::hello_config with_identity(discovery::hello_config config, const lan_options& options) {
    net::entropy(config.self.bytes);
    config.network = options.network;
    config.host_name = host_name();
    config.client = client_string;
    config.lan_port = options.lan_port;
    return config;
}

}  // namespace

std::string host_name() {
    std::array<char, 256> name{};
    return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

lan_presence::lan_presence(net::loop& on, const lan_options& options, discovery::hello_config introduction,
                           happened_fn happened)
    : loop_(on),
      options_(options),
      happened_(std::move(happened)),
      hello_(with_identity(std::move(introduction), options), rng(net::entropy_seed())),
      sockets_(on, options.lan_port, options.ipv4, options.ipv6,
               [this](node::lan_socket kind, bool own, const net::datagram& d) {
                   if (kind != node::lan_socket::hello) return;
                   hello_.receive(loop_.now(), d.source, d.interface, own, d.content);
                   drain();
               }),
      watcher_(on, [this] { read_interfaces(); }),
      tick_(on,
            [this] {
                hello_.tick(loop_.now());
                drain();
            }),
      reread_(on, [this] { read_interfaces(); }) {
    read_interfaces();
}

void lan_presence::read_interfaces() {
    reread_.arm(loop_.now() + interface_time);
    const auto all = net::running_interfaces();
    if (!all) return;
    std::optional<ip_address> bind;
    if (!options_.bind.empty()) bind = ip_address::parse(options_.bind);
    const auto interfaces = discovery_interfaces(*all, options_.ipv4, options_.ipv6, bind);
    sockets_.use(interfaces);
    hello_.set_interfaces(loop_.now(), interfaces);
    drain();
}

void lan_presence::ask_again() {
    hello_.set_interfaces(loop_.now(), {});
    read_interfaces();
}

void lan_presence::stop() {
    reread_.disarm();
    hello_.stop(loop_.now());
    drain();
}

void lan_presence::drain() {
    if (draining_) return;
    draining_ = true;
    while (auto what = hello_.poll()) {
        if (const auto* send = std::get_if<discovery::send>(&*what))
            sockets_.send(*send);
        else
            happened_(*what);
    }
    draining_ = false;
    tick_.arm(hello_.next_deadline());
}

}  // namespace bt::app
