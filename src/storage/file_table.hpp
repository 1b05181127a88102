// The descriptors a torrent holds open: the most recently used ones, whatever the number of its files.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "base/ids.hpp"
#include "storage/file_system.hpp"

namespace bt::storage {

class file_table {
  public:
    static constexpr std::size_t capacity = 64;
    /// Keeps the descriptor open for as long as somebody works with it, also past its eviction.
    using handle = std::shared_ptr<const descriptor>;

    /// One opened for writing also serves a reader.
    std::optional<handle> find(file_index file, bool writable);
    handle insert(file_index file, bool writable, descriptor opened);
    void drop(file_index file);
    void clear();
    std::size_t size() const;

  private:
    struct entry {
        file_index file;
        bool writable;
        handle opened;
    };
    mutable std::mutex mutex_;
    std::list<entry> recent_;  // most recently used first
    std::unordered_map<file_index, std::list<entry>::iterator> by_file_;
};

}  // namespace bt::storage
