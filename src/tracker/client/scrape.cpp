#include "tracker/client/scrape.hpp"

#include "base/bencode.hpp"
#include "base/text.hpp"
#include "tracker/client/answer_document.hpp"

namespace bt::tracker {
namespace {

constexpr std::string_view announce_word = "announce", scrape_word = "scrape";

}  // namespace

std::optional<std::string> scrape_url(const url& announce, const std::vector<info_hash>& torrents) {
    if (announce.how == scheme::udp) return std::nullopt;
    const auto last = announce.path().rfind('/') + 1;
    if (!announce.path().substr(last).starts_with(announce_word)) return std::nullopt;
    auto at = announce;
    at.target.replace(last, announce_word.size(), scrape_word);
    auto text = at.to_string();
    auto mark = at.has_query() ? (text.ends_with('?') || text.ends_with('&') ? "" : "&") : "?";
    for (const auto& torrent : torrents) {
        text += mark;
        text += "info_hash=" + percent_encode(torrent.span());
        mark = "&";
    }
    return text;
}

result<std::vector<scrape_counts>> parse_scrape(byte_view body, const std::vector<info_hash>& asked) {
    const auto document = answer_document(body);
    if (!document) return unexpected<error>(document.error());
    const auto root = document->root();
    for (const auto* key : {"failure reason", "failure_reason"})  // BEP 48 spells it the second way
        if (const auto why = root.find_string(key)) return fail(errc::failure, printable(*why, shown_bytes));
    const auto files = root.find("files");
    if (!files || !files->is_dict()) return no_answer("no files in it");
    std::vector<scrape_counts> known;
    const auto all = files->entries();
    for (const auto& torrent : asked) {
        auto one = files->find(torrent.view());
        // some trackers garble the key, which is no text; where one was asked for and one is told, it is that
        if (!one && asked.size() == 1 && all.size() == 1) one = all.front().value;
        if (!one || !one->is_dict()) continue;
        known.push_back({torrent, find_count(*one, "complete"), find_count(*one, "incomplete"),
                         find_count(*one, "downloaded")});
    }
    return known;
}

}  // namespace bt::tracker
