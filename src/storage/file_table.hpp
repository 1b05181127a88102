// The descriptors of files that stay open between two uses: the most recently used ones, under one bound for
// all torrents of the process, whatever the number of their files.
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

class file_table;

/// The open files of all torrents together.
class open_files {
  public:
    static constexpr std::size_t usual_capacity = 64;
    /// Keeps the descriptor open for as long as it is in use, also past its eviction.
    using handle = std::shared_ptr<const descriptor>;

    /// `count` is at least one.
    void set_capacity(std::size_t count);
    void close_all();
    std::size_t size() const;

  private:
    friend file_table;
    struct entry {
        const file_table* torrent;
        file_index file;
        bool writable;
        handle opened;
    };
    using place = std::list<entry>::iterator;
    using by_file = std::unordered_map<file_index, place>;

    std::optional<place> find(const file_table* torrent, file_index file);
    void move_out(place at, std::list<entry>& to);
    void shrink(std::size_t most, std::list<entry>& to);

    mutable std::mutex mutex_;
    std::size_t capacity_ = usual_capacity;
    std::list<entry> recent_;  // most recently used first
    std::unordered_map<const file_table*, by_file> torrents_;
};

/// The open files of one torrent.
class file_table {
  public:
    using handle = open_files::handle;

    explicit file_table(std::shared_ptr<open_files> all) : all_(std::move(all)) {}
    ~file_table() { clear(); }
    file_table(const file_table&) = delete;
    file_table& operator=(const file_table&) = delete;

    /// One opened for writing also serves a reader.
    std::optional<handle> find(file_index file, bool writable);
    handle insert(file_index file, bool writable, descriptor opened);
    void drop(file_index file);
    void clear();
    /// Those of every torrent: the process is out of descriptors.
    void close_all() { all_->close_all(); }

  private:
    std::shared_ptr<open_files> all_;
};

}  // namespace bt::storage
