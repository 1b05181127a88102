// Where the resume data of a torrent is kept: in the folder `torrents` of the state folder, named by the
// info-hash; one process at a time has it. Beside it HASH.info, the metadata as it was fetched, and
// HASH.writes, the journal of a download's writes (storage/write_journal.hpp).
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "session/resume.hpp"
#include "storage/disk_pool.hpp"
#include "storage/file_system.hpp"
#include "storage/state_file.hpp"

namespace bt::app {

class torrent_record {
  public:
    /// errc::storage: there is no folder, or another process has it.
    static result<std::unique_ptr<torrent_record>> open(const std::string& state_folder,
                                                        const info_hash& hash, storage::file_system& fs,
                                                        storage::disk_pool& disk);
    /// Use open().
    torrent_record(storage::state_file file, storage::disk_pool& disk)
        : shared_(std::make_shared<shared>(std::move(file))), disk_(disk) {}

    /// What an earlier run left, if anything. errc::bad_data if it is damaged, and so is what it wrote before
    /// that.
    result<std::optional<bt::session::resume_data>> load();
    /// Where what was damaged lies now; empty if nothing was.
    std::string damaged() const;
    /// Why it lies where it lay; empty if nothing was damaged or it could be moved.
    std::string stuck() const;
    /// On a thread of the pool; `done` on the loop's thread. Of several under way the last counts. Where
    /// `memory` does not know what the files hold, what was written of it before stays.
    void save(const bt::session::resume_data& memory, std::function<void(result<void>)> done);

  private:
    /// With the jobs under way, which may outlive the record.
    struct shared {
        explicit shared(storage::state_file opened) : file(std::move(opened)) {}
        std::mutex mutex;  // guards what follows
        storage::state_file file;
        std::uint64_t written = 0;  // the number of the last word
    };

    std::shared_ptr<shared> shared_;
    storage::disk_pool& disk_;
    std::uint64_t last_ = 0;
};

/// Which records are this process's: the first that has a torrent keeps what is remembered of it. One
/// descriptor for all of them: each is a byte of one file, locked.
class record_claims {
  public:
    /// False: another process has it.
    bool take(const std::string& state_folder, const info_hash& hash);
    void give_up(const info_hash& hash);

  private:
    bool lock(const info_hash& hash, short how) const;
    storage::descriptor file_;
};

/// The metadata that an earlier run fetched, if it is there and whole.
std::optional<torrent::info> load_info(const std::string& state_folder, const info_hash& hash);
/// Best effort: what is not kept is fetched again.
void keep_info(const std::string& state_folder, const torrent::info& info);
/// Absolute; empty where there is no place for state.
std::string journal_path(const std::string& state_folder, const info_hash& hash);

/// Removes what was not asked for in 90 days, and of more than 10,000 the oldest. Takes its time: for a
/// thread of the pool. Records that a process has stay, and those of torrents that a daemon lists.
void forget_old_records(const std::string& state_folder);

}  // namespace bt::app
