// The files of one torrent on disk.
//
// A download lives under a name that is only ours until it is complete and verified:
//
//     DIR/<name>.<first 8 hex of the hash>.part      one file, or the torrent's folder
//     DIR/<name>                                     after finish(): one rename, never over something
//
// So a file under its final name is complete, a foreign file is never touched, and what a killed process left
// behind is recognised by its name. A file that already stands under its final name is checked and adopted
// when it is exactly what the torrent says; it is never written. If it differs the download is refused
// (errc::occupied), unless `overwrite` is set: then what is right of it is copied to the .part, and finish()
// puts the new one in its place, unless it was changed meanwhile. Until then it stays as it is.
//
// Every path is opened beneath DIR, component by component, never through a symbolic link.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "storage/disk_pool.hpp"
#include "storage/file_move.hpp"
#include "storage/file_system.hpp"
#include "torrent/file_stamp.hpp"
#include "torrent/geometry.hpp"
#include "torrent/held_files.hpp"
#include "torrent/metainfo.hpp"
#include "torrent/misfit.hpp"
#include "torrent/outcomes.hpp"
#include "torrent/piece_set.hpp"

namespace bt::storage {

/// Data that is being downloaded into a folder.
struct download_place {
    std::string folder;  ///< must exist
    bool overwrite = false;
    /// Per file_index; empty: all. An unwanted file is not created; parts of it that lie in a piece of a
    /// wanted one lie in the .part folder as long as the storage lives.
    std::vector<bool> wanted = {};
    /// Of an earlier run: what is as it was then the first check() does not hash.
    std::optional<torrent::held_files> held = {};
    std::string journal = {};  ///< of our writes (write_journal.hpp), absolute; empty: none
    bool reserve = false;      ///< the room for all of it is taken from the disk at the first check()
};
/// Of the current folder, without "." and "..".
std::string absolute_path(const std::string& path);
/// A folder for downloads; errc::storage says why it cannot be one.
result<descriptor> open_download_folder(file_system& fs, const std::string& path);
/// The same, and makes it where there is none, with those above it.
result<descriptor> make_download_folder(file_system& fs, const std::string& path);

/// Data that is where its owner put it: read only.
struct shared_place {
    /// Per file_index, absolute; "" for padding files. Empty: where the torrent puts them below `folder`.
    std::vector<std::string> paths = {};
    /// Per file_index, when all was hashed: it need not be checked then. Empty: check() first.
    std::vector<file_stamp> stamps = {};
    std::string folder = {};
    std::optional<torrent::held_files> held = {};  ///< as of a download
};

using torrent::finish_outcome;
using torrent::misfit;
using torrent::write_outcome;

/// Another program wrote into files, cut, replaced, moved or removed them.
struct files_changed {
    std::string file;                ///< one of them, absolute
    std::size_t more_files = 0;      ///< beside it
    std::vector<piece_index> lost;   ///< held before, and not right any more
    std::vector<piece_index> found;  ///< of what is only read: right again
    bool over = false;               ///< all that was in doubt has been hashed
};

class torrent_storage {
  public:
    /// Opens nothing yet. `info`, `disk` and `fs` must outlive the storage.
    torrent_storage(const torrent::info& info, download_place place, disk_pool& disk, file_system& fs);
    torrent_storage(const torrent::info& info, shared_place place, disk_pool& disk, file_system& fs);
    /// Waits for nothing: results of jobs under way are dropped.
    ~torrent_storage();

    // Each takes a `done` that runs on the loop's thread, unless the storage is gone by then.

    /// `copies`: all is checked; what is right of files that are replaced is copied from them.
    using progress_fn = std::function<void(std::uint64_t bytes_done, std::uint64_t bytes_total, bool copies)>;
    using checked_fn = std::function<void(result<torrent::piece_set>)>;
    /// Looks at what is there and hashes it (holes are skipped), on all pool threads. The set has every piece
    /// whose bytes are on disk and right. Errors: folder missing, not writable, foreign file in the way, I/O.
    /// `all`: also what is known already and was not changed since.
    void check(progress_fn progress, checked_fn done, bool all = true);

    using written_fn = std::function<void(write_outcome, result<void>, buffer data)>;
    /// Hashes a whole piece from memory and, when it is right, writes it. The data comes back for blame and
    /// for serving.
    void write(piece_index piece, buffer data, written_fn done);

    using read_fn = std::function<void(result<void>, buffer frames)>;
    /// Reads blocks into one buffer that has `gap` free bytes in front of each block.
    void read(std::vector<torrent::block_range> ranges, std::size_t gap, read_fn done);

    /// Whole pieces, hashed from memory after they were read. errc::storage: one of them is not right any
    /// more.
    void read_verified(std::vector<piece_index> pieces, read_fn done);

    /// Hashes one piece where it lies. What cannot be read is not good either.
    void look_at(piece_index piece, std::function<void(bool good)> done);

    using finished_fn = std::function<void(finish_outcome, result<std::string>)>;
    /// All wanted pieces are written: makes the data durable and moves it to its final name. Gives the
    /// absolute final path. What lies in a held piece beside wanted files stays in the .part, to be read,
    /// until the storage ends.
    void finish(finished_fn done);
    /// Other files are wanted from now on, after the check or before. One that is not wanted any more keeps
    /// what it has of held pieces under the .part name until the storage ends. errc::storage, and nothing is
    /// changed: something else stands in the place of one that is new, or there is no space. What is right of
    /// a file that stands there is told to on_change() as found. After finish() the files must be checked
    /// again: another process may have gone on with the .part.
    void select(std::vector<bool> wanted, std::function<void(result<void>)> done);
    /// Sees whether other programs changed files: those in use are compared when they are opened and every
    /// second while they are read, all of them, a few thousand at a time, by this call. What was changed is
    /// hashed again by itself and told to on_change(). errc::storage: a download has no place any more.
    void look(std::function<void(result<void>)> done);
    void on_change(std::function<void(const files_changed&)> told);
    /// After check(): something a user may want to know, once.
    std::optional<std::string> take_remark();
    /// After check(): files of a share that are not there, or of another length.
    std::vector<misfit> misfits() const;
    /// Makes durable what was written until now and says what it is, to be believed in another run. On an
    /// error the pieces that may be lost are in doubt.
    void hold(std::function<void(result<torrent::held_files>)> done);

    using move_progress_fn = std::function<void(std::uint64_t bytes_done, std::uint64_t bytes_total)>;
    using moved_fn = std::function<void(result<torrent::held_files>)>;
    /// Puts the files into another folder (file_move.hpp), under the names of `named`; reads go on meanwhile,
    /// writes wait. `keep` makes the record durable, on a thread of the disk. Then the old ones are to be
    /// removed by whoever has the record, and this storage is of no use any more; on an error all is as
    /// before, and `keep` has had a record without files.
    void move_files(torrent::info named, std::string to_folder, file_move::keep_fn keep,
                    move_progress_fn progress, moved_fn done);
    /// It fails, unless all is copied already.
    void stop_move();

    /// Deletes the torrent's files (torrent_files.hpp says which) when what is under way has ended; a check
    /// is given up. The last call: no other one gets an answer after it.
    /// What lies at one of the paths `theirs`, which are absolute, stays.
    void delete_files(std::vector<std::string> theirs, std::function<void(torrent::deleted_files)> done);
    /// The elements of the paths of its files, from the root on.
    std::set<std::string, std::less<>> names() const;

    /// What holds while no job is under way; for tests.
    bool is_sound() const;

    /// Absolute path the torrent has, or will have after finish().
    std::string final_path() const;

  private:
    struct state;
    std::shared_ptr<state> state_;  // shared with the jobs under way
};

}  // namespace bt::storage
