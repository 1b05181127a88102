#include "app/lan/lan_presence.hpp"

#include <unistd.h>

#include <array>

#include "base/version.hpp"

namespace bt::app {
namespace {

discovery::hello_config with_identity(discovery::hello_config config, const network_options& options) {
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

lan_presence::lan_presence(net::loop& on, const network_options& options,
                           discovery::hello_config introduction, happened_fn happened)
    : loop_(on),
      happened_(std::move(happened)),
      hello_(with_identity(std::move(introduction), options), rng(net::entropy_seed())),
      sockets_(on, options.lan_port, options.ipv4, options.ipv6,
               [this](node::lan_socket kind, bool own, const net::datagram& d) {
                   if (kind != node::lan_socket::hello) return;
                   hello_.receive(loop_.now(), d.source, d.interface, own, d.content);
                   drain();
               }),
      networks_(on, options.ipv4, options.ipv6, options.bind,
                [this](const auto& interfaces, bool) {
                    sockets_.use(interfaces);
                    hello_.set_interfaces(loop_.now(), interfaces);
                    drain();
                }),
      tick_(on, [this] {
          hello_.tick(loop_.now());
          drain();
      }) {
    networks_.read();
}

void lan_presence::ask_again() {
    hello_.set_interfaces(loop_.now(), {});
    networks_.read();
}

void lan_presence::stop() {
    networks_.stop();
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
