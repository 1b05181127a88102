// Which question gets which answer: pages for people, JSON and metrics for programs, the catalogue.
#include <algorithm>
#include <array>

#include "base/json.hpp"
#include "base/text.hpp"
#include "markup/assets.hpp"
#include "markup/headers.hpp"
#include "torrent/metainfo.hpp"
#include "tracker/catalogue.hpp"
#include "tracker/host_header.hpp"
#include "tracker/page/pages.hpp"
#include "tracker/server/server_impl.hpp"

namespace bt::tracker {
namespace {

constexpr std::string_view html = "text/html; charset=utf-8", plain = "text/plain; charset=utf-8",
                           json_type = "application/json", torrent_type = "application/x-bittorrent",
                           metrics_type = "text/plain; version=0.0.4; charset=utf-8";

/// A page costs milliseconds where there is much to show.
constexpr float page_worth = 20;

http_answer page_answer(int status, std::string_view type, std::string body) {
    return {status, type, std::move(body), markup::page_headers()};
}

http_answer message(int status, std::string_view text) {
    return page_answer(status, html, message_page(status, text));
}

http_answer wrong_method(bool post_too) {
    static const auto get = "Allow: GET, HEAD\r\n" + std::string(markup::page_headers());
    static const auto post = "Allow: GET, HEAD, POST\r\n" + std::string(markup::page_headers());
    return {405, html, message_page(405, "this is not asked in that way"), post_too ? post : get};
}

/// `{"error": …}` for programs.
http_answer json_error(int status, std::string_view text) {
    return page_answer(status, json_type, json{{"error", text}}.dump() + "\n");
}

std::string_view media_type(std::string_view content_type) {
    const auto type = content_type.substr(0, content_type.find(';'));
    const auto end = type.find_last_not_of(" \t");
    return type.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

std::optional<info_hash> hash_of(std::string_view hex) {
    if (hex.size() != 40) return std::nullopt;
    const auto raw = from_hex(hex);
    return raw ? info_hash::from(*raw) : std::nullopt;
}

/// "/announce", also as "//announce", "/announce/" and "/KEY/announce": trackers with keys are written so,
/// and the key, which is never given out, means nothing here.
bool asks_for(std::string_view path, std::string_view word) {
    std::vector<std::string_view> parts;
    for (std::size_t at = 0; at < path.size() && parts.size() < 3;) {
        const auto end = std::min(path.find('/', at), path.size());
        if (end > at) parts.push_back(path.substr(at, end - at));
        at = end + 1;
    }
    return !parts.empty() && parts.size() <= 2 && parts.back() == word;
}

/// What each host calls it, where they disagree.
std::vector<catalogue_name> names_of(const registration& entry, bool show_hosts) {
    std::vector<catalogue_name> names;
    const auto add = [&](const std::string& name, const std::string& by) {
        auto at = std::find_if(names.begin(), names.end(), [&](const auto& one) { return one.name == name; });
        if (at == names.end()) at = names.insert(at, {name, {}});
        if (show_hosts && !by.empty()) at->hosts.push_back(by);
    };
    add(entry.name, entry.by);
    for (const auto& other : entry.others) add(other.name, other.by);
    if (names.size() == 1) names.clear();
    return names;
}

bool wants(std::string_view accept, std::string_view type) {
    return accept.find(type) != std::string_view::npos;
}

/// "page=6980": the host that asks has a page for browsers there.
std::optional<std::uint16_t> page_port_in(std::string_view query) {
    constexpr std::string_view key = "page=";
    if (!query.starts_with(key)) return std::nullopt;
    const auto port = parse_number(query.substr(key.size()));
    if (!port || *port < 1024 || *port > 65535) return std::nullopt;
    return static_cast<std::uint16_t>(*port);
}

}  // namespace

http_answer server::http(time_point now, const http_question& asked) {
    auto& s = *impl_;
    const auto question = asked.target.find('?');
    const auto path = asked.target.substr(0, question);
    const auto query =
        question == std::string_view::npos ? std::string_view{} : asked.target.substr(question + 1);
    s.at(now);
    s.counted.bytes_in += asked.target.size() + asked.body.size();
    const bool announce = asks_for(path, "announce"), scrape = asks_for(path, "scrape");
    http_answer answer;
    if ((announce || scrape) && asked.method != "GET")
        answer = wrong_method(false);
    else if (announce)
        answer = s.http_announce(now, asked, query);
    else if (scrape)
        answer = s.http_scrape(now, asked, query);
    else
        answer = s.route(now, asked, path, query);
    s.counted.bytes_out += answer.body.size();
    return answer;
}

/// Who may see the pages at all.
http_answer server::impl::route(time_point now, const http_question& asked, std::string_view path,
                                std::string_view query) {
    const asker who(around, asked.from.address, asked.to);
    if (config.stats == stats_access::nobody) return message(404, "nothing is shown here");
    if (!may_ask(now, who, page_worth)) return message(429, "too many requests");
    const bool post = asked.method == "POST";
    if (config.stats == stats_access::lan && !who.is_local())
        return message(403, "this page is for the local network");
    // against DNS rebinding; where every host may look, only what changes something needs it
    if ((config.stats == stats_access::lan || post) && !is_local_host_name(asked.host))
        return message(421, "ask by address or by a local name");
    if (post) {
        if (path == "/api/v1/torrents") return register_torrent(now, asked, who, query);
        return wrong_method(false);
    }
    auto answer = page(now, asked, who, path);
    if (answer.status != 404 && asked.method != "GET" && asked.method != "HEAD")
        return wrong_method(path == "/api/v1/torrents");
    return answer;
}

http_answer server::impl::page(time_point now, const http_question& asked, const asker& who,
                               std::string_view path) {
    if (path == "/healthz") {
        if (draining) return page_answer(503, plain, "stopping\n");
        return page_answer(200, plain, "ok\n");
    }
    if (path == "/page.js")
        return page_answer(200, "text/javascript; charset=utf-8", std::string(markup::script_file));
    if (path == "/page.css")
        return page_answer(200, "text/css; charset=utf-8", std::string(markup::style_file));
    if (path == "/") return page_answer(200, html, front_page(overview_of(now, who, true)));
    if (path == "/peers") return page_answer(200, html, peers_page(overview_of(now, who, true)));
    if (path == "/stats" && wants(asked.accept, "text/html"))
        return page_answer(200, html, stats_page(overview_of(now, who, false)));
    if (path == "/stats.json" || (path == "/stats" && wants(asked.accept, json_type)))
        return page_answer(200, json_type, stats_json(overview_of(now, who, false)));
    if (path == "/stats") return page_answer(200, plain, stats_text(totals(now)));
    if (path == "/metrics") {
        auto all = overview_of(now, who, config.metrics_per_torrent);
        std::erase_if(all.torrents, [](const torrent_row& row) { return !row.name; });
        return page_answer(200, metrics_type, metrics_text(all, config.metrics_per_torrent));
    }
    if (path == "/api/v1/torrents")
        return page_answer(200, json_type, catalogue(now, may_see_addresses(who)));
    if (path == "/api/v1/peers") return page_answer(200, json_type, peers_json(overview_of(now, who, true)));
    if (path.starts_with("/api/v1/torrents/"))
        return torrent_route(now, asked, who, path.substr(std::string_view("/api/v1/torrents/").size()),
                             true);
    if (path.starts_with("/t/") && path.ends_with(".torrent"))
        return torrent_file(path.substr(3, path.size() - 3 - std::string_view(".torrent").size()));
    if (path.starts_with("/t/")) return torrent_route(now, asked, who, path.substr(3), false);
    return message(404, "there is no such page");
}

http_answer server::impl::torrent_route(time_point now, const http_question&, const asker& who,
                                        std::string_view hex, bool as_json) {
    const auto hash = hash_of(hex);
    const bool known = hash && !registered.is_hidden(*hash) &&
                       (registered.listed(*hash) != nullptr || store.find(*hash) != no_record);
    if (!known)
        return as_json ? json_error(404, "no such torrent here") : message(404, "no such torrent here");
    const auto all = overview_of(now, who, *hash);
    return as_json ? page_answer(200, json_type, torrent_json(all))
                   : page_answer(200, html, torrent_page(all));
}

http_answer server::impl::torrent_file(std::string_view hex) const {
    static const auto headers = "Content-Disposition: attachment\r\n" + std::string(markup::page_headers());
    const auto hash = hash_of(hex);
    const auto* entry = hash ? registered.listed(*hash) : nullptr;
    if (entry == nullptr || entry->torrent.empty())
        return message(404, "there is no file of that torrent here");
    return {200, torrent_type, std::string(as_text(entry->torrent)), headers};
}

http_answer server::impl::register_torrent(time_point now, const http_question& asked, const asker& who,
                                           std::string_view query) {
    if (!who.is_local()) return json_error(403, "only the local network registers torrents");
    // a browser names the page that asks; no page but our own may
    if (!asked.origin.empty() && asked.origin != "http://" + std::string(asked.host))
        return json_error(403, "not from another site's page");
    if (asked.body.size() > limits::lan_body_bytes)
        return json_error(413,
                          "the body is longer than " + std::to_string(limits::lan_body_bytes) + " bytes");
    info_hash hash;
    registration entry;
    const auto type = media_type(asked.content_type);
    if (type == torrent_type) {
        const auto parsed = torrent::parse_torrent(asked.body);
        if (!parsed) return json_error(400, parsed.error().message);
        const auto& info = parsed->info;
        hash = info.hash;
        entry.name = printable(info.name, limits::name_element_bytes);
        entry.size = info.payload_bytes();
        entry.file_count = static_cast<std::uint32_t>(std::count_if(
            info.files.begin(), info.files.end(), [](const auto& file) { return !file.padding; }));
        entry.verified = true;
        entry.hidden = info.is_private;
        if (!info.is_private) entry.torrent = bytes(asked.body.begin(), asked.body.end());
    } else if (type == json_type) {
        auto parsed = parse_registration(as_text(asked.body));
        if (!parsed) return json_error(400, parsed.error().message);
        hash = parsed->hash;
        entry.name = std::move(parsed->name);
        entry.size = parsed->total_size;
        entry.file_count = parsed->file_count;
    } else {
        return json_error(415, "send application/x-bittorrent or application/json");
    }
    const bool is_private = entry.hidden || registered.is_hidden(hash);
    entry.source = who.where.from == reach::host ? 0 : source_hash(who.from.raw()) | 1;
    entry.by = who.where.from == reach::host ? config.host_name : who.from.to_string();
    entry.said = entry.last_peer = at(now).now;
    if (!allowed(hash)) return json_error(403, "not on the list of this tracker");
    const auto answer = registered.add(hash, std::move(entry));
    if (is_private) return json_error(403, "private torrents are not listed");
    if (answer == naming::full) return json_error(503, "the list of torrents is full");
    if (const auto port = page_port_in(query)) registered.note_page(hash, {{who.from, *port}, at(now).now});
    if (const auto torrent = store.find(hash); torrent != no_record) store.keep_history(torrent, at(now));
    const json body{{"hash_string", to_hex(hash.span())}, {"name", registered.find(hash)->name}};
    return page_answer(answer == naming::added ? 201 : 200, json_type, body.dump() + "\n");
}

/// Names and addresses of hosts are looked up for a bounded number of peers in all.
std::string server::impl::catalogue(time_point, bool show_hosts) const {
    std::vector<catalogue_entry> entries;
    std::size_t peers_left = show_hosts ? 5'000 : 0;
    registered.for_each([&](const info_hash& hash, const registration& entry) {
        const auto number = entry.hidden ? no_record : store.find(hash);
        if (number == no_record || store.torrent(number).peers() == 0) return;
        catalogue_entry row;
        row.hash = hash;
        row.name = entry.name;
        row.total_size = entry.size;
        row.file_count = entry.file_count;
        row.names = names_of(entry, show_hosts);
        row.seeders = store.torrent(number).seeders;
        row.leechers = store.torrent(number).leechers;
        for (const auto peer : store.peers_of(number, std::min(peers_left, limits::catalogue_hosts))) {
            --peers_left;
            const auto& one = store.peer(peer);
            auto name = host_of(one);
            if (name.empty())
                name = store.endpoint_of(one, one.addresses[0].present() ? ip_family::v4 : ip_family::v6)
                           .address.to_string();
            if (std::find(row.hosts.begin(), row.hosts.end(), name) == row.hosts.end())
                row.hosts.push_back(std::move(name));
        }
        entries.push_back(std::move(row));
    });
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
        return a.name != b.name ? a.name < b.name : a.hash < b.hash;
    });
    return catalogue_json(entries);
}

}  // namespace bt::tracker
