#include "app/dht/dht_json.hpp"

#include "base/text.hpp"

namespace bt::app {
namespace {

json to_json(const dht::routing_table::counts& counts) {
    return {{"good", counts.good},
            {"questionable", counts.questionable},
            {"bad", counts.bad},
            {"replacements", counts.replacements},
            {"buckets", counts.buckets}};
}

json to_json(const dht::family_stats& family) {
    json one = {{"id", to_hex(family.id.span())}};
    if (family.external) one["external"] = family.external->to_string();
    one["votes"] = family.votes;
    one["internet"] = to_json(family.world);
    one["this_network"] = to_json(family.local);
    return one;
}

dht::routing_table::counts read_counts(const json* from) {
    dht::routing_table::counts counts;
    if (from == nullptr) return counts;
    const auto read = [&](std::string_view key) {
        return static_cast<std::size_t>(from->find_natural(key).value_or(0));
    };
    counts.good = read("good");
    counts.questionable = read("questionable");
    counts.bad = read("bad");
    counts.replacements = read("replacements");
    counts.buckets = read("buckets");
    return counts;
}

/// Nothing if it is none.
std::optional<dht::family_stats> read_family(const json* from) {
    if (from == nullptr) return std::nullopt;
    const auto id = read_node_id(from->find_text("id").value_or(""));
    if (!id) return std::nullopt;
    dht::family_stats family;
    family.id = *id;
    if (const auto external = from->find_text("external")) family.external = ip_address::parse(*external);
    family.votes = static_cast<std::size_t>(from->find_natural("votes").value_or(0));
    family.world = read_counts(from->find("internet"));
    family.local = read_counts(from->find("this_network"));
    return family;
}

}  // namespace

std::optional<node_id> read_node_id(std::string_view hex) {
    const auto raw = from_hex(hex);
    return raw ? node_id::from(*raw) : std::nullopt;
}

json to_json(const dht::stats& stats) {
    json all = json::object{};
    if (stats.v4) all["ipv4"] = to_json(*stats.v4);
    if (stats.v6) all["ipv6"] = to_json(*stats.v6);
    all["queries_sent"] = stats.sent;
    all["queries_answered"] = stats.answered;
    all["round_trip"] = seconds(stats.round_trip);
    all["queries_served"] = stats.served;
    all["queries_ignored"] = stats.ignored;
    all["stored_peers"] = stats.stored_peers;
    all["stored_torrents"] = stats.stored_torrents;
    all["searches"] = stats.searches;
    return all;
}

std::string_view dht_state_word(const std::optional<dht::stats>& stats) {
    if (!stats) return "off";
    const auto any = [&](dht::routing_table::counts dht::family_stats::*side) {
        return (stats->v4 && ((*stats->v4).*side).good > 0) || (stats->v6 && ((*stats->v6).*side).good > 0);
    };
    if (any(&dht::family_stats::world)) return "public";
    return any(&dht::family_stats::local) ? "island" : "joining";
}

result<dht::stats> read_dht_stats(const json& from) {
    if (!from.find_natural("queries_sent")) return fail(errc::bad_data, "these are no numbers of a DHT");
    dht::stats stats;
    const auto read = [&](std::string_view key) { return from.find_natural(key).value_or(0); };
    stats.v4 = read_family(from.find("ipv4"));
    stats.v6 = read_family(from.find("ipv6"));
    stats.sent = read("queries_sent");
    stats.answered = read("queries_answered");
    const auto* trip = from.find("round_trip");
    const auto time = trip == nullptr ? std::nullopt : trip->number();
    if (time && *time >= 0 && *time < 3600)
        stats.round_trip = std::chrono::duration_cast<duration>(std::chrono::duration<double>(*time));
    stats.served = read("queries_served");
    stats.ignored = read("queries_ignored");
    stats.stored_peers = static_cast<std::size_t>(read("stored_peers"));
    stats.stored_torrents = static_cast<std::size_t>(read("stored_torrents"));
    stats.searches = static_cast<std::size_t>(read("searches"));
    return stats;
}

}  // namespace bt::app
