#include "cli/commands/transfer.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>

#include "app/guests/guest_page.hpp"
#include "base/overloaded.hpp"
#include "base/text.hpp"
#include "cli/clock.hpp"
#include "cli/display/format.hpp"
#include "cli/interrupt.hpp"
#include "cli/json/json.hpp"

namespace bt::cli {

namespace {

const char* signal_name(int number) {
    return number == SIGINT ? "Ctrl-C" : number == SIGTERM ? "SIGTERM" : "SIGHUP";
}

}  // namespace

transfer::transfer(output& out, reporter& reports, app::session& session, const app::session_options& limits)
    : out_(out),
      reports_(reports),
      session_(session),
      down_limit_(limits.down_limit),
      up_limit_(limits.up_limit),
      limit_lan_(limits.limit_lan) {
    session_.on_event([this](const app::happening& each) { handle(each); });
    take_signals();
}

bool transfer::share(app::share_request request, item what) {
    what.sharing = true;
    const auto id = session_.add(std::move(request));
    if (!keep(std::move(what), id)) return false;
    if (auto& one = items_.back(); one.web_seed) {
        const auto at = app::guest_web_seed(session_, one.hash);
        if (at.empty())
            reports_.warned("browsers do not see '" + one.name + "' here: its link names no web seed");
        one.magnet_link = magnet_link(*one.torrent, at);
    }
    reports_.result(items_.back().magnet_link);
    reports_.added(items_.back(), session_);
    return true;
}

bool transfer::get(app::get_request request, item what) {
    what.seed = request.seed;
    const auto* link = std::get_if<torrent::magnet>(&request.target);
    const auto remarks =
        link != nullptr ? link->remarks : remarks_on(std::get<torrent::metainfo>(request.target));
    for (const auto& remark : remarks) reports_.warned(what.name + ": " + remark);
    const auto id = session_.add(std::move(request));
    if (!keep(std::move(what), id)) return false;
    reports_.added(items_.back(), session_);
    return true;
}

bool transfer::keep(item what, const result<torrent_id>& id) {
    if (!id) {
        code_ = worse(code_, exit_code_of(id.error().code));
        reports_.failed(&what, id.error());
        return false;
    }
    what.id = *id;
    what.since = steady_now();
    items_.push_back(std::move(what));
    return true;
}

ending transfer::run() {
    if (items_.empty() && !held_) return {code_, 0};
    if (reports_.wants_keys())
        session_.on_input(STDIN_FILENO, [this](std::string_view keys) {
            for (char c : keys) key(c);
        });
    session_.every(reports_.period(), [this] { tick(); });
    session_.run();
    end_on_signals();
    for (auto& what : items_) {
        if (what.over) continue;
        what.signal = signal_;
        if (!what.sharing && !what.complete)
            what.code = what.torrent ? exit_code::unfinished : exit_code::not_found;
        if (what.code != exit_code::done && signal_ == 0 && stop_reason_.empty())
            reports_.failed(&what, {errc::unfinished, "stopped before it was complete", {}});
        end_item(what, stop_reason_.empty() ? "the session ended" : stop_reason_,
                 app::torrent_status(standing_of(what).status));
    }
    return {code_, signal_};
}

item* transfer::find(torrent_id id) {
    auto it = std::find_if(items_.begin(), items_.end(), [&](const item& what) { return what.id == id; });
    return it == items_.end() ? nullptr : &*it;
}

void transfer::handle(const app::happening& each) {
    if (const auto* warning = std::get_if<app::warning>(&each.what)) {
        const auto& general = out_.general();
        if (!general.quiet && (!warning->detail || general.verbose > 0))
            reports_.warned(printable(warning->message));
        return;
    }
    item* what = each.torrent ? find(*each.torrent) : nullptr;
    if (what == nullptr || what->over) return;
    std::visit(overloaded{
                   [&](const app::metadata_found& found) {
                       handle_metadata(*what, found);
                       reports_.happened(*what, each.what);
                   },
                   [&](const app::failed& end) {
                       what->code = exit_code_of(end.why.code);
                       reports_.failed(what, end.why);
                       end_item(*what, "error", *end.last);
                   },
                   [&](const app::done& end) {
                       if (end.why.empty())
                           what->over = true;  // metadata was all that was asked for: there is no transfer
                       else
                           end_item(*what, end.why, *end.last);
                   },
                   [&](const app::removed& end) {  // from another terminal
                       if (!what->sharing && !what->complete) what->code = exit_code::unfinished;
                       end_item(*what, "removed", *end.last);
                   },
                   [&](const app::stopped& end) { standing_of(*what).status = *end.last; },
                   [&](const app::completed& done) { handle_completed(*what, done, each.what); },
                   [&](const app::reopened&) {
                       what->complete = false;
                       reports_.happened(*what, each.what);
                   },
                   [&](const auto&) { reports_.happened(*what, each.what); },
               },
               each.what);
    if (what->over) stop_if_over();
}

void transfer::handle_metadata(item& what, const app::metadata_found& found) {
    if (!what.torrent)  // of one that was known before, the same was said at the start
        for (const auto& remark : remarks_on(*found.torrent))
            reports_.warned(printable(found.torrent->info.name) + ": " + remark);
    what.torrent = *found.torrent;
    what.name = printable(found.torrent->info.name);
    if (metadata_) metadata_(what);
}

void transfer::handle_completed(item& what, const app::completed& done, const app::event& event) {
    what.complete = true;
    reports_.happened(what, event);
    // "-": the content itself went to standard output
    if (done.path != "-" && !what.told) reports_.result(done.path);
    what.told = true;
}

void transfer::end_item(item& what, std::string_view reason, const app::torrent_status& last) {
    what.over = true;
    code_ = worse(code_, what.code);
    standing_of(what).status = last;
    reports_.over(what, reason, last);
}

standing& transfer::standing_of(const item& what) {
    auto known = std::find_if(standings_.begin(), standings_.end(), [&](auto& s) { return s.what == &what; });
    if (known == standings_.end()) known = standings_.insert(known, {&what, {}});
    return *known;
}

/// Fresh numbers.
standing& transfer::look_at(const item& what) {
    auto& known = standing_of(what);
    known.status = session_.status(what.id);
    return known;
}

void transfer::stop_if_over() {
    const bool all = std::all_of(items_.begin(), items_.end(), [](const item& what) { return what.over; });
    if (!all || stopping_ || held_) return;
    stopping_ = true;
    session_.stop();
}

void transfer::tick() {
    unread_.flush();
    if (stopping_) return;
    for (const auto& what : items_)
        if (!what.over) look_at(what);
    reports_.tick(steady_now(), standings_);
}

void transfer::key(char c) {
    const bool sharing = !items_.empty() && items_.front().sharing;
    std::uint64_t& limit = sharing ? up_limit_ : down_limit_;
    std::uint64_t rate = 0;
    for (const auto& s : standings_) rate += sharing ? s.status.rate_up : s.status.rate_down;
    switch (c) {
        case 'q':
            return stop("q");
        case 'p':
            toggle_pause();
            break;
        case '+':
        case '-':
            limit = c == '+' ? higher_limit(limit) : lower_limit(limit, rate);
            session_.set_limits(down_limit_, up_limit_);
            reports_.limited(limit, limit_lan_);
            break;
        case '?':
            reports_.toggle_help();
            break;
        default:
            return;
    }
    tick();
}

/// All go on where all are paused; another terminal may have paused some.
void transfer::toggle_pause() {
    bool runs = false;
    for (const auto& what : items_)
        runs = runs || (!what.over && look_at(what).status.state != app::torrent_state::paused);
    for (const auto& what : items_)
        if (!what.over) session_.set_paused(what.id, runs);
}

void transfer::take_signals() {
    for (int number : {SIGINT, SIGTERM, SIGHUP})
        if (!(number == SIGHUP && is_ignored(number)))
            session_.on_signal(number, [this, number] { interrupted(number); });
    if (!out_.err().can_move) return;
    session_.on_signal(SIGWINCH, [this] { reports_.resized(); });
    if (is_ignored(SIGTSTP)) return;
    session_.on_signal(SIGTSTP, [this] {
        reports_.suspend();
        ::raise(SIGSTOP);
    });
    session_.on_signal(SIGCONT, [this] { reports_.resume(); });
}

void transfer::interrupted(int number) {
    if (is_first(signal_, number)) stop(signal_name(number));
}

void transfer::stop(std::string_view reason) {
    if (stopping_) return;
    tick();  // the last numbers
    stopping_ = true;
    stop_reason_ = reason;
    reports_.stopping(reason);
    session_.stop();
    // From here on a second signal ends the process at once, even if the loop were stuck.
    end_on_signals();
}

}  // namespace bt::cli
