#include "session/saved_torrent.hpp"

#include <chrono>
#include <cmath>
#include <utility>

#include "base/bencode.hpp"
#include "base/overloaded.hpp"
#include "base/text.hpp"

namespace bt::session {
namespace {

constexpr std::string_view share_kind = "share", get_kind = "get";

unexpected<error> bad(const std::string& why) {
    return fail(errc::bad_data, "what was kept of the torrent is damaged: " + why);
}

std::int64_t bounded(std::uint64_t number) {
    return static_cast<std::int64_t>(std::min<std::uint64_t>(number, INT64_MAX));
}

// --- writing: keys in the order of the alphabet

void write_texts(bencode_writer& out, std::string_view key, const std::vector<std::string>& texts) {
    if (texts.empty()) return;
    out.key(key).begin_list();
    for (const auto& each : texts) out.string(each);
    out.end_list();
}

void write_tiers(bencode_writer& out, const torrent::tracker_tiers& tiers) {
    if (tiers.empty()) return;
    out.key("trackers").begin_list();
    for (const auto& tier : tiers) {
        out.begin_list();
        for (const auto& url : tier) out.string(url);
        out.end_list();
    }
    out.end_list();
}

void write_stamps(bencode_writer& out, const std::vector<torrent::file_stamp>& stamps) {
    if (stamps.empty()) return;
    out.key("stamps").begin_list();
    for (const auto& each : stamps)
        out.integer(bounded(each.device))
            .integer(bounded(each.inode))
            .integer(bounded(each.size))
            .integer(each.modified_ns)
            .integer(each.changed_ns);
    out.end_list();
}

/// A rule's number: milliseconds, or thousandths of a ratio.
std::int64_t number_of(const seed_rule& rule) {
    using namespace std::chrono;
    if (rule.what == seed_rule::kind::ratio) return std::llround(rule.ratio * 1000);
    return duration_cast<milliseconds>(rule.time).count();
}

/// What a request says of its torrent beside the description.
torrent::metainfo around_description(const request& what) {
    if (const auto* share = std::get_if<share_request>(&what)) return share->torrent;
    const auto& target = std::get<get_request>(what).target;
    if (const auto* known = std::get_if<torrent::metainfo>(&target)) return *known;
    const auto& link = std::get<torrent::magnet>(target);
    torrent::metainfo said;
    for (const auto& url : link.trackers) said.trackers.push_back({url});
    said.web_seeds = link.web_seeds;
    return said;
}

std::string name_of(const request& what) {
    const auto* get = std::get_if<get_request>(&what);
    const auto* link = get != nullptr ? std::get_if<torrent::magnet>(&get->target) : nullptr;
    if (link != nullptr) return link->name;
    const auto* info = info_of(what);
    return info != nullptr ? info->name : "";
}

std::vector<std::string> peers_of(const get_request& get) {
    std::vector<std::string> all;
    const auto add = [&](const auto& peers) {
        for (const auto& each : peers) all.push_back(each.to_string());
    };
    add(get.peers);
    add(get.named_peers);
    if (const auto* link = std::get_if<torrent::magnet>(&get.target)) {
        add(link->peers);
        add(link->named_peers);
    }
    return all;
}

// --- reading

bool flag(const bencode_view& from, std::string_view key) { return from.find_integer(key).value_or(0) != 0; }

std::uint64_t natural(const bencode_view& from, std::string_view key) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, from.find_integer(key).value_or(0)));
}

std::string text(const bencode_view& from, std::string_view key) {
    return std::string(from.find_string(key).value_or(""));
}

std::vector<std::string> texts(const bencode_view& list) {
    std::vector<std::string> all;
    for (const auto& each : list)
        if (const auto one = each.string()) all.emplace_back(*one);
    return all;
}

std::vector<std::string> texts(const bencode_view& from, std::string_view key) {
    const auto list = from.find_list(key);
    return list ? texts(*list) : std::vector<std::string>();
}

torrent::metainfo read_around(const bencode_view& root) {
    torrent::metainfo said;
    if (const auto tiers = root.find_list("trackers"))
        for (const auto& tier : *tiers)
            if (auto urls = texts(tier); !urls.empty()) said.trackers.push_back(std::move(urls));
    said.web_seeds = texts(root, "webseeds");
    said.nodes = texts(root, "nodes");
    said.comment = text(root, "comment");
    said.created_by = text(root, "by");
    if (const auto date = root.find_integer("date"); date && *date >= 0) said.creation_date = *date;
    return said;
}

seed_rule read_rule(const bencode_view& root) {
    using kind = seed_rule::kind;
    const auto list = root.find_list("seed");
    std::vector<std::int64_t> numbers;
    if (list)
        for (const auto& each : *list) numbers.push_back(each.integer().value_or(0));
    if (numbers.size() != 2 || numbers[0] < 0 || numbers[0] > static_cast<int>(kind::ratio)) return {};
    seed_rule rule{static_cast<kind>(numbers[0])};
    if (rule.what == kind::time) rule.time = std::chrono::milliseconds(numbers[1]);
    if (rule.what == kind::ratio) rule.ratio = static_cast<double>(numbers[1]) / 1000;
    return rule;
}

std::vector<torrent::file_stamp> read_stamps(const bencode_view& root) {
    std::vector<torrent::file_stamp> all;
    const auto list = root.find_list("stamps");
    if (!list) return all;
    std::vector<std::int64_t> numbers;
    for (const auto& each : *list) numbers.push_back(each.integer().value_or(0));
    for (std::size_t i = 0; i + 5 <= numbers.size(); i += 5)
        all.push_back({static_cast<std::uint64_t>(numbers[i]), static_cast<std::uint64_t>(numbers[i + 1]),
                       static_cast<std::uint64_t>(numbers[i + 2]), numbers[i + 3], numbers[i + 4]});
    return all;
}

share_request read_share(const bencode_view& root, const torrent::info& info) {
    share_request share;
    share.torrent = read_around(root);
    share.torrent.info = info;
    share.paths = texts(root, "paths");
    share.stamps = read_stamps(root);
    if (share.stamps.size() != share.paths.size()) share.stamps.clear();
    share.until = static_cast<std::uint32_t>(std::min<std::uint64_t>(natural(root, "until"), UINT32_MAX));
    share.unlisted = flag(root, "unlisted");
    return share;
}

get_request read_get(const bencode_view& root, const info_hash& hash,
                     const std::optional<torrent::info>& info) {
    get_request get;
    auto said = read_around(root);
    if (info) {
        said.info = *info;
        get.target = std::move(said);
    } else {
        torrent::magnet link;
        link.hash = hash;
        link.name = text(root, "name");
        for (const auto& tier : said.trackers)
            link.trackers.insert(link.trackers.end(), tier.begin(), tier.end());
        link.web_seeds = said.web_seeds;
        get.target = std::move(link);
    }
    get.folder = text(root, "folder");
    get.trackers = texts(root, "more_trackers");
    for (const auto& peer : texts(root, "peers"))
        if (const auto at = endpoint::parse(peer))
            get.peers.push_back(*at);
        else if (auto named = named_endpoint::parse(peer))
            get.named_peers.push_back(std::move(*named));
    if (const auto lists = texts(root, "files"); lists.size() == 3)
        get.files = {lists[0], lists[1], lists[2]};
    get.sequential = flag(root, "sequential");
    get.overwrite = flag(root, "overwrite");
    get.prealloc = flag(root, "prealloc");
    get.visible = flag(root, "visible");
    get.seed = read_rule(root);
    return get;
}

}  // namespace

const info_hash& hash_of(const std::variant<torrent::magnet, torrent::metainfo>& target) {
    if (const auto* link = std::get_if<torrent::magnet>(&target)) return link->hash;
    return std::get<torrent::metainfo>(target).info.hash;
}

const info_hash& hash_of(const request& what) {
    if (const auto* share = std::get_if<share_request>(&what)) return share->torrent.info.hash;
    return hash_of(std::get<get_request>(what).target);
}

const torrent::info* info_of(const request& what) {
    if (const auto* share = std::get_if<share_request>(&what)) return &share->torrent.info;
    const auto* known = std::get_if<torrent::metainfo>(&std::get<get_request>(what).target);
    return known != nullptr ? &known->info : nullptr;
}

bytes write_saved(const saved_torrent& what) {
    const auto* share = std::get_if<share_request>(&what.request);
    const auto* get = std::get_if<get_request>(&what.request);
    const auto said = around_description(what.request);
    bencode_writer out;
    out.begin_dict();
    out.pair("added", what.added);
    if (!said.created_by.empty()) out.pair("by", said.created_by);
    if (!said.comment.empty()) out.pair("comment", said.comment);
    if (said.creation_date) out.pair("date", *said.creation_date);
    out.pair("down", bounded(what.down_limit));
    if (get != nullptr) {
        out.key("files").begin_list();
        out.string(get->files.select).string(get->files.first).string(get->files.last).end_list();
    }
    if (what.finished) out.pair("finished", std::int64_t{1});
    if (get != nullptr) out.pair("folder", get->folder);
    out.pair("forced", std::int64_t{what.forced});
    out.pair("hash", hash_of(what.request).span());
    out.pair("kind", share != nullptr ? share_kind : get_kind);
    write_texts(out, "labels", what.labels);
    if (get != nullptr) write_texts(out, "more_trackers", get->trackers);
    out.pair("name", name_of(what.request));
    write_texts(out, "nodes", said.nodes);
    if (what.order != 0) out.pair("order", what.order);
    if (get != nullptr) out.pair("overwrite", std::int64_t{get->overwrite});
    if (share != nullptr) write_texts(out, "paths", share->paths);
    out.pair("paused", std::int64_t{what.paused});
    if (get != nullptr) {
        write_texts(out, "peers", peers_of(*get));
        out.pair("prealloc", std::int64_t{get->prealloc});
    }
    write_texts(out, "renamed", what.renamed);
    if (get != nullptr) {
        out.key("seed").begin_list();
        out.integer(static_cast<int>(get->seed.what)).integer(number_of(get->seed)).end_list();
        out.pair("sequential", std::int64_t{get->sequential});
    }
    if (share != nullptr) write_stamps(out, share->stamps);
    write_tiers(out, said.trackers);
    if (share != nullptr) {
        out.pair("unlisted", std::int64_t{share->unlisted});
        out.pair("until", std::int64_t{share->until});
    }
    out.pair("up", bounded(what.up_limit));
    if (get != nullptr && get->visible) out.pair("visible", std::int64_t{1});
    write_texts(out, "webseeds", said.web_seeds);
    if (!what.why_paused.empty()) out.pair("why", what.why_paused);
    out.end_dict();
    return out.take();
}

result<saved_torrent> read_saved(byte_view content, const std::optional<torrent::info>& info) {
    const auto document = bencode_document::parse(content, bencode_file);
    if (!document) return bad(std::string(to_string(document.error().what)));
    const auto root = document->root();
    const auto raw_hash = root.find_string("hash");
    const auto hash = raw_hash ? info_hash::from(as_bytes(*raw_hash)) : std::nullopt;
    if (!hash) return bad("'hash'");
    if (info && info->hash != *hash) return bad("its description is of another torrent");
    saved_torrent what;
    const auto kind = root.find_string("kind");
    if (kind == share_kind) {
        if (!info) return bad("its description is lost; share it again");
        auto share = read_share(root, *info);
        if (share.paths.size() != info->files.size()) return bad("'paths'");
        what.request = std::move(share);
    } else if (kind == get_kind) {
        what.request = read_get(root, *hash, info);
    } else {
        return bad("'kind'");
    }
    what.added = root.find_integer("added").value_or(0);
    what.labels = texts(root, "labels");
    what.renamed = texts(root, "renamed");
    what.paused = flag(root, "paused");
    what.why_paused = text(root, "why");
    what.finished = flag(root, "finished");
    what.order = root.find_integer("order").value_or(0);
    what.forced = flag(root, "forced");
    what.down_limit = natural(root, "down");
    what.up_limit = natural(root, "up");
    return what;
}

void use_folder(request& what, std::string folder, const std::vector<std::string>& paths) {
    if (auto* get = std::get_if<get_request>(&what)) {
        get->folder = std::move(folder);
        return;
    }
    auto& share = std::get<share_request>(what);
    for (std::size_t i = 0; i < std::min(share.paths.size(), paths.size()); ++i)
        if (!share.torrent.info.files[i].padding) share.paths[i] = path_in(folder, paths[i]);
    share.stamps.clear();
}

}  // namespace bt::session
