#include "cli/display/plain_reporter.hpp"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <set>

#include "app/guests/guest_page.hpp"
#include "base/overloaded.hpp"
#include "base/text.hpp"
#include "cli/display/format.hpp"
#include "cli/display/linger_text.hpp"
#include "cli/display/qr_picture.hpp"
#include "cli/display/reporter.hpp"

namespace bt::cli {

std::string sharing_line(std::string_view short_hash, std::string_view name, std::uint64_t size) {
    return fmt::format("sharing {} {} {} bytes", short_hash, name, size);
}

std::string get_line(std::string_view name, std::uint64_t size, std::string_view hash) {
    return fmt::format("get {} {} bytes {}", name, size, hash);
}

std::string progress_line(std::uint64_t have, std::uint64_t size, std::uint64_t rate, std::string_view eta,
                          std::size_t peers) {
    return fmt::format("{:3}% {} {} B/s {} left {}", percent(have, size), have, rate, eta.empty() ? "-" : eta,
                       counted(peers, "peer"));
}

std::string verified_line(std::uint64_t size, duration took, std::uint64_t downloaded) {
    const double time = std::max(seconds(took), 0.001);
    auto line = fmt::format("100% {} in {} {} B/s verified", size, duration_text(took),
                            static_cast<std::uint64_t>(static_cast<double>(downloaded) / time));
    if (downloaded < size) line += fmt::format(", {} of it fetched now", downloaded);  // the rest was there
    return line;
}

std::string rechecked_text(const app::rechecked& look) {
    auto text = fmt::format("{} of {} pieces good", look.pieces_good, look.pieces_wanted);
    for (const auto& run : look.bad) text += "; bad: " + session::bad_run_text(run);
    for (const auto& file : look.bad_files) text += "; bad: " + session::bad_file_text(file);
    if (!look.bad.empty())
        text += look.fetched_again ? "; they are fetched again" : "; they are not given any more";
    return text;
}

std::string finding_line(std::string_view short_hash, const app::torrent_status& status) {
    auto line = fmt::format("finding {} {} on this network, {}", short_hash, status.lan_nodes,
                            counted(status.trackers, "tracker"));
    if (status.dht_nodes) line += fmt::format(", DHT {}", counted(*status.dht_nodes, "node"));
    return line + fmt::format(", {}", counted(status.peers.size(), "peer"));
}

bool line_pace::due(duration now, std::uint64_t have, std::uint64_t size) {
    const unsigned at = percent(have, size);
    if (size == 0 || at < next_percent_ || at >= 100 || now - last_ < 1s) return false;
    next_percent_ = at / 10 * 10 + 10;
    last_ = now;
    return true;
}

namespace {

constexpr duration finding_time = 10s, finding_period = 60s;
constexpr duration lingering_time = 1s, never_again = duration::max();

/// Bytes per second; 0 before there is anything to judge by.
std::uint64_t average(std::uint64_t bytes, duration time) {
    return time <= duration{} ? 0 : static_cast<std::uint64_t>(static_cast<double>(bytes) / seconds(time));
}

class plain : public reporter {
  public:
    explicit plain(output& out) : out_(out) {}
    duration period() const override { return 1s; }

    void hashing(const std::string&, std::uint64_t, std::uint64_t) override {}

    void added(const item& what, const app::session& session) override {
        ++torrents_;
        if (what.sharing) {
            say(sharing_line(short_hash(what.hash), what.name, what.torrent->info.payload_bytes()));
        } else if (!what.torrent) {
            say(fmt::format("finding {}", to_hex(what.hash.span())));
        }
        const auto page = what.sharing ? app::guest_page(session, what.torrent->info.hash) : std::string();
        if (!page.empty() && (what.qr || out_.general().verbose > 0)) say("page " + page);
        if (what.qr && out_.general().progress != progress_mode::none) out_.picture(qr_picture(page, false));
        if (out_.general().verbose > 0)
            for (const auto& address : session.addresses())
                say(fmt::format("address {}", address.to_string()));
    }

    void happened(const item& what, const app::event& event) override;
    void tick(duration now, std::span<const standing> all) override;

    void warned(std::string_view text) override { out_.warning(text); }
    void failed(const item* what, const error& why) override {
        out_.error(why, what != nullptr ? &what->hash : nullptr);
    }
    void result(std::string_view line) override { out_.result(line); }
    void stopping(std::string_view reason) override { say(fmt::format("stopping: {}", reason)); }
    void over(const item& what, std::string_view reason, const app::torrent_status& status) override {
        if (what.code == exit_code::unfinished && reason != "error")
            say(fmt::format("stopped: {}, {} of {} bytes kept{}", reason, status.have, status.size,
                            tag(what)));
        if (what.code == exit_code::not_found && reason != "error")
            say(fmt::format("stopped: {}, nothing was found{}", reason, tag(what)));
        // What ended with an error has said so.
        if (what.code != exit_code::done) return;
        if (!what.sharing && what.seed.what == app::seed_rule::kind::no) return;
        say(fmt::format("stopped: {}, {} bytes sent{}", reason, status.uploaded, tag(what)));
    }

  private:
    void say(const std::string& line) {
        if (out_.general().progress != progress_mode::none) out_.note(line);
    }
    // With several torrents a line says which one it is about.
    std::string tag(const item& what) const {
        return torrents_ > 1 ? " " + short_hash(what.hash) : std::string();
    }
    void announce(const item& what) {
        say(get_line(what.name, what.torrent->info.payload_bytes(), to_hex(what.hash.span())));
    }
    void verbose(int level, const std::string& line) {
        if (out_.general().verbose >= level) say(line);
    }

    /// For a user who wonders why nothing happens.
    void look_around(duration now, const item& what, const app::torrent_status& status) {
        auto& due = finding_due_.try_emplace(what.id.value(), what.since + finding_time).first->second;
        if (now < due) return;
        due = now + finding_period;
        say(finding_line(short_hash(what.hash), status));
    }

    /// A command at another terminal, or the queue, stopped it or let it go on.
    void tell_waiting(const item& what, app::torrent_state now) {
        auto& before = waiting_[what.id.value()];
        const bool waits = now == app::torrent_state::paused || now == app::torrent_state::queued;
        const auto shown = waits ? std::optional(now) : std::nullopt;
        if (shown == before) return;
        before = shown;
        say(fmt::format("{}{}", waits ? to_string(now) : "goes on", tag(what)));
    }

    void tell_why_it_runs(const item& what) {
        if (auto why = why_it_still_runs(what.seed); !why.empty()) say(fmt::format("{}{}", why, tag(what)));
    }

    /// It lingers only where a peer fetches: said when it does.
    void tell_lingering(duration now, const item& what) {
        if (what.sharing || !what.complete || what.over || what.seed.what != app::seed_rule::kind::linger)
            return;
        const auto [at, fresh] = complete_since_.try_emplace(what.id.value(), now);
        if (fresh || at->second == never_again || now - at->second < lingering_time) return;
        at->second = never_again;
        tell_why_it_runs(what);
    }

    /// Why it does not go on, or gives only a part: each reason once.
    void tell_reason(const item& what, const app::torrent_status& s) {
        auto& before = reasons_[what.id.value()];
        if (s.reason == before) return;
        const bool gets = !what.sharing && !what.complete;
        if (s.reason.empty())
            say(fmt::format("goes on{}", tag(what)));
        else
            say(fmt::format("{}{}{}", gets ? "stalled: " : "", printable(s.reason, 4'096), tag(what)));
        before = s.reason;
    }

    output& out_;
    std::size_t torrents_ = 0;
    std::set<std::uint32_t> copying_;
    std::map<std::uint32_t, std::optional<app::torrent_state>> waiting_;
    std::map<std::uint32_t, std::string> reasons_;
    std::map<std::uint32_t, duration> complete_since_;
    std::map<std::uint32_t, line_pace> pace_;
    std::map<std::uint32_t, duration> finding_due_;
};

void plain::happened(const item& what, const app::event& event) {
    std::visit(
        overloaded{[&](const app::metadata_found&) {
                       if (!what.sharing && what.torrent) announce(what);
                   },
                   [&](const app::checking& check) {
                       if (check.copies && copying_.insert(what.id.value()).second)
                           say("copying what is right of the old one" + tag(what));
                   },
                   [&](const app::peer_complete& full) {
                       if (what.sharing || out_.general().verbose > 0)
                           say(fmt::format("complete {} {} {}", short_hash(what.hash), full.peer.to_string(),
                                           printable(full.client, 64)));
                   },
                   [&](const app::completed& done) {
                       if (done.was_there)
                           say(fmt::format("100% {} already there, verified{}", done.size, tag(what)));
                       else
                           say(verified_line(done.size, done.took, done.bytes_downloaded) + tag(what));
                       if (what.seed.what != app::seed_rule::kind::linger) tell_why_it_runs(what);
                   },
                   [&](const app::rechecked& look) {
                       say(fmt::format("checked {} {}", short_hash(what.hash), rechecked_text(look)));
                   },
                   [&](const app::peer_banned& banned) {
                       verbose(1, fmt::format("banned {} {}", banned.peer.to_string(), banned.reason));
                   },
                   [&](const app::piece_failed& bad) {
                       verbose(1, fmt::format("piece {} failed its check{}", bad.piece.value(), tag(what)));
                   },
                   [&](const app::peer_connected& peer) {
                       verbose(1, fmt::format("connected {} {}", peer.peer.to_string(),
                                              printable(peer.client, 64)));
                   },
                   [&](const app::piece_verified& good) {
                       verbose(2, fmt::format("piece {} verified{}", good.piece.value(), tag(what)));
                   },
                   // transfer tells of these to every reporter in the same words
                   ignored<app::ready, app::reopened, app::warning, app::failed, app::done, app::removed,
                           app::stopped>{}},
        event);
}

void plain::tick(duration now, std::span<const standing> all) {
    for (const auto& [what, s] : all) {
        if (!what->over) tell_waiting(*what, s.state);
        if (!what->over) tell_reason(*what, s);
        tell_lingering(now, *what);
        if (what->sharing || what->complete || what->over) continue;
        if (s.state == app::torrent_state::finding) look_around(now, *what, s);
        if (s.state != app::torrent_state::downloading && s.state != app::torrent_state::stalled) continue;
        if (!pace_[what->id.value()].due(now, s.have, s.size)) continue;
        const std::uint64_t left = s.size - std::min(s.have, s.size);
        const auto rate = s.rate_down != 0 ? s.rate_down : average(s.downloaded, now - what->since);
        const std::string eta = rate == 0 ? "" : duration_text(std::chrono::seconds(left / rate));
        say(progress_line(s.have, s.size, s.rate_down, eta, s.peers.size()) + tag(*what));
    }
}

}  // namespace

std::unique_ptr<reporter> make_plain(output& out) { return std::make_unique<plain>(out); }

}  // namespace bt::cli
