// The life of a node's torrents, from the request to the end, as a core: it owns the network side
// (node::core), asks for disk work (disk.hpp), and says what happened (events.hpp). The driver, sockets and
// disks or the simulator, keeps no state of a torrent.
//
// One input, then poll() until empty, then the next input. tick() at next_deadline(). An input for a torrent
// that is over, or an answer to what is not asked any more, is ignored.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "node/core.hpp"
#include "session/disk.hpp"
#include "session/events.hpp"
#include "session/resume.hpp"
#include "session/saved_torrent.hpp"
#include "session/status.hpp"
#include "session/wishes.hpp"

namespace bt::session {

struct settings {
    std::uint64_t down_limit = 0, up_limit = 0;  ///< of all torrents together, bytes per second; 0: none
    bool limit_near = false;                     ///< the limits count on links of our own, too
};

/// What leaves for the network goes on as the node says it (node/core.hpp); the rest is this room's.
using output =
    std::variant<node::out::tcp_connect, node::out::tcp_send, node::out::tcp_close, node::out::lan_send,
                 node::out::http_get, node::out::resolve, node::out::udp_send, node::out::register_share,
                 node::out::dht_send, dht::out::peers_found, dht::out::search_over, dht::out::pinged,
                 disk::open, disk::check, disk::write, disk::read, disk::look_at, disk::finish, disk::select,
                 disk::move, disk::stop_move, disk::leave_old_place, disk::look, disk::save, disk::close,
                 happening>;

class core {
  public:
    core(node::config config, const settings& how, rng random);
    ~core();

    // --- what a user wants
    /// `left`: of an earlier run. errc::usage if the torrent is there already.
    result<torrent_id> add(time_point now, request what, resume_data left = {});
    result<torrent_id> add(time_point now, saved_torrent what, resume_data left = {});
    void set_paused(time_point now, torrent_id id, bool paused);
    /// Paused, and not by its user: `why` is its reason until it goes on.
    void rest(time_point now, torrent_id id, std::string why);
    /// It runs beside the bound of the queue.
    void run_now(time_point now, torrent_id id);
    /// The files stay, or are deleted (disk::close).
    void remove(time_point now, torrent_id id, bool deletes = false);
    void reannounce(time_point now, torrent_id id);
    /// Its turn: 0 is the first. Beyond the last: the last.
    void set_place(time_point now, torrent_id id, std::size_t place);
    std::vector<torrent_id> queue() const;
    /// In the place of those it has.
    void set_trackers(time_point now, torrent_id id, torrent::tracker_tiers tiers);
    void set_limits(time_point now, torrent_id id, std::uint64_t down, std::uint64_t up);
    void set_bounds(time_point now, torrent_id id, const torrent_bounds& bounds);
    /// When a download stops giving. errc::usage: it is a share.
    result<void> set_seed(time_point now, torrent_id id, const seed_rule& rule);
    void set_limits(time_point now, std::uint64_t down, std::uint64_t up);  ///< over all
    /// Looks at the files again; gives the number of the check. One that runs already is meant, too.
    result<std::uint32_t> recheck(time_point now, torrent_id id);
    /// Other files, or in another order; gives the number of the choice. What stands in the way of a file
    /// that is new is found out after this call: then there is a warning, and all stays as it was.
    result<std::uint32_t> choose(time_point now, torrent_id id, file_choice choice);
    /// Its files get another folder, an absolute path; `finds`: they lie there already, and are checked.
    /// False: that is all; true: the disk puts them there, and moved() says what became of it. On an error
    /// all is as before.
    result<bool> move(time_point now, torrent_id id, std::string folder, bool finds);
    /// Another name for the file or folder that has this path in the torrent, on the disk, too; the answer as
    /// of move().
    result<bool> rename(time_point now, torrent_id id, const std::string& path, const std::string& name);
    /// What became of it; nothing while that is open. errc::not_found for a number that is unknown or long
    /// ago.
    std::optional<result<void>> chosen(torrent_id id, std::uint32_t choice) const;
    check_standing last_check(torrent_id id) const;
    /// Every torrent leaves its swarm, and the node the LAN. Network outputs that follow should still be
    /// sent.
    void stop(time_point now);

    // --- the network
    /// For one input: of sockets, LAN, trackers, the DHT. Torrents are added and changed by this class alone.
    node::core& network(time_point now);
    const node::core& network() const;

    // --- answers of the disk
    void check_progress(time_point now, torrent_id id, std::uint64_t bytes_done, std::uint64_t bytes_total,
                        bool copies = false);
    /// `misfits`: of files that are only read.
    void checked(time_point now, torrent_id id, std::uint32_t round, const result<torrent::piece_set>& have,
                 std::vector<torrent::misfit> misfits);
    /// `data` comes back, whatever became of it.
    void written(time_point now, torrent_id id, std::uint32_t round, piece_index piece,
                 disk::write_outcome how, const result<void>& why, buffer data);
    void blocks_read(time_point now, torrent_id id, connection_id to,
                     const std::vector<torrent::block_range>& ranges, result<buffer> frames);
    void looked_at(time_point now, torrent_id id, piece_index piece, bool good);
    void finished(time_point now, torrent_id id, std::uint32_t round, disk::finish_outcome how,
                  const result<std::string>& path);
    void selected(time_point now, torrent_id id, std::uint32_t choice, const result<void>& outcome);
    void move_progress(time_point now, torrent_id id, std::uint64_t bytes_done, std::uint64_t bytes_total);
    /// `held`: what they hold in the new place, whose old ones are nobody's any more.
    void moved(time_point now, torrent_id id, result<torrent::held_files> held);
    void left_old_place(time_point now, torrent_id id);
    void files_changed(time_point now, torrent_id id, const disk::files_changed& what);
    /// There is no place for the torrent, or none any more.
    void disk_failed(time_point now, torrent_id id, error why);
    /// Something a user may want to know of the place; it goes on.
    void disk_remark(time_point now, torrent_id id, std::string text);
    void saved(time_point now, torrent_id id, const result<void>& outcome);

    void tick(time_point now);
    time_point next_deadline() const;
    std::optional<output> poll();

    // --- how it stands
    std::size_t size() const { return lives_.size(); }
    std::vector<torrent_id> torrents() const;
    std::optional<torrent_id> find(const info_hash& hash) const;
    bool has(torrent_id id) const { return lives_.contains(id); }
    const info_hash& hash(torrent_id id) const;
    /// Nothing until the metadata is known; stays at its place as long as the torrent does.
    const torrent::metainfo* torrent(torrent_id id) const;
    torrent_status status(time_point now, torrent_id id) const;
    /// The same without the pieces.
    torrent_status brief_status(time_point now, torrent_id id) const;
    /// Where files of other torrents lie, or will lie, whose paths have these elements: absolute paths, and
    /// some that have others, too.
    std::vector<std::string> files_of_others(torrent_id but,
                                             const std::set<std::string, std::less<>>& names) const;
    /// Its own trackers.
    std::vector<tracker_view> trackers(torrent_id id) const;
    /// Payload of all torrents together, bytes per second.
    struct rates {
        std::uint64_t down = 0, up = 0;
    };
    rates total_rates(time_point now) const;
    /// Downloads that have, or will have, files.
    std::size_t downloads() const;
    /// Told to the network by name.
    bool is_public(torrent_id id) const;
    bool is_listed(torrent_id id) const;
    /// Verified, and on disk.
    bool has_piece(torrent_id id, piece_index piece) const;
    bool wants_piece(torrent_id id, piece_index piece) const;
    std::vector<saved_torrent> list() const;
    /// As it can be written down now.
    saved_torrent saved(torrent_id id) const;
    /// What holds between inputs.
    bool is_sound() const;

  private:
    struct surroundings;
    class life;
    enum class timer : std::size_t { watch, look, save, count };

    life* at(torrent_id id);
    const life& at(torrent_id id) const;
    void touch(time_point now);
    void settle();
    time_point& due(timer which) { return due_[static_cast<std::size_t>(which)]; }
    std::optional<output> route(node::output& what);
    void warn_of_handshake(const node::out::no_handshake& what);
    void watch_all();
    void look_at_files();
    void save_next();

    std::unique_ptr<surroundings> around_;
    std::map<torrent_id, std::unique_ptr<life>> lives_;
    std::unordered_map<info_hash, torrent_id> by_hash_;
    std::array<time_point, static_cast<std::size_t>(timer::count)> due_;
    std::size_t looked_at_ = 0;  // idle torrents, in turn
    torrent_id last_saved_{};
    bool told_no_handshake_ = false, told_save_trouble_ = false, stopped_ = false;
};

}  // namespace bt::session
