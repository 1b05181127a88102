#include "cli/commands/running_torrents.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "app/control/torrent_selector.hpp"
#include "app/daemon/daemon_remote.hpp"
#include "base/name_key.hpp"
#include "base/text.hpp"
#include "cli/display/format.hpp"
#include "cli/display/output.hpp"

namespace bt::cli {
namespace {

/// A process that does not answer may have what the others do not know of.
error with_silent(error why, const std::vector<std::string>& silent) {
    if (why.code != errc::not_found || silent.empty()) return why;
    why.code = errc::no_node;
    why.message += "; process " + silent.front() + " does not answer";
    why.hint = "it may have it: kill -CONT " + silent.front() + " lets it go on, if it was stopped";
    return why;
}

/// A daemon that was killed, or has not been started since, has torrents all the same.
error with_resting(error why, const output& out) {
    const auto resting = app::torrents_at_rest();
    if (why.code == errc::no_node && resting > 0)
        why.hint =
            fmt::format("the daemon that has {} does not run: '{} daemon' goes on with {}",
                        counted(resting, "torrent"), out.general().program, resting == 1 ? "it" : "them");
    return why;
}

}  // namespace

result<std::vector<app::remote_torrent>> running_torrents(app::running_nodes& nodes, output& out,
                                                          const std::vector<std::string>& words, bool one) {
    auto all = nodes.torrents();
    if (all)
        for (const auto& process : nodes.silent())
            out.warning("process " + process +
                        ", a share or get of yours, does not answer; it may be stopped (kill -CONT " +
                        process + ")");
    if (!all) return unexpected<error>(with_resting(all.error(), out));
    if (words.empty()) return all;
    std::vector<app::named_torrent> named;
    for (const auto& each : *all)
        named.push_back({each.status.hash, each.status.name, app::process_of(each.socket)});
    const auto chosen = app::select_torrents(named, words, one);
    if (!chosen) return unexpected<error>(with_silent(chosen.error(), nodes.silent()));
    std::vector<app::remote_torrent> some;
    for (const auto i : *chosen) some.push_back(std::move((*all)[i]));
    return some;
}

result<std::vector<app::remote_torrent>> all_or_none(app::running_nodes& nodes, output& out,
                                                     const std::vector<std::string>& words) {
    auto chosen = running_torrents(nodes, out, words);
    if (chosen || chosen.error().code != errc::not_found || words.size() < 2) return chosen;
    auto why = chosen.error();
    why.hint = "nothing was done; " + why.hint;
    return unexpected<error>(std::move(why));
}

ending watch(output& out, app::running_nodes& nodes, bool again,
             const std::function<std::optional<error>()>& show) {
    constexpr duration pause = 1s;
    const bool in_place = again && out.out().can_move && !out.general().json;
    for (;;) {
        if (in_place) out.hold();
        const auto why = show();
        if (in_place) {
            (void)write_all(STDOUT_FILENO, "\x1b[H\x1b[2J");
            out.show_held(size_of(STDOUT_FILENO).rows);
        }
        if (why) return out.fails(*why);
        if (!again || out.result_lost()) return {out.lost_or_done()};
        nodes.wait(pause);
    }
}

std::string torrent_label(const std::vector<app::remote_torrent>& all, const app::remote_torrent& one) {
    const auto same = std::count_if(all.begin(), all.end(), [&](const app::remote_torrent& each) {
        return each.status.hash == one.status.hash;
    });
    auto label = short_hash(one.status.hash) + " " + shown_name(one.status);
    if (same > 1) label += " in process " + app::process_of(one.socket);
    return label;
}

std::string shown_name(const app::torrent_status& status) {
    return status.name.empty() ? short_hash(status.hash) : printable(name_key(status.name), 16'384);
}

}  // namespace bt::cli
