#include "cli/commands/hand_over.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <variant>

#include "app/daemon/daemon_remote.hpp"
#include "base/text.hpp"
#include "cli/display/qr_picture.hpp"

namespace bt::cli {

exit_code hand_over(output& out, std::vector<app::saved_torrent> all, bool qr, const std::string& wishes) {
    app::daemon_remote remote;
    const auto daemon = remote.find();
    if (!daemon) return out.fails(daemon.error()).code;
    auto code = exit_code::done;
    json list = json::array{};
    for (const auto& each : all) {
        const auto hash = bt::session::hash_of(each.request);
        const auto given = remote.give(*daemon, each);
        if (!given) {
            out.error(given.error(), &hash);
            code = worse(code, exit_code_of(given.error().code));
            continue;
        }
        if (out.general().json)
            list.push_back(json{{"id", given->number},
                                {"hash_string", to_hex(hash.span())},
                                {"name", given->name},
                                {"duplicate", given->duplicate},
                                {"resumed", given->resumed},
                                {"url", given->page}});
        else
            out.result(fmt::format("{} {} {}",
                                   given->resumed     ? "resumed"
                                   : given->duplicate ? "exists"
                                                      : "added",
                                   given->number, printable(given->name)));
        if (given->duplicate && !wishes.empty())
            out.warning(fmt::format("{} is on the list already and stays as it is: {} changed nothing",
                                    printable(given->name), wishes));
        if (!std::holds_alternative<app::share_request>(each.request)) continue;
        if (!given->page.empty()) out.note(fmt::format("In a browser  {}", given->page));
        if (qr) out.picture(qr_picture(given->page, out.err().color));
    }
    if (out.general().json) out.result(json{{"schema", 1}, {"torrents", std::move(list)}}.dump());
    return worse(code, out.lost_or_done());
}

ending hand_over_folder(output& out, const std::string& folder, bool on) {
    app::daemon_remote remote;
    const auto daemon = remote.find();
    if (!daemon) return out.fails(daemon.error());
    std::error_code trouble;
    const auto whole = std::filesystem::weakly_canonical(std::filesystem::absolute(folder), trouble).string();
    if (const auto told = remote.watch(*daemon, whole, on); !told) return out.fails(told.error());
    if (out.general().json)
        out.result(json{{"schema", 1}, {"folder", whole}, {"watched", on}}.dump());
    else
        out.result(fmt::format("{} {}", on ? "watching" : "not watching", printable(whole, 4'096)));
    return {out.lost_or_done()};
}

void mention_daemon(output& out, std::string_view command) {
    if (!app::daemon_runs_here()) return;
    out.note(fmt::format("A daemon runs: '{} {} -d' would hand this to it, and it would stay when this ends.",
                         out.general().program, command));
}

result<app::daemon_standing> running_daemon() { return app::daemon_remote().find(); }

}  // namespace bt::cli
