// When and how a torrent of the session ends: all was given, nothing comes any more, or something is wrong.
#include <algorithm>
#include <utility>

#include "app/session/running_session.hpp"
#include "app/session/stdout_sink.hpp"
#include "base/limits.hpp"

namespace bt::app {
namespace {

constexpr duration linger_time = 10s;
constexpr std::uint64_t least_lingered_for = 64 * limits::KiB;  // bytes in that time
/// The last messages have left by then, and a peer that has just connected has said what it wants.
constexpr duration farewell_time = 500ms;

std::string time_text(duration time) {
    using namespace std::chrono;
    return time < 1s ? std::to_string(duration_cast<milliseconds>(time).count()) + " ms"
                     : std::to_string(duration_cast<std::chrono::seconds>(time).count()) + " s";
}

}  // namespace

void running_session::fail(job& j, error why) {
    if (j.over) return;
    leave(j, torrent_state::error);
    emit(failed{j.id, std::move(why)});
}

void running_session::finish(job& j, std::string why) {
    if (j.over) return;
    leave(j, torrent_state::finished);
    emit(done{j.id, std::move(why)});
}

/// The core forgets it; how it stood is kept for the last words about it.
void running_session::leave(job& j, torrent_state state) {
    save_record(j, true);
    j.end = status(j.id);
    j.end.state = j.state = state;
    j.over = true;
    use_descriptors();
    core_->remove(loop_.now(), j.id);
    loop_.post([this, &j] {  // they may be what calls us
        j.sink.reset();
        j.files.reset();
        if (j.record) record_claims_.give_up(j.end.hash);
        j.record.reset();
    });
}

/// What time alone brings: the end of giving, the end of patience.
void running_session::watch_job(job& j, time_point now) {
    if (j.over || stopping_) return;
    const auto& swarm = core_->swarm(j.id);
    if (j.share && j.share->until > 0 && swarm.completed_machines() >= j.share->until)
        return finish(j, std::to_string(j.share->until) +
                             (j.share->until == 1 ? " other machine has" : " other machines have") +
                             " everything");
    if (j.get && j.finished_at != time_point{}) {
        if (const auto why = seed_rule_met(j, now); !why.empty()) finish(j, why);
        return;
    }
    if (!j.get) return;
    measure_wait(j, now);
    tell_damaged(j, now);
    if (j.try_again_at <= now && j.state != torrent_state::checking) try_disk_again(j);
    if (j.over) return;
    // bytes that had to be thrown away are no progress
    const auto lost = swarm.wasted() + j.failures * (j.torrent ? j.torrent->info.shape.piece_bytes() : 0);
    const auto useful = swarm.down().total() - std::min(swarm.down().total(), lost);
    if (useful > j.progress_bytes || is_waiting(j) || j.finishing) {
        j.progress_bytes = std::max(j.progress_bytes, useful);
        j.progress_at = now;
    }
    if (j.state == torrent_state::downloading || j.state == torrent_state::stalled)
        j.state = now - j.progress_at > 5s ? torrent_state::stalled : torrent_state::downloading;
    if (j.get->timeout != duration{} && now - j.progress_at >= j.get->timeout) lose_patience(j);
}

bool running_session::is_waiting(const job& j) const {
    const auto run = core_->state(j.id);
    return run == node::run_state::paused || run == node::run_state::queued;
}

/// The time since it was watched last counts as what began it.
void running_session::measure_wait(job& j, time_point now) {
    if (j.waits) j.waited += now - j.watched_at;
    j.watched_at = now;
    j.waits = is_waiting(j) || j.trouble;
}

/// When time alone may bring something again; `soon` while it is at work.
time_point running_session::watched_until(const job& j, time_point soon) const {
    if (j.over) return never;
    const bool paused = core_->state(j.id) == node::run_state::paused;
    if (!j.get) return paused || j.share->until == 0 ? never : soon;
    if (j.finished_at == time_point{} || j.state == torrent_state::checking) return paused ? never : soon;
    switch (j.get->seed.what) {
        case seed_rule::kind::linger:
            return soon;
        case seed_rule::kind::time:
            return j.finished_at + j.get->seed.time;
        case seed_rule::kind::ratio:
            return paused ? never : soon;
        default:
            return never;
    }
}

/// Each host is told with -v. That some come without a handshake is a warning, once.
void running_session::note_no_handshake(const node::out::no_handshake& what) {
    emit(warning{what.address.to_string() + " closed the connection during the handshake", true});
    if (what.torrent) return;
    if (!std::exchange(told_no_handshake_, true))
        emit(warning{what.address.to_string() + " connected without a BitTorrent handshake; it may require "
                                                "encryption, which is not supported yet"});
}

void running_session::lose_patience(job& j) {
    if (j.trouble) return fail(j, *j.trouble);
    const auto& swarm = core_->swarm(j.id);
    const auto reason = reason_of(j, torrent_state::stalled);
    const auto limit = time_text(j.get->timeout) + (reason.empty() ? "" : ": " + reason);
    const bool some = swarm.pieces() != nullptr && swarm.pieces()->have().count() > 0;
    if (!some && !j.torrent && swarm.known_peers() == 0)
        fail(j, {errc::not_found, "nobody was found who has it within " + limit,
                 "is somebody sharing it on this network? 'share' prints the link"});
    else if (!some && !j.torrent)
        fail(j, {errc::not_found,
                 j.met_peers ? "nobody who is online could describe it within " + limit
                             : "addresses of peers were found, but none of them answered within " + limit,
                 ""});
    else if (!some)
        fail(j, {errc::not_found, "no data arrived within " + limit,
                 j.torrent && j.torrent->info.is_private
                     ? "it is a private torrent: only its trackers tell who has it, name one with --tracker"
                     : ""});
    else
        fail(j, {errc::unfinished, "no more data arrived for " + limit + "; what is there is kept",
                 "run the same command to continue"});
}

/// A peer that takes a block now and then does not keep the download running.
bool running_session::linger_is_over(job& j, time_point now) const {
    const auto given = core_->swarm(j.id).up().total();
    const auto since = std::max(j.finished_at, j.lingers_since);
    if (now - since < linger_time) return false;
    if (given - j.given_before < least_lingered_for) return true;
    j.lingers_since = now;
    j.given_before = given;
    return false;
}

/// Why giving is over, or nothing.
std::string running_session::seed_rule_met(job& j, time_point now) const {
    const auto& rule = j.get->seed;
    const auto& swarm = core_->swarm(j.id);
    switch (rule.what) {
        case seed_rule::kind::no:
            return "complete";
        case seed_rule::kind::forever:
            return "";
        case seed_rule::kind::linger:
            // a moment for peers that have just said that they want it
            if (!swarm.is_wanted() && now - j.finished_at >= farewell_time) return "nobody else fetches it";
            return linger_is_over(j, now) ? "nobody is fetching it" : "";
        case seed_rule::kind::time:
            return now - j.finished_at >= rule.time ? "the time is over" : "";
        case seed_rule::kind::ratio:
            return static_cast<double>(swarm.up().total()) >= rule.ratio * static_cast<double>(j.wanted_bytes)
                       ? "the ratio is reached"
                       : "";
    }
    return "";
}

}  // namespace bt::app
