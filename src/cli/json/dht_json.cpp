#include "cli/json/dht_json.hpp"

#include <cmath>

#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/json/json.hpp"

namespace bt::cli {
namespace {

double thousandths(duration time) { return std::round(seconds(time) * 1000) / 1000; }

json document(std::string_view action) { return {{"schema", json_schema}, {"action", action}}; }

json table_of(const dht::routing_table::counts& counts) {
    return {{"good", counts.good},
            {"questionable", counts.questionable},
            {"bad", counts.bad},
            {"buckets", counts.buckets}};
}

json family_of(const dht::family_stats& family) {
    json one = {{"node_id", to_hex(family.id.span())}};
    if (family.external) one["external_address"] = family.external->to_string();
    one["external_votes"] = family.votes;
    one["internet"] = table_of(family.world);
    one["this_network"] = table_of(family.local);
    return one;
}

}  // namespace

std::string dht_peers_json(const info_hash& hash, const std::vector<endpoint>& peers,
                           const app::dht_search_end& end) {
    json list = json::array{};
    for (const auto& peer : peers)
        list.push_back({{"address", peer.address.to_string()}, {"port", peer.port}});
    json all = document("peers");
    all["hash_string"] = to_hex(hash.span());
    all["peers"] = std::move(list);
    all["nodes_answered"] = end.nodes_answered;
    all["seconds"] = thousandths(end.took);
    return all.dump();
}

std::string dht_announce_json(const info_hash& hash, const app::dht_search_end& end) {
    json all = document("announce");
    all["hash_string"] = to_hex(hash.span());
    all["port"] = end.port;
    all["nodes_announced"] = end.announced;
    all["nodes_answered"] = end.nodes_answered;
    all["seconds"] = thousandths(end.took);
    return all.dump();
}

std::string dht_ping_json(const std::string& where, const app::dht_pong& pong) {
    json all = document("ping");
    all["host"] = where;
    all["address"] = pong.at.address.to_string();
    all["port"] = pong.at.port;
    all["node_id"] = to_hex(pong.id->span());
    all["seconds"] = thousandths(pong.round_trip);
    all["client_name"] = dht_client_text(pong.version);
    return all.dump();
}

std::string dht_stats_json(const dht::stats& stats, bool of_running_node) {
    json all = document("stats");
    all["running_node"] = of_running_node;
    if (stats.v4) all["ipv4"] = family_of(*stats.v4);
    if (stats.v6) all["ipv6"] = family_of(*stats.v6);
    all["queries_sent"] = stats.sent;
    all["queries_answered"] = stats.answered;
    all["round_trip_seconds"] = thousandths(stats.round_trip);
    all["queries_served"] = stats.served;
    all["queries_ignored"] = stats.ignored;
    all["stored_peers"] = stats.stored_peers;
    all["stored_torrents"] = stats.stored_torrents;
    all["searches"] = stats.searches;
    return all.dump();
}

std::string dht_client_text(std::string_view version) {
    const auto is_letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
    if (version.size() < 2 || !is_letter(version[0]) || !is_letter(version[1])) return "";
    const auto letters = version.substr(0, 2);
    static constexpr std::pair<std::string_view, std::string_view> known[] = {
        {"LT", "libtorrent"}, {"UT", "uTorrent"}, {"TR", "Transmission"}, {"nb", "btnode"},
        {"lt", "rTorrent"},   {"A2", "aria2"},    {"ML", "MLDHT"},
    };
    std::string text(letters);
    for (const auto& [short_name, name] : known)
        if (short_name == letters) text = name;
    if (version.size() != 4) return text;
    const auto number = [&](std::size_t i) { return std::to_string(static_cast<unsigned char>(version[i])); };
    return text + " " + number(2) + "." + number(3);
}

}  // namespace bt::cli
