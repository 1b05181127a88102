// Which torrents run, and when each of them has to be looked at again.
#include <algorithm>

#include "base/assert.hpp"
#include "node/entry.hpp"

namespace bt::node {
namespace {

/// A download without data for so long gives its place in the queue away. (What is shown as stalled is up to
/// the session.)
constexpr duration gives_place_after = 60s;
/// How often the DHT and trackers hear that a download has few peers: less often the longer it has. They have
/// pauses of their own besides.
duration look_pause(duration since) { return std::clamp<duration>(since / 8, 250ms, 15s); }
constexpr duration reannounce_pause = 10s;

}  // namespace

void core::set_paused(time_point now, torrent_id id, bool paused) {
    auto& e = at(id);
    e.paused = paused;
    collect(now, e);
}

void core::set_forced(time_point now, torrent_id id, bool forced) {
    auto& e = at(id);
    e.forced = forced;
    collect(now, e);
}

void core::set_order(time_point now, torrent_id id, std::size_t place) {
    const auto from = place_of(id);
    if (from == queue_.end()) return;
    const auto moved = *from;
    queue_.erase(from);
    queue_.insert(queue_.begin() + static_cast<std::ptrdiff_t>(std::min(place, queue_.size())), moved);
    arrange(now);
}

void core::set_queue_bounds(time_point now, const queue_bounds& bounds) {
    config_.queue = bounds;
    arrange(now);
    for (const auto& one : queue_) schedule(at(one.id));
}

std::vector<torrent_id> core::queue() const {
    std::vector<torrent_id> all;
    for (const auto& one : queue_) all.push_back(one.id);
    return all;
}

run_state core::state(torrent_id id) const {
    const auto& e = at(id);
    return e.state == run_state::running && e.is_checking() ? run_state::checking : e.state;
}

bool core::is_forced(torrent_id id) const { return at(id).forced; }
time_point core::data_at(torrent_id id) const { return at(id).data_at; }

std::vector<queued>::iterator core::place_of(torrent_id id) {
    return std::find_if(queue_.begin(), queue_.end(), [&](const queued& one) { return one.id == id; });
}

void core::update_place(time_point now, entry& e) {
    // one that runs while its files are looked at again keeps its place
    const queued_torrent standing{e.is_complete(), e.paused, e.forced, gets_nothing_at(e) <= now,
                                  e.is_checking() && !e.runs};
    if (standing == e.standing) return;
    e.standing = standing;
    const auto place = place_of(e.id);
    if (place == queue_.end()) return;  // it was removed
    place->what = standing;
    queue_changed_ = true;
}

/// Brings what runs in line with the queue.
void core::arrange(time_point now) {
    if (arranging_ || stopped_) return;
    arranging_ = true;
    do {
        queue_changed_ = false;
        std::vector<torrent_id> leaving, coming;
        for (const auto& one : give_places(queue_, config_.queue)) {
            at(one.id).state = one.state;
            (one.state == run_state::running ? coming : leaving).push_back(one.id);
        }
        // what those hold who leave is for those who come
        for (const auto id : leaving) rest(now, at(id));
        for (const auto id : coming) wake(now, at(id));
    } while (queue_changed_);
    arranging_ = false;
}

void core::wake(time_point now, entry& e) {
    if (e.runs) return;
    BT_ASSERT(!e.stopped && e.state == run_state::running);
    e.runs = true;
    e.data_at = now;
    e.swarm.set_paused(now, false);
    look_on_lan(now, e);
    look_in_dht(now, e);
    // with files to check first nobody knows yet what is left to get: trackers count us by that
    if (!e.is_checking()) start_trackers(now, e);
    collect(now, e);
}

void core::rest(time_point now, entry& e) {
    if (!e.runs) return;
    BT_ASSERT(!e.stopped);
    stop_trackers(now, e);
    e.runs = false;
    leave_lan(e);
    leave_dht(e);
    e.swarm.set_paused(now, true);
    collect(now, e);
}

void core::reannounce(time_point now, torrent_id id) {
    auto& e = at(id);
    if (!e.is_active() ||
        (e.reannounced_at != time_point::min() && now - e.reannounced_at < reannounce_pause))
        return;
    e.reannounced_at = now;
    e.swarm.look_again(now);
    if (e.on_lan) {
        hello_->unwant(e.hash);
        lsd_->withdraw(e.hash);
        lsd_->announce(now, e.hash);
        update_lan(now, e);
    }
    look(now, e);
    for (auto& [number, of] : e.clients) of.client.ask_again(now);
    collect(now, e);
}

/// Asks for peers as early as those who are asked allow.
void core::look(time_point now, entry& e) {
    for (auto& [number, of] : e.clients) {
        e.tell_totals(of);
        of.client.need_peers(now);
    }
    if (!e.search) return;
    BT_ASSERT(dht_ && e.is_active());
    dht_->hurry(now, *e.search);
    collect_dht(now);
}

// --- time

void core::tick(time_point now, entry& e) {
    if (e.swarm.next_deadline() <= now) e.swarm.tick(now);
    tick_trackers(now, e);
    if (e.look_at <= now) {
        look(now, e);
        e.look_at = now + look_pause(now - e.needy_since);
    }
    collect(now, e);
}

/// When it loses its place in the queue, where no data comes.
time_point core::gets_nothing_at(const entry& e) const {
    const bool counts = config_.queue.downloads != 0 && e.is_active() && !e.is_complete();
    return counts ? e.data_at + gives_place_after : never;
}

time_point core::due_of(const entry& e) const {
    auto next = std::min(e.swarm.next_deadline(), e.look_at);
    if (!e.standing.gets_nothing) next = std::min(next, gets_nothing_at(e));
    for (const auto& [number, of] : e.clients) next = std::min(next, of.client.next_deadline());
    return next;
}

/// Every input ends here: what waits for nothing costs nothing.
void core::schedule(entry& e) {
    const auto next = due_of(e);
    if (next == e.due) return;
    BT_ASSERT((e.due == never) != due_.contains({e.due, e.id}));
    due_.erase({e.due, e.id});
    if (next != never) due_.emplace(next, e.id);
    e.due = next;
}

/// Those that were removed and have nothing to say any more. Only between inputs: nobody holds them.
void core::bury() {
    std::erase_if(removed_, [&](torrent_id id) {
        auto& e = at(id);
        const bool silent = std::all_of(e.clients.begin(), e.clients.end(),
                                        [](const auto& one) { return one.second.client.is_idle(); });
        if (!silent) return false;
        BT_ASSERT(e.stopped && !e.runs);
        for (const auto& [number, of] : e.clients) forget_requests(number);
        due_.erase({e.due, id});
        torrents_.erase(id);
        return true;
    });
}

}  // namespace bt::node
