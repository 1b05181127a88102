#include "tracker/server/named_torrents.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "base/limits.hpp"

namespace bt::tracker {

named_torrents::named_torrents(const siphash_key& key, std::size_t entries_max, std::size_t bytes_max)
    : entries_max_(entries_max), bytes_max_(bytes_max), entries_(16, hasher{siphash13(key)}) {}

naming named_torrents::add(const info_hash& hash, registration entry) {
    auto known = entries_.find(hash);
    if (known != entries_.end()) {
        auto& old = known->second;
        if (old.hidden || (old.verified && !entry.verified)) return naming::kept;
        const bool stale = entry.said > old.said && entry.said - old.said > said_seconds;
        if (!entry.verified && entry.source != old.source && !stale) {
            note_other(old, {std::move(entry.name), entry.source, std::move(entry.by), entry.said});
            return naming::kept;
        }
        replace(old, std::move(entry));
        return naming::added;
    }
    if (entries_.size() >= entries_max_) return naming::full;
    if (entry.source != 0) {
        auto& held = per_source_[entry.source];
        if (held >= (entries_max_ + 3) / 4) return naming::full;
        ++held;
    }
    // without its file a torrent still has its name
    if (bytes_ + entry.torrent.size() > bytes_max_) entry.torrent = {};
    bytes_ += entry.torrent.size();
    entries_.emplace(hash, std::move(entry));
    return naming::added;
}

void named_torrents::replace(registration& old, registration entry) {
    if (bytes_ - old.torrent.size() + entry.torrent.size() > bytes_max_) entry.torrent.clear();
    bytes_ += entry.torrent.size() - old.torrent.size();
    BT_ASSERT(bytes_ <= bytes_max_);
    if (!entry.verified) entry.others = std::move(old.others);
    std::erase_if(entry.others, [&](const said_name& one) { return one.source == entry.source; });
    // the host that holds the place pays for it, whichever says the name now
    entry.pages = std::move(old.pages);
    give_up_place(old.source);
    if (entry.source != 0) ++per_source_[entry.source];
    old = std::move(entry);
}

/// One name for each host; where there is no room those that were not said again give way.
void named_torrents::note_other(registration& entry, said_name one) {
    BT_ASSERT(one.source != entry.source && !entry.verified && !entry.hidden);
    auto& all = entry.others;
    const auto same = std::find_if(all.begin(), all.end(),
                                   [&](const said_name& each) { return each.source == one.source; });
    if (same != all.end()) {
        *same = std::move(one);
        return;
    }
    std::erase_if(all, [&](const said_name& each) { return each.said + said_seconds < one.said; });
    if (all.size() + 1 < limits::catalogue_names) all.push_back(std::move(one));
}

void named_torrents::note_page(const info_hash& hash, const sharer_page& page) {
    const auto known = entries_.find(hash);
    if (known == entries_.end()) return;
    auto& all = known->second.pages;
    std::erase_if(all, [&](const sharer_page& each) {
        return each.at.address == page.at.address || each.said + said_seconds < page.said;
    });
    if (all.size() >= limits::catalogue_names) all.erase(all.begin());
    all.push_back(page);
}

void named_torrents::give_up_place(std::uint64_t source) {
    if (source == 0) return;
    const auto held = per_source_.find(source);
    BT_ASSERT(held != per_source_.end() && held->second > 0);
    if (--held->second == 0) per_source_.erase(held);
}

named_torrents::table::iterator named_torrents::forget(table::iterator at) {
    BT_ASSERT(bytes_ >= at->second.torrent.size());
    bytes_ -= at->second.torrent.size();
    give_up_place(at->second.source);
    return entries_.erase(at);
}

const registration* named_torrents::find(const info_hash& hash) const {
    const auto at = entries_.find(hash);
    return at == entries_.end() ? nullptr : &at->second;
}

const registration* named_torrents::listed(const info_hash& hash) const {
    const auto* one = find(hash);
    return one != nullptr && !one->hidden ? one : nullptr;
}

bool named_torrents::is_hidden(const info_hash& hash) const {
    const auto* one = find(hash);
    return one != nullptr && one->hidden;
}

}  // namespace bt::tracker
