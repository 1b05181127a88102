// Prometheus' text format 0.0.4. No label can take more values than this program knows, save the hashes of
// `per_torrent`, which the operator asked for.
#include <fmt/format.h>

#include <initializer_list>
#include <utility>

#include "base/text.hpp"
#include "base/version.hpp"
#include "tracker/page/numbers.hpp"
#include "tracker/page/pages.hpp"

namespace bt::tracker {
namespace {

class exposition {
  public:
    using labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

    /// A family of samples: all of them follow before the next family begins.
    void family(std::string_view name, std::string_view type, std::string_view help) {
        name_ = std::string(program_name) + "_" + std::string(name);
        text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name_, help, name_, type);
    }
    template <class Number>
    void sample(labels given, Number value, std::string_view ending = {}) {
        text_ += name_;
        text_ += ending;
        char before = '{';
        for (const auto& [label, content] : given) {
            text_ += before;
            text_ += label;
            text_ += "=\"";
            append_escaped(content);
            text_ += '"';
            before = ',';
        }
        text_ += before == ',' ? "} " : " ";
        text_ += fmt::format("{}\n", value);
    }
    std::string take() { return std::move(text_); }

  private:
    void append_escaped(std::string_view content) {
        for (const char c : content)
            if (c == '\\')
                text_ += "\\\\";
            else if (c == '"')
                text_ += "\\\"";
            else if (c == '\n')
                text_ += "\\n";
            else
                text_ += c;
    }
    std::string text_, name_;
};

void peers(exposition& out, const tracker_totals& totals) {
    const auto others = [](std::size_t all, std::size_t seeders) {
        return all > seeders ? all - seeders : 0;
    };
    out.family("tracker_peers", "gauge", "Peers by address family; one that has both counts in both.");
    out.sample({{"family", "ipv4"}, {"role", "seeder"}}, totals.seeders_v4);
    out.sample({{"family", "ipv4"}, {"role", "leecher"}}, others(totals.peers_v4, totals.seeders_v4));
    out.sample({{"family", "ipv6"}, {"role", "seeder"}}, totals.seeders_v6);
    out.sample({{"family", "ipv6"}, {"role", "leecher"}}, others(totals.peers_v6, totals.seeders_v6));
}

void requests(exposition& out, const tracker_totals& totals) {
    out.family("tracker_requests_total", "counter", "Announces, scrapes and UDP connects since the start.");
    for (std::size_t how = 0; how < transports; ++how)
        for (std::size_t kind = 0; kind < request_kinds; ++kind) {
            const auto spoken = static_cast<transport>(how);
            const auto type = static_cast<request_kind>(kind);
            if (spoken == transport::http && type == request_kind::connect) continue;
            out.sample({{"transport", name_of(spoken)}, {"type", name_of(type)}, {"result", "ok"}},
                       totals.answered[how][kind]);
            out.sample({{"transport", name_of(spoken)}, {"type", name_of(type)}, {"result", "error"}},
                       totals.refused[how][kind]);
        }
    out.family("tracker_refused_total", "counter", "Refused requests by reason.");
    for (std::size_t i = 0; i < reject_reasons; ++i)
        out.sample({{"reason", key_of(static_cast<reject_reason>(i))}}, totals.reasons[i]);
}

void durations(exposition& out, const tracker_totals& totals) {
    out.family("tracker_request_duration_seconds", "histogram", "Time to work out the answer to a request.");
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < duration_bounds.size(); ++i) {
        below += totals.durations[i];
        out.sample({{"le", fmt::format("{}", duration_bounds[i])}}, below, "_bucket");
    }
    below += totals.durations.back();
    out.sample({{"le", "+Inf"}}, below, "_bucket");
    out.sample({}, totals.duration_sum, "_sum");
    out.sample({}, below, "_count");
}

void each_torrent(exposition& out, const overview& all) {
    out.family("tracker_torrent_peers", "gauge", "Peers of one torrent.");
    for (const auto& torrent : all.torrents) {
        const auto hash = to_hex(torrent.hash.span());
        out.sample({{"info_hash", hash}, {"role", "seeder"}}, torrent.seeders);
        out.sample({{"info_hash", hash}, {"role", "leecher"}}, torrent.leechers);
    }
    out.family("tracker_torrent_completed_total", "counter", "Finished downloads of one torrent.");
    for (const auto& torrent : all.torrents)
        out.sample({{"info_hash", to_hex(torrent.hash.span())}}, torrent.completed);
}

}  // namespace

std::string metrics_text(const overview& all, bool per_torrent) {
    const auto& totals = all.totals;
    exposition out;
    out.family("build_info", "gauge", "Constant 1; the version is the label.");
    out.sample({{"version", program_version}}, 1);
    out.family("tracker_torrents", "gauge", "Torrents known.");
    out.sample({}, totals.torrents);
    out.family("tracker_active_torrents", "gauge", "Torrents with a peer.");
    out.sample({}, totals.active_torrents);
    out.family("tracker_hosts", "gauge", "Machines with a peer.");
    out.sample({}, totals.hosts);
    peers(out, totals);
    requests(out, totals);
    durations(out, totals);
    out.family("tracker_bytes_total", "counter", "Bytes of requests and answers.");
    out.sample({{"direction", "in"}}, totals.bytes_in);
    out.sample({{"direction", "out"}}, totals.bytes_out);
    out.family("tracker_completed_total", "counter", "Downloads that finished.");
    out.sample({}, totals.completed);
    if (per_torrent) each_torrent(out, all);
    return out.take();
}

}  // namespace bt::tracker
