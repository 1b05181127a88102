// A running node as the commands see it: the loop, the sockets and the disk around one node core.
// Everything here runs on the loop's thread; callbacks come from inside run().
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "app/dht_options.hpp"
#include "app/files/bad_runs.hpp"
#include "app/files/selection.hpp"
#include "app/program.hpp"
#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "storage/file_stamp.hpp"
#include "torrent/magnet.hpp"
#include "torrent/metainfo.hpp"
#include "torrent/piece_set.hpp"

namespace bt::app {

struct session_options : network_options {
    std::uint16_t port = 0;                      ///< peer protocol; 0: the system chooses
    bool lan = true;                             ///< hello and BEP 14
    std::uint64_t down_limit = 0, up_limit = 0;  ///< bytes per second, 0: none
    bool limit_lan = false;                      ///< the limits count on links of our own, too
    std::size_t peers = 200;                     ///< connections
    std::size_t at_once = 0;                     ///< downloads that run at a time; 0: all
    bool super_seed = false;                     ///< BEP 16
    bool use_dht = true;
    dht_options dht;
};

/// When a finished download stops giving.
struct seed_rule {
    enum class kind { no, linger, forever, time, ratio } what = kind::linger;
    duration time{};   ///< kind::time
    double ratio = 0;  ///< kind::ratio, uploaded / size
};

struct share_request {
    torrent::metainfo torrent;
    std::vector<std::string> paths;           ///< absolute, per file; "" for padding
    std::uint32_t until = 0;                  ///< stop after so many other nodes are complete; 0: never
    bool unlisted = false;                    ///< its name is told to nobody
    std::vector<storage::file_stamp> stamps;  ///< per file, of before it was hashed
};

/// A share by the name that hosts of the LAN give it.
struct asked_name {
    std::string name;  ///< as typed; empty: it was not asked for by name
    std::string by;    ///< who says that this torrent is called so, for people
};

struct get_request {
    std::variant<torrent::magnet, torrent::metainfo> target;
    asked_name asked;  ///< the metadata's own name must fit it, or nothing is fetched
    std::string folder = ".";
    std::vector<std::string> trackers;        ///< added to the target's own
    std::vector<endpoint> peers;              ///< tried at once
    std::vector<named_endpoint> named_peers;  ///< the same, once their addresses are known
    file_choice files;  ///< "1,3-5" (1-based, as `--list` prints) or globs, comma separated
    bool sequential = false;
    bool overwrite = false;
    bool metadata_only = false;  ///< stop after the `metadata` event (show, get --list)
    seed_rule seed;
    duration timeout{};      ///< no progress at all for that long: give up; 0: never
    bool to_stdout = false;  ///< a single file, in order, on file descriptor 1
};

// --- what happens. One variant for the display, the plain lines and the JSON events.
struct metadata_found {
    torrent_id id;
    const torrent::metainfo* torrent;
};
struct checking {
    torrent_id id;
    std::uint64_t bytes_done, bytes_total;
};
struct ready {
    torrent_id id;
};  ///< checked; sharing, or downloading what is missing
struct piece_verified {
    torrent_id id;
    piece_index piece;
};
struct piece_failed {
    torrent_id id;
    piece_index piece;
};
struct peer_connected {
    torrent_id id;
    endpoint peer;
    std::string client;
};
struct peer_complete {
    torrent_id id;
    endpoint peer;
    std::string client;
};  ///< it had not everything when it came
struct peer_banned {
    torrent_id id;
    endpoint peer;
    std::string reason;
};
/// All that is wanted is there, and again after `reopened`.
struct completed {
    torrent_id id;
    std::string path;
    duration took;                   ///< without what it waited: paused, queued, for a full disk
    std::uint64_t bytes_downloaded;  ///< payload bytes of this run
    std::uint64_t downloaded_ever;   ///< and of all runs
    bool was_there;
    std::uint64_t size;        ///< bytes of the wanted files
    std::vector<bool> wanted;  ///< per file of the torrent
};
/// What was complete is not any more: files were lost, or others are wanted.
struct reopened {
    torrent_id id;
};
/// A check that the user asked for is over.
struct rechecked {
    torrent_id id;
    std::uint32_t pieces_good, pieces_wanted;
    std::vector<bad_run> bad;         ///< what was there before and is not any more
    std::vector<bad_file> bad_files;  ///< and what no piece tells of
    bool fetched_again;               ///< it is; else it is only not given any more
};
struct warning {
    std::string message;
    bool detail = false;  ///< only for those who want to know more
};                        ///< something a person may want to know; goes on
struct failed {
    torrent_id id;
    error why;
};  ///< this torrent is over
struct done {
    torrent_id id;
    std::string why;
};  ///< its seed rule or `until` is fulfilled: over. `why` is empty if metadata was all
struct removed {
    torrent_id id;
};  ///< by the user: over. The files stay
using session_event =
    std::variant<metadata_found, checking, ready, piece_verified, piece_failed, peer_connected, peer_complete,
                 peer_banned, completed, reopened, rechecked, warning, failed, done, removed>;

// --- how it stands
enum class torrent_state {
    finding,
    checking,
    queued,
    downloading,
    stalled,
    sharing,
    paused,
    finished,
    error
};
std::string_view to_string(torrent_state state);
std::optional<torrent_state> read_torrent_state(std::string_view word);

struct peer_status {
    endpoint address;
    std::string client;
    std::string source;  ///< how it was learnt: "lan", "tracker", "dht", …
    bool incoming = false;
    bool near = false;         ///< on a link of ours
    bool upload_only = false;  ///< it fetches nothing
    bool we_want = false, we_are_choked = true, they_want = false, they_are_choked = true, optimistic = false;
    double progress = 0;                       ///< 0 … 1
    std::uint64_t rate_down = 0, rate_up = 0;  ///< bytes per second
};

enum class piece_state : std::uint8_t { missing, active, have, failed, unavailable, unwanted };

struct torrent_status {
    torrent_id id;
    info_hash hash;
    std::string name;  ///< best known: metadata, else dn, else ""
    torrent_state state = torrent_state::finding;
    std::uint64_t size = 0;                                  ///< bytes of the wanted files
    std::uint64_t have = 0;                                  ///< verified bytes of them
    std::uint64_t downloaded = 0, uploaded = 0, wasted = 0;  ///< payload bytes of this run
    std::uint64_t rate_down = 0, rate_up = 0;
    std::uint32_t piece_count = 0, piece_bytes = 0, pieces_have = 0;
    std::vector<piece_state> pieces;
    std::vector<peer_status> peers;
    std::size_t peers_known = 0, peers_half_open = 0;
    std::size_t peers_without_handshake = 0;  ///< hosts that closed during it: handshake_text()
    std::uint32_t peers_completed = 0;        ///< other nodes that became, or were, complete
    double availability = 0;
    std::size_t lan_nodes = 0, trackers = 0;
    std::optional<std::size_t> dht_nodes;  ///< that answer; nothing for one that has no part in the DHT
    std::string tracker_message;           ///< last trouble of a tracker, if any
    std::string reason;  ///< why it does not go on, or gives only a part: a full disk, a changed file, …

    bool shared = false, is_private = false;
    std::uint64_t downloaded_ever = 0, uploaded_ever = 0;  ///< payload bytes of all runs
    std::uint64_t down_limit = 0, up_limit = 0;            ///< of this torrent, bytes per second; 0: none
    std::uint64_t node_down_limit = 0, node_up_limit = 0;  ///< of all torrents of its process together
    std::string folder;                                    ///< where its file or folder lies, or will
    file_choice files;
    std::size_t file_count = 0, files_wanted = 0;  ///< without padding
};

/// Of hosts that take connections, or come, and do not shake hands.
std::string handshake_text(std::size_t hosts);

/// A check that the user asked for: the last of a torrent.
struct check_standing {
    std::uint32_t number = 0;  ///< 0: there was none
    bool over = false;
    std::uint64_t bytes_done = 0, bytes_total = 0;
    std::uint32_t pieces_good = 0, pieces_wanted = 0;
    std::vector<bad_run> bad;
    std::vector<bad_file> bad_files;
};

class session : public program {
  public:
    static result<std::unique_ptr<session>> start(const session_options& options);

    virtual void on_event(std::function<void(const session_event&)> listener) = 0;
    virtual result<torrent_id> add(share_request request) = 0;
    virtual result<torrent_id> add(get_request request) = 0;
    /// All of them, those that are over too.
    virtual std::vector<torrent_id> torrents() const = 0;
    /// Of one that is over, how it ended.
    virtual torrent_status status(torrent_id id) const = 0;
    /// The same without the pieces.
    virtual torrent_status brief_status(torrent_id id) const = 0;

    // what the user wants of one that is not over
    virtual void set_paused(torrent_id id, bool paused) = 0;
    /// It runs beside the bound of the queue.
    virtual void run_now(torrent_id id) = 0;
    /// Over, after this call. The files stay.
    virtual void remove(torrent_id id) = 0;
    virtual void reannounce(torrent_id id) = 0;
    /// Looks at the files again; gives the number of the check. One that runs already is meant, too.
    virtual result<std::uint32_t> recheck(torrent_id id) = 0;
    virtual check_standing last_check(torrent_id id) const = 0;
    /// Other files, or in another order; gives the number of the choice. What stands in the way of a file
    /// that is new is found out after this call: then there is a warning, and all stays as it was.
    virtual result<std::uint32_t> choose(torrent_id id, file_choice choice) = 0;
    /// What became of it; nothing while that is open. errc::not_found for a number that is unknown or long
    /// ago.
    virtual std::optional<result<void>> chosen(torrent_id id, std::uint32_t choice) const = 0;
    virtual void set_limits(torrent_id id, std::uint64_t down, std::uint64_t up) = 0;

    virtual void set_limits(std::uint64_t down, std::uint64_t up) = 0;  ///< over all

    virtual std::uint16_t port() const = 0;
    /// Addresses of this machine others can reach, with the peer port: for x.pe and hints.
    virtual std::vector<endpoint> addresses() const = 0;

    /// Says tracker `stopped` and bye, flushes the files.
    void stop() override = 0;
    /// Seconds since the Unix epoch, for JSON events.
    virtual double wall_clock() const = 0;
};

}  // namespace bt::app
