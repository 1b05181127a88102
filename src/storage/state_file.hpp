// What the program remembers between two runs, one record to a file. A record is either whole or not there:
//
//   "btstate\n" | format 1 | sequence | length | SHA-256 of the archive | cereal archive {kind, content}
//        8           4          8         8                32
//
// Nothing reaches cereal before length and checksum are right. Saving writes NAME.tmp, makes it durable and
// renames it; the generation before stays as NAME.old and is what a damaged NAME falls back to. Where the
// names are the program's own, what is damaged is moved to NAME.damaged: it must not stand in the way for
// ever, nor take the place of a whole generation with the next save.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "storage/file_system.hpp"

namespace bt::storage {

/// What becomes of a file or folder that has the name of the record and is none.
enum class if_foreign : std::uint8_t { refuse, set_aside };

class state_file {
  public:
    /// What is none of ours stays as it is if it is refused.
    /// `kind` says what the content is ("tracker 1"): a record of another kind is not read. The folder is
    /// made if it is not there (for its owner only); one process at a time may hold the file. errc::storage
    /// says what is wrong.
    static result<state_file> open(const std::string& path, std::string kind, file_system& fs,
                                   if_foreign other = if_foreign::refuse);

    /// Gives up folder and lock: none of its descriptors is held till hold(), and another process may hold
    /// the file meanwhile.
    void release();
    /// errc::storage: the folder is gone, or another process has the file now.
    result<void> hold();

    /// The newest record that is whole, nothing if there is none. errc::bad_data if there are files and none
    /// is. With if_foreign::set_aside a damaged one is moved away first.
    result<std::optional<bytes>> load();
    /// Moves NAME with this ending to NAME.damaged, in the place of an earlier one.
    result<void> set_aside(const std::string& ending = "");
    /// The paths that were moved to, each once.
    const std::vector<std::string>& damaged() const { return damaged_; }
    /// Why something damaged could not be moved there, if that was so: the next save takes its place.
    const std::optional<error>& stuck() const { return stuck_; }
    /// Durable when it returns.
    result<void> save(byte_view content) { return save(content, true); }
    /// Whole when it returns for whoever reads it, also after a kill; a power cut may take it until its file
    /// system was synced, and leaves the last durable one.
    result<void> save_soon(byte_view content) { return save(content, false); }
    /// The file system was synced since the last save_soon().
    void was_synced() { durable_ = true; }

  private:
    state_file(std::string folder, std::string name, std::string kind, file_system& fs)
        : folder_path_(std::move(folder)), name_(std::move(name)), kind_(std::move(kind)), fs_(&fs) {}
    result<void> save(byte_view content, bool durable);
    result<void> open_folder();
    result<void> take_lock();
    result<void> refuse_foreign(const std::string& name) const;
    result<std::optional<bytes>> read(const std::string& name, std::uint64_t& sequence);
    unexpected<error> trouble(os_error cause, const std::string& what) const;

    std::string folder_path_, name_, kind_;
    file_system* fs_;
    descriptor folder_, lock_;
    std::uint64_t sequence_ = 0;
    bool durable_ = true;  // what NAME holds
    if_foreign other_ = if_foreign::refuse;
    std::vector<std::string> damaged_;
    std::optional<error> stuck_;
};

/// What open() says when another process has the file.
bool is_in_use(const error& why);

}  // namespace bt::storage
