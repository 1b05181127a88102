// `status`: how the torrents of all running nodes stand.
#include <fmt/format.h>

#include <utility>

#include "app/control/torrent_json.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/commands/peers_of.hpp"
#include "cli/commands/running_torrents.hpp"
#include "cli/display/format.hpp"
#include "cli/display/frame.hpp"
#include "cli/display/output.hpp"
#include "cli/display/table.hpp"

namespace bt::cli {
namespace {

using app::torrent_status;

std::string time_left(const torrent_status& s) {
    const auto left = s.size - std::min(s.have, s.size);
    if (left == 0 || s.rate_down == 0) return "-";
    return duration_text(std::chrono::seconds(left / s.rate_down));
}

std::string limit_text(std::uint64_t rate) { return rate == 0 ? "none" : rate_text(rate); }

/// Why some do not go on, or give only a part.
void print_reasons(const std::vector<app::remote_torrent>& all, output& out) {
    for (const auto& [socket, s] : all)
        if (!s.reason.empty()) out.result(fmt::format("{}: {}", shown_name(s), printable(s.reason, 4'096)));
}

/// The limits of each process that has any; torrents of a process stand together.
void print_limits(const std::vector<app::remote_torrent>& all, output& out) {
    std::string last;
    for (const auto& [socket, s] : all) {
        if (socket == std::exchange(last, socket) || (s.node_down_limit == 0 && s.node_up_limit == 0))
            continue;
        out.result(fmt::format("Limits of process {}: down {}, up {}", app::process_of(socket),
                               limit_text(s.node_down_limit), limit_text(s.node_up_limit)));
    }
}

void print_table(const std::vector<app::remote_torrent>& all, output& out) {
    table lines({{"NAME", false, true},
                 {"DONE", true},
                 {"STATE"},
                 {"SIZE", true, false, false, true},
                 {"DOWN", true, false, false, true},
                 {"UP", true, false, false, true},
                 {"PEERS", true, false, false, true},
                 {"LEFT", true, false, false, true},
                 {"HASH", false, false, false, true}});
    for (const auto& [socket, s] : all) {
        const auto hash = to_hex(s.hash.span());
        const auto done = percent(s.have, s.size);
        const auto name = shown_name(s);
        lines.row({name, s.piece_count == 0 ? "-" : fmt::format("{}%", done), std::string(to_string(s.state)),
                   s.piece_count == 0 ? "-" : size_text(s.size), rate_cell(s.rate_down), rate_cell(s.rate_up),
                   fmt::format("{}/{}", s.peers.size(), s.peers_known), time_left(s), hash.substr(0, 12)},
                  {hash, name, std::string(to_string(s.state)), std::to_string(s.have),
                   std::to_string(s.size), std::to_string(s.rate_down), std::to_string(s.rate_up),
                   std::to_string(s.peers.size()), std::to_string(s.downloaded_ever),
                   std::to_string(s.uploaded_ever), std::to_string(s.node_down_limit),
                   std::to_string(s.node_up_limit), s.reason.empty() ? "-" : printable(s.reason, 4'096)});
    }
    lines.print(out);
    if (!out.out().is_terminal) return;
    print_reasons(all, out);
    print_limits(all, out);
}

std::string files_text(const torrent_status& s) {
    auto text = s.files_wanted == s.file_count
                    ? counted(s.file_count, "file")
                    : fmt::format("{} of {}", s.files_wanted, counted(s.file_count, "file"));
    const auto add = [&](const char* what, const std::string& list) {
        if (!list.empty()) text += fmt::format("; {} {}", what, printable(list, 200));
    };
    add("selected", s.files.select);
    add("first", s.files.first);
    add("last", s.files.last);
    return text;
}

/// All of one torrent, for a person.
void print_page(const app::remote_torrent& one, output& out) {
    const auto& s = one.status;
    const auto row = [&](std::string_view name, const std::string& text) {
        constexpr std::size_t label = 12;
        const auto columns = std::max<std::size_t>(size_of(1).columns, label + 20);
        std::string_view shown = name;
        for (const auto& line : fold_text(text, columns - label, out.out().ascii))
            out.result(pad_right(std::string(std::exchange(shown, "")), label) + line);
    };
    row("Name", shown_name(s));
    row("Hash", to_hex(s.hash.span()));
    row("State", fmt::format("{}{}", to_string(s.state), s.shared ? " (share)" : ""));
    if (!s.reason.empty()) row("Reason", printable(s.reason, 4'096));
    if (s.piece_count > 0) {
        row("Done", fmt::format("{}%, {}, {} of {} pieces", percent(s.have, s.size),
                                part_text(s.have, s.size), grouped(s.pieces_have), grouped(s.piece_count)));
        row("Files", files_text(s));
    }
    row("Folder", printable(s.folder, 4'096));
    row("Down", fmt::format("{}, {} now, {} in all runs, limit {}", rate_text(s.rate_down),
                            size_text(s.downloaded), size_text(s.downloaded_ever), limit_text(s.down_limit)));
    row("Up", fmt::format("{}, {} now, {} in all runs, limit {}", rate_text(s.rate_up), size_text(s.uploaded),
                          size_text(s.uploaded_ever), limit_text(s.up_limit)));
    row("Process",
        fmt::format("{}; all its torrents together: limit down {}, up {}", app::process_of(one.socket),
                    limit_text(s.node_down_limit), limit_text(s.node_up_limit)));
    row("Peers",
        fmt::format("{} connected, {} known, {} complete", s.peers.size(), s.peers_known, s.peers_completed));
    if (s.peers_without_handshake > 0)
        row("", s.shared ? fmt::format("{} came without a BitTorrent handshake and may require encryption",
                                       s.peers_without_handshake)
                         : app::handshake_text(s.peers_without_handshake));
    if (!s.tracker_message.empty()) row("Tracker", printable(s.tracker_message, 200));
    print_peers(s.peers, out);
}

std::string document(const std::vector<app::remote_torrent>& all, bool peers) {
    std::uint64_t down = 0, up = 0;
    json list = json::array{};
    for (const auto& [socket, s] : all) {
        down += s.rate_down;
        up += s.rate_up;
        auto torrent = app::to_json(s, peers);
        torrent["process"] = parse_number(app::process_of(socket)).value_or(0);
        list.push_back(std::move(torrent));
    }
    json session = {{"download_speed", down}, {"upload_speed", up}, {"torrent_count", all.size()}};
    return json{{"schema", 1}, {"session", std::move(session)}, {"torrents", std::move(list)}}.dump();
}

}  // namespace

ending status(const general_options& general, status_options options) {
    output out(general);
    app::running_nodes nodes;
    const bool pages = !options.torrents.empty();
    return watch(out, nodes, options.watch, [&]() -> std::optional<error> {
        auto all = running_torrents(nodes, out, options.torrents);
        if (!all) return all.error();
        if (pages)
            for (auto& each : *all) {
                auto whole = nodes.look(each);
                if (!whole) return whole.error();
                each.status = std::move(*whole);
            }
        if (general.json) {
            out.result(document(*all, pages));
        } else if (pages && out.out().is_terminal) {
            for (const auto& each : *all) print_page(each, out);
        } else {
            print_table(*all, out);
        }
        return std::nullopt;
    });
}

}  // namespace bt::cli
