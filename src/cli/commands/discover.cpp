// `discover` and `who`: what the LAN shares, and which nodes are on it.
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>

#include "app/lan/lan_json.hpp"
#include "base/text.hpp"
#include "cli/clock.hpp"
#include "cli/commands.hpp"
#include "cli/commands/peers_of.hpp"
#include "cli/display/format.hpp"
#include "cli/display/output.hpp"
#include "cli/display/table.hpp"
#include "cli/interrupt.hpp"
#include "cli/json/lan_json.hpp"

namespace bt::cli {
namespace {

constexpr duration discover_look_time = 50ms;
constexpr duration enough_time = 1s;  // whoever is there has answered by then
constexpr duration watch_time = 2s;

/// Listens for the time given, or less once a node was heard and none owes an answer.
void listen(app::lan_browser& around, duration timeout, bool wait_out) {
    around.every(discover_look_time, [&around, timeout, wait_out] {
        const bool heard = !around.nodes().empty() || !around.trackers().empty();
        const bool enough = !wait_out && heard && around.listened() >= enough_time && around.is_quiet();
        if (enough || around.listened() >= timeout) around.stop();
    });
    around.run();
}

std::vector<app::shared_torrent> wanted(const app::lan_browser& around, const std::string& name) {
    auto all = around.torrents();
    if (name.empty()) return all;
    if (auto found = app::meant_by(all, name); !found.empty()) return found;
    return app::similar(all, name);
}

/// "named differently by vm (10.77.0.3): 'evil.exe'", for those of which hosts say different names.
void print_other_names(output& out, const std::vector<app::shared_torrent>& torrents) {
    for (const auto& each : torrents)
        for (std::size_t i = 1; i < each.names.size(); ++i) {
            std::vector<std::string> hosts;
            for (const auto& source : each.names[i].by) hosts.push_back(app::to_text(source));
            out.note(fmt::format("{} ({}) is named differently by {}: '{}'", printable(each.entry.name, 200),
                                 short_hash(each.entry.hash), joined(hosts, ", ", 64),
                                 printable(each.names[i].name, 200)));
        }
}

void print_torrents(output& out, const std::vector<app::shared_torrent>& torrents) {
    table list({{"NAME", false, true},
                {"SIZE", true},
                {"COMPLETE", true, false, false, true},
                {"GETTING", true, false, false, true},
                {"SHARED BY", false, true, false, true},
                {"HASH"}});
    for (const auto& [entry, peers, names] : torrents) {
        const auto hash = to_hex(entry.hash.span());
        const auto name = printable(entry.name, 1024);
        list.row({name, size_text(entry.total_size), std::to_string(entry.seeders),
                  std::to_string(entry.leechers), joined(entry.hosts, ", ", 64), short_hash(entry.hash)},
                 {name, std::to_string(entry.total_size), std::to_string(entry.seeders),
                  std::to_string(entry.leechers), joined(entry.hosts, ",", 64), hash});
    }
    list.print(out);
}

void print_trackers(output& out, const std::vector<app::found_tracker>& trackers) {
    table list({{"TRACKER"}, {"HOST", false, true}, {"TORRENTS", true}});
    for (const auto& each : trackers) {
        const auto count = each.answered ? std::to_string(each.torrents.size()) : std::string("?");
        list.row({each.url, printable(each.host, 64), count}, {each.url, printable(each.host, 64), count});
    }
    list.print(out);
}

void print_hint(output& out, const app::lan_browser& around, bool any) {
    std::string text = any ? fmt::format("Fetch one with: {} get NAME", out.general().program)
                       : around.torrents().empty() ? "Nothing shared on this network yet."
                                                   : "Nothing that is shared here fits that name.";
    for (const auto& each : around.trackers())
        text += fmt::format("   Tracker {}: {}{}", each.answered ? "found" : "without an answer", each.url,
                            each.host.empty() ? "" : fmt::format(" ({})", printable(each.host, 64)));
    out.note(text);
}

ending watch(output& out, app::lan_browser& around, const discover_options& options) {
    int signal = 0;
    for (int number : {SIGINT, SIGTERM})
        around.on_signal(number, [&, number] {
            if (is_first(signal, number)) around.stop();
        });
    std::string last;
    around.every(500ms, [&] {
        const auto torrents = wanted(around, options.name);
        const auto key = discover_json(torrents, around.trackers());
        if (!around.is_quiet() || key == last) return;
        last = key;
        if (out.general().json)
            out.result(discover_event(torrents, around.trackers()));
        else if (options.trackers)
            print_trackers(out, around.trackers());
        else
            print_torrents(out, torrents);
        if (out.result_lost()) around.stop();
    });
    around.every(watch_time, [&] { around.refresh(); });
    around.run();
    return {out.lost_or_done(), signal};
}

}  // namespace

ending discover(const general_options& general, discover_options options) {
    output out(general);
    auto around = app::lan_browser::start(options.look);
    if (!around) return out.fails(around.error());
    if (options.watch) return watch(out, **around, options);
    listen(**around, options.timeout, options.wait_out);
    const auto torrents = wanted(**around, options.name);
    const auto trackers = (*around)->trackers();
    if (general.json) {
        out.result(discover_json(torrents, trackers));
    } else if (options.trackers) {
        print_trackers(out, trackers);
        if (trackers.empty()) out.note("No tracker found on this network.");
    } else {
        print_torrents(out, torrents);
        print_other_names(out, torrents);
        print_hint(out, **around, !torrents.empty());
    }
    if (!options.name.empty() && !options.trackers && torrents.empty())
        return out.fails({errc::not_found,
                          fmt::format("nobody on this network shares '{}'", printable(options.name, 200)),
                          {}});
    return {out.lost_or_done()};
}

ending who(const general_options& general, who_options options) {
    output out(general);
    if (!options.torrent.empty()) return peers_of(out, options.torrent);
    auto around = app::lan_browser::start(options.look);
    if (!around) return out.fails(around.error());
    listen(**around, options.timeout, options.wait_out);
    const auto machines = app::machines_of((*around)->nodes());
    if (general.json) {
        out.result(who_json(machines));
        return {out.lost_or_done()};
    }
    table list({{"HOST", false, true},
                {"ADDRESS"},
                {"CLIENT", false, true, false, true},
                {"SHARES", false, true, false, true}});
    for (const auto& each : machines) {
        const auto shared = app::shares_of(each.nodes);
        std::vector<std::string> names;
        for (const auto& share : shared) names.push_back(share.name);
        std::string shares = names.empty() ? "" : printable(names.front(), 200);
        if (names.size() > 1) shares += fmt::format(" (+{})", names.size() - 1);
        if (std::any_of(each.nodes.begin(), each.nodes.end(), [](const app::neighbour& one) {
                return one.node.http_tracker_port || one.node.udp_tracker_port;
            }))
            shares += shares.empty() ? "tracker" : ", tracker";
        const auto host = printable(each.host, 64), address = each.addresses.front().to_string();
        const auto client = printable(each.nodes.front().node.client, 64);
        list.row({host, address, client, shares}, {host, address, client, joined(names, ",", 64)});
    }
    list.print(out);
    if (machines.empty()) out.note("Nobody else on this network.");
    return {out.lost_or_done()};
}

}  // namespace bt::cli
