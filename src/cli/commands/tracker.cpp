// `tracker`: runs one, and shows what it does.
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include "app/tracker/tracker_service.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/display/format.hpp"
#include "cli/display/output.hpp"
#include "cli/display/screen.hpp"
#include "cli/interrupt.hpp"
#include "cli/json/lan_json.hpp"
#include "cli/unread_output.hpp"

namespace bt::cli {
namespace {

constexpr std::size_t most_shown = 10;
constexpr std::size_t least_name = 16;  // columns; with less the counts are written short

std::string counts(const tracker::tracker_totals& t) {
    std::uint64_t errors = 0;
    for (auto count : t.reasons) errors += count;
    return fmt::format("{}   {} ({} complete)   {:.0f} announces/min   {}", counted(t.torrents, "torrent"),
                       counted(t.peers, "peer"), t.seeders, t.announces_per_minute, counted(errors, "error"));
}

frame summary(const app::tracker_view& view, const look& how) {
    frame lines;
    const auto uptime = duration_text(view.totals.uptime);
    auto text = fmt::format("  {}", counts(view.totals));
    if (text.size() > how.columns)
        text = fmt::format("  {}   {} ({} complete)", counted(view.totals.torrents, "torrent"),
                           counted(view.totals.peers, "peer"), view.totals.seeders);
    if (text.size() + uptime.size() + 2 < how.columns)
        text = pad_right(text, how.columns - uptime.size() - 1) + uptime;
    lines.push_back(styled_line().add(std::move(text)));
    for (const auto& torrent : view.torrents) {
        const auto name = torrent.name ? printable(*torrent.name, 200) : short_hash(torrent.hash);
        auto counted = fmt::format("{:>5} complete  {:>5} downloading  {:>5} finished today", torrent.seeders,
                                   torrent.leechers, torrent.completed_today);
        if (how.columns < counted.size() + least_name + 5)
            counted = fmt::format("{} + {}", torrent.seeders, torrent.leechers);
        const auto taken = counted.size() + 5;
        const auto room = how.columns > taken + least_name ? how.columns - taken : least_name;
        lines.push_back(styled_line()
                            .add("  " + pad_right(fit_text(name, room, how.ascii), room) + "  ")
                            .add(std::move(counted), role::dim));
    }
    fit_rows(lines, how);
    return lines;
}

class tracker_command {
  public:
    tracker_command(const general_options& general, app::tracker_service& tracker)
        : out_(general), tracker_(tracker) {
        const bool live = !general.quiet && !general.json &&
                          (general.progress == progress_mode::bar ||
                           (general.progress == progress_mode::automatic && out_.err().can_move));
        if (live) screen_.emplace(STDERR_FILENO, out_.err());
    }

    ending run() {
        tracker_.on_warning([this](const std::string& text) { warn(text); });
        introduce();
        take_signals();
        if (screen_) {
            if (take_keys())
                tracker_.on_input(STDIN_FILENO, [this](std::string_view keys) {
                    if (keys.find('q') != keys.npos) leave();
                });
            tracker_.every(500ms, [this] { draw(); });
        }
        if (out_.general().json) tracker_.every(1s, [this] { json_stats(); });
        unread_output unread;
        tracker_.every(1s, [&unread] { unread.flush(); });
        tracker_.run();
        screen_.reset();
        if (out_.general().json)
            out_.result(plain_event("stopped"));
        else
            out_.note(fmt::format("Tracker ended.  {}", counts(tracker_.view(0).totals)));
        return {out_.lost_or_done(), signal_};
    }

  private:
    void introduce() {
        if (out_.general().json) return out_.result(tracker_listening_event(tracker_));
        const auto urls = tracker_.announce_urls();
        if (!out_.out().is_terminal) {
            for (const auto& url : urls) out_.result(url);
        } else {
            std::string line = "Tracker   ";
            for (const auto& url : urls) line += url + "   ";
            out_.result(line);
        }
        if (const auto page = tracker_.page_url(); !page.empty())
            out_.note(fmt::format("Page      {}   metrics {}metrics", page, page));
    }

    void take_signals() {
        for (int number : {SIGINT, SIGTERM})
            tracker_.on_signal(number, [this, number] {
                if (is_first(signal_, number)) leave();
            });
        tracker_.on_signal(SIGHUP, [this] {
            if (const auto listed = tracker_.reload(); !listed)
                warn(listed.error().message + "; the previous list stays in force");
            else if (*listed > 0)
                note(fmt::format("{} on the list", counted(*listed, "info-hash")));
        });
        if (!screen_) return;
        tracker_.on_signal(SIGWINCH, [this] { screen_->resized(); });
        if (is_ignored(SIGTSTP)) return;
        tracker_.on_signal(SIGTSTP, [this] {
            screen_->suspend();
            ::raise(SIGSTOP);
        });
        tracker_.on_signal(SIGCONT, [this] {
            screen_->resume();
            take_keys();
        });
    }

    void leave() {
        leaving_ = true;
        if (screen_) screen_->erase();
        out_.note("Finishing. Press Ctrl-C again to stop at once.");
        tracker_.stop();
        end_on_signals();
    }

    void draw() {
        if (leaving_) return;
        const auto how = screen_->measure();
        screen_->draw(summary(tracker_.view(most_shown), how));
    }
    void json_stats() {
        if (leaving_) return;
        out_.result(tracker_stats_event(tracker_.view(0)));
        if (out_.result_lost()) tracker_.stop();
    }
    void warn(const std::string& text) {
        if (screen_) screen_->erase();
        out_.warning(text);
    }
    void note(const std::string& text) {
        if (screen_) screen_->erase();
        out_.note(text);
    }

    output out_;
    app::tracker_service& tracker_;
    std::optional<screen> screen_;
    int signal_ = 0;
    bool leaving_ = false;
};

}  // namespace

ending tracker(const general_options& general, tracker_options options) {
    auto service = app::tracker_service::start(options.service);
    if (!service) return output(general).fails(service.error());
    return tracker_command(general, **service).run();
}

}  // namespace bt::cli
