// When and how a torrent of the session ends: all was given, nothing comes any more, or something is wrong.
#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "session/life.hpp"

namespace bt::session {
namespace {

constexpr duration linger_time = 10s;
constexpr std::uint64_t least_lingered_for = 64 * limits::KiB;  // bytes in that time
/// In all: a slow machine has it by then, and one that takes its time on purpose does not hold a script up
/// for ever.
constexpr duration longest_linger = 10min, linger_per_MiB = 1s;
/// The last messages have left by then, and a peer that has just connected has said what it wants.
constexpr duration farewell_time = 500ms;

std::string time_text(duration time) {
    using namespace std::chrono;
    return time < 1s ? std::to_string(duration_cast<milliseconds>(time).count()) + " ms"
                     : std::to_string(duration_cast<std::chrono::seconds>(time).count()) + " s";
}

}  // namespace

void core::life::fail(error why) {
    if (is_over()) return;
    if (removal_) return remove_now();
    auto last = leave(torrent_state::error);
    tell(failed{std::move(why), std::move(last)});
}

void core::life::finish(std::string why) {
    if (is_over()) return;
    if (removal_) return remove_now();
    auto last = leave(torrent_state::finished);
    tell(done{std::move(why), std::move(last)});
}

void core::life::remove(bool deletes) {
    if (is_over()) return;
    if (!removal_ && is_copying()) around_.ask(disk::stop_move{id_});
    removal_ = deletes || removal_.value_or(false);
    remove_if_wished();
}

/// A move has a record and files in two places, and what was not hashed may be another's: both are ended
/// first.
void core::life::remove_if_wished() {
    if (!removal_ || moving_ || (*removal_ && is<in::checking>())) return;
    remove_now();
}

void core::life::remove_now() {
    BT_ASSERT(removal_ && !is_over());
    if (*removal_ && rests_ && torrent_ && select_files()) open_files();  // a trouble stopped it before
    tell(removed{leave(torrent_state::finished, *removal_)});
}

/// The whole session ends: the node says goodbye for all its torrents.
void core::life::stop() {
    if (is_over()) return;
    save(true);
    auto last = std::make_unique<const torrent_status>(status());
    enter(in::over{});
    tell(stopped{std::move(last)});
}

/// The node forgets it; how it stood is for the last words about it.
std::unique_ptr<const torrent_status> core::life::leave(torrent_state state, bool deletes) {
    BT_ASSERT(!is_over());
    save(true);
    auto last = std::make_unique<torrent_status>(status());
    last->state = state;
    enter(in::over{});
    around_.net.remove(around_.now, id_);
    around_.ask(disk::close{id_, hash(), deletes});
    return last;
}

// --- what time alone brings --------------------------------------------------------------------------

void core::life::watch() {
    if (is_over() || moving_) return;
    if (unreadable_.try_again_at <= around_.now && !is<in::checking>()) read_again();
    if (trouble_ && trouble_->try_again_at <= around_.now && !is<in::checking>()) try_disk_again();
    if (is_over()) return;
    if (share() != nullptr) {
        const auto until = share()->until;
        if (until > 0 && swarm().completed_machines() >= until)
            finish(std::to_string(until) + (until == 1 ? " other machine has" : " other machines have") +
                   " everything");
        return;
    }
    if (completion_) {
        if (auto why = seed_rule_met(); !why.empty()) finish(std::move(why));
        return;
    }
    patience_.measure(around_.now, is_waiting() || trouble_);
    tell_damaged();
    const bool finishing = is<in::finishing>();
    if (is_waiting() || (finishing && !trouble_)) patience_.restart(around_.now);
    const auto timeout = get()->timeout;
    if (timeout != duration{} && without_data() >= timeout && !finishing) lose_patience();
}

/// For so long neither data came nor anything else that brings it on.
duration core::life::without_data() const {
    return around_.now - std::max(patience_.since(), around_.net.data_at(id_));
}

bool core::life::is_waiting() const {
    return run() == node::run_state::paused || run() == node::run_state::queued;
}

time_point core::life::watched_until(time_point soon) const {
    const auto disk_again = trouble_ ? trouble_->try_again_at : never;
    return std::min({unreadable_.try_again_at, disk_again, ends_until(soon)});
}

time_point core::life::ends_until(time_point soon) const {
    const bool paused = is_paused();
    if (share() != nullptr) return paused || share()->until == 0 ? never : soon;
    if (!completion_ || is<in::checking>()) return paused ? never : soon;
    switch (get()->seed.what) {
        case seed_rule::kind::linger:
            return soon;
        case seed_rule::kind::time:
            return completion_->at + get()->seed.time;
        case seed_rule::kind::ratio:
        case seed_rule::kind::no:
            return paused ? never : soon;
        default:
            return never;
    }
}

void core::life::lose_patience() {
    BT_ASSERT(get() != nullptr && !completion_);
    if (trouble_) return fail(error(trouble_->why));
    const auto why = reason(torrent_state::stalled);
    const auto limit = time_text(get()->timeout) + (why.empty() ? "" : ": " + why);
    const bool some = swarm().pieces() != nullptr && swarm().pieces()->have().count() > 0;
    if (some)
        fail({errc::unfinished, "no more data arrived for " + limit + "; what is there is kept",
              "run the same command to continue"});
    else if (torrent_)
        fail({errc::not_found, "no data arrived within " + limit,
              torrent_->info.is_private
                  ? "it is a private torrent: only its trackers tell who has it, name one with --tracker"
                  : ""});
    else if (swarm().known_peers() == 0)
        fail({errc::not_found, "nobody was found who has it within " + limit,
              "is somebody sharing it on this network? 'share' prints the link"});
    else
        fail({errc::not_found,
              met_peers_ ? "nobody who is online could describe it within " + limit
                         : "addresses of peers were found, but none of them answered within " + limit,
              ""});
}

// --- the end of giving -------------------------------------------------------------------------------

/// A peer that takes a block now and then does not keep the download running.
bool core::life::linger_is_over() {
    BT_ASSERT(completion_.has_value());
    const auto given = swarm().up().total();
    const auto since = std::max(completion_->at, completion_->lingers_since);
    if (around_.now - since < linger_time) return false;
    if (given - completion_->given_before < least_lingered_for) return true;
    completion_->lingers_since = around_.now;
    completion_->given_before = given;
    return false;
}

/// Why giving is over, or nothing.
std::string core::life::seed_rule_met() {
    BT_ASSERT(get() != nullptr && completion_);
    const auto& rule = get()->seed;
    const auto since = around_.now - completion_->at;
    switch (rule.what) {
        case seed_rule::kind::no:
            return is_paused() ? "" : "complete";
        case seed_rule::kind::forever:
            return "";
        case seed_rule::kind::linger:
            // a moment for peers that have just said that they want it
            if (!swarm().is_wanted() && since >= farewell_time) return "nobody else fetches it";
            if (since >= longest_linger +
                             linger_per_MiB * static_cast<duration::rep>(files_.wanted_bytes / limits::MiB))
                return "it was given for long enough";
            return linger_is_over() ? "nobody is fetching it" : "";
        case seed_rule::kind::time:
            return since >= rule.time ? "the time is over" : "";
        case seed_rule::kind::ratio: {
            const auto least = rule.ratio * static_cast<double>(files_.wanted_bytes);
            return static_cast<double>(swarm().up().total()) >= least
                       ? "the ratio " + decimal_text(rule.ratio) + " is reached"
                       : "";
        }
    }
    return "";
}

}  // namespace bt::session
