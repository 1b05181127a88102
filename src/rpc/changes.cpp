#include "rpc/changes.hpp"

#include <functional>
#include <utility>

namespace bt::rpc {
namespace {

/// A list never changes: where files get other names it is another one.
std::uint64_t identity_of_files(const torrent::metainfo* torrent) {
    return torrent == nullptr ? 0 : std::hash<const void*>()(torrent->info.files.data());
}

}  // namespace

void changes::look(const host& node) {
    const auto now = node.now();
    std::map<std::uint32_t, seen> next;
    for (const auto number : node.torrents()) {
        const auto view = node.view(number, false);
        if (!view) {  // it has just ended, and comes again
            if (const auto before = seen_.find(number); before != seen_.end()) next.insert(*before);
            continue;
        }
        const auto& s = view->status;
        seen one;
        one.numbers = {static_cast<std::uint64_t>(s.state),
                       s.downloaded_ever,
                       s.uploaded_ever,
                       s.have,
                       s.size,
                       s.rate_down,
                       s.rate_up,
                       s.peers.size(),
                       s.down_limit,
                       s.up_limit,
                       identity_of_files(view->torrent)};
        one.texts = view->labels;
        one.texts.insert(one.texts.end(), {s.name, s.tracker_message, view->trouble, s.files.select,
                                           s.files.first, s.files.last});
        one.complete = view->torrent != nullptr && s.have >= s.size;
        one.when = {now, 0, 0};
        if (const auto before = seen_.find(number); before != seen_.end()) {
            const auto& was = before->second;
            one.when = was.when;
            if (one.numbers != was.numbers || one.texts != was.texts) one.when.changed = now;
            if (one.numbers[1] != was.numbers[1] || one.numbers[2] != was.numbers[2]) one.when.moved = now;
            if (one.complete && !was.complete) one.when.done = now;
        }
        next.emplace(number, std::move(one));
    }
    for (const auto& [number, one] : seen_)
        if (!next.contains(number)) removed_[number] = now;
    std::erase_if(removed_, [&](const auto& each) { return each.second + recent < now; });
    seen_ = std::move(next);
}

changes::times changes::of(std::uint32_t number) const {
    const auto found = seen_.find(number);
    return found == seen_.end() ? times{} : found->second.when;
}

bool changes::is_recent(std::uint32_t number, std::int64_t now) const {
    const auto found = seen_.find(number);
    return found != seen_.end() && found->second.when.changed + recent >= now;
}

std::vector<std::uint32_t> changes::removed(std::int64_t now) const {
    std::vector<std::uint32_t> numbers;
    for (const auto& [number, when] : removed_)
        if (when + recent >= now) numbers.push_back(number);
    return numbers;
}

}  // namespace bt::rpc
