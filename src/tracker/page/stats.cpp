// `/stats`: the numbers, for an operator.
#include <algorithm>
#include <numeric>

#include "base/version.hpp"
#include "tracker/page/graphics.hpp"
#include "tracker/page/numbers.hpp"
#include "tracker/page/pages.hpp"
#include "tracker/page/parts.hpp"
#include "tracker/page/text.hpp"

namespace bt::tracker {
namespace {

std::string quantile_text(const tracker_totals& totals, double part) {
    if (durations_counted(totals) == 0) return "–";
    const auto found = duration_quantile(totals, part);
    return (found.more ? "over " : "") + latency_text(found.seconds);
}

template <std::size_t N>
std::uint64_t sum_of(const std::array<std::uint64_t, N>& counts) {
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

html usage_figures(const tracker_totals& totals) {
    const double per_second = totals.requests_per_second[0] + totals.requests_per_second[1];
    return facts({
        {"Requests a second", decimal_text(per_second),
         "HTTP " + decimal_text(totals.requests_per_second[0]) + ", UDP " +
             decimal_text(totals.requests_per_second[1])},
        {"Latency p50", quantile_text(totals, 0.5), "half take less"},
        {"Latency p99", quantile_text(totals, 0.99), "99 of 100 take less"},
        {"Received", size_text(totals.bytes_in)},
        {"Sent", size_text(totals.bytes_out)},
        {"Up for", duration_text(totals.uptime),
         std::string(program_name) + " " + std::string(program_version)},
    });
}

html requests(const tracker_totals& totals) {
    std::vector<std::vector<html>> rows;
    for (std::size_t how = 0; how < transports; ++how)
        for (std::size_t kind = 0; kind < request_kinds; ++kind) {
            const auto type = static_cast<request_kind>(kind);
            const auto spoken = static_cast<transport>(how);
            if (spoken == transport::http && type == request_kind::connect) continue;  // BEP 15 only
            rows.push_back(
                {std::string(spoken == transport::http ? "HTTP " : "UDP ") + std::string(name_of(type)),
                 grouped(totals.answered[how][kind]), grouped(totals.refused[how][kind])});
        }
    return table("Requests since the start",
                 {{"Request", "name"}, {"Answered", "number"}, {"Refused", "number"}}, rows);
}

html errors(const tracker_totals& totals) {
    if (sum_of(totals.reasons) == 0) return empty_state("Nothing was refused.", "", "");
    const auto most = static_cast<double>(*std::max_element(totals.reasons.begin(), totals.reasons.end()));
    std::vector<std::vector<html>> rows;
    for (std::size_t i = 0; i < reject_reasons; ++i)
        if (totals.reasons[i] > 0)
            rows.push_back({name_of(static_cast<reject_reason>(i)),
                            measure_bar(static_cast<double>(totals.reasons[i]), most),
                            grouped(totals.reasons[i])});
    return table("Refused requests by reason",
                 {{"Reason", "name"}, {"Share", "swarm"}, {"Requests", "number"}}, rows);
}

html durations(const tracker_totals& totals) {
    if (durations_counted(totals) == 0) return empty_state("No request yet.", "", "");
    const auto most =
        static_cast<double>(*std::max_element(totals.durations.begin(), totals.durations.end()));
    std::vector<std::vector<html>> rows;
    for (std::size_t i = 0; i < totals.durations.size(); ++i)
        rows.push_back({i < duration_bounds.size() ? "up to " + latency_text(duration_bounds[i])
                                                   : "over " + latency_text(duration_bounds.back()),
                        measure_bar(static_cast<double>(totals.durations[i]), most),
                        grouped(totals.durations[i])});
    return table("Announces and scrapes by how long their answer took",
                 {{"Time", "name"}, {"Share", "swarm"}, {"Requests", "number"}}, rows);
}

html swarms(const tracker_totals& totals) {
    std::vector<std::vector<html>> rows = {
        {"half of the torrents have at most", grouped(totals.peers_p50)},
        {"90 % have at most", grouped(totals.peers_p90)},
        {"99 % have at most", grouped(totals.peers_p99)},
        {"the largest has", grouped(totals.peers_max)},
    };
    return table("Peers per torrent", {{"Torrents", "name"}, {"Peers", "number"}}, rows);
}

html families(const tracker_totals& totals) {
    const auto leechers = [](std::size_t peers, std::size_t seeders) {
        return peers > seeders ? peers - seeders : 0;
    };
    std::vector<std::vector<html>> rows = {
        {"IPv4", grouped(totals.seeders_v4), grouped(leechers(totals.peers_v4, totals.seeders_v4))},
        {"IPv6", grouped(totals.seeders_v6), grouped(leechers(totals.peers_v6, totals.seeders_v6))},
    };
    return table("Peers by address family; one with both counts in both",
                 {{"Family", "name"}, {"Complete", "number"}, {"Downloading", "number"}}, rows);
}

html clients(const tracker_totals& totals) {
    if (totals.clients.empty()) return empty_state("No client yet.", "", "");
    std::size_t most = 0;
    for (const auto& [name, count] : totals.clients) most = std::max(most, count);
    std::vector<std::vector<html>> rows;
    for (const auto& [name, count] : totals.clients) {
        rows.push_back({name.empty() ? html("unknown") : html(name),
                        measure_bar(static_cast<double>(count), static_cast<double>(most)), grouped(count)});
        if (rows.size() == 10) break;
    }
    return table("The most frequent clients", {{"Client", "name"}, {"Share", "swarm"}, {"Peers", "number"}},
                 rows);
}

html panel(literal title, const html& content) {
    return el("section", {{"class", "panel"}}, el("h2", title.text()), content);
}

}  // namespace

std::string stats_page(const overview& all) {
    const auto& totals = all.totals;
    html content = el("h1", "Numbers");
    content += usage_figures(totals);
    html grid = panel("Requests", requests(totals));
    grid += panel("Refused", errors(totals));
    grid += panel("Time to answer", durations(totals));
    grid += panel("Clients", clients(totals));
    grid += panel("Peers per torrent", swarms(totals));
    grid += panel("Peers", families(totals));
    content += el("div", {{"class", "grid"}}, grid);
    return page(page_kind::numbers, "Numbers", all.host, content);
}

}  // namespace bt::tracker
