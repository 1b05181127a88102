#include "cli/commands/running_torrents.hpp"

#include "app/control/torrent_selector.hpp"
#include "base/text.hpp"
#include "cli/display/output.hpp"

namespace bt::cli {

result<std::vector<app::remote_torrent>> running_torrents(app::running_nodes& nodes, output& out,
                                                          const std::vector<std::string>& words, bool one) {
    auto all = nodes.torrents();
    if (all)
        for (const auto& process : nodes.silent())
            out.warning("process " + process +
                        ", a share or get of yours, does not answer; it may be stopped (kill -CONT " +
                        process + ")");
    if (!all || words.empty()) return all;
    std::vector<app::named_torrent> named;
    for (const auto& each : *all) named.push_back({each.status.hash, each.status.name});
    const auto chosen = app::select_torrents(named, words, one);
    if (!chosen) return unexpected<error>(chosen.error());
    std::vector<app::remote_torrent> some;
    for (const auto i : *chosen) some.push_back(std::move((*all)[i]));
    return some;
}

std::string shown_name(const app::torrent_status& status) {
    return status.name.empty() ? short_hash(status.hash) : printable(status.name, 16'384);
}

}  // namespace bt::cli
