// The live display of a terminal: lines that stay, and below them a block that moves.
#include <fmt/format.h>
#include <unistd.h>

#include <map>

#include "app/guests/guest_page.hpp"
#include "base/overloaded.hpp"
#include "base/text.hpp"
#include "cli/clock.hpp"
#include "cli/display/format.hpp"
#include "cli/display/pace.hpp"
#include "cli/display/plain_reporter.hpp"
#include "cli/display/qr_picture.hpp"
#include "cli/display/reporter.hpp"
#include "cli/display/screen.hpp"
#include "torrent/short_target.hpp"

namespace bt::cli {

namespace {

/// A key or a signal is what it ended with, anything else why.
std::string way_text(std::string_view reason) {
    return (reason.find(' ') == reason.npos ? "with " : "") + std::string(reason);
}

/// After an earlier run only a part came now, and the rate is that of the part.
std::string fetched_text(const app::completed& done) {
    if (done.bytes_downloaded >= done.size) return "";
    return fmt::format(", {} of it now,", size_text(done.bytes_downloaded));
}

class display : public reporter {
  public:
    explicit display(output& out) : out_(out), screen_(STDERR_FILENO, out.err()) {}
    duration period() const override { return 200ms; }

    void hashing(const std::string& name, std::uint64_t done, std::uint64_t total) override;
    void added(const item& what, const app::session& session) override;
    void happened(const item& what, const app::event& event) override;
    void tick(duration now, std::span<const standing> all) override;
    void warned(std::string_view text) override {
        stays(fmt::format("{} {}", paint("warning:", role::busy), printable(text, 4096)));
    }
    void failed(const item* what, const error& why) override;
    void result(std::string_view line) override;
    void stopping(std::string_view reason) override {
        stopping_ = true;
        screen_.draw({styled_line().add(fmt::format("{}: finishing. Again to stop at once.", reason))});
    }
    void over(const item& what, std::string_view reason, const app::torrent_status& status) override;

    void limited(std::uint64_t rate, bool everywhere) override {
        notice_ = rate == 0 ? "No speed limit" : "Limit " + rate_text(rate);
        if (rate != 0 && !everywhere) notice_ += " beyond this network (--limit-lan: here, too)";
        notice_until_ = steady_now() + 3s;
    }
    void toggle_help() override { help_ = !help_; }
    void resized() override { screen_.resized(); }
    void suspend() override { screen_.suspend(); }
    void resume() override {
        screen_.resume();
        if (wants_keys_) take_keys();
    }
    bool wants_keys() const override {
        wants_keys_ = take_keys();
        return wants_keys_;
    }

  private:
    std::string paint(std::string_view text, role as) const { return painted(text, as, out_.err().color); }
    void stays(const std::string& line) { screen_.print_above(STDERR_FILENO, line + "\n"); }
    void explain_sharing(const item& what, const app::session& session);
    std::string done_text(const item& what, const app::completed& done) const;
    void add_help(frame& lines) const;

    output& out_;
    screen screen_;
    std::map<std::uint32_t, pace> pace_;
    std::string hashing_name_;
    duration hashing_since_{};
    std::string notice_;
    duration notice_until_{};
    bool help_ = false, stopping_ = false;
    mutable bool wants_keys_ = false;
};

void display::hashing(const std::string& name, std::uint64_t done, std::uint64_t total) {
    if (hashing_name_ != name) {
        hashing_name_ = name;
        hashing_since_ = steady_now();
    }
    const duration elapsed = steady_now() - hashing_since_;
    if (done >= total)
        screen_.erase();
    else
        screen_.draw({hashing_frame(name, done, total, elapsed, screen_.measure())});
}

void display::added(const item& what, const app::session& session) {
    if (what.sharing) explain_sharing(what, session);
}

void display::explain_sharing(const item& what, const app::session& session) {
    const auto& info = what.torrent->info;
    std::string text = fmt::format("\n  {}  {}   {}, {} {} of {}\n", paint("Sharing", role::good), what.name,
                                   size_text(info.payload_bytes()), grouped(info.shape.piece_count()),
                                   info.shape.piece_count() == 1 ? "piece" : "pieces",
                                   piece_size_text(info.shape.piece_bytes()));
    const std::string hash = to_hex(info.hash.span());
    const std::string& program = out_.general().program;
    if (info.is_private)
        text += "  Private           only its trackers tell who has it\n";
    else
        text += fmt::format("  On this network   {} get {}\n", program,
                            torrent::short_target(info, what.unlisted));
    const auto page = app::guest_page(session, info.hash);
    if (!page.empty()) text += fmt::format("  In a browser      {}\n", page);
    if (what.qr) text += qr_picture(page, out_.err().color);
    if (out_.general().verbose > 0)
        for (const auto& address : session.addresses())
            text +=
                fmt::format("  By address        {} get {} --peer {}\n", program, hash, address.to_string());
    if (!what.torrent->trackers.empty()) text += "  Anywhere          give the magnet link above\n";
    stays(text);
}

void display::happened(const item& what, const app::event& event) {
    const bool verbose = out_.general().verbose > 0;
    std::visit(
        overloaded{
            [&](const app::completed& done) { stays(done_text(what, done)); },
            [&](const app::peer_banned& banned) {
                if (verbose)
                    stays(
                        fmt::format("banned {}: {}", banned.peer.to_string(), printable(banned.reason, 200)));
            },
            [&](const app::piece_failed& bad) {
                if (verbose) stays(fmt::format("piece {} failed its check", bad.piece.value()));
            },
            [&](const app::peer_connected& peer) {
                if (verbose)
                    stays(fmt::format("connected {} {}", peer.peer.to_string(), printable(peer.client, 64)));
            },
            [&](const app::rechecked& look) {
                stays(fmt::format("Checked  {}  {}", what.name, rechecked_text(look)));
            },
            [&](const app::peer_complete& full) {
                if (what.sharing)
                    stays(fmt::format("{} {} {} has everything now", paint("*", role::good),
                                      full.peer.to_string(), printable(full.client, 64)));
            },
            // the rows show it, or transfer tells it to every reporter in the same words
            ignored<app::metadata_found, app::checking, app::ready, app::piece_verified, app::reopened,
                    app::warning, app::failed, app::done, app::removed, app::stopped>{}},
        event);
}

std::string display::done_text(const item& what, const app::completed& done) const {
    const auto head = fmt::format("{}  {}  {}", paint("Done", role::good), what.name, size_text(done.size));
    if (done.was_there) return head + ", already there, checked";
    const double time = std::max(seconds(done.took), 0.001);
    const auto rate = static_cast<std::uint64_t>(static_cast<double>(done.bytes_downloaded) / time);
    return fmt::format("{}{} in {} ({}), checked", head, fetched_text(done), duration_text(done.took),
                       rate_text(rate));
}

void display::tick(duration now, std::span<const standing> all) {
    if (stopping_) return;
    std::vector<pictured> torrents;
    bool sharing = false, paused = true;
    for (const auto& [what, status] : all) {
        if (what->over) continue;
        paused = paused && status.state == app::torrent_state::paused;
        sharing = sharing || what->sharing;
        auto& rate = pace_[what->id.value()];
        if (!what->complete && status.state != app::torrent_state::finding)
            rate.update(now, status.have, status.size, status.rate_down);
        torrents.push_back({what, &status, rate.left(out_.err().ascii), now - what->since});
    }
    const look now_look = screen_.measure();
    frame lines = sharing ? share_frame(torrents, now_look) : get_frame(torrents, wants_keys_, now_look);
    if (paused && sharing)
        lines.push_back(styled_line().add("Paused: nothing is sent. p resumes.", role::busy));
    if (now < notice_until_) lines.push_back(styled_line().add(notice_, role::busy));
    if (help_) add_help(lines);
    screen_.draw(lines);
}

void display::add_help(frame& lines) const {
    for (const char* line :
         {"  p    pause and resume", "  q    stop; what is there is kept, the same command continues",
          "  + -  raise or lower the speed limit (beyond this network, or with --limit-lan everywhere)",
          "  ?    this help",
          "  Peers: D getting  d wanted  U giving  u they want  O optimistic  I incoming  L LAN"})
        lines.push_back(styled_line().add(line, role::dim));
}

void display::failed(const item* what, const error& why) {
    std::string text =
        fmt::format("{} {}{}", paint("error:", role::bad),
                    what != nullptr ? what->name + ": " : std::string(), shown_lines(why.message));
    if (!why.hint.empty()) text += "\nhint: " + shown_lines(why.hint);
    stays(text);
}

void display::result(std::string_view line) {
    screen_.erase();
    out_.result(line);
}

void display::over(const item& what, std::string_view reason, const app::torrent_status& status) {
    if (what.code == exit_code::unfinished && reason != "error")
        stays(fmt::format("Stopped  {}  {} kept; run the same command to continue", what.name,
                          part_text(status.have, status.size)));
    if (what.code == exit_code::not_found && reason != "error")
        stays(fmt::format("Stopped  {}  nothing was found", what.name));
    if (what.code != exit_code::done) return;
    if (what.sharing)
        stays(
            fmt::format("Stopped  {}  {}; {} sent", what.name, way_text(reason), size_text(status.uploaded)));
    else if (what.complete && what.seed.what != app::seed_rule::kind::no)
        stays(fmt::format("Left  {}  {}; {} sent", what.name, way_text(reason), size_text(status.uploaded)));
}

}  // namespace

std::unique_ptr<reporter> make_display(output& out) { return std::make_unique<display>(out); }

std::unique_ptr<reporter> make_reporter(output& out, bool raw_output) {
    const auto& general = out.general();
    if (general.json) return make_json_events(out);
    const bool live =
        out.err().can_move && !general.quiet && !(raw_output && out.out().is_terminal) &&
        (general.progress == progress_mode::automatic || general.progress == progress_mode::bar);
    return live ? make_display(out) : make_plain(out);
}

}  // namespace bt::cli
