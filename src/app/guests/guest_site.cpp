#include "app/guests/guest_site.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "guest/file_headers.hpp"
#include "guest/pages.hpp"
#include "markup/assets.hpp"
#include "markup/headers.hpp"
#include "torrent/create.hpp"

namespace bt::app {
namespace {

/// A piece is read as a whole, to be hashed: so much of them may be in memory.
constexpr std::size_t most_held = 256 * limits::MiB;
constexpr std::size_t most_per_address = 8;  // a browser opens six

/// What a browser downloads it must not run, whatever it takes it for.
constexpr std::string_view file_headers =
    "Content-Security-Policy: default-src 'none'; sandbox\r\nX-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n";

net::http_reply html(int status, std::string text) {
    return {status, "text/html; charset=utf-8", std::move(text), markup::page_headers()};
}

net::http_reply not_here() {
    return html(404, guest::message_page(404, "This is not shared here",
                                         "It may have ended, or the link was cut short."));
}

net::http_reply gone() {
    return html(404, guest::message_page(404, "This is not here now",
                                         "It was changed or deleted on the machine that shares it, or is not "
                                         "downloaded there."));
}

net::http_reply paused() {
    return html(503, guest::message_page(503, "This is paused",
                                         "Nothing of it can be downloaded until its owner resumes it."));
}

std::uint64_t bytes_here(const torrent_status& standing, const torrent::info& info) {
    return standing.size == 0 ? info.payload_bytes() : std::min(standing.have, info.payload_bytes());
}

}  // namespace

guest_site::guest_site(session& node, std::string host, std::size_t most, bool show_all)
    : node_(node), host_(std::move(host)), most_(most), show_all_(show_all), reads_(node) {}

net::http_reply guest_site::answer(const net::http_question& question) {
    using kind = guest::target::kind;
    if (!budget_.allow(node_.loop().now(), question.from.address))
        return {429, "text/plain; charset=utf-8", "Too many requests. Try again in a moment.\n",
                "Retry-After: 1\r\n"};
    const auto path = question.target.substr(0, question.target.find('?'));
    if (path == "/") return {302, {}, {}, "Location: /s/\r\n"};
    if (path == "/page.js")
        return {200, "text/javascript; charset=utf-8", std::string(markup::script_file),
                markup::page_headers()};
    if (path == "/page.css")
        return {200, "text/css; charset=utf-8", std::string(markup::style_file), markup::page_headers()};
    const auto target = guest::parse_target(question.target);
    if (target.what == kind::none) return not_here();
    if (target.what == kind::list) return list();
    if (target.what == kind::beginning) return beginning(target.path);
    const auto what = find(target.hash);
    if (!what) return not_here();
    switch (target.what) {
        case kind::page_without_slash:
            return to_page(target.hash);
        case kind::page:
            return page(*what, question);
        case kind::file:
            return file(*what, target.path, question);
        case kind::zip:
            return archive(*what, guest::archive::format::zip, question);
        case kind::tar:
            return archive(*what, guest::archive::format::tar, question);
        case kind::torrent:
            return torrent_file(*what);
        case kind::none:
        case kind::list:
        case kind::beginning:
            break;
    }
    return not_here();
}

std::optional<guest_site::shown> guest_site::find(const info_hash& hash) const {
    const auto id = node_.find(hash);
    const auto* torrent = id ? node_.torrent(*id) : nullptr;
    if (torrent == nullptr || (!show_all_ && !node_.is_public(*id))) return std::nullopt;
    return shown{*id, *torrent};
}

bool guest_site::is_paused(const shown& what) const {
    return node_.brief_status(what.id).state == torrent_state::paused;
}

/// All of it is verified, or comes.
bool guest_site::is_here(const shown& what, const torrent::file_entry& file) const {
    const auto& shape = what.torrent.info.shape;
    for (auto at = file.begin; at < file.begin + file.size;) {
        const auto piece = shape.piece(at / shape.piece_bytes());
        if (!piece || !is_here_or_comes(node_, what.id, *piece)) return false;
        at = shape.piece_begin(*piece) + shape.piece_size(*piece);
    }
    return true;
}

/// Per file of the torrent: a browser can have it, now or when it has come.
std::vector<bool> guest_site::files_here(const shown& what) const {
    const auto& info = what.torrent.info;
    const auto standing = node_.brief_status(what.id);
    const bool all = standing.pieces_have == standing.piece_count;
    std::vector<bool> here;
    here.reserve(info.files.size());
    for (const auto& file : info.files) here.push_back(!file.padding && (all || is_here(what, file)));
    return here;
}

/// The reply's headers are valid until the next one.
net::http_reply guest_site::with_headers(net::http_reply reply, std::string more) {
    headers_ = std::move(more);
    reply.headers = headers_;
    return reply;
}

net::http_reply guest_site::to_page(const info_hash& hash) {
    return with_headers({302, {}, {}, {}}, "Location: /s/" + to_hex(hash.span()) + "/\r\n");
}

/// Where it could mean several, the list helps more than an error.
net::http_reply guest_site::beginning(const std::string& digits) {
    std::optional<info_hash> found;
    for (const auto id : node_.torrents()) {
        const auto* torrent = node_.torrent(id);
        if (torrent == nullptr || !to_hex(torrent->info.hash.span()).starts_with(digits)) continue;
        if (!find(torrent->info.hash)) continue;
        if (found) return {302, {}, {}, "Location: /s/\r\n"};
        found = torrent->info.hash;
    }
    return found ? to_page(*found) : not_here();
}

net::http_reply guest_site::list() const {
    std::vector<guest::share_row> rows;
    for (const auto id : node_.torrents()) {
        if (!node_.is_listed(id)) continue;
        const auto& info = node_.torrent(id)->info;
        rows.push_back({info.hash, info.name, info.payload_bytes(), bytes_here(node_.brief_status(id), info),
                        info.file_count()});
    }
    std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return html(200, guest::list_page(rows, host_));
}

net::http_reply guest_site::page(const shown& what, const net::http_question& question) const {
    const auto& info = what.torrent.info;
    const auto standing = node_.brief_status(what.id);
    const auto address = "http://" + std::string(question.host) + "/s/" + to_hex(info.hash.span()) + "/";
    return html(200, guest::share_page({info, bytes_here(standing, info), files_here(what),
                                        is_fetching(node_, what.id), host_, address, is_paused(what)}));
}

/// So that browsers leave room for nodes, which ask the same server for the catalogue.
std::optional<net::http_reply> guest_site::refuse_download(const net::http_question& question,
                                                           std::size_t piece_bytes) {
    if (count_->all() < std::min(most_, most_held / piece_bytes) &&
        count_->of(question.from.address.network_of_host()) < most_per_address) {
        reads_.set_readers(count_->all() + 1);
        return std::nullopt;
    }
    return with_headers(
        html(503, guest::message_page(503, "Too many downloads at a time", "Try again in a moment.")),
        "Retry-After: 5\r\n" + std::string(markup::page_headers()));
}

net::http_reply guest_site::file(const shown& what, const std::string& path,
                                 const net::http_question& question) {
    const auto& info = what.torrent.info;
    const auto found = std::find_if(info.files.begin(), info.files.end(),
                                    [&](const auto& each) { return !each.padding && each.path == path; });
    if (found == info.files.end()) return not_here();
    if (is_paused(what)) return paused();
    if (!is_here(what, *found)) return gone();
    // what has this hash never changes
    const auto tag =
        "\"" + to_hex(info.hash.span()) + "-" + std::to_string(found - info.files.begin()) + "\"";
    auto headers = std::string(file_headers) + "Accept-Ranges: bytes\r\nETag: " + tag +
                   "\r\nCache-Control: no-cache\r\n" +
                   guest::content_disposition(std::string_view(path).substr(path.rfind('/') + 1));
    if (guest::names_tag(question.if_none_match, tag)) return with_headers({304, {}, {}, {}}, headers);
    const bool is_same = question.if_range.empty() || guest::is_same_by(question.if_range, tag);
    const auto asked = guest::parse_range(is_same ? question.range : std::string_view(), found->size);
    if (asked.what == guest::range_asked::kind::beyond)
        return with_headers({416, "text/plain; charset=utf-8", "The file ends before that.\n", {}},
                            headers + "Content-Range: " + guest::content_range({}, found->size) + "\r\n");
    const bool is_part = asked.what == guest::range_asked::kind::part;
    const auto range = is_part ? asked.range : guest::byte_range{0, found->size};
    if (is_part) headers += "Content-Range: " + guest::content_range(range, found->size) + "\r\n";
    if (question.method != "HEAD")
        if (auto refused = refuse_download(question, info.shape.piece_bytes())) return std::move(*refused);
    net::http_reply reply{is_part ? 206 : 200, guest::content_type(path), {}, {}};
    reply.stream = range_body(reads_, count_, question.from.address.network_of_host(), info.hash,
                              found->begin + range.begin, range.size);
    reply.stream_bytes = range.size;
    return with_headers(std::move(reply), std::move(headers));
}

net::http_reply guest_site::archive(const shown& what, guest::archive::format how,
                                    const net::http_question& question) {
    const auto& info = what.torrent.info;
    if (is_paused(what)) return paused();
    auto here = files_here(what);
    if (std::find(here.begin(), here.end(), true) == here.end()) return gone();
    if (question.method != "HEAD")
        if (auto refused = refuse_download(question, info.shape.piece_bytes())) return std::move(*refused);
    const bool is_zip = how == guest::archive::format::zip;
    net::http_reply reply{200, is_zip ? "application/zip" : "application/x-tar", {}, {}};
    reply.stream =
        archive_body(reads_, count_, question.from.address.network_of_host(), info, std::move(here),
                     what.torrent.creation_date.value_or(static_cast<std::int64_t>(node_.wall_clock())), how);
    return with_headers(std::move(reply),
                        std::string(file_headers) + "Accept-Ranges: none\r\nCache-Control: no-cache\r\n" +
                            guest::content_disposition(info.name + (is_zip ? ".zip" : ".tar")));
}

net::http_reply guest_site::torrent_file(const shown& what) {
    const auto& torrent = what.torrent;
    const auto file = torrent::encode_torrent(
        {{}, torrent.web_seeds, torrent.comment, torrent.created_by, torrent.creation_date},
        torrent.info.raw);
    return with_headers(
        {200, "application/x-bittorrent", std::string(as_text(file)), {}},
        std::string(file_headers) + guest::content_disposition(torrent.info.name + ".torrent"));
}

}  // namespace bt::app
