// The options of the DHT, and the arguments of `dht`.
#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/text.hpp"
#include "cli/arguments/help.hpp"
#include "cli/arguments/values.hpp"
#include "torrent/magnet.hpp"

namespace bt::cli {
namespace {

/// A host and a port, apart. Names, addresses, and IPv6 addresses in brackets.
std::optional<std::pair<std::string, std::uint16_t>> parse_host_and_port(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == text.npos) return std::nullopt;
    const auto port = parse_number(text.substr(colon + 1));
    if (!port || *port == 0 || *port > 65535) return std::nullopt;
    std::string host(text.substr(0, colon));
    if (host.starts_with('[')) {
        const auto at = endpoint::parse(text);
        if (!at) return std::nullopt;
        host = at->address.to_string();
    } else if (host.empty() || host.size() > 253 || host.find_first_of(": /?#@[]\t") != host.npos) {
        return std::nullopt;
    }
    return std::pair(std::move(host), static_cast<std::uint16_t>(*port));
}

/// "peers" and so on; the argument of some is read, too.
void read_action(values& v, const raw_line& line, dht_command_options& o) {
    static const std::vector<std::string_view> names = {"peers", "announce", "ping", "stats"};
    if (line.arguments.empty()) return v.refuse("dht what? No ACTION given: peers, announce, ping or stats");
    const auto& name = line.arguments.front();
    const auto known = std::find(names.begin(), names.end(), name);
    if (known == names.end()) {
        std::string message = fmt::format("unknown action '{}' of dht", printable(name, 80));
        if (const auto meant = nearest(name, names); !meant.empty())
            message += fmt::format("; did you mean '{}'?", meant);
        return v.refuse(message);
    }
    o.action = static_cast<dht_action>(known - names.begin());
    const bool wants_more = o.action != dht_action::stats;
    v.no_argument_after(wants_more ? 2 : 1);
    if (!wants_more) return;
    const bool ping = o.action == dht_action::ping;
    if (line.arguments.size() < 2)
        return v.refuse(fmt::format("dht {} what? No {} given", name, ping ? "HOST:PORT" : "HASH"));
    const auto& word = line.arguments[1];
    if (ping) {
        auto where = parse_host_and_port(word);
        if (!where)
            return v.refuse(fmt::format(
                "not a host and a port: '{}'; such as router.example.org:6881 or [2001:db8::1]:6881",
                printable(word, 80)));
        std::tie(o.host, o.port) = std::move(*where);
        return;
    }
    const auto link = torrent::parse_magnet(word);
    if (!link)
        return v.refuse(fmt::format("not an info-hash: '{}'; 40 hex or 32 base32 digits, or a magnet link",
                                    printable(word, 80)));
    o.hash = link->hash;
}

}  // namespace

void read_dht_part(values& v, app::dht_options& dht) {
    dht.internet = !v.flag("no-internet");
    v.list("dht-bootstrap", dht.bootstrap);
    for (const auto& word : dht.bootstrap)
        if (!parse_host_and_port(word))
            v.refuse({{word}, v.find("dht-bootstrap")->origin},
                     "a host and a port such as router.example.org:6881 or [2001:db8::1]:6881");
}

dht_command_options read_dht(values& v, const raw_line& line) {
    dht_command_options o;
    read_action(v, line, o);
    const bool quick = o.action == dht_action::ping || o.action == dht_action::stats;
    o.timeout = quick ? 5s : 30s;
    v.time("timeout", o.timeout);
    if (v.on_line("port") && o.action != dht_action::announce) v.refuse("--port is for dht announce");
    if (o.action == dht_action::announce) v.number("port", o.port, 1, 65535);
    o.node.settling = o.timeout;
    o.node.read_only = o.action != dht_action::announce;
    o.node.here = v.flag("here");
    // what a running node was not told cannot be had from it
    for (const auto* name :
         {"bind", "ipv4", "ipv6", "no-lan", "network", "lan-port", "dht-bootstrap", "no-internet"})
        o.node.here = o.node.here || v.on_line(name);
    read_place(v, o.node);
    o.node.lan = !v.flag("no-lan");
    read_dht_part(v, o.node.dht);
    return o;
}

}  // namespace bt::cli
