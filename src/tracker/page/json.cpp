// The same numbers for programs.
#include <cmath>

#include "base/json.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "tracker/page/numbers.hpp"
#include "tracker/page/pages.hpp"

namespace bt::tracker {
namespace {

constexpr int schema = 1;  // rises when a reader of the old form would go wrong

std::int64_t whole_seconds(duration time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time).count();
}

json optional_text(const std::string& text) { return text.empty() ? json() : json(printable(text)); }
json optional_text(const std::optional<std::string>& text) { return text ? json(printable(*text)) : json(); }

/// {"btnode": {"0.1.0": 5}, …}
json clients_of(const tracker_totals& totals) {
    json clients = json::object();
    for (const auto& [client, count] : totals.client_versions) {
        const auto text = printable(client);
        const auto space = text.rfind(' ');
        auto& versions = clients[text.empty() ? "unknown" : text.substr(0, space)];
        auto& known = versions[space == std::string::npos ? "unknown" : text.substr(space + 1)];
        known = known.natural().value_or(0) + count;
    }
    return clients;
}

json requests_of(const tracker_totals& totals) {
    json requests = json::object();
    for (std::size_t how = 0; how < transports; ++how)
        for (std::size_t kind = 0; kind < request_kinds; ++kind) {
            if (static_cast<transport>(how) == transport::http &&
                static_cast<request_kind>(kind) == request_kind::connect)
                continue;
            requests[name_of(static_cast<transport>(how))][name_of(static_cast<request_kind>(kind))] =
                json{{"ok", totals.answered[how][kind]}, {"error", totals.refused[how][kind]}};
        }
    return requests;
}

json reasons_of(const tracker_totals& totals) {
    json reasons = json::object();
    for (std::size_t i = 0; i < reject_reasons; ++i)
        reasons[key_of(static_cast<reject_reason>(i))] = totals.reasons[i];
    return reasons;
}

json quantile(const tracker_totals& totals, double part) {
    return durations_counted(totals) == 0 ? json() : json(duration_quantile(totals, part).seconds);
}

json peer_json(const peer_row& peer) {
    json::array addresses;
    for (const auto& address : peer.addresses) addresses.emplace_back(address.to_string());
    return {{"addresses", std::move(addresses)},
            {"host", optional_text(peer.host)},
            {"client", optional_text(peer.client)},
            {"left", peer.left},
            {"uploaded", peer.uploaded},
            {"downloaded", peer.downloaded},
            {"rate_upload", peer.rate_up},
            {"rate_download", peer.rate_down},
            {"seeder", peer.seeder},
            {"transport", name_of(peer.udp ? transport::udp : transport::http)},
            {"known_seconds", whole_seconds(peer.known)},
            {"seen_seconds_ago", whole_seconds(peer.seen)}};
}

json part_json(const host_row::part& part) {
    return {{"hash_string", to_hex(part.hash.span())},
            {"name", optional_text(part.name)},
            {"seeder", part.seeder},
            {"percent_done", part.done ? json(*part.done) : json()},
            {"left", part.left}};
}

}  // namespace

std::string stats_json(const overview& all) {
    const auto& totals = all.totals;
    return json{{"torrents", totals.torrents},
                {"activeTorrents", totals.active_torrents},
                {"peersAll", totals.peers},
                {"peersSeederOnly", totals.seeders},
                {"peersLeecherOnly", totals.leechers},
                {"peersSeederAndLeecher", 0},  // a peer is counted once for each of its torrents
                {"peersIPv4", totals.peers_v4},
                {"peersIPv6", totals.peers_v6},
                {"clients", clients_of(totals)},
                // ours
                {"schema", schema},
                {"version", client_string},
                {"uptime_seconds", whole_seconds(totals.uptime)},
                {"hosts", totals.hosts},
                {"seeders_ipv4", totals.seeders_v4},
                {"seeders_ipv6", totals.seeders_v6},
                {"completed", totals.completed},
                {"completed_today", totals.completed_today},
                {"announces_per_minute", totals.announces_per_minute},
                {"requests_per_second",
                 json{{"http", totals.requests_per_second[0]}, {"udp", totals.requests_per_second[1]}}},
                {"requests", requests_of(totals)},
                {"refused", reasons_of(totals)},
                {"bytes_in", totals.bytes_in},
                {"bytes_out", totals.bytes_out},
                {"latency_seconds", json{{"p50", quantile(totals, 0.5)}, {"p99", quantile(totals, 0.99)}}},
                {"peers_per_torrent", json{{"p50", totals.peers_p50},
                                           {"p90", totals.peers_p90},
                                           {"p99", totals.peers_p99},
                                           {"max", totals.peers_max}}}}
        .dump();
}

std::string torrent_json(const overview& all) {
    if (all.torrents.empty())
        return json{
            {"schema", schema},
            {"error", json{{"code", "not_found"}, {"message", "this tracker does not know that torrent"}}}}
            .dump();
    const auto& torrent = all.torrents.front();
    json::array peers, history;
    for (const auto& peer : torrent.peers) peers.push_back(peer_json(peer));
    for (const auto& step : torrent.history)
        history.push_back(json{{"seeders", step.seeders}, {"leechers", step.leechers}});
    return json{{"schema", schema},
                {"hash_string", to_hex(torrent.hash.span())},
                {"name", optional_text(torrent.name)},
                {"total_size", torrent.size > 0 ? json(torrent.size) : json()},
                {"file_count", torrent.file_count > 0 ? json(torrent.file_count) : json()},
                {"has_torrent_file", torrent.has_file},
                {"seeders", torrent.seeders},
                {"leechers", torrent.leechers},
                {"completed", torrent.completed},
                {"completed_today", torrent.completed_today},
                {"last_announce_seconds_ago", whole_seconds(torrent.last_announce)},
                {"peers", std::move(peers)},
                {"history_step_seconds", 900},
                {"history", std::move(history)}}
        .dump();
}

std::string peers_json(const overview& all) {
    json::array hosts;
    for (const auto& host : all.hosts) {
        json::array parts;
        for (const auto& part : host.torrents) parts.push_back(part_json(part));
        hosts.push_back(json{{"address", all.show_addresses ? json(host.address.to_string()) : json()},
                             {"host", all.show_addresses ? optional_text(host.host) : json()},
                             {"client", optional_text(host.client)},
                             {"known_seconds", whole_seconds(host.known)},
                             {"seen_seconds_ago", whole_seconds(host.seen)},
                             {"torrents", std::move(parts)}});
    }
    return json{{"schema", schema}, {"hosts", std::move(hosts)}, {"more_hosts", all.more_hosts}}.dump();
}

}  // namespace bt::tracker
