// What the control protocol needs of the node it answers for. The room declares it, and a running daemon (or
// a test) is behind it. A torrent is meant by its number on the list: stable in one run, never used again.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "session/saved_torrent.hpp"
#include "session/status.hpp"
#include "torrent/metainfo.hpp"

namespace bt::rpc {

/// A torrent of the list, as it stands now.
struct torrent_view {
    std::uint32_t number = 0;
    std::int64_t added = 0;  ///< Unix seconds
    std::vector<std::string> labels;
    std::string trouble;    ///< why it rests, where it did not want to
    bool finished = false;  ///< its seed rule is fulfilled
    double checked = 0;     ///< how far the check that runs is, 0 … 1
    session::torrent_status status;
    const torrent::metainfo* torrent = nullptr;  ///< nothing until it is known; for the length of the call
    std::string share_url;  ///< of its page for browsers of the network; empty: there is none
};

/// What of the node stays the same while it runs.
struct node_facts {
    std::int64_t since = 0;  ///< Unix seconds
    std::uint16_t port = 0;
    std::size_t peers = 0;      ///< connections of a torrent
    std::size_t all_peers = 0;  ///< and of all together
    std::size_t at_once = 0;    ///< downloads that run at a time; 0: all
    bool dht = true, lan = true;
    std::uint64_t down_limit = 0,
                  up_limit = 0;  ///< of the whole node at its start, bytes per second; 0: none
    std::string download_folder, state_folder;
};

/// A torrent that is to be made of a file or folder of the node's machine.
struct hashing_wish {
    std::string path, name;  ///< an empty name: as the path ends
    torrent::tracker_tiers trackers;
    std::uint64_t piece_bytes = 0;  ///< 0: chosen by size
    bool is_private = false;
    std::string comment, source;
    bool shares = true;  ///< else it is made and nothing more
    bool unlisted = false, paused = false;
    std::vector<std::string> labels;
};

/// How that goes. The number stays the same in one run.
struct hashing {
    enum class state : std::uint8_t { waiting, hashing, done, failed, stopped };

    std::uint32_t number = 0;
    std::string path, name;
    state how = state::waiting;
    std::uint64_t bytes_done = 0, bytes_total = 0;
    std::string trouble;  ///< of one that failed
    std::optional<info_hash> hash;
    std::optional<std::uint32_t> torrent;  ///< its number on the list
    bool duplicate = false;                ///< it was there before
    std::vector<std::string> skipped;      ///< what was left out, and why
    bytes file;                            ///< the .torrent, of the last that were only made
};

/// Files that a client gives: where they lie below `name`, or `name` itself, and their bytes.
struct upload_wish {
    std::string name;
    std::vector<std::pair<std::string, std::uint64_t>> files;
};

/// What is answered later is answered on the caller's thread, and not after the host is gone.
class host {
  public:
    virtual ~host() = default;
    template <class T>
    using done_fn = std::function<void(result<T>)>;

    virtual std::int64_t now() const = 0;             ///< Unix seconds
    virtual std::int64_t minute_of_week() const = 0;  ///< of the local time; 0: Sunday, 0:00
    virtual node_facts facts() const = 0;

    /// In the order in which they were added.
    virtual std::vector<std::uint32_t> torrents() const = 0;
    virtual std::optional<std::uint32_t> find(const info_hash& hash) const = 0;
    virtual std::optional<info_hash> hash_of(std::uint32_t number) const = 0;
    /// Nothing where it is on the list no more. The pieces cost, and are given where they are asked for.
    virtual std::optional<torrent_view> view(std::uint32_t number, bool with_pieces) const = 0;
    virtual std::optional<session::saved_torrent> saved(std::uint32_t number) const = 0;

    struct added {
        std::uint32_t number = 0;
        bool duplicate = false;
    };
    virtual result<added> add(session::saved_torrent what) = 0;
    /// Whether callers may put files below that folder, an absolute path; the error names the folders where
    /// they may.
    virtual result<void> may_put_into(const std::string& folder) const = 0;
    /// A .torrent file of the machine, from the folders that callers may name.
    virtual void read_torrent_file(const std::string& path, done_fn<bytes> done) = 0;
    struct fetched {
        bytes content;
        std::string link;  ///< a redirect to a magnet link ends there
    };
    /// What lies at an http or https URL.
    virtual void fetch(const std::string& url, done_fn<fetched> done) = 0;
    /// On another thread; what it gives back runs on the caller's.
    virtual void in_background(std::function<std::function<void()>()> job) = 0;
    virtual void set_paused(std::uint32_t number, bool paused) = 0;
    virtual void run_now(std::uint32_t number) = 0;
    virtual void finish(std::uint32_t number,
                        const std::string& why) = 0;  ///< it rests: it was given for long enough
    virtual void reannounce(std::uint32_t number) = 0;
    virtual result<void> verify(std::uint32_t number) = 0;
    /// `done` is told what became of it when it is kept: the disk has a say.
    virtual void choose(std::uint32_t number, session::file_choice choice, done_fn<void> done) = 0;
    /// Its own trackers; times in Unix seconds, 0 where there is none.
    struct tracker {
        session::tracker_view is;
        std::int64_t asked = 0, answered = 0, next = 0;
    };
    virtual std::vector<tracker> trackers(std::uint32_t number) const = 0;
    /// In the place of those it has.
    virtual void set_trackers(std::uint32_t number, torrent::tracker_tiers tiers) = 0;
    virtual void set_limits(std::uint32_t number, std::uint64_t down, std::uint64_t up) = 0;
    virtual void set_bounds(std::uint32_t number, const session::torrent_bounds& bounds) = 0;
    virtual void label(std::uint32_t number, std::vector<std::string> labels) = 0;
    /// Its files get another folder, an absolute path; `finds`: they lie there already.
    virtual void move(std::uint32_t number, const std::string& folder, bool finds, done_fn<void> done) = 0;
    /// The file or folder of this path in the torrent gets another name, on the disk, too. errc::usage,
    /// errc::not_found: that is no name, or no path of it.
    virtual void rename(std::uint32_t number, const std::string& path, const std::string& name,
                        done_fn<void> done) = 0;
    /// `done` is told when its data is gone, too; the error says what of it stays.
    virtual void remove(std::uint32_t number, bool with_data, done_fn<void> done) = 0;

    // files that come from a client, part by part, and are shared when they are whole
    virtual result<std::uint32_t> upload_begin(const upload_wish& what) = 0;
    virtual void upload_part(std::uint32_t number, const std::string& path, std::uint64_t offset, bytes data,
                             done_fn<void> done) = 0;
    /// Gives the number of the hashing that follows.
    virtual void upload_end(std::uint32_t number, done_fn<std::uint32_t> done) = 0;
    virtual result<void> upload_cancel(std::uint32_t number) = 0;

    /// In which they have their turn.
    virtual std::vector<std::uint32_t> queue() const = 0;
    virtual void set_place(std::uint32_t number, std::size_t place) = 0;

    /// What keep() was given last, in this run or an earlier one.
    virtual std::string kept() const = 0;
    virtual void keep(const std::string& text) = 0;

    virtual void set_limits(std::uint64_t down, std::uint64_t up) = 0;  ///< over all
    virtual void set_most_connections(std::size_t most) = 0;            ///< of all together
    virtual void set_download_folder(const std::string& folder) = 0;    ///< of what is added without one
    /// What the node was started without stays off.
    virtual void set_discovery(bool lan, bool dht) = 0;
    struct space {
        std::uint64_t free = 0, total = 0;
    };
    virtual result<space> free_space(const std::string& folder) = 0;

    // --- what Transmission has no word for (docs/rpc.md). Answers of the node's own go out as they are, with
    // the same names in both dialects.
    /// Which machines are on this network and what they share. Where nothing is new since that number of a
    /// change: only the number.
    virtual json::object lan(std::uint64_t since) = 0;
    virtual json::object dht() = 0;
    virtual json::object history(std::uint64_t since) = 0;
    virtual json::object log(std::uint64_t since) = 0;
    /// What `doctor` finds, after some seconds: why others are not seen.
    virtual void examine(std::function<void(json::object)> done) = 0;
    /// errc::usage: that path is none of those that callers may share.
    virtual result<std::uint32_t> hash(hashing_wish what) = 0;
    virtual std::vector<hashing> hashings() const = 0;
    virtual void stop_hashing(std::uint32_t number) = 0;

    /// The node ends, after the answer.
    virtual void close() = 0;
};

}  // namespace bt::rpc
