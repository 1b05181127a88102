#include "guest/pages.hpp"

#include "base/size_text.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "markup/parts.hpp"
#include "markup/qr.hpp"
#include "torrent/magnet.hpp"

namespace bt::guest {
namespace {

using markup::el;
using markup::href;
using markup::html;
using markup::link;
using markup::when;

constexpr std::size_t most_rows = 500;  // of a page; the rest comes in one file

std::string whole(std::string_view title, std::string_view host, const html& content) {
    const auto name = std::string(program_name);
    const auto whose = host.empty() ? html() : html("files of ") += el("b", host);
    return markup::page(std::string(title) + " · " + name, markup::banner(link::to("/s/"), whose, html()),
                        content,
                        el("span", name + " " + std::string(program_version)) +=
                        el("span", {{"class", "quiet"}}, "Everybody on this network can see what is here."));
}

std::string files_text(std::size_t count) {
    return std::to_string(count) + (count == 1 ? " file" : " files");
}

/// "complete", or how much is here; rounded down, so that 100 % means all.
html standing(std::uint64_t have, std::uint64_t size) {
    if (have >= size) return el("span", {{"class", "state complete"}}, "complete");
    const auto percent = std::to_string(have / (size / 100 + 1));
    return el("span", {{"class", "state downloading"}}, percent + " % is here");
}

std::string_view name_in(std::string_view path) { return path.substr(path.rfind('/') + 1); }

html download(const link& where, std::string_view label, std::string_view what, bool is_first) {
    return el("a",
              {{"class", is_first ? "get" : "get plain"},
               href(where),
               {"download", ""},
               {"aria-label", std::string(label) + " " + std::string(what)}},
              label);
}

/// The buttons: the file itself, or all files in one.
html downloads(const torrent::info& info) {
    if (!info.multi_file)
        return download(link::below("/s/", info.hash, info.files.front().path), "Download", info.name, true);
    return download(link::to("/s/", info.hash, ".zip"), "Download all", info.name + " as .zip", true) +=
           download(link::to("/s/", info.hash, ".tar"), "as .tar", info.name, false);
}

html files_table(const share_view& share) {
    const auto& info = share.info;
    std::vector<std::vector<html>> rows;
    std::size_t more = 0;
    for (std::size_t i = 0; i < info.files.size(); ++i) {
        const auto& file = info.files[i];
        if (file.padding) continue;
        if (rows.size() == most_rows) {
            ++more;
            continue;
        }
        const auto shown = file.path.substr(file.path.find('/') + 1);
        const auto where = link::below("/s/", info.hash, file.path);
        if (!share.here.empty() && !share.here[i]) {
            rows.push_back({shown, size_text(file.size), el("span", {{"class", "note"}}, "not here")});
            continue;
        }
        rows.push_back({el("a", {{"class", "title"}, href(where), {"download", ""}}, shown),
                        size_text(file.size), download(where, "Download", name_in(shown), true)});
    }
    auto out = markup::table("Files", {{"File", "name"}, {"Size", "number"}, {"Get it", "links"}}, rows);
    if (more > 0)
        out +=
            el("p", {{"class", "more"}}, "and " + files_text(more) + " more: \"Download all\" has them too.");
    return out;
}

html other_ways(const share_view& share) {
    html lines = el("h2", "Other ways");
    lines += el("p", {{"class", "hint"}}, "In a terminal of any machine of this network:");
    lines += markup::copyable("command",
                              std::string(program_name) + " get magnet:" + to_hex(share.info.hash.span()),
                              "the command");
    torrent::magnet magnet;
    magnet.hash = share.info.hash;
    magnet.name = printable(share.info.name, 255);
    magnet.length = share.info.payload_bytes();
    lines += el("p", {{"class", "links"}},
                el("a", {{"class", "get plain"}, href(link::to(magnet))}, "Magnet link"),
                el("a", {{"class", "get plain"}, href(link::to("/s/", share.info.hash, ".torrent"))},
                   ".torrent file"));
    lines += el("p", {{"class", "hint"}}, "To open this page on a phone, point its camera here:");
    return el("section", {{"class", "hero"}}, el("div", lines),
              markup::qr_code(share.address, "QR code of this page"));
}

}  // namespace

std::string list_page(const std::vector<share_row>& shares, std::string_view host) {
    html content = el("h1", "Files to download");
    if (shares.empty()) {
        content += el("div", {{"class", "empty"}},
                      el("p", el("strong", "Nothing is shared here now."), " To share something:"),
                      el("p", el("code", std::string(program_name) + " share PATH")));
        return whole("Files", host, content);
    }
    std::vector<std::vector<html>> rows;
    for (const auto& share : shares) {
        if (rows.size() == most_rows) break;
        const auto where = link::to("/s/", share.hash, "/");
        rows.push_back(
            {el("a", {{"class", "title"}, href(where)}, share.name), size_text(share.size),
             files_text(share.files), standing(share.have, share.size),
             el("a", {{"class", "get"}, href(where), {"aria-label", "Open " + share.name}}, "Open")});
    }
    content += markup::table(
        "Shares", {{"Name", "name"}, {"Size", "number"}, {"Files", "number"}, {"State"}, {"Open", "links"}},
        rows);
    if (shares.size() > most_rows)
        content +=
            el("p", {{"class", "more"}}, "and " + std::to_string(shares.size() - most_rows) + " more.");
    return whole("Files", host, content);
}

std::string share_page(const share_view& share) {
    const auto& info = share.info;
    const auto size = info.payload_bytes();
    html content = el("h1", {{"class", "torrent"}}, info.name);
    content += el("p", {{"class", "lead"}}, size_text(size) + ", " + files_text(info.file_count()) + ", ",
                  standing(share.have, size));
    if (share.is_paused)
        content +=
            el("p", el("span", {{"class", "warning"}}, "It is paused: nothing can be downloaded now."));
    else if (share.have < size)
        content += el("p", {{"class", "hint"}},
                      share.is_fetching
                          ? "A download gives what is here and waits for the rest while it arrives."
                          : "The rest is not on this machine: it was changed, deleted, or not downloaded.");
    content += el("p", {{"class", "links downloads"}}, downloads(info));
    if (info.multi_file) content += files_table(share);
    content += other_ways(share);
    return whole(info.name, share.host, content);
}

std::string message_page(int status, std::string_view what, std::string_view todo) {
    html content = el("h1", what);
    content += el("p", {{"class", "lead"}}, todo);
    content += el("p", el("a", {href(link::to("/s/"))}, "What is shared here"));
    return whole(std::to_string(status), {}, content);
}

}  // namespace bt::guest
