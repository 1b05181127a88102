// What holds after every input and all its outputs. Tests ask for it; the program does not.
#include <algorithm>

#include "node/entry.hpp"

namespace bt::node {
namespace {

/// When a limit allows the next bytes comes out of a division, and not the same each time.
constexpr duration rounding = 1ms;

}  // namespace

bool core::is_sound(const entry& e) const {
    const bool gone = removed_.contains(e.id);
    const auto named = by_hash_.find(e.hash);
    if (gone != (named == by_hash_.end() || named->second != e.id)) return false;
    if (gone && (e.runs || !e.stopped)) return false;
    // what does not run is not announced
    if (!e.runs && (e.on_lan || e.search || e.announces || e.needy)) return false;
    if (e.is_private() && (e.on_lan || e.search)) return false;
    if (e.begun && (!e.info || e.swarm.pieces() == nullptr)) return false;
    if (e.standing.gets_nothing && (!e.is_active() || e.is_complete())) return false;
    if (e.needy != (e.look_at != never)) return false;
    if ((e.due != never) != due_.contains({e.due, e.id}) || e.due - rounding > due_of(e)) return false;
    for (const auto& [number, of] : e.clients)
        if (!of.client.is_sound() || number > last_client_) return false;
    return true;
}

/// Each torrent that is there has its place, and runs if that says so.
bool core::is_queue_sound() const {
    if (queue_.size() != by_hash_.size()) return false;
    return std::all_of(queue_.begin(), queue_.end(), [&](const queued& one) {
        const auto found = torrents_.find(one.id);
        if (found == torrents_.end() || removed_.contains(one.id)) return false;
        const auto& e = *found->second;
        return one.what == e.standing && one.state == e.state && e.runs == (e.state == run_state::running);
    });
}

/// Each answer that is awaited has a client it is for.
bool core::are_requests_sound() const {
    const auto has_client = [&](const auto& each) {
        const auto found = torrents_.find(each.second.torrent);
        return found != torrents_.end() && found->second->clients.contains(each.second.client);
    };
    const auto is_asked = [&](const auto& one) { return asked_.contains(one.first); };
    return std::all_of(asked_.begin(), asked_.end(), has_client) &&
           std::all_of(lookups_.begin(), lookups_.end(), [&](const auto& each) {
               const auto& waiting = each.second.waiting;
               return !waiting.empty() && std::all_of(waiting.begin(), waiting.end(), is_asked);
           });
}

bool core::is_sound() const {
    std::size_t scheduled = 0;
    unsigned shares = 0;
    std::map<torrent_id, std::size_t> connections;
    for (const auto& [id, of] : connections_) {
        const auto found = torrents_.find(of);
        if (found == torrents_.end() || incoming_.has(id) || !found->second->swarm.has_connection(id))
            return false;
        ++connections[of];
    }
    for (const auto& [id, e] : torrents_) {
        if (!is_sound(*e)) return false;
        scheduled += e->due != never;
        shares += e->on_lan && e->listed;
        if (connections[id] != e->places()) return false;
    }
    if (places_.taken() != connections_.size()) return false;
    if (!fresh_places_.empty() && refresh_at_ == never && !stopped_) return false;
    return torrents_.size() == by_hash_.size() + removed_.size() && scheduled == due_.size() &&
           shares == shares_ && is_queue_sound() && are_requests_sound() && incoming_.is_sound() &&
           udp_.is_sound() && (!hello_ || hello_->is_sound()) && (!lsd_ || lsd_->is_sound()) &&
           (!dht_ || dht_->is_sound()) &&
           std::all_of(lan_trackers_.begin(), lan_trackers_.end(),
                       [](const lan_tracker& one) { return one.http || one.udp; });
}

}  // namespace bt::node
