// The torrents of a node: how they come, learn what they are, and what their swarms ask for.
#include <algorithm>

#include "base/assert.hpp"
#include "base/overloaded.hpp"
#include "base/text.hpp"
#include "crypto/hash.hpp"
#include "node/entry.hpp"

namespace bt::node {

result<torrent_id> core::add(time_point now, torrent_request request) {
    if (by_hash_.contains(request.hash))
        return fail(errc::usage, "this torrent is here already: " + to_hex(request.hash.span()));
    const torrent_id id(++last_torrent_);
    auto& e = *torrents_.emplace(id, std::make_unique<entry>(id, request.hash, *this)).first->second;
    by_hash_.emplace(request.hash, id);
    queue_.push_back({id, {}});
    e.swarm.set_paused(now, true);  // until its turn comes
    e.paused = request.paused;
    e.listed = request.listed;
    e.looks_only = request.looks_only;
    if (request.demands_proofs) e.swarm.demand_proofs();
    e.tiers = std::move(request.trackers);
    e.named_peers = std::move(request.peers);
    e.named_nodes = std::move(request.nodes);
    if (request.info) adopt_info(now, e, std::move(*request.info));
    for (const auto& peer : e.named_peers) e.swarm.add_peer(now, peer, swarm::peer_source::user);
    for (const auto& peer : request.saved_peers) e.swarm.add_peer(now, peer, swarm::peer_source::saved);
    queue_changed_ = true;
    collect(now, e);
    return id;
}

void core::add_peer(time_point now, torrent_id id, const endpoint& peer) {
    auto& e = at(id);
    e.named_peers.push_back(peer);
    e.swarm.add_peer(now, peer, swarm::peer_source::user);
    collect(now, e);
}

void core::adopt_info(time_point now, entry& e, torrent::info info) {
    BT_ASSERT(!e.info && info.hash == e.hash);
    e.info = std::move(info);
    if (e.is_private()) {
        // BEP 27: from now on only its trackers name peers
        leave_lan(e);
        leave_dht(e);
        e.swarm.forget_found_peers(now);
    }
    e.swarm.set_metadata(now, e.info->shape, e.info->raw, e.is_private());
}

void core::check_metadata(time_point now, entry& e, bytes raw) {
    if (crypto::sha1(raw).bytes != e.hash.bytes) {
        e.swarm.metadata_spoiled(now);
        return;
    }
    auto info = torrent::parse_info(shared_bytes(std::move(raw)));
    if (!info) {
        put(out::bad_metadata{e.id, info.error()});
        return;
    }
    adopt_info(now, e, std::move(*info));
    put(out::metadata{e.id});
}

void core::begin(time_point now, torrent_id id, const torrent::piece_set& have,
                 std::span<const swarm::priority> wanted, bool sequential) {
    auto& e = at(id);
    BT_ASSERT(e.info && have.size() == e.info->shape.piece_count() && wanted.size() == have.size());
    e.swarm.begin(now, have, wanted, sequential);
    e.begun = true;
    e.data_at = now;
    e.told_complete = e.swarm.is_complete();
    update_lan(now, e);
    if (e.is_active() && !e.announces)
        start_trackers(now, e);
    else if (e.told_complete)
        complete_trackers(now, e);
    collect(now, e);
}

void core::recheck(time_point now, torrent_id id) {
    auto& e = at(id);
    if (!e.begun) return;  // it is being checked
    e.begun = false;
    e.swarm.end(now);
    collect(now, e);
}

void core::remove(time_point now, torrent_id id) {
    auto& e = at(id);
    if (!removed_.insert(id).second) return;
    rest(now, e);
    e.stopped = true;
    e.swarm.stop(now);
    by_hash_.erase(e.hash);
    const auto place = place_of(id);
    BT_ASSERT(place != queue_.end());
    queue_.erase(place);
    queue_changed_ = true;
    collect(now, e);
}

// --- wishes

void core::set_priorities(time_point now, torrent_id id, std::span<const swarm::priority> wanted) {
    auto& e = at(id);
    e.swarm.set_priorities(now, wanted);
    collect(now, e);
}

void core::set_sequential(time_point now, torrent_id id, bool sequential) {
    auto& e = at(id);
    e.swarm.set_sequential(sequential);
    collect(now, e);
}

void core::set_limits(std::uint64_t down, std::uint64_t up) {
    down_limit_.set(down);
    up_limit_.set(up);
    // who waited for the old limit may not have to any more
    for (auto& [id, e] : torrents_) schedule(*e);
}

void core::set_limits(torrent_id id, std::uint64_t down, std::uint64_t up) {
    auto& e = at(id);
    e.swarm.set_limits(down, up);
    schedule(e);
}

void core::set_bounds(torrent_id id, std::size_t connections, bool shares_limits) {
    auto& e = at(id);
    e.swarm.set_connections(connections == 0 ? config_.swarm.connections : connections);
    e.swarm.share_limits(shares_limits);
    schedule(e);
}

// --- what its swarm asks for

void core::collect(time_point now, entry& e) {
    while (auto what = e.swarm.poll()) {
        std::visit(overloaded{
                       [&](swarm::out::connect& o) {
                           const connection_id id(++last_connection_);
                           connections_.emplace(id, e.id);
                           e.swarm.connecting(id, o.address);
                           put(out::tcp_connect{id, o.address});
                       },
                       [&](swarm::out::send& o) {
                           put(out::tcp_send{o.id, std::move(o.data)});
                       },
                       [&](swarm::out::close& o) {
                           connections_.erase(o.id);
                           put(out::tcp_close{o.id});
                       },
                       [&](swarm::out::write& o) {
                           put(out::disk_write{e.id, o.piece, std::move(o.data)});
                       },
                       [&](swarm::out::read& o) {
                           put(out::disk_read{e.id, o.id, std::move(o.ranges)});
                       },
                       [&](swarm::out::check_metadata& o) { check_metadata(now, e, std::move(o.raw)); },
                       [&](swarm::out::piece_verified& o) {
                           put(out::piece_verified{e.id, o.piece});
                       },
                       [&](swarm::out::piece_failed& o) {
                           e.failed_bytes += e.info->shape.piece_size(o.piece);
                           put(out::piece_failed{e.id, o.piece});
                       },
                       [&](swarm::out::piece_damaged& o) {
                           put(out::piece_damaged{e.id, o.piece, o.address});
                       },
                       [&](swarm::out::look_at& o) {
                           put(out::disk_look{e.id, o.piece});
                       },
                       [&](swarm::out::peer_joined& o) {
                           put(out::peer_joined{e.id, o.id, o.address});
                       },
                       [&](swarm::out::peer_completed& o) {
                           put(out::peer_completed{e.id, o.address, std::move(o.client)});
                       },
                       [&](swarm::out::peer_banned& o) {
                           put(out::peer_banned{e.id, o.address, std::move(o.reason)});
                       },
                       [&](swarm::out::no_handshake& o) {
                           put(out::no_handshake{e.id, o.address});
                       },
                       [&](swarm::out::dht_node& o) {
                           if (dht_ && !e.is_private()) dht_->add_contact(now, o.address);
                       },
                       [&](swarm::out::our_address& o) {
                           if (dht_) dht_->seen_as(now, o.by, o.ours);
                       },
                       [&](swarm::out::complete&) { put(out::complete{e.id}); },
                   },
                   *what);
    }
    notice(now, e);
    note_want_of_place(now, e);
    collect_trackers(now, e);
    schedule(e);
    if (queue_changed_) arrange(now);
}

/// What has become of it: whole or not, with few peers or many, with bytes that come or without.
void core::notice(time_point now, entry& e) {
    if (e.is_complete() != e.told_complete) {
        e.told_complete = e.is_complete();
        update_lan(now, e);
        if (e.told_complete) complete_trackers(now, e);
    }
    const bool needy =
        e.is_active() && !e.is_complete() && (e.begun || !e.info) && e.swarm.connection_count() < few_peers;
    if (needy != e.needy) {
        e.needy = needy;
        e.needy_since = now;
        e.look_at = needy ? now : never;
        update_lan(now, e);
    }
    if (const auto useful = e.useful_bytes(); useful > e.most_useful) {
        e.most_useful = useful;
        e.data_at = now;
    }
    update_place(now, e);
}

// --- lookup

core::entry* core::find(const info_hash& hash) {
    const auto found = by_hash_.find(hash);
    return found == by_hash_.end() ? nullptr : &at(found->second);
}

core::entry* core::owner(connection_id id) {
    const auto found = connections_.find(id);
    return found == connections_.end() ? nullptr : &at(found->second);
}

core::entry* core::find(torrent_id id) {
    const auto found = torrents_.find(id);
    return found == torrents_.end() ? nullptr : found->second.get();
}

core::entry& core::at(torrent_id id) {
    const auto found = torrents_.find(id);
    BT_ASSERT(found != torrents_.end());
    return *found->second;
}

const core::entry& core::at(torrent_id id) const { return const_cast<core*>(this)->at(id); }
const swarm::torrent_swarm& core::swarm(torrent_id id) const { return at(id).swarm; }

const torrent::info* core::info(torrent_id id) const {
    const auto& info = at(id).info;
    return info ? &*info : nullptr;
}

}  // namespace bt::node
