// What our writes make of the stamps of a download's files, noted beside its record after each write. After a
// kill it tells our last writes from what another program did: a file that is as it was noted was changed by
// us alone. One in which a write was cut short is not.
//
// It is not made durable: it counts for the run of the system in which it was written. A file of fixed
// places:
//
//   "btwrites" | boot, 56 bytes | per file_index: since, size, modified_ns, changed_ns (8 each)
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/ids.hpp"
#include "storage/file_system.hpp"
#include "storage/file_table.hpp"

namespace bt::storage {

class write_journal {
  public:
    struct entry {
        std::uint64_t since = 0;  ///< from what held_files::number on only we changed it; 0: not known
        std::uint64_t size = 0;
        std::int64_t modified_ns = 0, changed_ns = 0;
    };

    /// `path`: absolute; empty: nothing is noted.
    write_journal(std::string path, file_system& fs, std::shared_ptr<open_files> opened)
        : path_(std::move(path)), fs_(fs), table_(std::move(opened)) {}

    /// What was noted in this run of the system.
    std::optional<entry> find(file_index file);
    /// Best effort: what is not noted is hashed again. Forgets first what was noted in another run of the
    /// system.
    void note(file_index file, const entry& what);
    /// No file stays open for it.
    void rest() { table_.clear(); }

  private:
    std::optional<file_table::handle> open(bool writing);

    const std::string path_;
    file_system& fs_;
    std::mutex mutex_;  // held to open it
    file_table table_;
};

}  // namespace bt::storage
