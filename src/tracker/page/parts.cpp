#include "tracker/page/parts.hpp"

#include <string>

#include "base/text.hpp"
#include "base/version.hpp"
#include "tracker/page/text.hpp"

namespace bt::tracker {
namespace {

html top(page_kind kind, std::string_view host) {
    const auto entry = [&](page_kind which, const link& where, std::string_view name) {
        return el("a", {href(where), when(which == kind, {"aria-current", "page"})}, name);
    };
    return markup::banner(
        link::to("/"), host.empty() ? html() : html("tracker on ") += el("b", host),
        el("nav", {{"aria-label", "Pages"}}, entry(page_kind::torrents, link::to("/"), "Torrents"),
           entry(page_kind::peers, link::to("/peers"), "Online"),
           entry(page_kind::numbers, link::to("/stats"), "Numbers")));
}

html bottom() {
    html line = el("span", std::string(program_name) + " " + std::string(program_version));
    line += el("span", {{"class", "quiet"}}, "For programs:");
    line += el("a", {href(link::to("/stats.json"))}, "numbers");
    line += el("a", {href(link::to("/api/v1/torrents"))}, "torrents");
    line += el("a", {href(link::to("/api/v1/peers"))}, "peers");
    line += el("a", {href(link::to("/metrics"))}, "Prometheus");
    return line;
}

html part_of(const host_row::part& part) {
    html line = el("a", {href(link::to("/t/", part.hash))}, shown_name(part.name, part.hash));
    if (!part.seeder)
        line += el("span", {{"class", "note"}},
                   part.done ? percent_text(*part.done) : size_text(part.left) + " left");
    return line;
}

html parts_list(const host_row& host, bool seeders) {
    html lines;
    for (const auto& part : host.torrents)
        if (part.seeder == seeders) lines += el("li", part_of(part));
    return lines.empty() ? lines : el("ul", {{"class", "parts"}}, lines);
}

/// "2: 41 %, 80 %"
html downloads_short(const host_row& host) {
    constexpr std::size_t shown = 4;
    std::size_t count = 0;
    std::string text;
    for (const auto& part : host.torrents) {
        if (part.seeder || ++count > shown) continue;
        text += (text.empty() ? "" : ", ") +
                (part.done ? percent_text(*part.done) : size_text(part.left) + " left");
    }
    if (count == 0) return "–";
    html out = grouped(count);
    out += el("span", {{"class", "note"}}, text + (count > shown ? ", …" : ""));
    return out;
}

std::size_t shared_by(const host_row& host) {
    std::size_t count = 0;
    for (const auto& part : host.torrents) count += part.seeder ? 1u : 0u;
    return count;
}

}  // namespace

std::string page(page_kind kind, std::string_view title, std::string_view host, const html& content) {
    return markup::page(std::string(title) + " · " + std::string(program_name) + " tracker", top(kind, host),
                        content, bottom());
}

html empty_state(std::string_view what, std::string_view todo, std::string_view command) {
    auto box = el("p", el("strong", what), " ", todo);
    if (!command.empty()) box += el("p", el("code", std::string(program_name) + " " + std::string(command)));
    return el("div", {{"class", "empty"}}, box);
}

torrent::magnet magnet_of(const torrent_row& torrent, const overview& all) {
    torrent::magnet magnet;
    magnet.hash = torrent.hash;
    if (torrent.name) magnet.name = printable(*torrent.name, 255);
    if (torrent.size > 0) magnet.length = torrent.size;
    for (const auto& address : {all.address, all.udp_address})
        if (!address.empty()) magnet.trackers.push_back(address);
    return magnet;
}

/// The sharer's page needs no program; where there is none, the magnet link does.
link best_link(const torrent_row& torrent, const overview& all) {
    return torrent.page ? link::to_share(*torrent.page, torrent.hash) : link::to(magnet_of(torrent, all));
}

html get_links(const torrent_row& torrent, const overview& all) {
    const auto name = shown_name(torrent.name, torrent.hash);
    html links =
        el("a", {{"class", "get"}, href(best_link(torrent, all)), {"aria-label", "Get " + name}}, "Get");
    if (torrent.has_file) {
        links += " ";
        links +=
            el("a",
               {href(link::to("/t/", torrent.hash, ".torrent")), {"aria-label", ".torrent file of " + name}},
               ".torrent");
    }
    return el("span", {{"class", "links"}}, links);
}

html hosts_table(const overview& all, bool with_torrents) {
    std::vector<std::vector<html>> rows;
    for (const auto& host : all.hosts) {
        // whoever may not see addresses is not told names either: they identify as well
        const auto address = all.show_addresses ? host.address.to_string() : std::string();
        const auto name = all.show_addresses ? host.host : std::string();
        std::vector<html> row;
        if (name.empty())
            row.push_back(address.empty() ? html("a machine") : el("span", {{"class", "address"}}, address));
        else
            row.push_back(html(name) += el("span", {{"class", "note address line"}}, address));
        row.push_back(host.client.empty() ? html("unknown") : html(host.client));
        row.push_back(duration_text(host.known));
        row.push_back(ago_text(host.seen));
        if (with_torrents) {
            const auto shared = parts_list(host, true), loading = parts_list(host, false);
            row.push_back(shared.empty() ? html("–") : shared);
            row.push_back(loading.empty() ? html("–") : loading);
        } else {
            const auto shared = shared_by(host);
            row.push_back(shared == 0 ? html("–") : html(grouped(shared)));
            row.push_back(downloads_short(host));
        }
        rows.push_back(std::move(row));
    }
    const literal kind = with_torrents ? literal("wide") : literal("number");
    auto out = table("Machines that are online",
                     {{"Machine", "name"},
                      {"Client", "client"},
                      {"Online for", "number"},
                      {"Last heard", "number"},
                      {"Shares", kind},
                      {"Downloads", kind}},
                     rows);
    if (all.more_hosts > 0)
        out += el("p", {{"class", "more"}}, "and " + counted(all.more_hosts, "more machine") + ".");
    return out;
}

}  // namespace bt::tracker
