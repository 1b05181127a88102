// Files on their way to another folder.
//
//   staging   what goes to another file system is copied into a folder of our own beneath the new one, and
//   made
//             durable. Undone by removing that folder.
//   placing   each file takes its final name, never over something: a copy, or on the same file system the
//   file
//             itself. From here on it goes forward, also in the next run, unless something came into the way.
//   placed    all of them lie there. Whoever knows the torrent is told, and then the old ones of copies are
//   removed:
//             each only if it is as it was, and the new one is, too.
//
// Where it stands is in a record, made durable before each step; what a killed process left is found by it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "storage/file_system.hpp"
#include "storage/tree.hpp"

namespace bt::storage {

struct move_record {
    enum class phase : std::uint8_t { staging, placing, placed };
    struct file {
        std::string from, to;  ///< beneath the folders
        file_stamp was;        ///< of the old one, before anything was done
        file_stamp now;        ///< of the new one; from `placing` on
        bool copied = false;
    };
    phase at = phase::staging;
    std::string from_folder, to_folder;  ///< absolute
    std::string staging;                 ///< a folder beneath `to_folder`; its name is ours alone
    std::vector<std::string>
        leaves;  ///< folders that may be empty then: beneath `from_folder`, inner ones first
    std::vector<file> files;
    std::vector<std::string>
        names;  ///< what the torrent's user calls its files then, one path a file; or none
};

bytes write_move(const move_record& record);
/// errc::bad_data if it is none.
result<move_record> read_move(byte_view content);

class file_move {
  public:
    /// Makes it durable.
    using keep_fn = std::function<result<void>(const move_record&)>;

    file_move(file_system& fs, move_record record, keep_fn keep)
        : fs_(fs), record_(std::move(record)), keep_(std::move(keep)) {}

    /// All of them are copied, whatever the file systems are.
    void use_copies() { all_copied_ = true; }
    /// errc::occupied: something stands where a file is to go. errc::storage: no room, no folder.
    result<void> begin();
    /// About so many bytes more. False: all of it is staged and durable.
    result<bool> stage_some(std::uint64_t most_bytes);
    /// errc::occupied: another program was quicker. EXDEV: the file system is another one, though it does not
    /// look so. Then undo() puts all back.
    result<void> place();
    /// All is in the old place, and nothing in the new one.
    void undo();
    /// The old ones go. Gives the paths of those that stay, since they are not as they were.
    std::vector<std::string> remove_old();

    const move_record& record() const { return record_; }
    std::uint64_t bytes_done() const { return bytes_done_; }
    std::uint64_t bytes_total() const { return bytes_total_; }

  private:
    result<void> open_folders();
    std::string staged(std::size_t index) const { return record_.staging + "/" + std::to_string(index); }
    std::string shown(const std::string& path) const { return record_.to_folder + "/" + path; }
    result<void> stage(std::size_t index);
    result<void> note_stamps();
    os_result<void> place_one(std::size_t index);
    void put_back(std::size_t index);
    result<void> begin_copy(std::size_t index);
    result<bool> copy_some(std::uint64_t most_bytes);
    result<void> end_copy();
    result<void> sync_places(const std::vector<std::string>& made);

    struct copy {
        std::size_t index;
        descriptor from, to;
        std::uint64_t offset = 0;
    };

    file_system& fs_;
    move_record record_;
    keep_fn keep_;
    std::optional<tree> from_, to_;
    std::size_t next_ = 0;
    std::optional<copy> copying_;
    bool all_copied_ = false;
    std::uint64_t bytes_done_ = 0, bytes_total_ = 0;
};

enum class move_end : std::uint8_t { undone, moved };
/// What a process that ended left: brought to one end or the other. After `moved` whoever knows the torrent
/// is told, durably, and then remove_old() is called.
result<move_end> recover_move(file_move& left);

}  // namespace bt::storage
