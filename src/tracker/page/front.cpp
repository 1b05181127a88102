// `/`, the torrents, and `/peers`, the machines.
#include "base/version.hpp"
#include "markup/qr.hpp"
#include "tracker/page/graphics.hpp"
#include "tracker/page/pages.hpp"
#include "tracker/page/parts.hpp"
#include "tracker/page/text.hpp"

namespace bt::tracker {
namespace {

html address_box(const overview& all) {
    html lines = el("h1", "Tracker address");
    lines += copyable("address", all.address, "the tracker's address");
    if (!all.udp_address.empty())
        lines += copyable("udp-address", all.udp_address, "the tracker's UDP address");
    lines += el("p", {{"class", "hint"}}, "Paste it into any BitTorrent client. ", el("b", program_name),
                " finds it by itself on this network.");
    return el("section", {{"class", "hero"}}, el("div", lines),
              markup::qr_code(all.address, "QR code of the tracker's address"));
}

html figures(const tracker_totals& totals) {
    return facts({
        {"Torrents", grouped(totals.torrents), grouped(totals.active_torrents) + " active"},
        {"Online", grouped(totals.peers), "on " + counted(totals.hosts, "machine")},
        {"Complete", grouped(totals.seeders), grouped(totals.leechers) + " downloading"},
        {"Finished today", grouped(totals.completed_today), grouped(totals.completed) + " in all"},
        {"Announces a minute", decimal_text(totals.announces_per_minute)},
        {"Up for", duration_text(totals.uptime),
         std::string(program_name) + " " + std::string(program_version)},
    });
}

html name_cell(const torrent_row& torrent) {
    html cell = el("a", {{"class", "title"}, href(link::to("/t/", torrent.hash))},
                   shown_name(torrent.name, torrent.hash));
    if (torrent.name && torrent.file_count > 1)
        cell += el("span", {{"class", "note"}}, counted(torrent.file_count, "file"));
    else if (!torrent.name)
        cell += el("span", {{"class", "note"}}, "name unknown");
    if (!torrent.other_names.empty())
        cell += el("span", {{"class", "note"}}, other_names_text(torrent.other_names));
    return cell;
}

html unnamed_line(const overview& all) {
    return el("p", {{"class", "more"}},
              counted(all.unnamed_torrents, "torrent") +
                  " without a name: nobody listed what they are, so only those who know them find them.");
}

html torrents_section(const overview& all) {
    html section = el("h2", {{"id", "torrents"}}, "Torrents");
    if (all.torrents.empty() && all.unnamed_torrents == 0)
        return section += empty_state("Nothing shared yet.", "On any machine:", "share PATH");
    if (all.torrents.empty()) return section += unnamed_line(all);
    std::vector<std::vector<html>> rows;
    for (const auto& torrent : all.torrents)
        rows.push_back({name_cell(torrent), torrent.size > 0 ? html(size_text(torrent.size)) : html("–"),
                        swarm_bar(torrent, false), grouped(torrent.seeders), grouped(torrent.leechers),
                        grouped(torrent.completed_today), ago_text(torrent.last_announce),
                        get_links(torrent, all)});
    section += table("Torrents of this tracker, those with most peers first",
                     {{"Name", "name"},
                      {"Size", "number"},
                      {"Swarm", "swarm"},
                      {"Complete", "number"},
                      {"Downloading", "number"},
                      {"Finished today", "number"},
                      {"Last announce", "number"},
                      {"Get", "links"}},
                     rows);
    if (all.more_torrents > 0)
        section += el("p", {{"class", "more"}}, "and " + counted(all.more_torrents, "more torrent") + ". ",
                      el("a", {href(link::to("/api/v1/torrents"))}, "The catalogue"), " lists more of them.");
    if (all.unnamed_torrents > 0) section += unnamed_line(all);
    return section;
}

html nobody_online() {
    return empty_state("Nobody is online.",
                       "A machine appears here as soon as one of its downloads announces itself. To get "
                       "something shared on this network:",
                       "get NAME");
}

html without_addresses(const overview& all) {
    if (all.show_addresses) return {};
    return el("p", {{"class", "hint"}}, "Names and addresses are shown on the tracker's own network only.");
}

}  // namespace

std::string front_page(const overview& all) {
    html content = address_box(all);
    content += figures(all.totals);
    content += el("section", {{"aria-labelledby", "torrents"}}, torrents_section(all));
    html online = el("h2", {{"id", "online"}}, "Online");
    online += all.hosts.empty() ? nobody_online() : hosts_table(all, false);
    online += without_addresses(all);
    content += el("section", {{"aria-labelledby", "online"}}, online);
    return page(page_kind::torrents, all.host.empty() ? "Torrents" : all.host, all.host, content);
}

std::string peers_page(const overview& all) {
    html content = el("h1", "Who is online");
    content += el("p", {{"class", "lead"}},
                  counted(all.totals.peers, "peer") + " on " + counted(all.totals.hosts, "machine") + ", " +
                      grouped(all.totals.seeders) + " complete and " + grouped(all.totals.leechers) +
                      " downloading.");
    content += without_addresses(all);
    content += all.hosts.empty() ? nobody_online() : hosts_table(all, true);
    return page(page_kind::peers, "Online", all.host, content);
}

std::string message_page(int status, std::string_view text) {
    html content = el("h1", std::to_string(status));
    content += el("p", {{"class", "lead"}}, text);
    content += el("p", el("a", {href(link::to("/"))}, "To the torrents of this tracker"));
    return page(page_kind::other, std::to_string(status), {}, content);
}

}  // namespace bt::tracker
