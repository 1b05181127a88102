#include "app/doctor/findings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/limits.hpp"
#include "discovery/link.hpp"

namespace bt::app {
namespace {

constexpr std::uint64_t little_disk = 1024 * limits::MiB, no_disk = 16 * limits::MiB;
constexpr std::size_t few_descriptors = 256;
constexpr std::int64_t clock_tolerance = 300;
constexpr std::int64_t this_program = 1'760'000'000;  // 2025: a clock before it was never set

std::string called(const ip_address& address, const std::string& host) {
    return host.empty() ? address.to_string() : fmt::format("{} ({})", host, address.to_string());
}
std::string called(const seen_machine& machine) { return called(machine.address, machine.host); }

std::string listed(const std::vector<std::string>& texts) {
    std::string all;
    for (const auto& each : texts) all += (all.empty() ? "" : ", ") + each;
    return all;
}

std::string machines_text(std::size_t count) {
    return count == 1 ? "1 other machine" : fmt::format("{} other machines", count);
}

std::string time_text(std::int64_t seconds) {
    if (seconds < 7'200) return fmt::format("{} minutes", seconds / 60);
    if (seconds < 172'800) return fmt::format("{} hours", seconds / 3'600);
    return fmt::format("{} days", seconds / 86'400);
}

class judgement {
  public:
    explicit judgement(const observations& seen) : seen_(seen) {}

    std::vector<finding> run() {
        interfaces();
        hello_port();
        ways();
        multicast_v4();
        others();
        other_networks();
        udp_in();
        tcp_in();
        tcp_out();
        if (seen_.named) named(*seen_.named);
        dht();
        clock();
        disks();
        descriptors();
        return std::move(found_);
    }

  private:
    void add(grade how, std::string_view check, std::string what, std::string advice = {},
             std::string command = {}) {
        found_.push_back({how, check, std::move(what), std::move(advice), std::move(command)});
    }
    void ok(std::string_view check, std::string what) { add(grade::ok, check, std::move(what)); }

    bool let_in() const {
        return seen_.shared_port_heard || std::any_of(seen_.ways.begin(), seen_.ways.end(),
                                                      [](const seen_way& way) { return way.heard_back; });
    }
    bool any_sent() const {
        return std::any_of(seen_.ways.begin(), seen_.ways.end(), [](const seen_way& way) {
            return way.way != question_way::unicast && way.trouble.empty();
        });
    }
    std::size_t answers_on(const std::string& interface, std::optional<question_way> by = {}) const {
        std::size_t most = 0;
        for (const auto& way : seen_.ways)
            if (way.interface == interface && (!by || way.way == *by)) most = std::max(most, way.answers);
        return most;
    }
    const seen_machine* machine_at(const std::vector<ip_address>& addresses) const {
        for (const auto& each : seen_.machines)
            for (const auto& one : each.addresses)
                if (std::find(addresses.begin(), addresses.end(), one) != addresses.end()) return &each;
        return nullptr;
    }

    void interfaces();
    void hello_port();
    void ways();
    void one_way(const seen_way& way);
    void multicast_v4();
    void others();
    void other_networks();
    void udp_in();
    void tcp_in();
    void tcp_out();
    void named(const named_machine& it);
    void dht();
    void clock();
    void disks();
    void descriptors();

    const observations& seen_;
    std::vector<finding> found_;
};

void judgement::interfaces() {
    bool network = false;
    for (const auto& each : seen_.interfaces) {
        const auto addresses = listed(each.addresses);
        network = network || each.kind == interface_kind::network;
        if (each.kind == interface_kind::network)
            ok("interface", fmt::format("{}: {}", each.name, addresses));
        else if (each.kind == interface_kind::container)
            ok("interface", fmt::format("{}: {}, of containers or virtual machines here; no other machine is "
                                        "behind it",
                                        each.name, addresses));
        else if (each.default_route)
            add(grade::warn, "vpn", fmt::format("{}: {}, a VPN that takes everything", each.name, addresses),
                "many VPN programs cut off the local network; allow LAN access in its settings");
        else
            ok("interface", fmt::format("{}: {}, a VPN", each.name, addresses));
    }
    if (!network)
        add(grade::fail, "interface", "no interface leads to other machines",
            "plug in the cable or join the Wi-Fi");
    if (seen_.in_container && std::none_of(seen_.machines.begin(), seen_.machines.end(),
                                           [](const seen_machine& each) { return each.answered; }))
        add(grade::warn, "container", "this runs in a container with a network of its own",
            "machines outside cannot see it; start the container with --network host");
}

/// What this machine sends to all comes back to it, at the port where all nodes listen, unless a firewall
/// here is between.
void judgement::hello_port() {
    const auto port = fmt::format("UDP port {}", seen_.lan_port);
    if (!seen_.port_trouble.empty())
        add(grade::fail, "hello-port", seen_.port_trouble,
            "end what holds the port, or give all nodes another --lan-port");
    else if (let_in())
        ok("hello-port", port + " is open on this machine");
    else if (any_sent())
        add(grade::fail, "hello-port", port + " hears nothing, not even what this machine sends to all",
            "its firewall drops it: let neighbours in", firewall_line(seen_.firewall, seen_));
}

void judgement::ways() {
    for (const auto& way : seen_.ways)
        if (way.way != question_way::unicast) one_way(way);
}

void judgement::one_way(const seen_way& way) {
    const bool broadcast = way.way == question_way::broadcast;
    const std::string_view check = broadcast ? "broadcast" : "multicast";
    const auto name = fmt::format("{} on {}", broadcast ? "broadcast" : "IPv6 multicast", way.interface);
    const auto on_it = answers_on(way.interface);
    const auto other = broadcast ? question_way::multicast : question_way::broadcast;
    const bool other_works = answers_on(way.interface, other) > 0;
    if (!way.trouble.empty())
        return add(
            other_works ? grade::warn : grade::fail, check,
            fmt::format("{} cannot be sent: {}", name, way.trouble),
            fmt::format("a firewall on this machine may bar it: allow UDP to port {}", seen_.lan_port));
    if (way.answers > 0) return ok(check, fmt::format("{}: {} answered", name, machines_text(way.answers)));
    if (on_it == 0) return ok(check, fmt::format("{}: sent, nobody answered", name));
    const auto what = fmt::format("{} reaches nobody, though {} there", name,
                                  on_it == 1 ? "1 machine is" : fmt::format("{} machines are", on_it));
    if (!other_works)
        return add(grade::fail, check, what,
                   "the switch, the access point or a firewall drops it; until then name the other machine: "
                   "get HASH --peer HOST:PORT");
    add(grade::warn, check, what,
        broadcast ? "the switch or access point drops it; nodes find each other by IPv6 multicast alone"
                  : "the switch or access point drops it; nodes find each other by broadcast alone");
}

/// Local service discovery (BEP 14), by which other clients are found.
void judgement::multicast_v4() {
    std::size_t asked = 0, heard = 0;
    for (const auto& each : seen_.machines) asked += each.multicast_asked, heard += each.multicast_heard;
    if (heard > 0)
        ok("multicast-ipv4", fmt::format("IPv4 multicast: {} answered", machines_text(heard)));
    else if (asked > 0)
        add(grade::warn, "multicast-ipv4", "IPv4 multicast reaches nobody, or no answer comes back",
            fmt::format("the switch, the access point or a firewall (UDP port {}) drops it; other BitTorrent "
                        "clients here are found by it",
                        discovery::lsd_port));
}

void judgement::others() {
    std::vector<std::string> there;
    for (const auto& each : seen_.machines) {
        if (each.answered)
            there.push_back(called(each));
        else if (each.heard && !(seen_.named && machine_at(seen_.named->addresses) == &each))
            add(grade::fail, "others", called(each) + " is heard, but does not answer",
                fmt::format("its firewall drops UDP to port {}: run doctor there", seen_.lan_port));
    }
    constexpr std::size_t most = 8;
    const auto count = there.size();
    if (count > most) there.resize(most);
    if (count > 0)
        return ok("others",
                  fmt::format("{}: {}{}", machines_text(count), listed(there), count > most ? ", …" : ""));
    if (!seen_.machines.empty() || !seen_.other_networks.empty() || seen_.named || !let_in()) return;
    add(grade::warn, "others",
        fmt::format("nobody else was heard in {} s",
                    std::chrono::duration_cast<std::chrono::seconds>(seen_.listened).count()),
        "start a node on another machine; if one runs there, ask for it by name: doctor HOST");
}

void judgement::other_networks() {
    std::set<std::string> told;
    const bool alone = std::none_of(seen_.machines.begin(), seen_.machines.end(),
                                    [](const seen_machine& each) { return each.answered; });
    for (const auto& each : seen_.other_networks) {
        if (!told.insert(each.name).second) continue;
        const auto theirs =
            each.name.empty() ? "without --network" : fmt::format("with --network {}", each.name);
        const auto ours =
            seen_.network.empty() ? "without one" : fmt::format("with --network {}", seen_.network);
        add(alone ? grade::fail : grade::warn, "network",
            fmt::format("{} runs {}, this was started {}", called(each.address, each.host), theirs, ours),
            "nodes of different networks do not see each other: give both the same --network");
    }
}

void judgement::udp_in() {
    bool answered = false, own_port = false;
    for (const auto& each : seen_.machines)
        answered = answered || each.answered, own_port = own_port || each.answered_own_port;
    if (own_port)
        ok("udp-in", "UDP gets in, also at ports that the system chooses");
    else if (answered)
        add(grade::fail, "udp-in", fmt::format("UDP gets in at port {} alone", seen_.lan_port),
            "the firewall of this machine drops answers and the DHT: let neighbours in",
            firewall_line(seen_.firewall, seen_));
}

void judgement::tcp_in() {
    if (!seen_.tcp_trouble.empty())
        return add(grade::warn, "tcp-in", "not looked at: " + seen_.tcp_trouble, "give another --port");
    const seen_machine *came = nullptr, *did_not = nullptr;
    bool machines = false;
    for (const auto& each : seen_.machines) {
        machines = machines || each.answered;
        if (each.called == call_back::came) came = &each;
        if (each.called == call_back::did_not || each.called == call_back::waited_for) did_not = &each;
    }
    if (came != nullptr)
        ok("tcp-in",
           fmt::format("{} connected to TCP port {} of this machine", called(*came), seen_.tcp_port));
    else if (did_not != nullptr)
        add(grade::fail, "tcp-in",
            fmt::format("{} was asked to connect to TCP port {} of this machine, and could not",
                        called(*did_not), seen_.tcp_port),
            "the firewall of this machine lets no TCP in: let neighbours in",
            firewall_line(seen_.firewall, seen_));
    else if (machines)
        add(grade::warn, "tcp-in", "not looked at: nobody here shares what could be asked for",
            "share something on another machine, and run this again");
}

void judgement::tcp_out() {
    std::size_t answered = 0;
    for (const auto& each : seen_.machines) {
        using state = seen_machine::page_state;
        if (each.page == state::answered) ++answered;
        if (each.page != state::silent) continue;
        add(grade::fail, "tcp-out",
            fmt::format("{} answers by UDP, but not at its TCP port {}", called(each), each.page_port),
            "its firewall lets no TCP in: run doctor there");
    }
    if (answered > 0) ok("tcp-out", fmt::format("{} answered at their TCP ports", machines_text(answered)));
}

/// The machine that was named: how far the way to it leads.
void judgement::named(const named_machine& it) {
    const auto fails = [&](std::string what, std::string advice) {
        add(grade::fail, "host", std::move(what), std::move(advice));
    };
    if (!it.trouble.empty()) return fails(it.trouble, "give its address");
    if (it.is_this) return fails(it.asked + " is this machine", "name the other one");
    if (const auto* there = machine_at(it.addresses); there != nullptr && there->answered)
        return ok("host", called(*there) + " runs a node and sees this machine");
    for (const auto& other : seen_.other_networks)
        if (std::find(it.addresses.begin(), it.addresses.end(), other.address) != it.addresses.end()) return;
    if (!it.on_link)
        return fails(it.asked + " is in another network than this machine",
                     "nodes find each other within one network; across, name it: get HASH --peer HOST:PORT");
    if (it.refused)
        return fails(fmt::format("{} is there, but no node runs there", it.asked),
                     fmt::format("start one: share PATH (it would listen at UDP port {})", seen_.lan_port));
    if (it.answers_link == false || (!it.answers_link && !it.connected))
        return fails(it.asked + " does not answer at all, though it is in the network of this machine",
                     "it is off, or the access point keeps its clients apart: switch off client isolation "
                     "(AP isolation, guest network), or use a cable");
    if (!let_in()) return;  // it may answer, and is not heard
    if (it.connected)
        return fails(fmt::format("{} is there, but UDP port {} there is silent", it.asked, seen_.lan_port),
                     "its firewall drops UDP: run doctor there");
    fails(it.asked + " is there, but its firewall drops everything",
          "let neighbours in there: run doctor there");
}

void judgement::dht() {
    const auto& it = seen_.dht;
    if (!it.known) return;
    if (it.world + it.local > 0)
        return ok("dht",
                  fmt::format("DHT: {} nodes answer, {} of them in the internet{}", it.world + it.local,
                              it.world, it.running ? "" : "; no node of yours runs"));
    if (!seen_.internet) return ok("dht", "DHT: no other node on this network");
    add(grade::warn, "dht", "DHT: no node answers",
        "without it a link from outside needs a tracker; on this network nothing needs it. Is UDP to the "
        "internet allowed?");
}

void judgement::clock() {
    if (seen_.clock < this_program)
        return add(grade::fail, "clock", "the clock of this machine is years behind",
                   "set it: certificates of trackers seem invalid", "sudo timedatectl set-ntp true");
    std::size_t agree = 0;
    const seen_machine* worst = nullptr;
    for (const auto& each : seen_.machines) {
        if (!each.clock_ahead) continue;
        if (std::abs(*each.clock_ahead) <= clock_tolerance)
            ++agree;
        else if (worst == nullptr || std::abs(*each.clock_ahead) > std::abs(*worst->clock_ahead))
            worst = &each;
    }
    if (worst != nullptr)
        return add(grade::warn, "clock",
                   fmt::format("the clock of {} is {} {} the one of this machine{}", called(*worst),
                               time_text(std::abs(*worst->clock_ahead)),
                               *worst->clock_ahead > 0 ? "ahead of" : "behind",
                               agree > 0 ? fmt::format(", which agrees with {}", machines_text(agree)) : ""),
                   agree > 0 ? "set the clock there" : "set the one that is wrong");
    ok("clock", agree > 0 ? fmt::format("the clock agrees with {}", machines_text(agree))
                          : "the clock: nobody to compare it with");
}

void judgement::disks() {
    for (const auto& each : seen_.disks) {
        const auto text =
            fmt::format("{} MiB free for {} ({})", each.free / limits::MiB, each.what, each.path);
        if (each.free >= little_disk)
            ok("disk", text);
        else
            add(each.free < no_disk ? grade::fail : grade::warn, "disk", text, "make room there");
    }
}

void judgement::descriptors() {
    const auto text = fmt::format("{} files and connections may be open at a time", seen_.descriptors);
    if (seen_.descriptors >= few_descriptors)
        ok("descriptors", text);
    else
        add(grade::warn, "descriptors", text, "raise the limit: ulimit -n 4096");
}

}  // namespace

std::string_view to_string(grade how) {
    return how == grade::ok ? "ok" : how == grade::warn ? "warn" : "fail";
}

std::vector<finding> judge(const observations& seen) { return judgement(seen).run(); }

interface_kind kind_of_interface(std::string_view name, bool point_to_point) {
    constexpr std::string_view bridges[] = {"docker", "br-",   "veth",   "virbr", "vmnet",  "vboxnet",
                                            "lxcbr",  "lxdbr", "podman", "cni",   "flannel"};
    constexpr std::string_view tunnels[] = {"tun", "tap",  "wg",       "ppp",    "tailscale",
                                            "zt",  "utun", "nordlynx", "proton", "ipsec"};
    const auto begins = [&](std::string_view with) { return name.starts_with(with); };
    if (std::any_of(std::begin(bridges), std::end(bridges), begins)) return interface_kind::container;
    if (point_to_point || std::any_of(std::begin(tunnels), std::end(tunnels), begins))
        return interface_kind::vpn;
    return interface_kind::network;
}

std::string firewall_line(firewall_tool tool, const observations& seen) {
    const auto& from = seen.local_network;
    const auto ports = [&](char between, bool udp) {
        std::string list = udp ? fmt::format("{},{},", discovery::lsd_port, seen.lan_port) : std::string();
        if (seen.tcp_port_given &&
            (seen.tcp_port < seen.port_range.first || seen.tcp_port > seen.port_range.second))
            list += fmt::format("{},", seen.tcp_port);
        return list + fmt::format("{}{}{}", seen.port_range.first, between, seen.port_range.second);
    };
    const bool v6 = from.find(':') != std::string::npos;
    switch (tool) {
        case firewall_tool::none:
            return {};
        case firewall_tool::ufw:
            return fmt::format(
                "sudo ufw allow proto udp from {0} to any port {1} && "
                "sudo ufw allow proto tcp from {0} to any port {2}",
                from.empty() ? "any" : from, ports(':', true), ports(':', false));
        case firewall_tool::firewalld: {
            std::string line = "sudo firewall-cmd --permanent";
            for (const bool udp : {true, false}) {
                const auto list = ports('-', udp);
                for (std::size_t at = 0; at < list.size();) {
                    const auto end = std::min(list.find(',', at), list.size());
                    line += fmt::format(" --add-port={}/{}", list.substr(at, end - at), udp ? "udp" : "tcp");
                    at = end + 1;
                }
            }
            return line + " && sudo firewall-cmd --reload";
        }
        case firewall_tool::nft: {
            const auto source =
                from.empty() ? std::string() : fmt::format("{} saddr {} ", v6 ? "ip6" : "ip", from);
            return fmt::format(
                "sudo nft 'insert rule inet filter input {}meta l4proto {{ tcp, udp }} th dport "
                "{{ {} }} accept'",
                source, ports('-', true));
        }
        case firewall_tool::iptables: {
            const auto rule = fmt::format("sudo {} -I INPUT{}", v6 ? "ip6tables" : "iptables",
                                          from.empty() ? std::string() : " -s " + from);
            return fmt::format(
                "{0} -p udp -m multiport --dports {1} -j ACCEPT && "
                "{0} -p tcp -m multiport --dports {2} -j ACCEPT",
                rule, ports(':', true), ports(':', false));
        }
    }
    return {};
}

}  // namespace bt::app
