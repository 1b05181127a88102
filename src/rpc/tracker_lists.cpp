#include "rpc/tracker_lists.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "torrent/urls.hpp"

namespace bt::rpc {
namespace {

struct row {
    std::string url;
    std::size_t tier = 0;
    std::int64_t id = 0;  ///< as clients know it
};
using rows = std::vector<row>;

result<std::string> read_url(std::string_view text) {
    auto url = torrent::tracker_url(text);
    if (!url)
        return fail(errc::usage, "error setting announce list: '" + std::string(text.substr(0, 200)) +
                                     "' is no URL of a tracker");
    return std::move(*url);
}

bool has(const rows& all, const std::string& url) {
    return std::any_of(all.begin(), all.end(), [&](const row& each) { return each.url == url; });
}

/// "a\nb\n\nc": an empty line between tiers.
result<rows> read_list(std::string_view text) {
    rows all;
    std::size_t tier = 0;
    bool any = false;
    while (!text.empty()) {
        auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
        if (line.empty()) {
            if (std::exchange(any, false)) ++tier;
            continue;
        }
        auto url = read_url(line);
        if (!url) return unexpected<error>(url.error());
        any = true;
        if (!has(all, *url)) all.push_back({std::move(*url), tier, 0});
    }
    return all;
}

const json::array* list_in(const arguments& with, std::string_view name) {
    const auto* value = with.find(name);
    return value == nullptr ? nullptr : value->elements();
}

result<void> replace(rows& all, const json::array& pairs) {
    if (pairs.size() % 2 != 0)
        return fail(errc::usage, "trackerReplace: pairs of a number and a URL were expected");
    for (std::size_t i = 0; i < pairs.size(); i += 2) {
        const auto id = pairs[i].integer();
        const auto url = read_url(pairs[i + 1].text().value_or(""));
        if (!url) return unexpected<error>(url.error());
        const auto found =
            std::find_if(all.begin(), all.end(), [&](const row& each) { return each.id == id; });
        if (found == all.end()) return fail(errc::not_found, "there is no tracker of that number");
        if (!has(all, *url)) found->url = *url;
    }
    return {};
}

result<void> remove(rows& all, const json::array& ids) {
    for (const auto& id : ids)
        if (std::erase_if(all, [&](const row& each) { return id.integer() == each.id; }) == 0)
            return fail(errc::not_found, "there is no tracker of that number");
    return {};
}

/// Each in a tier of its own.
result<void> add(rows& all, const json::array& urls) {
    for (const auto& each : urls) {
        auto url = read_url(each.text().value_or(""));
        if (!url) return unexpected<error>(url.error());
        if (has(all, *url)) continue;
        const auto tier = all.empty() ? 0 : all.back().tier + 1;
        all.push_back({std::move(*url), tier, -1});
    }
    return {};
}

torrent::tracker_tiers tiers_of(const rows& all) {
    torrent::tracker_tiers tiers;
    std::optional<std::size_t> tier;
    for (const auto& each : all) {
        if (tier != each.tier) tiers.emplace_back();
        tier = each.tier;
        tiers.back().push_back(each.url);
    }
    return tiers;
}

}  // namespace

result<std::optional<torrent::tracker_tiers>> trackers_after(const std::vector<host::tracker>& now,
                                                             const arguments& with) {
    rows all;
    for (const auto& each : now)
        all.push_back({each.is.url, each.is.tier, static_cast<std::int64_t>(each.is.number)});
    bool changes = false;
    for (const auto* name : {"trackerAdd", "trackerRemove", "trackerReplace"}) {
        if (with.find(name) == nullptr) continue;
        if (list_in(with, name) == nullptr)
            return fail(errc::usage, with.name(name) + ": a list was expected");
        changes = true;
    }
    result<void> done;
    if (const auto* pairs = list_in(with, "trackerReplace"); pairs != nullptr) done = replace(all, *pairs);
    if (const auto* ids = list_in(with, "trackerRemove"); done && ids != nullptr) done = remove(all, *ids);
    if (const auto* urls = list_in(with, "trackerAdd"); done && urls != nullptr) done = add(all, *urls);
    if (!done) return unexpected<error>(done.error());
    if (with.find("trackerList") != nullptr) {
        const auto text = with.text("trackerList");
        if (!text) return fail(errc::usage, with.name("trackerList") + ": a text was expected");
        auto read = read_list(*text);
        if (!read) return unexpected<error>(read.error());
        all = std::move(*read);
        changes = true;
    }
    if (all.size() > limits::torrent_trackers) return fail(errc::usage, "these are too many trackers");
    return changes ? std::optional(tiers_of(all)) : std::nullopt;
}

}  // namespace bt::rpc
