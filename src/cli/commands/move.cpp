// `move` and `set --rename`: the files of a daemon's torrent get another folder or another name.
#include <fmt/format.h>

#include <filesystem>
#include <functional>

#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/commands/running_torrents.hpp"
#include "cli/display/output.hpp"

namespace bt::cli {
namespace {

/// `where`: in words, for people.
ending for_each(const general_options& general, const std::string& torrent, std::string_view word,
                const std::string& where,
                const std::function<result<void>(app::running_nodes&, const app::remote_torrent&)>& act) {
    output out(general);
    app::running_nodes nodes;
    const auto chosen = running_torrents(nodes, out, {torrent}, true);
    if (!chosen) return out.fails(chosen.error());
    ending end;
    json list = json::array{};
    for (const auto& each : *chosen) {
        const auto done = act(nodes, each);
        if (!done) {
            out.error(done.error(), &each.status.hash);
            end.code = worse(end.code, exit_code_of(done.error().code));
            continue;
        }
        list.push_back(
            {{"hash_string", to_hex(each.status.hash.span())}, {"name", each.status.name}, {"done", word}});
        if (!general.json)
            out.result(
                fmt::format("{} {} ({})", word, torrent_label(*chosen, each), printable(where, 4'096)));
    }
    if (general.json) out.result(json{{"schema", 1}, {"torrents", std::move(list)}}.dump());
    end.code = worse(end.code, out.lost_or_done());
    return end;
}

}  // namespace

ending move(const general_options& general, move_options options) {
    // the daemon is somewhere else
    const auto folder = std::filesystem::absolute(options.folder).lexically_normal().string();
    return for_each(general, options.torrent, options.finds ? "found" : "moved",
                    (options.finds ? "in " : "to ") + folder,
                    [&](auto& nodes, const auto& each) { return nodes.move(each, folder, options.finds); });
}

ending rename(const general_options& general, const set_options& options) {
    return for_each(general, options.torrent, "renamed", "to " + *options.rename,
                    [&](auto& nodes, const auto& each) { return nodes.rename(each, *options.rename); });
}

}  // namespace bt::cli
