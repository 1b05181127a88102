// `move`: the files of a daemon's torrent get another folder.
#include <fmt/format.h>

#include <filesystem>

#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/commands/running_torrents.hpp"
#include "cli/display/output.hpp"

namespace bt::cli {

ending move(const general_options& general, move_options options) {
    output out(general);
    app::running_nodes nodes;
    const auto chosen = running_torrents(nodes, out, {options.torrent}, true);
    if (!chosen) return out.fails(chosen.error());
    // the daemon is somewhere else
    const auto folder = std::filesystem::absolute(options.folder).lexically_normal().string();
    ending end;
    json list = json::array{};
    for (const auto& each : *chosen) {
        const auto done = nodes.move(each, folder, options.finds);
        if (!done) {
            out.error(done.error(), &each.status.hash);
            end.code = worse(end.code, exit_code_of(done.error().code));
            continue;
        }
        const std::string_view word = options.finds ? "found" : "moved";
        list.push_back(
            {{"hash_string", to_hex(each.status.hash.span())}, {"name", each.status.name}, {"done", word}});
        if (!general.json)
            out.result(fmt::format("{} {} ({} {})", word, torrent_label(*chosen, each),
                                   options.finds ? "in" : "to", printable(folder, 4'096)));
    }
    if (general.json) out.result(json{{"schema", 1}, {"torrents", std::move(list)}}.dump());
    end.code = worse(end.code, out.lost_or_done());
    return end;
}

}  // namespace bt::cli
