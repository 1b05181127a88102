// `/t/<hash>`: one torrent and its swarm.
#include "base/text.hpp"
#include "base/version.hpp"
#include "markup/qr.hpp"
#include "tracker/page/graphics.hpp"
#include "tracker/page/pages.hpp"
#include "tracker/page/parts.hpp"
#include "tracker/page/text.hpp"

namespace bt::tracker {
namespace {

html peer_cell(const peer_row& peer) {
    html cell;
    if (!peer.host.empty()) cell += peer.host;
    for (const auto& address : peer.addresses)
        cell += el("span", {{"class", peer.host.empty() ? "address line" : "note address line"}},
                   address.to_string());
    return cell.empty() ? html("a machine") : cell;
}

html progress_cell(const peer_row& peer, std::uint64_t size) {
    if (peer.seeder) return progress_bar(1, true) += el("span", {{"class", "note"}}, "complete");
    const auto part = done_part(peer.left, size);
    if (!part) return size_text(peer.left) + " left";
    return progress_bar(*part, false) +=
           el("span", {{"class", "note"}}, percent_text(*part) + ", " + size_text(peer.left) + " left");
}

/// "6.1 GB" and below it "118 MB/s"
html traffic_cell(std::uint64_t total, std::uint64_t rate) {
    html cell = total == 0 ? html("–") : html(size_text(total));
    if (rate > 0) cell += el("span", {{"class", "note"}}, rate_text(rate));
    return cell;
}

/// Its address families, and below them the transport of its last announce.
html network_cell(const peer_row& peer) {
    bool v4 = false, v6 = false;
    for (const auto& at : peer.addresses) (at.address.is_v4() ? v4 : v6) = true;
    const auto how = peer.udp ? "UDP" : "HTTP";
    if (!v4 && !v6) return how;
    return html(v4 && v6 ? "IPv4 + IPv6" : v4 ? "IPv4" : "IPv6") += el("span", {{"class", "note"}}, how);
}

std::string state_of(const peer_row& peer) {
    if (peer.seeder) return "complete";
    return peer.rate_down > 0 ? "downloading" : "waiting";
}

html peers_table(const torrent_row& torrent) {
    std::vector<std::vector<html>> rows;
    for (const auto& peer : torrent.peers)
        rows.push_back({peer_cell(peer), peer.client.empty() ? html("unknown") : html(peer.client),
                        progress_cell(peer, torrent.size),
                        el("span", {{"class", "state " + state_of(peer)}}, state_of(peer)),
                        traffic_cell(peer.downloaded, peer.rate_down),
                        traffic_cell(peer.uploaded, peer.rate_up), duration_text(peer.known),
                        ago_text(peer.seen), network_cell(peer)});
    return table("Peers of this torrent",
                 {{"Peer", "name"},
                  {"Client", "client"},
                  {"Progress", "swarm"},
                  {"State"},
                  {"Down", "number"},
                  {"Up", "number"},
                  {"Online for", "number"},
                  {"Last heard", "number"},
                  {"Announced by", "client"}},
                 rows);
}

html get_box(const torrent_row& torrent, const overview& all) {
    const auto magnet = magnet_of(torrent, all);
    html lines = el("h2", "Get it");
    html links;
    if (torrent.page)
        links += el("a", {{"class", "get"}, href(link::to_share(*torrent.page, torrent.hash))}, "Download");
    links += el("a", {{"class", torrent.page ? "get plain" : "get"}, href(link::to(magnet))}, "Magnet link");
    if (torrent.has_file)
        links += el("a", {{"class", "get plain"}, href(link::to("/t/", torrent.hash, ".torrent"))},
                    ".torrent file");
    lines += el("p", {{"class", "links"}}, links);
    lines += el("p", {{"class", "hint"}}, "or on any machine of this network:");
    lines += copyable("command", std::string(program_name) + " get magnet:" + to_hex(torrent.hash.span()),
                      "the command");
    if (torrent.page)
        return el("section", {{"class", "hero"}}, el("div", lines),
                  markup::qr_code(link::to_share(*torrent.page, torrent.hash).text(),
                                  "QR code of the page to download it"));
    // the short form holds what is needed and makes a code that is easy to read
    torrent::magnet brief;
    brief.hash = torrent.hash;
    if (!all.address.empty()) brief.trackers.push_back(all.address);
    return el("section", {{"class", "hero"}}, el("div", lines),
              markup::qr_code(brief.to_uri(), "QR code of the magnet link"));
}

html figures(const torrent_row& torrent) {
    return facts({
        {"Size", torrent.size > 0 ? html(size_text(torrent.size)) : html("unknown"),
         torrent.file_count > 0 ? html(counted(torrent.file_count, "file")) : html()},
        {"Complete", grouped(torrent.seeders)},
        {"Downloading", grouped(torrent.leechers)},
        {"Finished today", grouped(torrent.completed_today), grouped(torrent.completed) + " in all"},
        {"Last announce", ago_text(torrent.last_announce)},
    });
}

}  // namespace

std::string torrent_page(const overview& all) {
    if (all.torrents.empty()) return message_page(404, "This tracker does not know that torrent.");
    const auto& torrent = all.torrents.front();
    const auto name = shown_name(torrent.name, torrent.hash);
    html content = el("p", {{"class", "crumb"}}, el("a", {href(link::to("/"))}, "Torrents"));
    content += el("h1", {{"class", "torrent"}}, name);
    if (!torrent.other_names.empty())
        content += el("p", {{"class", "note"}}, other_names_text(torrent.other_names));
    content += copyable("hash", to_hex(torrent.hash.span()), "the info-hash");
    content += el("div", {{"class", "whole-swarm"}}, swarm_bar(torrent, true));
    content += figures(torrent);
    content += get_box(torrent, all);
    content += el("section", el("h2", "The last 24 hours"), history_strip(torrent.history));

    html peers = el("h2", "Peers");
    const auto total = std::size_t{torrent.seeders} + torrent.leechers;
    peers += torrent.peers.empty()
                 ? empty_state(total == 0 ? "Nobody shares it now." : "Peers are not shown here.",
                               total == 0 ? "On a machine that has the files:" : "",
                               total == 0 ? "share PATH" : "")
                 : peers_table(torrent);
    if (!torrent.peers.empty() && total > torrent.peers.size())
        peers +=
            el("p", {{"class", "more"}}, "and " + counted(total - torrent.peers.size(), "more peer") + ".");
    if (!all.show_addresses)
        peers +=
            el("p", {{"class", "hint"}}, "Names and addresses are shown on the tracker's own network only.");
    content += el("section", peers);
    return page(page_kind::other, name, all.host, content);
}

}  // namespace bt::tracker
