#include "app/watch/watched_entries.hpp"

#include <algorithm>
#include <set>

namespace bt::app {
namespace {

void sort(entry_files& files) {
    std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
}

/// Other names and rights change nothing of what others get.
bool same(const entry_files& a, const entry_files& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& one, const auto& other) {
        return one.first == other.first && one.second.same_content(other.second);
    });
}

}  // namespace

bool watched_entries::is_meant(std::string_view name) {
    return !name.empty() && name.front() != '.' && !name.ends_with(".part");
}

void watched_entries::begin(watched_entry shared) {
    sort(shared.files);
    known_[shared.name] = {std::move(shared.files), time_point::min(), true};
}

std::vector<watch_change> watched_entries::look(time_point now, std::vector<watched_entry> all) {
    using kind = watch_change::kind;
    std::vector<watch_change> changes;
    std::set<std::string> there;
    for (auto& entry : all) {
        if (!is_meant(entry.name)) continue;
        there.insert(entry.name);
        sort(entry.files);
        const auto [at, fresh] = known_.try_emplace(entry.name);
        auto& one = at->second;
        if (fresh || !same(one.files, entry.files)) {
            if (one.shared) changes.push_back({kind::end, entry.name});
            one = {std::move(entry.files), now, false};
        } else if (!one.shared && now - one.since >= quiet_time) {
            one.shared = true;
            changes.push_back({kind::share, entry.name});
        }
    }
    for (auto at = known_.begin(); at != known_.end();) {
        const auto current = at++;
        if (there.contains(current->first)) continue;
        if (current->second.shared) changes.push_back({kind::end, current->first});
        known_.erase(current);
    }
    return changes;
}

}  // namespace bt::app
