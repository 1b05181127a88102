// The torrents that a daemon has, as files: HASH.wish in the folder `torrents` of the state folder, beside
// what each remembers (session/torrent_record.hpp). What is kept survives a kill at once, and a power cut
// after a moment: one sync of the file system serves all that was kept until then.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/session.hpp"
#include "base/result.hpp"
#include "storage/file_system.hpp"
#include "storage/state_file.hpp"

namespace bt::app {

class torrent_list {
  public:
    /// Runs a job on another thread, and then what it gives back on the loop's.
    using background = std::function<void(std::function<std::function<void()>()>)>;

    /// One process at a time has the list of a state folder. errc::storage says what is wrong.
    static result<std::unique_ptr<torrent_list>> open(const std::string& state_folder,
                                                      storage::file_system& fs, background work);

    /// How many are on it.
    static std::size_t count(const std::string& state_folder);
    /// A process has the list, as its lock tells; none is asked.
    static bool is_taken(const std::string& state_folder);
    /// Use open().
    torrent_list(std::string state_folder, storage::file_system& fs, background work,
                 storage::state_file lock, storage::descriptor folder)
        : state_folder_(std::move(state_folder)),
          fs_(fs),
          work_(std::move(work)),
          lock_(std::move(lock)),
          folder_(std::move(folder)) {}

    /// As they were kept, in the order they were added. `damaged` is told of each that cannot be read.
    std::vector<saved_torrent> load(const std::function<void(const error&)>& damaged);
    result<void> keep(const saved_torrent& what);
    /// As it was kept last.
    std::optional<saved_torrent> last(const info_hash& hash) const;
    bool has(const info_hash& hash) const { return kept_.contains(hash); }
    void forget(const info_hash& hash);
    /// What lies in the state folder is made durable in a moment; `then` where that was so.
    void sync_soon(std::function<void()> then = {});
    /// All is durable when it returns. From any thread.
    result<void> settle();

  private:
    struct kept {
        explicit kept(storage::state_file opened) : file(std::move(opened)) {}
        storage::state_file file;
        bytes content;          // as it was written last
        bool has_info = false;  // its description lies beside it
    };
    result<kept*> open(const info_hash& hash);
    void synced();

    std::string state_folder_;
    storage::file_system& fs_;
    background work_;
    storage::state_file lock_;
    storage::descriptor folder_;
    std::map<info_hash, std::unique_ptr<kept>> kept_;
    bool unsynced_ = false, syncing_ = false;
    std::vector<std::function<void()>> wait_for_sync_;
};

}  // namespace bt::app
