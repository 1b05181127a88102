// The node that stays: a session whose torrents are kept over restarts, and are never over by themselves.
// What ends (a seed rule, a broken disk) rests paused until a user resumes it; only `remove` takes a
// torrent off the list. Its control methods, beside those of every session:
//
//   daemon         {}              -> {"process", "version", "state_folder", "download_folder", "torrents",
//   "watched", "rpc", "page", "network", "lan_port", "since"} daemon_stop    {}              -> {}; it ends
//   after the answer torrent_take {"file": PATH}  ->
//   {"id", "hash", "name", "duplicate", "resumed", "url"}; what give_to_daemon() wrote there
//   torrent_move {"hash": HEX, "folder": PATH, "find": BOOL} -> {}; when its files are there
//   torrent_rename {"hash": HEX, "path": PATH, "name": NAME} -> {}; likewise
//   torrent_label {"hash": HEX, "labels": [WORD, …]} -> {}; in the place of those it has
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/daemon/rpc_front.hpp"
#include "app/daemon/torrent_list.hpp"
#include "app/daemon/watched_folders.hpp"
#include "app/session.hpp"
#include "base/json.hpp"
#include "base/recent.hpp"
#include "rpc/server.hpp"
#include "storage/file_system.hpp"

namespace bt::app {

class rpc_host;

/// A torrent of the list. Its number stays the same in one run, and is never used again.
struct listed_torrent {
    std::uint32_t number = 0;
    info_hash hash;
    torrent_id running;
    std::int64_t added = 0;  ///< Unix seconds
    std::vector<std::string> labels;
    bt::session::torrent_bounds bounds;
    std::int64_t order = 0;  ///< of the additions, over restarts
    std::string why;         ///< it rests, where not its user paused it
    bool paused = false;     ///< as it was told last
    bool finished = false;   ///< and that is since its seed rule is fulfilled; else by a trouble
};

struct log_line {
    std::int64_t time;       ///< Unix seconds
    std::string_view level;  ///< "info", "warning", "error"
    std::string text;
};
using log_lines = recent<log_line>;

struct daemon_folders {
    std::string downloads;
    std::vector<std::string> shares;  ///< of which clients of the control port may share, besides
};

class daemon {
  public:
    struct told {
        std::function<void(const happening&, const listed_torrent*)> happened;
        std::function<void(const error&)> warned;
        std::function<void(const std::string&)> noted;  ///< what was asked of it and done, a line each
        const log_lines* log = nullptr;                 ///< what is told of it, where that is kept
    };

    /// `node` outlives it.
    static result<std::unique_ptr<daemon>> start(session& node, daemon_folders folders,
                                                 const rpc_options& rpc, told who);
    daemon(session& node, daemon_folders folders, told who);
    ~daemon();
    daemon(const daemon&) = delete;
    daemon& operator=(const daemon&) = delete;

    struct taken {
        std::uint32_t number;
        bool duplicate;
        bool resumed = false;
    };
    /// Kept when it returns. A torrent that is there already stays as it is; but who shares it again wants it
    /// given: one that is paused goes on.
    result<taken> take(saved_torrent what);
    /// `gone`: it is off the list.
    void remove(const listed_torrent& which, std::function<void()> gone = {});
    void remove_with_files(const listed_torrent& which, std::function<void(const deleted_files&)> done);
    using done_fn = session::done_fn;
    /// Done when the torrent is known to lie there, durably, and the old files are gone. errc::occupied:
    /// something stands in the way there. On an error all is as before.
    void move(std::uint32_t number, const std::string& folder, bool finds, done_fn done);
    /// The file or folder of this path in the torrent gets another name. Done as move() is.
    void rename(std::uint32_t number, const std::string& path, const std::string& name, done_fn done);
    /// Its seed rule is fulfilled: it rests.
    void finish(std::uint32_t number, const std::string& why);
    void label(std::uint32_t number, std::vector<std::string> labels);
    void set_bounds(std::uint32_t number, const bt::session::torrent_bounds& bounds);

    const std::map<std::uint32_t, listed_torrent>& torrents() const { return torrents_; }
    const listed_torrent* find(std::uint32_t number) const;
    const listed_torrent* find(const info_hash& hash) const;
    const listed_torrent* find(torrent_id running) const;
    /// What was written into the state folder is made durable in a moment.
    void sync_soon(std::function<void()> done) { list_->sync_soon(std::move(done)); }
    /// For whoever watches the daemon.
    void warn(const error& why) const { told_.warned(why); }
    const std::string& download_folder() const { return folders_.downloads; }
    /// Where what is added goes from now on. What clients may name and share stays what it was.
    void set_download_folder(std::string folder) { adds_to_ = std::move(folder); }
    /// Of which clients may share, the download folder among them.
    std::vector<std::string> share_folders() const;
    const log_lines* log() const { return told_.log; }
    session& node() { return node_; }
    /// Of the control port; empty where it is off.
    std::string page_url() const { return front_ ? front_->page_url() : ""; }
    std::string rpc_url() const { return front_ ? front_->url() : ""; }
    /// All is on disk when it returns; nothing is answered or kept after it. Not from inside an answer.
    void stop();

  private:
    result<void> open_control_port(const rpc_options& rpc);
    void load();
    listed_torrent& list(const saved_torrent& what, torrent_id running);
    void handle(const happening& what);
    void drop(const listed_torrent& one);
    void rest(listed_torrent& one, std::string why, bool finished);
    result<void> keep(const listed_torrent& one);
    void bring_moves_to_an_end();
    result<void> is_free(std::uint32_t number, const std::string& path, const std::string& name) const;
    /// `said`: for the log, when it is done.
    done_fn when_moved(std::string said, done_fn done);
    void note_pause(listed_torrent& one);
    std::string name_of(const listed_torrent& one) const;
    void keep_place(torrent_id id, done_fn done);
    void leave_old_places();
    listed_torrent* running(torrent_id id);
    void add_methods();
    const listed_torrent* meant(const json& params) const;  ///< by its hash
    json describe() const;
    result<json> take_file(const json& params);

    session& node_;
    daemon_folders folders_;
    std::string adds_to_;
    told told_;
    storage::system_files files_;
    std::unique_ptr<torrent_list> list_;
    std::map<std::uint32_t, listed_torrent> torrents_;  // by number
    struct new_place {
        std::string folder;
        std::vector<std::string> names;
    };
    std::map<info_hash, new_place> moved_to_;  // while what an earlier run left is loaded
    std::map<torrent_id, std::uint32_t> numbers_;
    std::map<info_hash, std::uint32_t> by_hash_;
    std::multimap<std::uint32_t, std::function<void()>> when_gone_;
    std::unique_ptr<watched_folders> watched_;
    std::unique_ptr<rpc_host> rpc_host_;
    std::unique_ptr<rpc::server> rpc_;
    std::optional<rpc_front> front_;
    std::uint32_t last_ = 0;
    std::int64_t last_order_ = 0;
    double since_ = 0;
    bool stopped_ = false;
};

}  // namespace bt::app
