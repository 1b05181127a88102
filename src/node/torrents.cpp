// The torrents of a node: how they come, learn what they are, and what their swarms ask for.
#include <algorithm>

#include "base/overloaded.hpp"
#include "base/text.hpp"
#include "crypto/hash.hpp"
#include "node/entry.hpp"

namespace bt::node {
result<torrent_id> core::add(time_point now, torrent_request request) {
    if (by_hash_.contains(request.hash))
        return fail(errc::usage, "this torrent is here already: " + to_hex(request.hash.span()));
    const torrent_id id(++last_torrent_);
    auto fresh = std::make_unique<entry>(entry{
        id,
        request.hash,
        std::nullopt,
        swarm::torrent_swarm(request.hash, identity_, config_.swarm, down_limit_, up_limit_, random_.child()),
        {}});
    auto& e = *fresh;
    torrents_.emplace(id, std::move(fresh));
    by_hash_.emplace(request.hash, id);
    e.listed = request.listed;
    if (request.info) adopt_info(now, e, std::move(*request.info));
    look_on_lan(now, e);
    look_in_dht(now, e, request);
    e.tiers = std::move(request.trackers);
    // with files to check first nobody knows yet what is left to get: trackers count us by that
    if (!e.info) start_trackers(now, e);
    for (const auto& peer : request.peers) e.swarm.add_peer(now, peer, swarm::peer_source::user);
    collect(now, e);
    return id;
}

void core::adopt_info(time_point now, entry& e, torrent::info info) {
    e.info = std::move(info);
    if (e.is_private()) {
        // BEP 27: from now on only its trackers name peers
        leave_lan(e);
        leave_dht(e);
        e.swarm.forget_found_peers(now);
    }
    e.swarm.set_metadata(now, e.info->shape, e.info->raw);
}

void core::check_metadata(time_point now, entry& e, bytes raw) {
    if (crypto::sha1(raw).bytes != e.hash.bytes) {
        e.swarm.metadata_spoiled(now);
        return;
    }
    auto info = torrent::parse_info(raw);
    if (!info) {
        put(out::bad_metadata{e.id, info.error()});
        return;
    }
    adopt_info(now, e, std::move(*info));
    put(out::metadata{e.id});
}

void core::begin(time_point now, torrent_id id, const torrent::piece_set& have,
                 const torrent::piece_set& wanted, bool sequential) {
    auto& e = at(id);
    e.swarm.begin(now, have, wanted, sequential);
    e.told_complete = e.swarm.is_complete();
    update_lan(e);
    if (!e.announces && !e.stopped)
        start_trackers(now, e);
    else if (e.told_complete)
        complete_trackers(now, e);
    collect(now, e);
}

void core::set_paused(time_point now, torrent_id id, bool paused) {
    auto& e = at(id);
    e.swarm.set_paused(now, paused);
    collect(now, e);
}

void core::remove(time_point now, torrent_id id) {
    auto& e = at(id);
    stop_trackers(now, e);
    e.stopped = true;
    leave_lan(e);
    leave_dht(e);
    e.swarm.stop(now);
    collect(now, e);
    by_hash_.erase(e.hash);
    // the entry stays: results of its disk jobs and its last announce are still to come
}

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
                           put(out::piece_failed{e.id, o.piece});
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
                       [&](swarm::out::dht_node& o) {
                           if (dht_ && !e.is_private()) dht_->add_contact(now, o.address);
                       },
                       [&](swarm::out::complete&) { put(out::complete{e.id}); },
                   },
                   *what);
    }
    if (e.swarm.is_complete() && !e.told_complete) {
        e.told_complete = true;
        update_lan(e);
        complete_trackers(now, e);
    }
    collect_trackers(now, e);
}

// --- lookup

core::entry* core::find(const info_hash& hash) {
    const auto found = by_hash_.find(hash);
    return found == by_hash_.end() ? nullptr : torrents_.at(found->second).get();
}

core::entry* core::owner(connection_id id) {
    const auto found = connections_.find(id);
    return found == connections_.end() ? nullptr : torrents_.at(found->second).get();
}

core::entry& core::at(torrent_id id) { return *torrents_.at(id); }
const core::entry& core::at(torrent_id id) const { return *torrents_.at(id); }
const swarm::torrent_swarm& core::swarm(torrent_id id) const { return at(id).swarm; }

const torrent::info* core::info(torrent_id id) const {
    const auto& info = at(id).info;
    return info ? &*info : nullptr;
}

}  // namespace bt::node
