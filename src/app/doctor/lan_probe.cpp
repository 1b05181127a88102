#include "app/doctor/lan_probe.hpp"

#include <algorithm>

#include "app/lan/lan_presence.hpp"
#include "app/sockets/listen_addresses.hpp"
#include "app/sockets/own_networks.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "discovery/link.hpp"
#include "discovery/lsd_codec.hpp"
#include "net/interfaces.hpp"
#include "tracker/catalogue.hpp"
#include "tracker/url.hpp"

namespace bt::app {
namespace {

constexpr duration tick_time = 200ms;
/// As every node does; those from the other socket a tick later, or one address asks too much at once.
constexpr duration rounds[] = {0s, 0s, 1s, 1s + tick_time, 3s, 3s + tick_time};
/// After the last question: an answer that has not come by then is lost.
constexpr duration answer_time = 600ms;
/// Until a node calls: a share gives others a moment, and one that could not confirm us some seconds.
constexpr duration call_time = 7s;
constexpr duration call_again = 1'500ms;
constexpr duration own_port_time = 1'600ms;
/// A node answers for one torrent once a second, and what it said by itself counts.
constexpr duration multicast_gap = 1'200ms;
constexpr std::size_t most_multicasts = 3;
constexpr net::http_limits page_limits = {limits::tracker_reply_bytes, 2s, 3s, 0};
constexpr std::size_t most_machines = 256, most_asked_to_call = 4, most_networks = 16, most_direct = 64,
                      most_spoken_to = 4096;

constexpr std::size_t shown_host = 64;

}  // namespace

lan_probe::lan_probe(net::loop& on, const network_options& options, std::uint16_t port)
    : loop_(on),
      options_(options),
      host_name_(host_name()),
      own_v4_(on),
      own_v6_(on),
      shared_v4_(on),
      shared_v6_(on),
      lsd_v4_(on),
      listener_v4_(on),
      listener_v6_(on),
      tcp_port_(port),
      http_(on, outgoing_by(options.ipv4, options.ipv6, options.bind)),
      tick_(on, [this] { tick(); }),
      began_(on.now()) {
    net::entropy(self_.bytes);
    options_.network = printable(options.network, discovery::hello_network_bytes);
    own_addresses_ = net::own_addresses();
    if (const auto all = net::running_interfaces())
        interfaces_ = discovery_interfaces(*all, options.ipv4, options.ipv6,
                                           outgoing_by(options.ipv4, options.ipv6, options.bind).from);
    std::erase_if(interfaces_, [](const auto& each) { return each.loopback; });
    open_tcp();
    open();
    make_ways();
    tick();
}

void lan_probe::open() {
    const auto any_v6 = *ip_address::parse("::"), hello_group = *ip_address::parse("ff12::8001");
    const auto bind = [&](net::udp_socket& socket, const ip_address& at, std::uint16_t port) {
        const bool shared = port != 0;
        const auto got = socket.bind({at, port}, {shared, true, 1},
                                     [this, shared](const net::datagram& d) { received(shared, d); });
        if (!got && shared && port_trouble_.empty()) port_trouble_ = got.error().message;
    };
    if (options_.ipv4) {
        bind(own_v4_, ip_address(), 0);
        bind(shared_v4_, ip_address(), options_.lan_port);
        (void)lsd_v4_.bind({ip_address(), discovery::lsd_port}, {true, true, 1},
                           [this](const net::datagram& d) { lsd_received(d); });
    }
    if (options_.ipv6) {
        bind(own_v6_, any_v6, 0);
        bind(shared_v6_, any_v6, options_.lan_port);
    }
    for (const auto& each : interfaces_) {
        if (!each.multicast) continue;
        if (each.address.is_v6() && shared_v6_.is_open()) (void)shared_v6_.join(hello_group, each.index);
        if (each.address.is_v4() && lsd_v4_.is_open())
            (void)lsd_v4_.join(discovery::lsd_group(ip_family::v4).address, each.index);
    }
}

/// Whoever connects has shown what was to be seen; the connection ends.
void lan_probe::open_tcp() {
    const auto addresses = listen_addresses(options_.ipv4, options_.ipv6, options_.bind);
    if (!addresses) {
        tcp_trouble_ = addresses.error().message;
        return;
    }
    const auto got = listen_at(*addresses, tcp_port_, [this](const endpoint& at) {
        return (at.address.is_v4() ? listener_v4_ : listener_v6_)
            .listen(at, [this](const std::unique_ptr<net::tcp_connection>& from) {
                for (const auto& each : machines_)
                    if (each->addresses.contains(from->remote().address)) each->seen.called = call_back::came;
            });
    });
    if (got)
        tcp_port_ = *got;
    else
        tcp_trouble_ = got.error().message;
}

/// For each place where a hello goes: from the own socket, and from the port of all nodes, where an answer
/// comes to that port.
void lan_probe::make_ways() {
    for (const auto& target : discovery::hello_targets(interfaces_, options_.lan_port))
        for (const bool shared : {false, true}) {
            way one;
            net::entropy(one.nonce.bytes);
            one.interface = target.interface_index;
            one.kind = target.destination.address.is_v4() ? question_way::broadcast : question_way::multicast;
            one.from_shared_port = shared;
            one.to = target.destination;
            one.from = target.source_address;
            ways_.push_back(std::move(one));
        }
}

void lan_probe::ask(const ip_address& neighbour) {
    const auto direct = std::count_if(ways_.begin(), ways_.end(),
                                      [](const way& each) { return each.kind == question_way::unicast; });
    const bool asked = std::any_of(ways_.begin(), ways_.end(), [&](const way& each) {
        return each.kind == question_way::unicast && each.to.address == neighbour;
    });
    if (asked || !on_link(neighbour) || is_own(neighbour) || static_cast<std::size_t>(direct) >= most_direct)
        return;
    for (const bool shared : {false, true}) {
        way one;
        net::entropy(one.nonce.bytes);
        one.kind = question_way::unicast;
        one.from_shared_port = shared;
        one.to = {neighbour, options_.lan_port};
        one.from = discovery::source_towards(interfaces_, neighbour);
        if (!shared || rounds_ >= std::size(rounds)) send(one);
        ways_.push_back(std::move(one));
    }
}

bool lan_probe::on_link(const ip_address& address) const {
    return discovery::on_link(interfaces_, address, 0);
}

bool lan_probe::is_own(const ip_address& address) const {
    return std::any_of(own_addresses_.begin(), own_addresses_.end(),
                       [&](const ip_address& own) { return own.with_zone(0) == address.with_zone(0); });
}

discovery::hello_message lan_probe::introduction(discovery::hello_kind kind) const {
    discovery::hello_message message;
    message.kind = kind;
    message.instance = self_;
    message.network = options_.network;
    message.host_name = host_name_;
    message.client = client_string;
    message.peer_port = tcp_trouble_.empty() ? tcp_port_ : std::uint16_t(0);
    return message;
}

void lan_probe::send(way& one) {
    auto message = introduction(discovery::hello_kind::who);
    message.nonce = one.nonce;
    const bool v4 = one.to.address.is_v4();
    auto& socket = one.from_shared_port ? (v4 ? shared_v4_ : shared_v6_) : (v4 ? own_v4_ : own_v6_);
    if (!socket.is_open()) return;
    const auto sent =
        socket.send(one.to, discovery::encode_hello(message, discovery::longest_answer(message)),
                    one.interface, one.from);
    if (!sent) one.trouble = sent.error().message;
    if (!one.from_shared_port && one.kind == question_way::unicast) note_spoken_to(one.to);
}

/// Once our own socket has spoken to it, a firewall takes what comes from there for an answer.
void lan_probe::note_spoken_to(const endpoint& one) {
    if (spoken_to_.size() < most_spoken_to) spoken_to_.insert({one.address.with_zone(0), one.port});
}

/// What comes to the port of our own socket from one it never spoke to shows that UDP gets in there.
bool lan_probe::gets_in_at_own_port(const endpoint& source) const {
    return spoken_to_.size() < most_spoken_to &&
           !spoken_to_.contains({source.address.with_zone(0), source.port});
}

void lan_probe::tell_from_own_port(const endpoint& to, const discovery::hello_message& message,
                                   std::size_t length) {
    auto& socket = to.address.is_v4() ? own_v4_ : own_v6_;
    if (!socket.is_open()) return;
    note_spoken_to(to);
    (void)socket.send(to, discovery::encode_hello(message, length), to.address.zone(),
                      discovery::source_towards(interfaces_, to.address));
}

void lan_probe::ask_all() {
    const bool shared = rounds_ % 2 == 1;
    for (auto& each : ways_)
        if (each.from_shared_port == shared) send(each);
    ++rounds_;
}

void lan_probe::tick() {
    const auto now = loop_.now();
    if (rounds_ < std::size(rounds) && now >= began_ + rounds[rounds_]) ask_all();
    for (auto& each : machines_) {
        if (each->next_multicast <= now) {
            if (each->seen.multicast_heard || each->multicasts == most_multicasts)
                each->next_multicast = never;
            else
                ask_by_multicast(*each);
        }
        if (each->seen.called != call_back::waited_for) continue;
        if (each->called_at == never) {
            // until its answers had their chance to come to a port that never spoke to it
            if (!each->seen.answered_own_port && now < began_ + own_port_time) continue;
            each->called_at = now;
            ask_to_call(*each);
            ask_by_multicast(*each);
        } else if (now >= each->called_at + call_time)
            each->seen.called = call_back::did_not;
        else if (now >= each->called_at + call_again && now < each->called_at + call_again + tick_time)
            ask_to_call(*each);
    }
    tick_.arm(now + tick_time);
}

void lan_probe::received(bool shared, const net::datagram& what) {
    const auto message = discovery::parse_hello(what.content);
    if (!message) return;
    if (message->instance == self_) return echo(shared, *message);
    const auto source = discovery::with_interface(what.source, what.interface);
    if (is_own(source.address)) {
        own_nodes_.insert(message->instance);
        return;
    }
    if (!discovery::on_link(interfaces_, source.address, what.interface)) return;
    if (shared)
        shared_heard_ = true;
    else if (gets_in_at_own_port(source) && reached_own_port_.size() < most_machines)
        reached_own_port_.insert(source.address);
    if (message->network != options_.network) {
        if (other_networks_.size() < most_networks)
            other_networks_.try_emplace(message->network,
                                        seen_network{printable(message->network, shown_host), source.address,
                                                     printable(message->host_name, shown_host)});
        return;
    }
    using kind = discovery::hello_kind;
    if (message->kind == kind::ask) return confirm(*message, source);
    if (message->kind == kind::hello && message->nonce) return answered(*message, source, what.interface);
    if (message->kind != kind::who && message->kind != kind::hello) return;
    if (machines_.size() >= most_machines) return;
    machine_of(*message, source.address).seen.heard = true;
    ask(source.address);
}

void lan_probe::echo(bool shared, const discovery::hello_message& message) {
    if (!shared || !message.nonce) return;
    for (auto& each : ways_)
        if (each.nonce == *message.nonce) each.heard_back = true;
}

void lan_probe::answered(const discovery::hello_message& message, const endpoint& source,
                         unsigned interface) {
    const auto asked = std::find_if(ways_.begin(), ways_.end(),
                                    [&](const way& each) { return each.nonce == *message.nonce; });
    if (asked == ways_.end() || machines_.size() >= most_machines) return;
    auto& at = machine_of(message, source.address);
    at.seen.answered = true;
    if (reached_own_port_.contains(source.address)) at.seen.answered_own_port = true;
    at.answered_by.insert({asked->interface != 0 ? asked->interface : interface, asked->kind});
    if (message.peer_port != 0) at.peer_ports.insert(message.peer_port);
    at.seen.dht = at.seen.dht || message.dht_port.has_value();
    if (message.page_port && at.seen.page == seen_machine::page_state::none) {
        at.own_socket = source;
        look_at_page(at, *message.page_port);
    }
}

/// It wants to know whether these ports are ours before it calls there.
void lan_probe::confirm(const discovery::hello_message& message, const endpoint& source) {
    auto own = introduction(discovery::hello_kind::yes);
    if (!message.nonce || message.tokens.size() != 1 ||
        message.tokens.front() != discovery::token_of(*message.nonce, own))
        return;
    own.nonce = message.nonce;
    own.tokens = message.tokens;
    tell_from_own_port(source, own);
}

void lan_probe::lsd_received(const net::datagram& what) {
    const auto message = discovery::parse_lsd(what.content);
    if (!message || is_own(what.source.address)) return;
    // it may be known by addresses of the other family alone: then what it shares, and where, is as good
    for (auto& each : machines_)
        if (each->seen.multicast_asked && each->peer_ports.contains(message->port) &&
            std::find(message->torrents.begin(), message->torrents.end(), each->shared.front()) !=
                message->torrents.end())
            each->seen.multicast_heard = true;
}

/// One for a machine, whatever addresses and nodes it has.
lan_probe::machine& lan_probe::machine_of(const discovery::hello_message& message,
                                          const ip_address& address) {
    auto found = std::find_if(machines_.begin(), machines_.end(), [&](const auto& each) {
        return each->addresses.contains(address) || each->instances.contains(message.instance);
    });
    if (found == machines_.end()) {
        machines_.push_back(std::make_unique<machine>());
        found = std::prev(machines_.end());
        (*found)->seen.address = address;
    }
    auto& it = **found;
    it.addresses.insert(address);
    it.instances.insert(message.instance);
    if (address.is_v4() && !it.seen.address.is_v4()) it.seen.address = address;
    if (it.seen.host.empty()) it.seen.host = printable(message.host_name, shown_host);
    return it;
}

void lan_probe::look_at_page(machine& at, std::uint16_t port) {
    const auto address = at.own_socket.address;
    at.seen.page = seen_machine::page_state::asked;
    at.seen.page_port = port;
    http_.get(tracker::url::at(tracker::scheme::http, {address, port}, "/catalogue.json").to_string(),
              page_limits,
              [this, address](const net::http_result& answer) { page_answered(address, answer); });
}

void lan_probe::page_answered(const ip_address& address, const net::http_result& answer) {
    const auto found = std::find_if(machines_.begin(), machines_.end(),
                                    [&](const auto& each) { return each->addresses.contains(address); });
    if (found == machines_.end()) return;
    auto& at = **found;
    at.seen.page = answer ? seen_machine::page_state::answered : seen_machine::page_state::silent;
    if (!answer) return;
    if (answer->date) at.seen.clock_ahead = *answer->date - static_cast<std::int64_t>(std::time(nullptr));
    const auto shares = tracker::parse_catalogue(as_text(answer->body));
    if (!shares) return;
    for (const auto& each : *shares)
        if (at.shared.size() < most_asked_to_call) at.shared.push_back(each.hash);
    const auto asked = std::count_if(machines_.begin(), machines_.end(), [](const auto& each) {
        return each->seen.called != call_back::not_asked;
    });
    if (at.shared.empty() || !tcp_trouble_.empty() || static_cast<std::size_t>(asked) >= most_asked_to_call)
        return;
    if (at.seen.called == call_back::not_asked) at.seen.called = call_back::waited_for;
}

/// Looks for what it shares, as a `get` does.
void lan_probe::ask_to_call(machine& at) {
    auto question = introduction(discovery::hello_kind::who);
    question.nonce.emplace();
    net::entropy(question.nonce->bytes);
    for (const auto& hash : at.shared) question.tokens.push_back(discovery::token_of(*question.nonce, hash));
    tell_from_own_port(at.own_socket, question, discovery::longest_answer(question));
}

/// The same by BEP 14, which it answers to all.
void lan_probe::ask_by_multicast(machine& at) {
    at.next_multicast = never;
    if (!lsd_v4_.is_open()) return;
    const auto cookie = discovery::lsd_cookie(to_hex(self_.span()).substr(0, 16));
    for (const auto& target : discovery::lsd_targets(interfaces_)) {
        if (!target.destination.address.is_v4()) continue;
        at.seen.multicast_asked = true;
        at.next_multicast = loop_.now() + multicast_gap;
        (void)own_v4_.send(target.destination,
                           discovery::encode_lsd(ip_family::v4, tcp_port_, at.shared.front(), cookie),
                           target.interface_index, target.source_address);
    }
    ++at.multicasts;
}

bool lan_probe::is_settled() const {
    if (loop_.now() < began_ + rounds[std::size(rounds) - 1] + answer_time) return false;
    return std::none_of(machines_.begin(), machines_.end(), [&](const auto& each) { return waits(*each); });
}

bool lan_probe::waits(const machine& at) const {
    return at.seen.page == seen_machine::page_state::asked || at.seen.called == call_back::waited_for ||
           (at.next_multicast != never && !at.seen.multicast_heard);
}

bool lan_probe::somebody_answered() const {
    return !other_networks_.empty() || std::any_of(machines_.begin(), machines_.end(),
                                                   [](const auto& each) { return each->seen.answered; });
}

bool lan_probe::has_answered(const std::vector<ip_address>& any_of) const {
    return std::any_of(machines_.begin(), machines_.end(), [&](const auto& each) {
        return each->seen.answered && std::any_of(any_of.begin(), any_of.end(), [&](const ip_address& one) {
                   return each->addresses.contains(one);
               });
    });
}

bool lan_probe::hears_itself() const {
    return std::any_of(ways_.begin(), ways_.end(), [](const way& each) { return each.heard_back; });
}

std::string lan_probe::interface_name(unsigned index) const {
    for (const auto& each : interfaces_)
        if (each.index == index) return each.name;
    return {};
}

void lan_probe::report(observations& to) const {
    std::map<std::pair<unsigned, question_way>, seen_way> ways;
    const auto row = [&](unsigned interface, question_way kind) -> seen_way& {
        auto& one = ways[{interface, kind}];
        one.interface = interface_name(interface);
        one.way = kind;
        return one;
    };
    for (const auto& each : ways_) {
        if (each.kind == question_way::unicast) continue;
        auto& one = row(each.interface, each.kind);
        one.heard_back = one.heard_back || each.heard_back;
        if (!each.from_shared_port) one.trouble = each.trouble;
    }
    for (const auto& each : machines_) {
        for (const auto& [interface, kind] : each->answered_by) ++row(interface, kind).answers;
        to.machines.push_back(each->seen);
        to.machines.back().addresses.assign(each->addresses.begin(), each->addresses.end());
    }
    for (auto& [key, one] : ways) to.ways.push_back(std::move(one));
    for (const auto& [name, each] : other_networks_) to.other_networks.push_back(each);
    to.network = options_.network;
    to.lan_port = options_.lan_port;
    to.port_trouble = port_trouble_;
    to.tcp_port = tcp_port_;
    to.tcp_trouble = tcp_trouble_;
    to.shared_port_heard = shared_heard_;
    to.own_nodes = own_nodes_.size();
    to.listened = loop_.now() - began_;
    for (const auto& each : interfaces_)
        if (to.local_network.empty() && each.address.is_v4() && each.prefix_bits > 0) {
            std::uint8_t raw[4];
            for (unsigned i = 0; i < 4; ++i) {
                const auto bits = std::min(8u, each.prefix_bits - std::min(each.prefix_bits, 8 * i));
                raw[i] = static_cast<std::uint8_t>(each.address.raw()[i] & (0xff00u >> bits));
            }
            to.local_network =
                ip_address::from_bytes(raw)->to_string() + "/" + std::to_string(each.prefix_bits);
        }
}

void lan_probe::stop() {
    tick_.disarm();
    const auto bye = discovery::encode_hello(introduction(discovery::hello_kind::bye));
    for (const auto& target : discovery::hello_targets(interfaces_, options_.lan_port)) {
        auto& socket = target.destination.address.is_v4() ? own_v4_ : own_v6_;
        if (socket.is_open())
            (void)socket.send(target.destination, bye, target.interface_index, target.source_address);
    }
}

}  // namespace bt::app
