#include "cli/json/lan_json.hpp"

#include <chrono>
#include <cmath>

#include "app/doctor/doctor_json.hpp"
#include "app/lan/lan_json.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/json/json.hpp"
#include "torrent/urls.hpp"

namespace bt::cli {
namespace {

json event(std::string_view name) {
    const auto now =
        std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    return {{"schema", json_schema}, {"time", std::round(now * 1000) / 1000}, {"event", name}};
}

json neighbours(const std::vector<app::shared_torrent>& torrents,
                const std::vector<app::found_tracker>& trackers) {
    return {{"torrents", app::torrents_json(torrents)}, {"trackers", app::trackers_json(trackers)}};
}

}  // namespace

std::string discover_json(const std::vector<app::shared_torrent>& torrents,
                          const std::vector<app::found_tracker>& trackers) {
    json all = {{"schema", json_schema}};
    all.append(neighbours(torrents, trackers));
    return all.dump();
}

std::string discover_event(const std::vector<app::shared_torrent>& torrents,
                           const std::vector<app::found_tracker>& trackers) {
    json all = event("shares");
    all.append(neighbours(torrents, trackers));
    return all.dump();
}

std::string who_json(const std::vector<app::machine>& machines) {
    json list = json::array{};
    for (const auto& each : machines) {
        json addresses = json::array{}, ports = json::array{}, shares = json::array{};
        for (const auto& address : each.addresses) addresses.push_back(address.to_string());
        std::uint64_t count = 0;
        for (const auto& one : each.nodes) {
            if (one.node.peer_port != 0) ports.push_back(one.node.peer_port);
            count += one.node.shares;
        }
        for (const auto& share : app::shares_of(each.nodes))
            shares.push_back({{"hash_string", to_hex(share.hash.span())},
                              {"name", share.name},
                              {"total_size", share.total_size},
                              {"complete", share.seeders > 0}});
        const auto& first = each.nodes.front().node;
        list.push_back({{"host", each.host},
                        {"addresses", std::move(addresses)},
                        {"client_name", first.client},
                        {"peer_port", first.peer_port},
                        {"peer_ports", std::move(ports)},
                        {"share_count", count},
                        {"shares", std::move(shares)}});
    }
    return json{{"schema", json_schema}, {"nodes", std::move(list)}}.dump();
}

std::string doctor_json(const std::vector<app::finding>& findings) {
    return json{{"schema", json_schema}, {"findings", app::findings_json(findings)}}.dump();
}

std::string scrape_json(const info_hash& torrent, const std::string& name,
                        const std::vector<app::scrape_result>& counts) {
    json trackers = json::array{};
    for (const auto& each : counts) {
        json one = {{"announce", torrent::public_url(each.url)}};
        if (each.seeders) one["seeder_count"] = *each.seeders;
        if (each.leechers) one["leecher_count"] = *each.leechers;
        if (each.completed) one["download_count"] = *each.completed;
        if (!each.error.empty()) one["error"] = each.error;
        trackers.push_back(std::move(one));
    }
    json shown = {{"hash_string", to_hex(torrent.span())}, {"name", name}, {"trackers", std::move(trackers)}};
    return json{{"schema", json_schema}, {"torrents", json::array{std::move(shown)}}}.dump();
}

std::string tracker_listening_event(const app::tracker_service& tracker) {
    json line = event("listening");
    const auto urls = tracker.announce_urls();
    line["announce"] = json::array(urls.begin(), urls.end());
    line["page"] = tracker.page_url();
    return line.dump();
}

std::string tracker_stats_event(const app::tracker_view& view) {
    const auto& t = view.totals;
    std::uint64_t answered = 0, refused = 0;
    for (const auto& way : t.answered)
        for (auto count : way) answered += count;
    for (const auto& way : t.refused)
        for (auto count : way) refused += count;
    json line = event("stats");
    line["torrents"] = t.torrents;
    line["peers"] = t.peers;
    line["seeders"] = t.seeders;
    line["leechers"] = t.leechers;
    line["announces_per_minute"] = std::round(t.announces_per_minute * 10) / 10;
    line["requests_answered"] = answered;
    line["requests_refused"] = refused;
    line["completed_today"] = t.completed_today;
    line["uptime"] = std::round(seconds(t.uptime));
    return line.dump();
}

std::string plain_event(std::string_view name) { return event(name).dump(); }

}  // namespace bt::cli
