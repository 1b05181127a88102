#include "storage/file_table.hpp"

namespace bt::storage {

std::optional<file_table::handle> file_table::find(file_index file, bool writable) {
    const std::lock_guard lock(mutex_);
    const auto found = by_file_.find(file);
    if (found == by_file_.end() || (writable && !found->second->writable)) return std::nullopt;
    recent_.splice(recent_.begin(), recent_, found->second);
    return found->second->opened;
}

file_table::handle file_table::insert(file_index file, bool writable, descriptor opened) {
    auto fresh = std::make_shared<const descriptor>(std::move(opened));
    handle evicted;  // closed after the lock is gone
    const std::lock_guard lock(mutex_);
    if (const auto found = by_file_.find(file); found != by_file_.end()) {
        recent_.splice(recent_.begin(), recent_, found->second);
        if (writable || !found->second->writable) {
            evicted = std::move(found->second->opened);
            found->second->opened = fresh;
            found->second->writable = writable;
        }
        return fresh;
    }
    if (recent_.size() >= capacity) {
        evicted = std::move(recent_.back().opened);
        by_file_.erase(recent_.back().file);
        recent_.pop_back();
    }
    recent_.push_front({file, writable, fresh});
    by_file_[file] = recent_.begin();
    return fresh;
}

void file_table::drop(file_index file) {
    handle dropped;
    const std::lock_guard lock(mutex_);
    const auto found = by_file_.find(file);
    if (found == by_file_.end()) return;
    dropped = std::move(found->second->opened);
    recent_.erase(found->second);
    by_file_.erase(found);
}

void file_table::clear() {
    std::list<entry> dropped;
    const std::lock_guard lock(mutex_);
    dropped.swap(recent_);
    by_file_.clear();
}

std::size_t file_table::size() const {
    const std::lock_guard lock(mutex_);
    return recent_.size();
}

}  // namespace bt::storage
