// A running node as the commands see it: the loop, the sockets and the disk around one session core.
// Everything here runs on the loop's thread; callbacks come from inside run().
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/dht_options.hpp"
#include "app/program.hpp"
#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "dht/node.hpp"
#include "discovery/outputs.hpp"
#include "session/core.hpp"
#include "session/events.hpp"
#include "session/labels.hpp"
#include "session/saved_torrent.hpp"
#include "session/status.hpp"
#include "session/wishes.hpp"
#include "torrent/geometry.hpp"
#include "torrent/outcomes.hpp"

namespace bt::app {

class control_server;

/// What browsers of the network see of a node: nothing; what it tells the network by name; all, where they
/// know the hash.
enum class guest_view { none, listed, all };

struct session_options : network_options {
    std::uint16_t port = 0;                      ///< peer protocol; 0: the system chooses
    bool lan = true;                             ///< hello and BEP 14
    std::uint64_t down_limit = 0, up_limit = 0;  ///< bytes per second, 0: none
    bool limit_lan = false;                      ///< the limits count on links of our own, too
    guest_view guests = guest_view::listed;
    std::size_t peers = 200;  ///< connections
    std::size_t at_once = 0;  ///< downloads that run at a time; 0: all
    bool super_seed = false;  ///< BEP 16
    bool use_dht = true;
    dht_options dht;
};

// The words of the core, as commands use them.
using bt::session::add_label;
using bt::session::asked_name;
using bt::session::bad_file;
using bt::session::bad_run;
using bt::session::check_list;
using bt::session::check_standing;
using bt::session::checking;
using bt::session::completed;
using bt::session::done;
using bt::session::eta_of;
using bt::session::event;
using bt::session::failed;
using bt::session::file_choice;
using bt::session::get_request;
using bt::session::handshake_text;
using bt::session::happening;
using bt::session::metadata_found;
using bt::session::peer_banned;
using bt::session::peer_complete;
using bt::session::peer_connected;
using bt::session::peer_status;
using bt::session::piece_failed;
using bt::session::piece_state;
using bt::session::piece_verified;
using bt::session::read_torrent_state;
using bt::session::ready;
using bt::session::rechecked;
using bt::session::removed;
using bt::session::reopened;
using bt::session::saved_torrent;
using bt::session::seed_rule;
using bt::session::share_request;
using bt::session::stopped;
using bt::session::to_string;
using bt::session::torrent_state;
using bt::session::torrent_status;
using bt::session::warning;
using bt::torrent::deleted_files;

class session : public program {
  public:
    static result<std::unique_ptr<session>> start(const session_options& options);
    using done_fn = std::function<void(const result<void>&)>;

    virtual void on_event(std::function<void(const happening&)> listener) = 0;
    virtual result<torrent_id> add(share_request request) = 0;
    virtual result<torrent_id> add(get_request request) = 0;
    /// As it was in another run.
    virtual result<torrent_id> add(saved_torrent what) = 0;
    virtual saved_torrent saved(torrent_id id) const = 0;
    /// Nothing until the metadata is known.
    virtual const torrent::metainfo* torrent(torrent_id id) const = 0;
    /// What the user wants of a torrent was changed, or it is to go, by whatever command: called before that
    /// has its answer. How it went comes with the event of its end.
    enum class told { changed, goes };
    virtual void on_change(std::function<void(torrent_id, told)> listener) = 0;
    /// Files lie in another place: `keep` makes durable that they do, and then what is left in the old one
    /// goes. Where that fails the record of the move stays for the next run (move_records.hpp).
    virtual void on_move(std::function<void(torrent_id, done_fn)> keep) = 0;
    /// A torrent that is over is in none of these: how it stood came with the event of its end.
    virtual std::vector<torrent_id> torrents() const = 0;
    virtual std::optional<torrent_id> find(const info_hash& hash) const = 0;
    virtual torrent_status status(torrent_id id) const = 0;
    /// The same without the pieces.
    virtual torrent_status brief_status(torrent_id id) const = 0;

    // what the user wants of one; nothing comes of it where that is over
    virtual void set_paused(torrent_id id, bool paused) = 0;
    /// Paused, and not by its user: `why` is its reason until it goes on.
    virtual void rest(torrent_id id, const std::string& why) = 0;
    /// It runs beside the bound of the queue.
    virtual void run_now(torrent_id id) = 0;
    /// Over, after this call, or when what moves its files has ended. The files stay.
    virtual void remove(torrent_id id) = 0;
    /// Over, and its files are deleted, those of a share too; `done` is told what became of them. What is
    /// being checked or moved is that first.
    virtual void remove_with_files(torrent_id id, std::function<void(const deleted_files&)> done) = 0;
    /// Its files are put into another folder, which is made where it is not there; `finds`: they lie there
    /// already, and are checked. Done when that is kept and the old ones are gone. errc::occupied: something
    /// stands in the way. On an error all is as before.
    virtual void move(torrent_id id, const std::string& folder, bool finds, done_fn done) = 0;
    /// Another name for the file or folder of this path in the torrent, and for what lies there: as move().
    virtual void rename(torrent_id id, const std::string& path, const std::string& name, done_fn done) = 0;
    virtual void reannounce(torrent_id id) = 0;
    /// Its turn among all: 0 is the first.
    virtual void set_place(torrent_id id, std::size_t place) = 0;
    virtual std::vector<torrent_id> queue() const = 0;
    /// Looks at the files again; gives the number of the check. One that runs already is meant, too.
    virtual result<std::uint32_t> recheck(torrent_id id) = 0;
    virtual check_standing last_check(torrent_id id) const = 0;
    /// Other files, or in another order; gives the number of the choice. What stands in the way of a file
    /// that is new is found out after this call: then there is a warning, and all stays as it was.
    virtual result<std::uint32_t> choose(torrent_id id, file_choice choice) = 0;
    /// The same; `done` is told what became of it, when that is kept.
    virtual void choose(torrent_id id, file_choice choice, done_fn done) = 0;
    /// What became of it; nothing while that is open. errc::not_found for a number that is unknown or long
    /// ago.
    virtual std::optional<result<void>> chosen(torrent_id id, std::uint32_t choice) const = 0;
    /// Its own trackers.
    virtual std::vector<bt::session::tracker_view> trackers(torrent_id id) const = 0;
    /// In the place of those it has.
    virtual void set_trackers(torrent_id id, torrent::tracker_tiers tiers) = 0;
    virtual void set_limits(torrent_id id, std::uint64_t down, std::uint64_t up) = 0;
    /// Not kept over a restart.
    virtual void set_bounds(torrent_id id, const bt::session::torrent_bounds& bounds) = 0;
    /// When a download stops giving. errc::usage: it is a share.
    virtual result<void> set_seed(torrent_id id, const seed_rule& rule) = 0;

    virtual void set_limits(std::uint64_t down, std::uint64_t up) = 0;  ///< over all
    /// Connections of all torrents together, within what the process may have.
    virtual void set_most_connections(std::size_t most) = 0;
    /// Whether it looks for others there, and is found; what the node was started without stays off.
    virtual void set_discovery(bool lan, bool dht) = 0;
    virtual bool is_on_lan() const = 0;
    /// Payload of all torrents together, bytes per second.
    virtual bt::session::core::rates total_rates() const = 0;

    /// Processes that are heard on the LAN, each at each of its addresses; not this one.
    virtual std::vector<discovery::node_info> lan_neighbours() const = 0;
    /// Whether a request may open a connection to that host now; then it counts among all of this process.
    virtual bool may_connect(const ip_address& host) = 0;
    /// Nothing where it takes no part in the DHT.
    virtual std::optional<dht::stats> dht_stats() const = 0;

    /// Of the pages for browsers, as another machine reaches them: "http://192.168.1.5:6980/s/"; empty: there
    /// are none.
    virtual std::string guest_url() const = 0;

    // its content, for browsers
    /// Whoever has its link may see it.
    virtual bool is_public(torrent_id id) const = 0;
    /// Told to the network by name: public, and not paused.
    virtual bool is_listed(torrent_id id) const = 0;
    /// Verified and on disk.
    virtual bool has_piece(torrent_id id, piece_index piece) const = 0;
    /// Of a file that is wanted, or of which that is not known yet.
    virtual bool wants_piece(torrent_id id, piece_index piece) const = 0;
    using read_fn = std::function<void(result<buffer>)>;
    /// Pieces it has, one after the other in one buffer, hashed after they were read. errc::storage: one is
    /// not right any more; errc::not_found: the torrent is over. `done` is called in another turn of the
    /// loop.
    virtual void read_verified(torrent_id id, std::vector<piece_index> pieces, read_fn done) = 0;

    virtual std::uint16_t port() const = 0;
    /// Addresses of this machine others can reach, with the peer port: for x.pe and hints.
    virtual std::vector<endpoint> addresses() const = 0;

    /// Says tracker `stopped` and bye, flushes the files.
    void stop() override = 0;
    /// Seconds since the Unix epoch, for JSON events.
    virtual double wall_clock() const = 0;

    // --- for what is built around a session
    virtual net::loop& loop() = 0;
    /// As it was started.
    virtual const session_options& options() const = 0;
    /// What commands may ask of this process beside what every session answers.
    virtual control_server& control() = 0;
    /// Soon, on the loop's thread, and never inside this call.
    virtual void later(std::function<void()> what) = 0;
    /// On another thread; what it gives back runs on the loop's.
    virtual void in_background(std::function<std::function<void()>()> job) = 0;
};

}  // namespace bt::app
