// One torrent of a session, from the request to the end. Private to this room.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "session/patience.hpp"
#include "session/phase.hpp"
#include "session/surroundings.hpp"

namespace bt::session {

/// Which files are wanted, and the wishes that led to it.
struct file_wishes {
    file_choice choice;
    std::vector<file_choice> before;             // while the files are not known: what the choice was
    std::vector<swarm::priority> priorities;     // per file
    std::vector<std::uint32_t> wanted_in_piece;  // per piece: its bytes in wanted files
    std::uint64_t wanted_bytes = 0;
    std::uint32_t last = 0;
    std::map<std::uint32_t, std::optional<result<void>>> outcomes;  // of the last choices, by number

    /// A further one; `outcome` is nothing while it is open.
    std::uint32_t number(std::optional<result<void>> outcome);
    void use(const torrent::info& info, std::vector<swarm::priority> wanted);
};

/// A disk that takes nothing now: what has arrived is kept for the next try.
struct disk_trouble {
    error why;
    std::deque<std::pair<piece_index, buffer>> unwritten;
    time_point try_again_at = never;
};

/// Pieces that could not be read to be given: they are tried again, less often the longer it lasts.
struct unreadable_pieces {
    static constexpr duration first_pause = 10s, longest_pause = 5min;

    std::set<piece_index> waiting, being_read;
    time_point try_again_at = never;
    duration pause = first_pause;
    std::string told;  // the last trouble

    bool none() const { return waiting.empty() && being_read.empty(); }
};

/// What other programs did to the files since.
struct foreign_changes {
    torrent::piece_set taken_back;  // pieces that are not fetched again
    std::size_t lost_now = 0;       // pieces, by a change that is being looked at
    std::string misfit;             // a file that has another length now, in words
    bool gone = false;              // not one file is left
};

/// A user was told that it is complete.
struct completion {
    time_point at{};
    time_point lingers_since{};  // and what had been given by then
    std::uint64_t given_before = 0;
};

class core::life {
  public:
    life(surroundings& around, torrent_id id, request wish, std::vector<std::string> renamed,
         resume_data left);
    life(const life&) = delete;
    ~life();

    /// For what is not learned from peers: its metadata.
    void start();
    void rest();

    // --- what a user wants (choices.cpp)
    void set_paused(bool paused, std::string why = {});  ///< empty: its user wishes it
    void run_now();
    void reannounce();
    void set_limits(std::uint64_t down, std::uint64_t up);
    void set_trackers(torrent::tracker_tiers tiers);
    result<void> set_seed(const seed_rule& rule);
    result<std::uint32_t> recheck();
    result<std::uint32_t> choose(file_choice choice);
    std::optional<result<void>> chosen(std::uint32_t number) const;
    result<bool> move(std::string folder, bool finds);
    result<bool> rename(const std::string& path, const std::string& name);
    const check_standing& last_check() const { return check_; }
    /// Adds the absolute paths of those files that may lie on a path with these elements.
    void add_files(const std::set<std::string, std::less<>>& names, std::vector<std::string>& to) const;

    // --- the network (life.cpp)
    void learn();
    void happened(const node::out::bad_metadata& what) { fail(what.why); }
    void happened(const node::out::piece_verified& what);
    void happened(const node::out::piece_failed& what);
    void happened(const node::out::piece_damaged& what);
    void happened(const node::out::peer_joined& what);
    void happened(const node::out::peer_completed& what);
    void happened(const node::out::peer_banned& what);
    void happened(const node::out::tracker_trouble& what);
    void complete();
    void finish_files();

    // --- the disk (life.cpp, disk_troubles.cpp)
    void write(piece_index piece, buffer data);
    void disk_remark(std::string text) { warn(std::move(text)); }
    void check_progress(std::uint64_t bytes_done, std::uint64_t bytes_total, bool copies);
    void checked(std::uint32_t round, const result<torrent::piece_set>& have,
                 std::vector<torrent::misfit> misfits);
    void written(std::uint32_t round, piece_index piece, disk::write_outcome how, const result<void>& why,
                 buffer data);
    void blocks_read(connection_id to, const std::vector<torrent::block_range>& ranges,
                     result<buffer> frames);
    void looked_at(piece_index piece, bool good);
    void finished(std::uint32_t round, disk::finish_outcome how, const result<std::string>& path);
    void selected(std::uint32_t choice, const result<void>& outcome);
    void move_progress(std::uint64_t bytes_done, std::uint64_t bytes_total);
    void moved(result<torrent::held_files> held);
    void left_old_place();
    void files_changed(const disk::files_changed& what);

    // --- the end, and what time alone brings (ends.cpp)
    void fail(error why);
    /// Over in a moment: what is under way with its files is brought to an end first.
    void remove(bool deletes);
    void stop();
    void watch();
    /// When time alone may bring something again; `soon` while it is at work.
    time_point watched_until(time_point soon) const;

    // --- what is kept over a restart (saving.cpp)
    void save(bool always);
    void saved(const result<void>& outcome);
    bool wants_saving() const;
    /// Since it was saved.
    bool has_moved_bytes() const;
    std::uint64_t downloaded_ever() const;  ///< with earlier runs
    std::uint64_t uploaded_ever() const;
    saved_torrent to_save() const;

    // --- how it stands (status.cpp)
    torrent_id id() const { return id_; }
    const info_hash& hash() const;
    const torrent::metainfo* torrent() const { return torrent_ ? &*torrent_ : nullptr; }
    bool is_over() const { return std::holds_alternative<in::over>(phase_); }
    bool is_download() const { return get() != nullptr && !get()->metadata_only; }
    bool is_public() const;
    bool is_listed() const;
    /// It has, or will have, files that other programs may change.
    bool has_files() const;
    /// They may be compared with what they were: often while data moves, else in turn with others.
    bool can_be_looked_at() const;
    bool is_at_work() const;
    torrent_status status() const;
    torrent_status brief_status() const;
    bool is_sound() const;

  private:
    const share_request* share() const { return std::get_if<share_request>(&wish_); }
    const get_request* get() const { return std::get_if<get_request>(&wish_); }
    const swarm::torrent_swarm& swarm() const { return around_.net.swarm(id_); }
    node::run_state run() const { return around_.net.state(id_); }
    bool is_paused() const { return run() == node::run_state::paused; }
    bool is_waiting() const;
    template <class Phase>
    bool is() const {
        return std::holds_alternative<Phase>(phase_);
    }
    void enter(phase next);
    template <class Event>
    void tell(Event what) {
        around_.tell(id_, std::move(what));
    }
    void warn(std::string message, bool detail = false) { tell(warning{std::move(message), detail}); }

    // life.cpp
    result<void> check_name() const;
    result<void> select_files();
    void name_files();
    result<void> take_place(const std::string& folder, const torrent::info& info);
    void leave_place(const std::string& folder, const std::string& name);
    void open_files();
    void check(bool all = true);
    void check_failed(const error& why);
    void begin(const torrent::piece_set& have, bool only_read);
    void completed_now(std::string path);

    // choices.cpp
    result<std::uint32_t> note_choice(file_choice choice);
    void drop_unfit_wishes();
    void use_choice(const file_choice& choice, std::vector<swarm::priority> priorities);
    /// `all`: also at what is known and was not changed since.
    void look_again(bool all);
    void choose_by_number();
    void ask_to_move(std::string folder, torrent::info named);
    bool is_copying() const { return moving_ && !moving_->placed; }
    void use_place(std::string folder, const torrent::info& named);
    void look_anew();
    void tell_check(const torrent::piece_set& have, std::vector<torrent::misfit> misfits);

    // disk_troubles.cpp
    void cannot_read(const error& why);
    void read_again();
    void ask_to_read();
    void was_read_again(piece_index piece, bool good);
    void disk_refuses(const error& why);
    void try_disk_later();
    void try_disk_again();
    void disk_works();
    void forget_unwritten();
    void tell_change(const disk::files_changed& what, const char* how, std::size_t lost, bool again);
    std::string final_path(file_index file) const;
    std::string misfit_text(const std::vector<torrent::misfit>& misfits) const;
    void note_misfits(const std::vector<torrent::misfit>& misfits);
    std::string own_folder() const;
    std::string what_was_asked() const;
    void tell_damaged();

    // ends.cpp
    std::unique_ptr<const torrent_status> leave(torrent_state state, bool deletes = false);
    void remove_if_wished();
    void remove_now();
    void finish(std::string why);
    void lose_patience();
    bool linger_is_over();
    std::string seed_rule_met();
    time_point ends_until(time_point soon) const;
    duration without_data() const;

    // saving.cpp
    bool holds_files() const;

    // status.cpp
    torrent_state state() const;
    std::string reason(torrent_state state) const;
    void describe_torrent(torrent_status& s) const;
    void describe_transfer(torrent_status& s) const;
    std::string why_no_peer_gives() const;
    bool lacks_wanted(const swarm::picker& pieces) const;
    std::string why_connected_peers_give_nothing(const swarm::picker& pieces) const;

    surroundings& around_;
    const torrent_id id_;
    request wish_;                              // of which the folder alone changes
    std::vector<std::string> renamed_;          // what the user calls its files
    std::optional<torrent::metainfo> torrent_;  // with these names
    phase phase_ = in::finding{};
    std::uint32_t round_ = 0;  // of check, transfer and finish: results of an earlier one do not count
    file_wishes files_;
    struct asked_choice {
        file_choice choice;
        std::vector<swarm::priority> priorities;
    };
    std::map<std::uint32_t, asked_choice> asked_;  // of the disk, by number
    patience patience_;
    std::optional<disk_trouble> trouble_;
    std::optional<completion> completion_;
    bool was_there_ = false;
    std::string why_paused_;
    bool rests_ = false;  // it has not started: a trouble ended it, and nobody has resumed it
    bool read_only_ =
        false;  // it was complete, and what it was like is not to be changed without being asked
    unreadable_pieces unreadable_;
    foreign_changes changes_;
    torrent::piece_set failed_;
    time_point tell_damaged_at_ = never;  // those that came since the last word about them
    std::size_t damaged_untold_ = 0;
    struct under_way {
        std::string folder;
        torrent::info named;
        std::uint64_t bytes_done = 0, bytes_total = 0;
        bool placed = false;  // all that is left to do is to leave the old place
    };
    std::optional<under_way> moving_;  // its files, to another folder or other names
    bool was_moved_ = false;           // and they were not looked at since
    std::optional<bool> removal_;      // wished; true: its files go, too
    check_standing check_;
    bool believes_ = false;   // the check that runs does not hash what is known already
    torrent::piece_set had_;  // before a check that the user asked for
    bool met_peers_ = false;  // one shook hands
    std::string tracker_message_;
    std::uint64_t down_limit_ = 0, up_limit_ = 0;
    resume_data left_, saved_;  // of earlier runs; as it was written last
    time_point saved_at_{};
    bool saving_ = false;        // asked, and not answered
    bool held_changed_ = false;  // what the files hold, since
};

}  // namespace bt::session
