// Which torrent has the next connection when all together have as many as they may. The one with the most
// gives one up, so that none is left without; which peer leaves is its swarm's to say.
#include <algorithm>

#include "node/entry.hpp"

namespace bt::node {
namespace {

/// How often a torrent that has next to no peers, and may call none, gets a place of another's.
constexpr duration starved_pause = 1s;

}  // namespace

void core::set_most_connections(time_point now, std::size_t most) {
    places_.set_most(most);
    share_places(now);
}

/// False: no other torrent has a peer to spare.
bool core::make_room(time_point now, const entry& e, const endpoint& newcomer) {
    const auto largest = std::max_element(
        torrents_.begin(), torrents_.end(),
        [](const auto& a, const auto& b) { return a.second->places() < b.second->places(); });
    auto& other = *largest->second;
    if (&other == &e || other.places() <= e.places() + 1) return false;
    if (!other.swarm.make_room(now, newcomer)) return false;
    collect(now, other);
    return true;
}

/// Those that may call no peer for want of a place wait their turn.
void core::note_want_of_place(time_point now, entry& e) {
    if (e.wants_place || !e.is_active() || !e.swarm.wants_place()) return;
    e.wants_place = true;
    if (want_place_.empty()) starved_at_ = now + starved_pause;
    want_place_.push_back(e.id);
    places_.set_calls(0);
}

time_point core::place_due() const {
    if (want_place_.empty()) return never;
    return places_.left() > 0 ? starved_at_ - starved_pause : starved_at_;
}

void core::share_places(time_point now) {
    if (now >= starved_at_) {
        starved_at_ = now + starved_pause;
        feed_starved(now);
    }
    // a call each, and those that have more to call come again at the end
    while (!want_place_.empty() && places_.left() > 0) {
        const auto id = want_place_.front();
        want_place_.pop_front();
        auto* e = find(id);
        if (e == nullptr) continue;
        e->wants_place = false;
        places_.set_calls(1);
        e->swarm.tick(now);
        collect(now, *e);
        places_.set_calls(0);
    }
    if (want_place_.empty()) places_.set_calls(swarm::shared_places::any_number);
}

/// The first that has next to no peers.
void core::feed_starved(time_point now) {
    for (auto at = want_place_.begin(); at != want_place_.end(); ++at) {
        auto* e = find(*at);
        if (e == nullptr || !e->is_active() || e->places() >= few_peers) continue;
        const auto newcomer = e->swarm.wants_place();
        if (!newcomer || !make_room(now, *e, *newcomer)) continue;
        want_place_.erase(std::find(want_place_.begin(), want_place_.end(), e->id));
        want_place_.push_front(e->id);
        return;
    }
}

}  // namespace bt::node
