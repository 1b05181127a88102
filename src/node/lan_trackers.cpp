// Trackers of neighbours, found by hello: asked beside a torrent's own trackers, never in their place, and
// never for a private torrent (BEP 27).
#include <algorithm>

#include "base/assert.hpp"
#include "base/limits.hpp"
#include "node/entry.hpp"

namespace bt::node {
namespace {

constexpr duration register_interval = 5min;
constexpr duration refresh_pause_first = 500ms, refresh_pause_max = 30s, refresh_calm = 60s;

tracker::url url_of(discovery::tracker_protocol protocol, const endpoint& at) {
    const bool http = protocol == discovery::tracker_protocol::http;
    return tracker::url::at(http ? tracker::scheme::http : tracker::scheme::udp, at, "/announce");
}

}  // namespace

/// HTTP if it speaks both: its answers carry both families.
core::lan_place core::lan_tracker::place() const {
    BT_ASSERT(http || udp);
    if (http) return {discovery::tracker_protocol::http, *http};
    return {discovery::tracker_protocol::udp, *udp};
}

void core::lan_tracker_found(time_point now, const discovery::tracker_found& what) {
    auto here = std::find_if(lan_trackers_.begin(), lan_trackers_.end(),
                             [&](const lan_tracker& one) { return one.node == what.node; });
    if (here == lan_trackers_.end())
        here = lan_trackers_.insert(here, {what.node, std::nullopt, std::nullopt});
    (what.protocol == discovery::tracker_protocol::http ? here->http : here->udp) = what.tracker;
    const lan_place place{what.protocol, what.tracker};
    if (here->place() != place) return;  // it is asked in another way
    fresh_places_.insert(place);
    refresh_at_ = std::max(now, refresh_allowed_);
    if (refresh_at_ <= now) refresh_lan_trackers(now);
}

/// Asks those that are new or were started again, at once and without regard to a pause after a failure. Who
/// comes and goes all the time is asked with growing pauses, or a hello would cost us a request for each
/// torrent.
void core::refresh_lan_trackers(time_point now) {
    const bool calm = now - refreshed_at_ > refresh_calm;
    refresh_pause_ = calm ? refresh_pause_first : std::min<duration>(refresh_pause_ * 2, refresh_pause_max);
    refreshed_at_ = now;
    refresh_allowed_ = now + refresh_pause_;
    refresh_at_ = never;
    const auto places = lan_places();
    auto fresh = std::exchange(fresh_places_, {});
    std::erase_if(fresh, [&](const lan_place& one) {
        return std::find(places.begin(), places.end(), one) == places.end();
    });
    for (auto& [id, e] : torrents_) {
        if (!e->on_lan || e->stopped || !e->announces) continue;
        for (const auto& place : fresh) leave_lan_tracker(*e, place);
        ask_lan_trackers(now, *e);
        collect(now, *e);
    }
    for (const auto& [id, e] : torrents_)
        for (const auto& place : fresh) register_share(*e, place);
    if (register_at_ == never) register_at_ = now + random_.jitter(register_interval, 0.1);
}

void core::lan_tracker_gone(time_point now, const discovery::tracker_gone& what) {
    for (auto& one : lan_trackers_) {
        if (one.node != what.node) continue;
        auto& had = what.protocol == discovery::tracker_protocol::http ? one.http : one.udp;
        if (had != what.tracker) continue;
        had.reset();
        if (one.http || one.udp) refresh_at_ = std::max(now, refresh_allowed_);  // in the other way
    }
    std::erase_if(lan_trackers_, [](const lan_tracker& one) { return !one.http && !one.udp; });
    const lan_place place{what.protocol, what.tracker};
    const auto places = lan_places();
    if (std::find(places.begin(), places.end(), place) != places.end()) return;  // another process there
    for (auto& [id, e] : torrents_)
        if (!e->stopped) leave_lan_tracker(*e, place);
}

std::vector<core::lan_place> core::lan_places() const {
    std::vector<lan_place> places;
    for (const auto& one : lan_trackers_) {
        const auto place = one.place();
        if (std::find(places.begin(), places.end(), place) != places.end()) continue;
        if (places.size() < limits::lan_trackers) places.push_back(place);
    }
    return places;
}

/// Brings the clients of a torrent that may be spoken of on the LAN in line with the trackers there.
void core::ask_lan_trackers(time_point now, entry& e) {
    BT_ASSERT(e.on_lan && e.announces);
    const auto places = lan_places();
    for (auto it = e.clients.begin(); it != e.clients.end();) {
        const auto current = it++;
        const auto& lan = current->second.lan;
        if (!lan || std::find(places.begin(), places.end(), *lan) != places.end()) continue;
        forget_requests(current->first);
        e.clients.erase(current);
    }
    for (const auto& place : places) {
        const bool known = std::any_of(e.clients.begin(), e.clients.end(),
                                       [&](const auto& one) { return one.second.lan == place; });
        if (known) continue;
        const tracker::client_config own{e.hash, config_.id, config_.port, {place.at.address.family()}};
        tracker::client client(own, {{url_of(place.protocol, place.at).to_string()}}, random_.child());
        e.start(now, e.clients.try_emplace(++last_client_, entry::tracker_client{std::move(client), place})
                         .first->second);
    }
}

void core::say_goodbye_on_lan(time_point now, entry& e) {
    for (auto& [number, of] : e.clients) {
        if (!of.lan) continue;
        e.tell_totals(of);
        of.client.stop(now);
    }
    collect_trackers(now, e);
}

/// Says no goodbye: it is gone, or must not hear of the torrent again.
void core::leave_lan_tracker(entry& e, const std::optional<lan_place>& place) {
    for (auto it = e.clients.begin(); it != e.clients.end();) {
        const auto current = it++;
        if (!current->second.lan || (place && current->second.lan != place)) continue;
        forget_requests(current->first);
        e.clients.erase(current);
    }
}

void core::register_shares(time_point now) {
    const auto places = lan_places();
    register_at_ = places.empty() ? never : now + random_.jitter(register_interval, 0.1);
    for (const auto& [id, e] : torrents_)
        for (const auto& place : places) register_share(*e, place);
}

void core::register_share(const entry& e, const lan_place& at) {
    if (e.listed && e.on_lan && e.announces && !e.stopped && at.protocol == discovery::tracker_protocol::http)
        put(out::register_share{at.at, e.id});
}

std::vector<endpoint> core::lan_trackers() const {
    std::vector<endpoint> all;
    for (const auto& place : lan_places()) all.push_back(place.at);
    return all;
}

}  // namespace bt::node
