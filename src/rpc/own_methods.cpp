// Methods that Transmission does not have: who is on this network, the DHT, the rates of the last minutes,
// the log, torrents of files that lie here. Their names are the same in both dialects, but for the hyphen in
// that of the method.
#include <algorithm>

#include "base/base64.hpp"
#include "base/text.hpp"
#include "rpc/methods.hpp"
#include "torrent/urls.hpp"

namespace bt::rpc {
namespace {

constexpr std::size_t longest_text = 64 * 1024;

std::uint64_t since(const arguments& with) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(with.integer("since").value_or(0), 0));
}

/// Each of a tier of its own, as an announce list of one is.
result<torrent::tracker_tiers> read_trackers(const json& list) {
    torrent::tracker_tiers tiers;
    if (list.elements() == nullptr) return fail(errc::usage, "trackers: a list of URLs was expected");
    for (const auto& each : *list.elements()) {
        auto url = torrent::tracker_url(each.text().value_or(""));
        if (!url) return fail(errc::usage, "trackers: a URL with http, https or udp was expected");
        tiers.push_back({std::move(*url)});
    }
    return tiers;
}

std::string text(const arguments& with, std::string_view name) {
    return std::string(with.text(name).value_or("").substr(0, longest_text));
}

result<hashing_wish> read_wish(const arguments& with) {
    hashing_wish wish;
    wish.path = text(with, "path");
    wish.name = text(with, "name");
    wish.comment = text(with, "comment");
    wish.source = text(with, "source");
    wish.is_private = with.flag("private").value_or(false);
    wish.unlisted = with.flag("unlisted").value_or(false);
    wish.paused = with.flag("paused").value_or(false);
    if (with.find("piece_size") != nullptr) {
        const auto size = with.integer("piece_size");
        if (!size || *size < 0) return fail(errc::usage, "piece_size: a number of bytes was expected");
        wish.piece_bytes = static_cast<std::uint64_t>(*size);
    }
    if (const auto* list = with.find("trackers"); list != nullptr) {
        auto tiers = read_trackers(*list);
        if (!tiers) return unexpected<error>(tiers.error());
        wish.trackers = std::move(*tiers);
    }
    if (const auto* list = with.find("labels"); list != nullptr) {
        auto labels = read_labels(*list);
        if (!labels) return unexpected<error>(labels.error());
        wish.labels = std::move(*labels);
    }
    return wish;
}

outcome begin_hashing(const context& in, const arguments& with, bool shares) {
    if (!with.text("path")) return outcome::fails(code::invalid_params, "path: which file or folder");
    if (!with.text("path")->starts_with('/'))
        return outcome::fails(code::path_not_absolute, "path is not absolute");
    auto wish = read_wish(with);
    if (!wish) return outcome::fails(code::invalid_params, wish.error().message);
    wish->shares = shares;
    const auto number = in.node.hash(std::move(*wish));
    if (!number)
        return outcome::fails(number.error().code == errc::usage ? code::invalid_params : code::system,
                              number.error().message);
    return {{{"hashing", *number}}, "", 0};
}

std::string_view word_of(hashing::state how) {
    switch (how) {
        case hashing::state::waiting:
            return "waiting";
        case hashing::state::hashing:
            return "hashing";
        case hashing::state::done:
            return "done";
        case hashing::state::failed:
            return "failed";
        case hashing::state::stopped:
            break;
    }
    return "stopped";
}

json describe(const hashing& one, bool with_file) {
    json::object all = {{"id", one.number},
                        {"path", one.path},
                        {"name", one.name},
                        {"state", word_of(one.how)},
                        {"bytes_done", one.bytes_done},
                        {"bytes_total", one.bytes_total},
                        {"error", one.trouble}};
    if (one.hash) all.emplace_back("hash_string", to_hex(one.hash->span()));
    if (one.torrent) {
        all.emplace_back("torrent_id", *one.torrent);
        all.emplace_back("duplicate", one.duplicate);
    }
    json::array skipped;
    for (const auto& each : one.skipped) skipped.emplace_back(each);
    all.emplace_back("skipped", std::move(skipped));
    if (with_file && !one.file.empty()) all.emplace_back("metainfo", to_base64(one.file));
    return all;
}

bool is_meant(const arguments& with, std::uint32_t number) {
    const auto* ids = with.find("ids");
    if (ids == nullptr) return true;
    const auto is_it = [&](const json& id) { return id.integer() == number; };
    const auto* list = ids->elements();
    return list == nullptr ? is_it(*ids) : std::any_of(list->begin(), list->end(), is_it);
}

}  // namespace

outcome lan_get(context& in, const arguments& with) { return {in.node.lan(since(with)), "", 0}; }
outcome dht_stats(context& in, const arguments&) { return {in.node.dht(), "", 0}; }
outcome history_get(context& in, const arguments& with) { return {in.node.history(since(with)), "", 0}; }
outcome log_get(context& in, const arguments& with) { return {in.node.log(since(with)), "", 0}; }

void doctor_run(const context& in, const arguments&, outcome_fn done) {
    in.node.examine([done = std::move(done)](json::object found) { done({std::move(found), "", 0}); });
}

outcome share(context& in, const arguments& with) { return begin_hashing(in, with, true); }
outcome torrent_create(context& in, const arguments& with) { return begin_hashing(in, with, false); }

outcome hashing_get(context& in, const arguments& with) {
    const bool with_file = with.flag("metainfo").value_or(false);
    json::array list;
    for (const auto& each : in.node.hashings())
        if (is_meant(with, each.number)) list.push_back(describe(each, with_file));
    return {{{"hashings", std::move(list)}}, "", 0};
}

outcome hashing_stop(context& in, const arguments& with) {
    for (const auto& each : in.node.hashings())
        if (is_meant(with, each.number)) in.node.stop_hashing(each.number);
    return {};
}

}  // namespace bt::rpc
