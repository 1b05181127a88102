#include "cli/commands/peers_of.hpp"

#include <fmt/format.h>

#include "app/control/torrent_json.hpp"
#include "base/text.hpp"
#include "cli/commands/running_torrents.hpp"
#include "cli/display/format.hpp"
#include "cli/display/frame.hpp"
#include "cli/display/table.hpp"

namespace bt::cli {
namespace {

std::string document(const app::torrent_status& s) {
    auto of = app::to_json(s, true);
    json peers = json::array{};
    if (auto* all = of.find("peers")) peers = *all;
    return json{
        {"schema", 1}, {"hash_string", to_hex(s.hash.span())}, {"name", s.name}, {"peers", std::move(peers)}}
        .dump();
}

}  // namespace

void print_peers(const std::vector<bt::session::peer_status>& peers, output& out) {
    table rows({{"ADDRESS", false, true, true},
                {"CLIENT", false, true},
                {"FLAGS"},
                {"DONE", true},
                {"DOWN", true},
                {"UP", true},
                {"FROM"}});
    for (const auto& peer : peers) {
        const auto done = percent(static_cast<std::uint64_t>(peer.progress * 10'000), 10'000);
        const auto from = peer.near ? "LAN" : printable(peer.source, 16);
        const auto address = peer.address.to_string(), client = printable(peer.client, 64),
                   flags = peer_flags(peer);
        rows.row({address, client, flags, fmt::format("{}%", done), rate_cell(peer.rate_down),
                  rate_cell(peer.rate_up), from},
                 {address, client, flags, std::to_string(done), std::to_string(peer.rate_down),
                  std::to_string(peer.rate_up), from});
    }
    if (!peers.empty()) rows.print(out);
}

ending peers_of(output& out, const std::string& word) {
    app::running_nodes nodes;
    const auto all = running_torrents(nodes, out, {word}, true);
    if (!all) return out.fails(all.error());
    for (const auto& each : *all) {
        const auto whole = nodes.look(each);
        if (!whole) return out.fails(whole.error());
        if (out.general().json) {
            out.result(document(*whole));
            continue;
        }
        print_peers(whole->peers, out);
        if (whole->peers.empty() && out.out().is_terminal)
            out.result(
                fmt::format("{}: no peer is connected, {} known", shown_name(*whole), whole->peers_known));
    }
    return {out.lost_or_done()};
}

}  // namespace bt::cli
