// Room on the disk for a download before its bytes come (--prealloc).
#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/limits.hpp"
#include "storage/storage_error.hpp"
#include "storage/torrent_files.hpp"

namespace bt::storage {
namespace {

/// A file system that can only do this by writing zeros is not to be waited for long when the user gives up.
constexpr std::uint64_t reserve_bytes = 64 * limits::MiB;

}  // namespace

result<bool> torrent_files::reserve(reserving& at) {
    if (!reserve_) return false;
    for (; at.file.value() < layout_.file_count(); at = {file_index(at.file.value() + 1), 0}) {
        const auto state = state_of(at.file);
        const auto size = layout_.file(at.file).size;
        if (state.where != standing::part || !state.wanted || at.offset >= size) continue;
        if (state.allocated >= size) continue;  // of an earlier run
        const auto length = std::min(size - at.offset, reserve_bytes);
        const std::lock_guard alone(writers_of(at.file));
        auto opened = open(at.file, true);
        if (!opened) return describe(opened.error(), "create", at.file);
        const auto reserved = fs_.reserve((*opened)->get(), at.offset, length);
        if (auto stamped = restamp(at.file, **opened); !stamped)
            return describe(stamped.error(), "look at", at.file);
        if (!reserved && reserved.error().number == EOPNOTSUPP) {
            reserve_ = false;
            const std::lock_guard lock(mutex_);
            remark_ = "the file system of " + quoted_path(folder_) +
                      " reserves no room: it is taken as the data comes";
            return false;
        }
        if (!reserved && reserved.error().number == ENOSPC) {
            const auto free = fs_.free_bytes(tree_->folder()).value_or(0);
            const auto needed = size - at.offset;
            return no_space(folder_, needed > free ? needed - free : length, free);
        }
        if (!reserved) return describe(reserved.error(), "reserve room for", at.file);
        at.offset += length;
        const std::lock_guard lock(mutex_);
        states_[at.file.value()].allocated = at.offset;
        return true;
    }
    return false;
}

std::optional<std::string> torrent_files::take_remark() {
    const std::lock_guard lock(mutex_);
    return std::exchange(remark_, std::nullopt);
}

}  // namespace bt::storage
