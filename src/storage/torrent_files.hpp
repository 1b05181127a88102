// Where each file of one torrent stands on disk, and the synchronous work on them. Called from several pool
// threads at once; `locate`, `settle`, `select` and `finish` run alone (job_gate sees to that), reads go on
// beside them.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "storage/file_move.hpp"
#include "storage/file_system.hpp"
#include "storage/file_table.hpp"
#include "storage/layout.hpp"
#include "storage/torrent_storage.hpp"
#include "storage/tree.hpp"
#include "storage/write_journal.hpp"
#include "torrent/piece_set.hpp"

namespace bt::storage {

enum class piece_state : std::uint8_t {
    good,
    bad,      ///< all bytes are there and they are other ones
    missing,  ///< some bytes are not there
};

/// What settle_doubts() found out.
struct doubts_settled {
    std::string file;                      ///< one that was changed
    std::size_t more_files = 0;            ///< that were, too
    std::vector<piece_index> lost, found;  ///< not right any more; right again
    bool more = false;                     ///< others are still in doubt
};

class torrent_files {
  public:
    torrent_files(const torrent::info& info, download_place place, file_system& fs,
                  const std::shared_ptr<open_files>& opened);
    torrent_files(const torrent::info& info, shared_place place, file_system& fs,
                  const std::shared_ptr<open_files>& opened);
    ~torrent_files();
    torrent_files(const torrent_files&) = delete;
    torrent_files& operator=(const torrent_files&) = delete;

    const layout& map() const { return layout_; }
    std::int64_t steady_ns() const { return fs_.steady_ns(); }
    file_system& disk() const { return fs_; }
    /// What holds between two jobs (invariants.cpp).
    bool is_sound() const;
    const std::string& final_path() const { return final_path_; }

    // --- looking at what is there (locate.cpp) ---

    /// Finds every file under its final or its .part name, takes the lock, refuses what is in the way.
    result<void> locate();
    /// Files of a share that are not there, or not as long as the torrent says; after locate().
    std::vector<misfit> misfits() const;
    /// What hashing found: good and bad pieces. Decides what is adopted, refused or replaced; true: the
    /// places changed, and all but what is left in `good` must be hashed again.
    result<bool> settle(torrent::piece_set& good, const std::vector<piece_index>& bad);

    // --- what the user gave up for this torrent (replace.cpp) ---

    /// Pieces that are not in `good` and may lie in files that are to be replaced.
    std::vector<piece_index> sought_in_old_files(const torrent::piece_set& good) const;
    /// Writes the piece if old files, with what is ours beside them, have it. False: they have not.
    result<bool> take_from_old_files(piece_index piece);

    // --- room on the disk (reserve.cpp) ---

    struct reserving {
        file_index file{0};
        std::uint64_t offset = 0;
    };
    /// Takes the next part of the room that wanted files need, where the user asked for that. False: there is
    /// no more to do.
    result<bool> reserve(reserving& at);
    /// Something a user may want to know, once.
    std::optional<std::string> take_remark();

    // --- other wishes (select.cpp) ---

    /// Which files are wanted from now on; on an error nothing is changed.
    result<void> select(const std::vector<bool>& wanted);

    // --- hashing what is there (verify.cpp) ---

    /// One thread's position while it looks at consecutive pieces: saves opening, fstat and lseek calls.
    struct cursor;
    /// What can be said of a piece without reading it: files are not there, or it is a hole as a whole.
    /// Nothing: read it.
    result<std::optional<piece_state>> judge_unread(piece_index piece, cursor& at);
    /// False: not all of it is there.
    result<bool> read_part(piece_index piece, std::uint32_t offset, std::span<std::uint8_t> into);
    piece_state judge(piece_index piece, const sha1_digest& digest) const;
    /// All of it, for one piece.
    result<piece_state> verify(piece_index piece, cursor& at);
    /// Whether the disk has a head; after locate().
    bool is_spinning();

    // --- what is known from run to run (holding.cpp) ---

    /// Makes durable what was written so far. On an error the pieces that may be lost are in doubt.
    result<torrent::held_files> hold();
    /// Pieces in files that, since an earlier run held them, only we changed. After locate(); nothing after
    /// the first settle().
    torrent::piece_set believed();
    /// What this run holds is believed at the next locate(), as what an earlier one held.
    void believe_what_is_known();

    // --- what other programs did to the files since (doubts.cpp) ---

    /// Compares files with their stamps: all of them, or the next few of very many. A piece of one that
    /// differs is in doubt: it is hashed before it is read again. errc::storage: what is under way has no
    /// place any more, or another file stands in it.
    result<void> look(bool all);
    /// Something is in doubt, or was settled since the last settle_doubts().
    bool has_news() const;
    /// Hashes pieces in doubt, about so many bytes.
    doubts_settled settle_doubts(std::uint64_t most_bytes);

    // --- moving bytes (read_write.cpp) ---

    /// Whether the piece may be written: what must not be touched is compared with it, or moved aside.
    result<void> admit(piece_index piece, byte_view data);

    /// The data must have the right hash and have been admitted. errc::storage: the disk did not take it now.
    result<void> write(piece_index piece, byte_view data);
    result<buffer> read(const std::vector<torrent::block_range>& ranges, std::size_t gap);
    /// Whole pieces, and they are right.
    result<buffer> read_verified(const std::vector<piece_index>& pieces);

    // --- the end (finish.cpp, delete_files.cpp) ---

    /// errc::unfinished: pieces are missing or in doubt. `lasting`: whether to try again is of no use.
    result<std::string> finish(bool& lasting);

    /// Deletes the files of the torrent, a share's too, and folders of it that are empty then. One stays that
    /// is not as we know it, or that a symbolic link leads to, and so does what is not of the torrent, or
    /// lies at one of the absolute paths `theirs`: of another torrent, too.
    torrent::deleted_files delete_files(const std::vector<std::string>& theirs);
    /// The elements of the paths of its files, from the root on.
    std::set<std::string, std::less<>> names() const;

    // --- another folder (move.cpp) ---

    template <class F>
    auto while_nothing_is_opened(F&& act) {
        const std::unique_lock still(moving_);
        return act();
    }
    /// Makes durable what was written, and says what is to go where: `named` is the torrent with the names
    /// its files get beneath `to_folder`. errc::storage: a file is not as it is known.
    result<move_record> plan_move(const torrent::info& named, const std::string& to_folder);
    /// What the files hold, as they lie there now. Nothing may be done with the old ones any more.
    torrent::held_files moved(const move_record& record);

  private:
    enum class standing : std::uint8_t { padding, shared, part, final_name };
    struct file_state {
        standing where = standing::part;
        bool wanted = true;
        bool kept = false;  // it was whole when others were chosen
        bool exists = false;
        bool ignore_final = false;  // what stands under the final name is no part of this torrent
        std::optional<file_stamp>
            replaces;                 // what the user gave up for it: finish() may put ours in its place
        bool cloned = false;          // and ours began as a clone of it
        bool dirty = false;           // written, perhaps not on disk yet
        bool too_long = false;        // .part: a file that was taken over has more than it should
        bool lost_writes = false;     // a sync failed: what the cache holds may not be what the disk holds
        bool foreign_writes = false;  // another program wrote to it, too: perhaps between two looks of ours
        std::optional<file_stamp> stamp;  // when its pieces were hashed or written; nothing: it is not there
        std::int64_t looked_ns = std::numeric_limits<std::int64_t>::min() / 2;
        std::uint64_t allocated = 0;  // bytes on disk when located
        bool marked = false;  // a change after it shows: its time is exact and ours, or it was believed
        std::uint64_t ours_since = 1;  // only we changed it since what was held under this number
    };
    using handle = file_table::handle;

    file_state state_of(file_index file) const;
    template <class F>
    void for_each_file(F&& f) const {
        for (std::uint32_t i = 0; i < layout_.file_count(); ++i) f(file_index(i));
    }
    std::string part_path(file_index file) const;  // beneath the folder
    std::string path_of(file_index file, standing where) const;
    std::string shared_path(file_index file) const;
    std::string shown_path(file_index file) const;  // absolute, for people

    os_result<handle> open(file_index file, bool writing);
    os_result<handle> open_anew(file_index file, bool writing);
    os_result<descriptor> open_path(file_index file, standing where, bool writing);
    os_result<void> compare(file_index file, const descriptor& opened);
    void compare_now_and_then(file_index file, const handle& opened);
    void compare(file_index file, const std::optional<file_stamp>& now);
    void doubt(file_index file);
    os_result<void> restamp(file_index file, const descriptor& opened);
    void note_stamp(file_index file);
    enum class belief : std::uint8_t { none, whole, where_written };
    belief belief_in(file_index file, bool same_boot);
    bool has_hole(const segment& part);
    bool sample_is_good(file_index file, std::uint64_t& to_sample);
    bool was_changed_by_us(file_index file, const file_stamp& now);
    result<void> sync();
    std::mutex& writers_of(file_index file) const { return writers_[file.value() % writers_.size()]; }
    result<std::optional<piece_state>> judge_unread(piece_index piece, const std::vector<segment>& parts,
                                                    cursor& at);
    result<void> look_at(file_index file, bool final_root);
    result<void> look_at_folders();
    bool settle_doubt(piece_index piece, cursor& at);
    bool doubt_what_others_wrote_to();
    std::optional<piece_index> next_doubt();
    unexpected<error> describe(os_error cause, const std::string& what, file_index file) const;

    result<void> locate_shared();
    result<void> locate_download();
    result<bool> look_at_final(file_index file);
    result<void> look_at_part(file_index file);
    result<void> claim_part();
    result<void> claim_part_now();
    os_result<descriptor> open_part_root();
    result<void> replace_old(file_index file);
    void clone_old(file_index file);
    result<bool> may_replace(file_index file) const;
    result<void> make_way(file_index file);
    result<void> adopt(file_index file, const file_facts& facts);
    result<void> check_space(const torrent::piece_set& good) const;
    std::vector<file_index> suspects(const std::vector<piece_index>& bad) const;
    std::string extent_of(file_index file, const std::vector<piece_index>& bad) const;

    sha1_digest zero_digest(std::uint32_t size);
    result<bool> same_bytes(const segment& part, byte_view data);
    result<void> write_segment(const segment& part, byte_view data);
    unexpected<error> write_failed(os_error cause, const segment& part);
    result<void> sync_files(const std::vector<file_index>& dirty);

    result<void> only_held(const std::vector<torrent::block_range>& ranges);

    bool wants_piece(piece_index piece) const;
    result<void> complete_the_small_things();
    os_result<void> cut_to_length(file_index file);
    bool is_whole(file_index file) const;
    void note_found(piece_index piece, file_index file);
    void keep_whole_files();
    void drop_useless();
    result<void> move_file(file_index file, const std::string& from);
    result<void> move_single();
    result<void> move_folder();
    result<void> merge_folder();
    void clean_part();
    void remove_empty_folders();
    std::string why_not_deleted(file_index file, const file_facts& now,
                                const torrent::piece_set& known) const;
    void delete_file(file_index file, const tree& from, const std::string& path,
                     const torrent::piece_set& known, torrent::deleted_files& told);
    void delete_part(torrent::deleted_files& told);
    void delete_folders(const tree& in, torrent::deleted_files& told);
    result<void> now_final(file_index file);

    const layout layout_;
    const shared_bytes piece_hashes_;
    const bool multi_file_;
    const std::string name_;       // of the file or folder under its final name
    const std::string part_root_;  // of the file or folder while it is not complete
    std::string folder_;           // absolute; empty for shared places
    std::string final_path_;
    bool overwrite_ = false, reserve_ = false;
    const std::vector<std::string> shared_;  // of a share: its files, or none, and they lie below the folder
    const std::string shared_folder_;
    file_system& fs_;
    file_table table_;

    std::optional<tree> tree_;                 // set by the first locate()
    descriptor lock_;                          // the .part file or folder, locked
    std::optional<torrent::held_files> held_;  // till it was compared with what is there
    write_journal journal_;
    std::mutex claim_mutex_, sync_mutex_;
    std::atomic<bool> made_part_ = false;  // by us, and nothing was written into it yet
    bool settled_ = false;                 // once
    bool beside_ = false;  // finished; the .part has but what lies in a piece with wanted files, till we end
    // held to write to a file and to note its new stamp, and to compare: a write of ours is no change
    mutable std::array<std::mutex, 16> writers_;
    mutable std::shared_mutex moving_;  // held to rename; shared to turn a file into a path and open it

    mutable std::mutex mutex_;  // guards what follows
    std::vector<file_state> states_;
    std::set<std::string> changed_folders_;  // got new entries that are perhaps not on disk yet
    // which of the record's files each is; none of them where it stays where it is
    std::vector<std::pair<file_index, std::optional<std::size_t>>> planned_;
    torrent::held_files planned_held_;
    torrent::piece_set have_;
    torrent::piece_set doubtful_;
    torrent::piece_set not_in_old_;  // as the last check found out
    std::optional<std::string> remark_;
    std::uint64_t doubts_ = 0;  // raised so far
    std::uint64_t number_ = 0;  // of what was held last
    std::vector<piece_index> lost_, found_;
    std::set<file_index> changed_;  // files that were, and the path of the first, for people
    std::string changed_path_;
    std::uint32_t settled_until_ = 0, looked_until_ = 0;
    bool located_ = false;
    std::vector<std::pair<std::uint32_t, sha1_digest>> zero_digests_;
};

struct torrent_files::cursor {
    std::optional<file_index> file;
    handle opened;
    std::uint64_t size = 0;                      // of the file as it is
    std::uint64_t hole_begin = 0, hole_end = 0;  // known to be a hole
    std::uint64_t data_begin = 0, data_end = 0;  // known to be data
    buffer scratch;
    std::vector<segment> parts;
};

}  // namespace bt::storage
