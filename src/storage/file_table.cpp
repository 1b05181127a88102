#include "storage/file_table.hpp"

#include <algorithm>
#include <iterator>

#include "base/assert.hpp"

namespace bt::storage {

// --- of all torrents ------------------------------------------------------------------------------------
// What goes moves to a list of the caller, which closes it when the lock is gone.

std::optional<open_files::place> open_files::find(const file_table* torrent, file_index file) {
    const auto files = torrents_.find(torrent);
    if (files == torrents_.end()) return std::nullopt;
    const auto found = files->second.find(file);
    return found == files->second.end() ? std::nullopt : std::optional(found->second);
}

void open_files::move_out(place at, std::list<entry>& to) {
    const auto files = torrents_.find(at->torrent);
    BT_ASSERT(files != torrents_.end() && files->second.contains(at->file));
    files->second.erase(at->file);
    if (files->second.empty()) torrents_.erase(files);
    to.splice(to.end(), recent_, at);
}

void open_files::shrink(std::size_t most, std::list<entry>& to) {
    while (recent_.size() > most) move_out(std::prev(recent_.end()), to);
    BT_ASSERT(!recent_.empty() || torrents_.empty());
}

void open_files::set_capacity(std::size_t count) {
    std::list<entry> evicted;
    const std::lock_guard lock(mutex_);
    capacity_ = std::max<std::size_t>(count, 1);
    shrink(capacity_, evicted);
}

void open_files::close_all() {
    std::list<entry> evicted;
    const std::lock_guard lock(mutex_);
    shrink(0, evicted);
}

std::size_t open_files::size() const {
    const std::lock_guard lock(mutex_);
    return recent_.size();
}

// --- of one -------------------------------------------------------------------------------------------

std::optional<file_table::handle> file_table::find(file_index file, bool writable) {
    auto& all = *all_;
    const std::lock_guard lock(all.mutex_);
    const auto found = all.find(this, file);
    if (!found || (writable && !(*found)->writable)) return std::nullopt;
    all.recent_.splice(all.recent_.begin(), all.recent_, *found);
    return (*found)->opened;
}

file_table::handle file_table::insert(file_index file, bool writable, descriptor opened) {
    auto fresh = std::make_shared<const descriptor>(std::move(opened));
    std::list<open_files::entry> evicted;
    auto& all = *all_;
    const std::lock_guard lock(all.mutex_);
    if (const auto found = all.find(this, file)) {
        if ((*found)->writable && !writable) {  // it serves readers as well
            all.recent_.splice(all.recent_.begin(), all.recent_, *found);
            return fresh;
        }
        all.move_out(*found, evicted);
    }
    all.shrink(all.capacity_ - 1, evicted);
    all.recent_.push_front({this, file, writable, fresh});
    all.torrents_[this][file] = all.recent_.begin();
    BT_ASSERT(all.recent_.size() <= all.capacity_);
    return fresh;
}

void file_table::drop(file_index file) {
    std::list<open_files::entry> dropped;
    auto& all = *all_;
    const std::lock_guard lock(all.mutex_);
    if (const auto found = all.find(this, file)) all.move_out(*found, dropped);
}

void file_table::clear() {
    std::list<open_files::entry> dropped;
    auto& all = *all_;
    const std::lock_guard lock(all.mutex_);
    const auto files = all.torrents_.find(this);
    if (files == all.torrents_.end()) return;
    for (const auto& [file, at] : files->second) dropped.splice(dropped.end(), all.recent_, at);
    all.torrents_.erase(files);
}

}  // namespace bt::storage
