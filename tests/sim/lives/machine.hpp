// A simulated machine whose disk keeps bytes: the storage that ships, over files that can fail and lose
// power. Its process can be killed and started again with what it had written down.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/lives/power_files.hpp"
#include "sim/world.hpp"
#include "storage/file_move.hpp"

namespace bt::sim {

/// A folder that is gone with it.
class scratch {
  public:
    scratch();
    ~scratch();
    scratch(const scratch&) = delete;
    scratch& operator=(const scratch&) = delete;
    const std::string& path() const { return path_; }

  private:
    std::string path_;
};

/// A torrent of several files, and what is in each.
struct album {
    torrent::metainfo torrent;
    std::vector<bytes> content;  // per file

    static album make(std::uint64_t seed, std::uint32_t piece_bytes);
    /// The files below `folder` that are not exactly as they should be, padding and what is not in `wanted`
    /// aside.
    std::vector<std::string> wrong_files(const std::string& folder, const std::vector<bool>& wanted) const {
        return wrong_files(folder, wanted, torrent.info);
    }
    /// Under the names that they have there.
    std::vector<std::string> wrong_files(const std::string& folder, const std::vector<bool>& wanted,
                                         const torrent::info& named) const;
    void write_below(const std::string& folder) const;
    std::vector<std::string> paths_below(const std::string& folder) const {
        return paths_below(folder, torrent.info);
    }
    static std::vector<std::string> paths_below(const std::string& folder, const torrent::info& named);
};

class machine {
  public:
    machine(world& w, const album& what);
    ~machine();

    sim::host& host() { return *host_; }
    session::core& session() { return host_->session(); }
    power_files& files() { return files_; }
    const std::string& folder() const { return folder_; }
    bool runs() const { return host_->is_alive(); }
    torrent_id torrent() const { return torrent_; }

    void share();
    void get(session::get_request wish);
    /// Something of the session; nothing where the process does not run or the torrent is over.
    template <class F>
    void with_torrent(F act) {
        if (!runs() || !session().has(torrent_)) return;
        act(session());
        note_list();
        host_->pump();
    }
    /// Another program writes into a file, as far as it is there.
    void overwrite(const std::string& path, std::uint64_t offset, byte_view data);
    void kill();
    void cut_power();
    void start();
    /// What is wanted is there, as the session sees it.
    bool is_complete();
    /// A folder beside the first.
    std::string folder_beside(const std::string& name) const;
    /// Of the files, where the session says that they lie, under the names it has for them: those that are
    /// not there, or have other bytes.
    std::vector<std::string> wrong_files(const std::vector<bool>& wanted = {});

    /// What was told, in words, and whether a promise was false.
    std::vector<std::string> log;
    std::vector<std::string> broken;
    std::size_t completed = 0;

  private:
    class disk;
    void told(const session::happening& what);
    void note_list();
    storage::file_move begun(storage::move_record record);
    void leave_old_place(storage::file_move& move);
    void end_move();
    void add(session::saved_torrent what);

    world& world_;
    const album& album_;
    scratch scratch_;
    std::string folder_, state_;
    power_files files_;
    sim::host* host_;
    disk* disk_ = nullptr;
    torrent_id torrent_{};
    std::vector<session::saved_torrent> list_;          // as it was written down last
    std::map<info_hash, session::resume_data> resume_;  // durable at once
    std::optional<storage::move_record> move_;          // so is this
};

}  // namespace bt::sim
