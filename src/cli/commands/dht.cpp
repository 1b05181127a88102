// `dht`: what the network without trackers knows.
#include <fmt/format.h>
#include <signal.h>

#include <cmath>
#include <set>

#include "base/text.hpp"
#include "cli/clock.hpp"
#include "cli/commands.hpp"
#include "cli/display/format.hpp"
#include "cli/display/output.hpp"
#include "cli/interrupt.hpp"
#include "cli/json/dht_json.hpp"

namespace bt::cli {
namespace {

constexpr duration dht_look_time = 50ms;
constexpr std::string_view unreachable_hint =
    "is there a way into the internet? --dht-bootstrap HOST:PORT names a node to begin with";

class dht_command {
  public:
    dht_command(const general_options& general, dht_command_options options)
        : out_(general), options_(std::move(options)) {}

    ending run() {
        auto access = app::dht_access::start(options_.node);
        if (!access) return fails(access.error());
        dht_ = std::move(*access);
        for (int number : {SIGINT, SIGTERM})
            dht_->on_signal(number, [this, number] {
                if (is_first(end_.signal, number)) dht_->stop();
            });
        const auto began = steady_now();
        dht_->every(dht_look_time, [this, began] {
            if (!over_ && steady_now() - began >= options_.timeout) late();
        });
        begin();
        if (!over_) dht_->run();
        if (out_.result_lost()) end_.code = exit_code::failure;
        return end_;
    }

  private:
    void begin();
    void found(const std::vector<endpoint>& peers);
    void searched(const result<app::dht_search_end>& end);
    void searched_peers(const app::dht_search_end& end);
    void announced(const app::dht_search_end& end);
    void ponged(const result<app::dht_pong>& pong);
    void counted_up(const result<dht::stats>& stats);
    void print(const dht::stats& stats);
    void print_raw(const dht::stats& stats);
    void late();

    ending fails(const error& why) {
        out_.error(why);
        end_.code = exit_code_of(why.code);
        return end_;
    }
    void stop() {
        over_ = true;
        dht_->stop();
    }
    std::string host_and_port() const {
        const bool v6 = options_.host.find(':') != std::string::npos;
        return fmt::format("{}{}{}:{}", v6 ? "[" : "", printable(options_.host, 253), v6 ? "]" : "",
                           options_.port);
    }
    std::string limit() const {
        const auto ms = std::lround(seconds(options_.timeout) * 1000);
        return ms < 1000 ? fmt::format("{}ms", ms) : duration_text(options_.timeout);
    }
    bool json() const { return out_.general().json; }

    output out_;
    dht_command_options options_;
    std::unique_ptr<app::dht_access> dht_;
    std::set<endpoint> known_;
    std::vector<endpoint> peers_;
    ending end_;
    bool over_ = false;
};

void dht_command::begin() {
    const auto ended = [this](const result<app::dht_search_end>& end) { searched(end); };
    switch (options_.action) {
        case dht_action::peers:
        case dht_action::announce:
            return dht_->search(
                options_.hash, options_.action == dht_action::announce, options_.port,
                [this](const std::vector<endpoint>& peers) { found(peers); }, ended);
        case dht_action::ping:
            return dht_->ping(options_.host, options_.port,
                              [this](const result<app::dht_pong>& pong) { ponged(pong); });
        case dht_action::stats:
            return dht_->stats([this](const result<dht::stats>& stats) { counted_up(stats); });
    }
}

void dht_command::found(const std::vector<endpoint>& peers) {
    if (over_ || options_.action != dht_action::peers) return;
    for (const auto& peer : peers) {
        if (!known_.insert(peer).second) continue;
        peers_.push_back(peer);
        if (!json()) out_.result(peer.to_string());
    }
    if (out_.result_lost()) stop();
}

void dht_command::searched(const result<app::dht_search_end>& end) {
    if (over_) return;
    if (!end)
        fails(end.error());
    else if (options_.action == dht_action::peers)
        searched_peers(*end);
    else
        announced(*end);
    stop();
}

void dht_command::searched_peers(const app::dht_search_end& end) {
    if (json()) out_.result(dht_peers_json(options_.hash, peers_, end));
    if (!peers_.empty()) return;
    fails({errc::not_found,
           fmt::format("nobody has announced {} ({} asked)", to_hex(options_.hash.span()),
                       counted(end.nodes_answered, "node")),
           {}});
}

void dht_command::announced(const app::dht_search_end& end) {
    if (json())
        out_.result(dht_announce_json(options_.hash, end));
    else if (!out_.out().is_terminal)
        out_.result(std::to_string(end.announced));
    else
        out_.result(fmt::format("Announced port {} to {}. It lasts for about 30 minutes.", end.port,
                                counted(end.announced, "node")));
    if (end.announced == 0)
        fails({errc::failure,
               fmt::format("{} answered, but none took the announce", counted(end.nodes_answered, "node")),
               {}});
}

void dht_command::ponged(const result<app::dht_pong>& pong) {
    if (over_) return;
    if (!pong) {
        fails(pong.error());
    } else if (!pong->id) {
        fails({errc::not_found, fmt::format("no answer from {}", host_and_port()), {}});
    } else if (json()) {
        out_.result(dht_ping_json(options_.host, *pong));
    } else {
        const auto id = to_hex(pong->id->span());
        const auto client = dht_client_text(pong->version);
        if (out_.out().is_terminal)
            out_.result(fmt::format("{}  id {}  {} ms{}{}", host_and_port(), id,
                                    std::lround(seconds(pong->round_trip) * 1000), client.empty() ? "" : "  ",
                                    client));
        else
            out_.result(
                fmt::format("{}\t{}\t{:.3f}\t{}", host_and_port(), id, seconds(pong->round_trip), client));
    }
    stop();
}

void dht_command::counted_up(const result<dht::stats>& stats) {
    if (over_) return;
    if (!stats)
        fails(stats.error());
    else if (json())
        out_.result(dht_stats_json(*stats, dht_->is_running_node()));
    else if (out_.out().is_terminal)
        print(*stats);
    else
        print_raw(*stats);
    stop();
}

std::string table_text(const dht::routing_table::counts& counts) {
    return fmt::format("{} good, {} questionable, {} bad", grouped(counts.good), grouped(counts.questionable),
                       grouped(counts.bad));
}

void dht_command::print(const dht::stats& stats) {
    const auto row = [this](std::string_view name, const std::string& text) {
        out_.result(fmt::format("{}{}", pad_right(std::string(name), 11), text));
    };
    const auto families = {std::pair("IPv4", &stats.v4), std::pair("IPv6", &stats.v6)};
    for (const auto& [name, family] : families)
        if (*family) row("Node ID", fmt::format("{}  ({})", to_hex((*family)->id.span()), name));
    for (const auto& [name, family] : families) {
        if (!*family) continue;
        row("Table", fmt::format("{}  ({}, internet)", table_text((*family)->world), name));
        row("", fmt::format("{}  ({}, this network)", table_text((*family)->local), name));
    }
    for (const auto& [name, family] : families)
        if (*family && (*family)->external)
            row("External",
                fmt::format("{} ({})", (*family)->external->to_string(), counted((*family)->votes, "vote")));
    row("Queries",
        fmt::format("{} sent, {} answered{}, median {} ms", grouped(stats.sent), grouped(stats.answered),
                    stats.sent == 0 ? "" : fmt::format(" ({} %)", percent(stats.answered, stats.sent)),
                    std::lround(seconds(stats.round_trip) * 1000)));
    row("Served", fmt::format("{} queries, {} ignored", grouped(stats.served), grouped(stats.ignored)));
    row("Stored", fmt::format("{} of {}", counted(stats.stored_peers, "peer"),
                              counted(stats.stored_torrents, "torrent")));
    if (!dht_->is_running_node())
        out_.note("Of a node started for this question; no share or get runs here.");
}

/// A name and a value a line.
void dht_command::print_raw(const dht::stats& stats) {
    const auto row = [this](const std::string& name, const auto& value) {
        out_.result(fmt::format("{}\t{}", name, value));
    };
    const auto table = [&](const std::string& name, const dht::routing_table::counts& counts) {
        row(name + "_good", counts.good);
        row(name + "_questionable", counts.questionable);
        row(name + "_bad", counts.bad);
    };
    for (const auto& [name, family] :
         {std::pair(std::string("ipv4"), &stats.v4), std::pair(std::string("ipv6"), &stats.v6)}) {
        if (!*family) continue;
        row(name + "_node_id", to_hex((*family)->id.span()));
        table(name + "_internet", (*family)->world);
        table(name + "_this_network", (*family)->local);
        if ((*family)->external) row(name + "_external_address", (*family)->external->to_string());
    }
    row("queries_sent", stats.sent);
    row("queries_answered", stats.answered);
    row("round_trip_seconds", fmt::format("{:.3f}", seconds(stats.round_trip)));
    row("queries_served", stats.served);
    row("queries_ignored", stats.ignored);
    row("stored_peers", stats.stored_peers);
    row("stored_torrents", stats.stored_torrents);
}

/// The time is over.
void dht_command::late() {
    switch (options_.action) {
        case dht_action::stats:
            return;  // it has a limit of its own, and then an answer
        case dht_action::ping:
            fails(
                {errc::not_found, fmt::format("no answer from {} within {}", host_and_port(), limit()), {}});
            break;
        case dht_action::peers:
            if (!peers_.empty()) {
                if (json()) out_.result(dht_peers_json(options_.hash, peers_, {}));
                break;
            }
            [[fallthrough]];
        case dht_action::announce:
            if (dht_->nodes() == 0)
                fails({errc::not_found, fmt::format("no node of the DHT was reached within {}", limit()),
                       std::string(unreachable_hint)});
            else
                fails({errc::not_found, fmt::format("the search did not end within {}", limit()), {}});
            break;
    }
    stop();
}

}  // namespace

ending dht(const general_options& general, dht_command_options options) {
    return dht_command(general, std::move(options)).run();
}

}  // namespace bt::cli
