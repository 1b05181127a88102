// `speeds`: what all running nodes give and take together.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <set>
#include <tuple>

#include "base/json.hpp"
#include "cli/commands.hpp"
#include "cli/commands/running_torrents.hpp"
#include "cli/display/format.hpp"
#include "cli/display/output.hpp"

namespace bt::cli {
namespace {

struct sums {
    std::uint64_t down = 0, up = 0, downloaded = 0, uploaded = 0, down_limit = 0, up_limit = 0;
    std::size_t torrents = 0, peers = 0, processes = 0, lan_nodes = 0;
    std::optional<std::size_t> dht_nodes;
};

/// The limit of a process; of several with different ones none is told.
sums add_up(const std::vector<app::remote_torrent>& all) {
    sums total;
    std::set<std::string> processes;
    std::set<std::pair<std::uint64_t, std::uint64_t>> limits;
    for (const auto& [socket, s] : all) {
        total.down += s.rate_down;
        total.up += s.rate_up;
        total.downloaded += s.downloaded_ever;
        total.uploaded += s.uploaded_ever;
        total.peers += s.peers.size();
        total.lan_nodes = std::max(total.lan_nodes, s.lan_nodes);
        if (s.dht_nodes) total.dht_nodes = std::max(total.dht_nodes.value_or(0), *s.dht_nodes);
        processes.insert(socket);
        limits.emplace(s.node_down_limit, s.node_up_limit);
    }
    total.torrents = all.size();
    total.processes = processes.size();
    if (limits.size() == 1) std::tie(total.down_limit, total.up_limit) = *limits.begin();
    return total;
}

/// The last rates as columns of different height, the highest of them as the whole.
std::string curve(const std::deque<std::uint64_t>& rates, bool ascii) {
    static constexpr std::array<std::string_view, 8> blocks = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static constexpr std::string_view letters = "_.-=+*%#";
    const auto most = rates.empty() ? 0 : *std::max_element(rates.begin(), rates.end());
    std::string text;
    for (const auto rate : rates) {
        const auto step = most == 0 ? 0 : static_cast<std::size_t>(rate * 7 / most);
        if (ascii)
            text += letters[step];
        else
            text += blocks[step];
    }
    return text;
}

class meter {
  public:
    explicit meter(output& out) : out_(out) {}

    void show(const sums& now) {
        if (out_.general().json) return out_.result(document(now));
        if (!out_.out().is_terminal) return out_.result(fmt::format("down\t{}\nup\t{}", now.down, now.up));
        note(down_, now.down);
        note(up_, now.up);
        const auto row = [&](std::string_view label, std::uint64_t rate, const auto& rates,
                             std::uint64_t limit, std::uint64_t ever) {
            auto line = fmt::format("{:<5} {:>11}  ", label, rate_text(rate));
            const auto rest =
                fmt::format("limit {}  {} in all", limit == 0 ? "none" : rate_text(limit), size_text(ever));
            const auto room = size_of(1).columns;
            if (rates.size() > 1 && text_width(line + rest) + rates.size() + 2 <= room)
                line += curve(rates, out_.out().ascii) + "  ";
            out_.result(fit_text(line + rest, room, out_.out().ascii));
        };
        row("Down", now.down, down_, now.down_limit, now.downloaded);
        row("Up", now.up, up_, now.up_limit, now.uploaded);
        auto last = fmt::format("{} in {}, {}", counted(now.peers, "peer"), counted(now.torrents, "torrent"),
                                counted(now.lan_nodes, "LAN node"));
        if (now.dht_nodes) last += fmt::format(", {}", counted(*now.dht_nodes, "DHT node"));
        out_.result(fit_text(last, size_of(1).columns, out_.out().ascii));
    }

  private:
    static void note(std::deque<std::uint64_t>& rates, std::uint64_t now) {
        constexpr std::size_t most = 30;
        rates.push_back(now);
        if (rates.size() > most) rates.pop_front();
    }

    static std::string document(const sums& now) {
        json all = {{"schema", 1},
                    {"rate_download", now.down},
                    {"rate_upload", now.up},
                    {"downloaded_ever", now.downloaded},
                    {"uploaded_ever", now.uploaded},
                    {"download_limit", now.down_limit},
                    {"upload_limit", now.up_limit},
                    {"torrent_count", now.torrents},
                    {"peers_connected", now.peers},
                    {"lan_nodes", now.lan_nodes}};
        if (now.dht_nodes) all["dht_nodes"] = *now.dht_nodes;
        return all.dump();
    }

    output& out_;
    std::deque<std::uint64_t> down_, up_;
};

}  // namespace

ending speeds(const general_options& general, speeds_options options) {
    output out(general);
    app::running_nodes nodes;
    meter shown(out);
    return watch(out, nodes, options.watch, [&]() -> std::optional<error> {
        const auto all = running_torrents(nodes, out, {});
        if (!all) return all.error();
        shown.show(add_up(*all));
        return std::nullopt;
    });
}

}  // namespace bt::cli
