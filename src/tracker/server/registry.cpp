#include "tracker/server/registry.hpp"

#include <utility>

namespace bt::tracker {

registry::registry(const siphash_key& key, std::size_t entries_max, std::size_t bytes_max)
    : entries_max_(entries_max), bytes_max_(bytes_max), entries_(16, hasher{siphash13(key)}) {}

registry_answer registry::add(const info_hash& hash, registration entry) {
    auto known = entries_.find(hash);
    if (known != entries_.end()) {
        auto& old = known->second;
        if (old.hidden || (old.verified && !entry.verified)) return registry_answer::kept;
        if (bytes_ - old.torrent.size() + entry.torrent.size() > bytes_max_) entry.torrent.clear();
        bytes_ += entry.torrent.size() - old.torrent.size();
        entry.source = old.source;
        old = std::move(entry);
        return registry_answer::added;
    }
    if (entries_.size() >= entries_max_) return registry_answer::full;
    if (entry.source != 0) {
        auto& held = per_source_[entry.source];
        if (held >= (entries_max_ + 3) / 4) return registry_answer::full;
        ++held;
    }
    // without its file a torrent still has its name
    if (bytes_ + entry.torrent.size() > bytes_max_) entry.torrent = {};
    bytes_ += entry.torrent.size();
    entries_.emplace(hash, std::move(entry));
    return registry_answer::added;
}

registry::table::iterator registry::forget(table::iterator at) {
    bytes_ -= at->second.torrent.size();
    if (const auto held = per_source_.find(at->second.source); held != per_source_.end())
        if (--held->second == 0) per_source_.erase(held);
    return entries_.erase(at);
}

const registration* registry::find(const info_hash& hash) const {
    const auto at = entries_.find(hash);
    return at == entries_.end() ? nullptr : &at->second;
}

const registration* registry::listed(const info_hash& hash) const {
    const auto* one = find(hash);
    return one != nullptr && !one->hidden ? one : nullptr;
}

bool registry::is_hidden(const info_hash& hash) const {
    const auto* one = find(hash);
    return one != nullptr && one->hidden;
}

}  // namespace bt::tracker
