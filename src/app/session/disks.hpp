// The disk side of a session: does what the core asks of the disk, each torrent on a storage of its own, and
// brings the answers back.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "app/session/stdout_sink.hpp"
#include "base/time.hpp"
#include "session/core.hpp"
#include "storage/disk_pool.hpp"
#include "storage/file_system.hpp"
#include "storage/torrent_storage.hpp"

namespace bt::app {

class disks {
  public:
    /// Nothing: it was not asked for.
    using held_outcome = result<std::optional<torrent::held_files>>;

    /// The loop it runs on: the time, a way to do something after all outputs are out, and a way to take the
    /// outputs that an answer leads to.
    struct driver {
        std::function<time_point()> now;
        std::function<void(std::function<void()>)> post;
        std::function<void()> pump;
        /// Writes down what is to be kept, with what the files hold if it was asked for and is known.
        std::function<void(bt::session::disk::save what, held_outcome held)> save;
        /// It was closed, and nothing more will be saved of it.
        std::function<void(const info_hash& hash)> closed;
        /// What became of its files, where they were to be deleted.
        std::function<void(torrent_id id, const torrent::deleted_files& what)> deleted;
        /// What became of a choice of files; the core knows it already.
        std::function<void(torrent_id id, std::uint32_t choice, const result<void>& outcome)> chosen;
        /// Its files could not be put into another folder; the core knows it already.
        std::function<void(torrent_id id, const error& why)> not_moved;
        /// Makes the record of a move durable, on a thread of the disk; removes it where it names no files.
        std::function<result<void>(const info_hash& hash, const storage::move_record& record)> keep_move;
        /// Where a download's writes are noted; empty: nowhere.
        std::function<std::string(const info_hash& hash)> journal_of;
    };
    disks(driver loop, storage::disk_pool& pool, storage::file_system& files, bt::session::core& core)
        : loop_(std::move(loop)), pool_(pool), files_(files), core_(core) {}

    void carry_out(bt::session::disk::open& what);
    void carry_out(bt::session::disk::check& what);
    void carry_out(bt::session::disk::write& what);
    void carry_out(bt::session::disk::read& what);
    void carry_out(bt::session::disk::look_at& what);
    void carry_out(bt::session::disk::finish& what);
    void carry_out(bt::session::disk::select& what);
    void carry_out(bt::session::disk::move& what);
    void carry_out(bt::session::disk::stop_move& what);
    void carry_out(bt::session::disk::look& what);
    void carry_out(bt::session::disk::save& what);
    void carry_out(bt::session::disk::close& what);
    /// Nothing that is to be saved waits for the files.
    bool is_idle() const { return holding_ == 0; }
    bool is_deleting() const { return !deleting_.empty(); }

    /// What holds between two jobs, of all its files; for tests.
    bool is_sound() const;

    /// For browsers: held pieces, hashed once more. errc::not_found: there is no such torrent.
    void read_verified(torrent_id id, std::vector<piece_index> pieces,
                       std::function<void(result<buffer>)> done);

    /// For what goes to standard output.
    void verified(torrent_id id, piece_index piece);

  private:
    struct place {
        torrent::info info;  // the others refer to it
        std::unique_ptr<storage::torrent_storage> files = {};
        std::unique_ptr<stdout_sink> sink = {};
        bool all_is_out = false;
        std::optional<std::uint32_t> finish_asked = {};  // its round
        std::size_t holding = 0;                         // what is to be saved waits for it
        std::optional<bt::session::disk::close> closed = {};
    };
    using places = std::map<torrent_id, std::shared_ptr<place>>;

    storage::torrent_storage* at(torrent_id id);
    result<void> open_download(torrent_id id, place& to, bt::session::disk::download_place where);
    void remark(torrent_id id, std::string text);
    void open_owned(place& to, bt::session::disk::owned_place where);
    void start_sink(torrent_id id, place& to, const std::vector<bool>& wanted);
    void answer_finish(torrent_id id, place& of);
    void close(const bt::session::disk::close& what, std::shared_ptr<place> old);
    /// They may be what calls us.
    void end_later(std::shared_ptr<place> old);

    const driver loop_;
    storage::disk_pool& pool_;
    storage::file_system& files_;
    bt::session::core& core_;
    places places_;
    places deleting_;  // over, and their files go
    std::size_t holding_ = 0;
};

}  // namespace bt::app
