// The resume data of a session's torrents in the state folder: read before a torrent is added, written when
// the core asks for it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "app/session/disks.hpp"
#include "app/session/torrent_record.hpp"
#include "base/ids.hpp"
#include "session/disk.hpp"
#include "session/events.hpp"

namespace bt::app {

class records {
  public:
    using warn_fn = std::function<void(bt::session::warning)>;

    records(storage::file_system& files, storage::disk_pool& disk, warn_fn warn)
        : files_(files), disk_(disk), warn_(std::move(warn)) {}

    /// What an earlier run left. Where another process has the torrent, or there is no place for state,
    /// nothing will be kept of it.
    bt::session::resume_data open(const info_hash& hash, bool is_download);
    /// `held`: nothing, and what was kept of the files stays. `done` follows on the loop's thread.
    void save(bt::session::disk::save what, disks::held_outcome held,
              std::function<void(const result<void>&)> done);
    /// Keeps the metadata of a download, so that the next run need not ask for it.
    void learned(const torrent::info& info);
    /// Where writes to its files are noted; empty: nowhere.
    std::string journal_of(const info_hash& hash) const;
    void close(const info_hash& hash);
    bool is_idle() const { return under_way_ == 0; }

  private:
    void warn_of_damage(const torrent_record& record,
                        const result<std::optional<bt::session::resume_data>>& left);
    void forget_old(const std::string& folder);

    storage::file_system& files_;
    storage::disk_pool& disk_;
    warn_fn warn_;
    record_claims claims_;
    struct entry {
        std::unique_ptr<torrent_record> record;
        bool wants_info;
    };
    std::map<info_hash, entry> open_;
    std::size_t under_way_ = 0;
    bool trouble_told_ = false, forgot_old_ = false;
};

}  // namespace bt::app
