// What hears what a running share or get does. One for a terminal, one for a pipe, one for --json.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "app/session.hpp"
#include "cli/display/output.hpp"

namespace bt::cli {

/// One torrent of a running command.
struct item {
    torrent_id id;
    bool sharing = false;   ///< by `share`; else by `get`
    bool unlisted = false;  ///< the network is not told its name
    bool qr = false;        ///< its address for browsers is wanted as a picture
    bool web_seed = false;  ///< and in its link, for other clients
    std::string given;      ///< what the user wrote
    info_hash hash;
    std::string name;  ///< printable; the hash's beginning until a name is known
    std::optional<torrent::metainfo> torrent;
    app::seed_rule seed;
    std::string magnet_link;
    duration since{};  ///< when it was added, on the command's own clock
    bool complete = false, over = false;
    bool told = false;  ///< its path went to standard output
    exit_code code = exit_code::done;
    int signal = 0;  ///< that ended it: the process ends by it, too
};

/// How one torrent stands now.
struct standing {
    const item* what;
    app::torrent_status status;
};

class reporter {
  public:
    virtual ~reporter() = default;
    /// How often tick() is wanted.
    virtual duration period() const = 0;

    virtual void hashing(const std::string& name, std::uint64_t done, std::uint64_t total) = 0;
    virtual void added(const item& what, const app::session& session) = 0;
    virtual void happened(const item& what, const app::event& event) = 0;
    virtual void tick(duration now, std::span<const standing> all) = 0;
    virtual void warned(std::string_view text) = 0;
    /// `what` is null where the trouble is no torrent's own.
    virtual void failed(const item* what, const error& why) = 0;
    /// A line of the command's result; with --json the events say it all.
    virtual void result(std::string_view line) = 0;
    virtual void stopping(std::string_view reason) = 0;
    virtual void over(const item& what, std::string_view reason, const app::torrent_status& status) = 0;

    // a terminal only
    /// `everywhere`: on links of ours, too.
    virtual void limited(std::uint64_t /*rate*/, bool /*everywhere*/) {}
    virtual void toggle_help() {}
    virtual void resized() {}
    virtual void suspend() {}
    virtual void resume() {}
    virtual bool wants_keys() const { return false; }
};

/// The one that fits the streams and options. `raw_output`: standard output carries a file.
std::unique_ptr<reporter> make_reporter(output& out, bool raw_output = false);
std::unique_ptr<reporter> make_display(output& out);
std::unique_ptr<reporter> make_plain(output& out);
std::unique_ptr<reporter> make_json_events(output& out);

}  // namespace bt::cli
