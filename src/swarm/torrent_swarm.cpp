#include "swarm/torrent_swarm.hpp"

#include <algorithm>

namespace bt::swarm {
namespace {

constexpr duration house_time_busy = 250ms, house_time_idle = 1s;
constexpr duration choke_time = 10s, rotate_time = 30s;  // BEP 3's figures
/// A complete node has nothing to ask for: it lets those who look for it come, and calls them only if they
/// did not.
constexpr duration seed_patience = 250ms;

}  // namespace

torrent_swarm::torrent_swarm(const info_hash& hash, wire::identity self, const swarm_settings& settings,
                             rate_limit& down, rate_limit& up, rng random)
    : hash_(hash),
      self_(std::move(self)),
      settings_(settings),
      down_limit_(down),
      up_limit_(up),
      random_(random),
      pool_(random_.child()) {}

void torrent_swarm::set_metadata(time_point now, const torrent::geometry& shape, bytes raw_info) {
    shape_ = shape;
    raw_info_ = std::move(raw_info);
    settle(now);
}

void torrent_swarm::metadata_spoiled(time_point now) {
    const auto from = metadata_.spoiled();
    if (from.size() == 1) ban(now, from[0], "its metadata does not match the hash");
    settle(now);
}

void torrent_swarm::begin(time_point now, const torrent::piece_set& have, const torrent::piece_set& wanted,
                          bool sequential) {
    BT_ASSERT(shape_ && !picker_);
    picker_.emplace(*shape_, have, random_.child(), settings_.piece_memory);
    picker_->set_wanted(wanted);
    picker_->set_sequential(sequential);
    told_complete_ = picker_->is_complete();  // the caller knows
    for (auto& [id, l] : open_) {
        if (!l.peer.is_open()) continue;
        l.peer.learn_metadata(now, *shape_, static_cast<std::uint32_t>(raw_info_.size()));
        have.for_each([&, &peer = l.peer](piece_index piece) { peer.have(now, piece); });
        touch(id, l);
    }
    settle(now);
}

// --- peers

void torrent_swarm::add_peer(time_point now, const endpoint& address, peer_source source) {
    if (banned_hosts_.contains(address.address)) return;
    const bool patient = is_complete() && source != peer_source::user;
    pool_.add(now, address, source, patient ? seed_patience : duration{});
    settle(now);
}

void torrent_swarm::forget_found_peers(time_point now) {
    const auto found = [&](const link& l) {
        if (!l.listens) return true;
        const auto source = pool_.source(*l.listens);
        return source == peer_source::lan || source == peer_source::dht;
    };
    for (auto& [id, l] : open_) {
        if (!found(l)) continue;
        l.peer.close("the torrent is private");
        touch(id, l);
    }
    settle(now);
    pool_.forget(peer_source::lan);
    pool_.forget(peer_source::dht);
}

bool torrent_swarm::wants_connections() const {
    return !stopped_ && !paused_ && open_.size() + half_open_.size() < settings_.connections &&
           half_open_.size() < settings_.half_open;
}

void torrent_swarm::connect_more(time_point now) {
    // the answer to `connect` is connecting(), which counts it; until then it counts as asked here
    for (auto room = settings_.half_open - std::min(settings_.half_open, half_open_.size());
         room > 0 && wants_connections(); --room) {
        const auto address = pool_.next(now);
        if (!address) return;
        outputs_.push_back(out::connect{*address});
    }
}

void torrent_swarm::connecting(connection_id id, const endpoint& address) {
    half_open_.emplace(id, attempt{address, now_});
}

void torrent_swarm::connected(time_point now, connection_id id) {
    const auto found = half_open_.find(id);
    if (found == half_open_.end()) return;
    const auto address = found->second.to;
    half_open_.erase(found);
    pool_.connected(address);
    auto [at, fresh] =
        open_.emplace(id, link{wire::peer::outgoing(now, self_, hash_), address, address, false});
    at->second.since = at->second.last_block = now;
    touch(id, at->second);
    settle(now);
}

void torrent_swarm::adopt(time_point now, connection_id id, const endpoint& address, wire::peer peer) {
    if (stopped_ || open_.size() >= settings_.connections || banned_hosts_.contains(address.address)) {
        outputs_.push_back(out::close{id});
        return;
    }
    auto [at, fresh] = open_.emplace(id, link{std::move(peer), address, std::nullopt, true});
    at->second.since = at->second.last_block = now;
    at->second.peer.accept(now);
    touch(id, at->second);
    settle(now);
}

void torrent_swarm::received(time_point now, connection_id id, byte_view data) {
    const auto found = open_.find(id);
    if (found == open_.end()) return;
    found->second.peer.receive(now, data);
    touch(id, found->second);
    settle(now);
}

void torrent_swarm::sent(time_point now, connection_id id, std::size_t bytes) {
    const auto found = open_.find(id);
    if (found == open_.end()) return;
    auto& l = found->second;
    l.unsent -= std::min(l.unsent, bytes);
    serve(now, id, l);
    settle(now);
}

void torrent_swarm::disconnected(time_point now, connection_id id) {
    if (const auto half = half_open_.find(id); half != half_open_.end()) {
        pool_.failed(now, half->second.to);
        half_open_.erase(half);
    } else if (const auto found = open_.find(id); found != open_.end()) {
        drop(now, found, false);
    }
    settle(now);
}

void torrent_swarm::drop(time_point now, link_map::iterator at, bool close_socket) {
    auto& [id, l] = *at;
    if (picker_) {
        for (const auto& asked : l.peer.outstanding()) picker_->lost(asked.range);
        if (l.counted_everywhere)
            picker_->peers().remove_everywhere();
        else
            picker_->peers().remove(l.counted);
    }
    metadata_.left(id);
    if (l.listens) pool_.disconnected(now, *l.listens, l.useful);
    if (!l.peer.choked_by_us()) choke_soon_ = true;  // its slot is free
    if (close_socket) outputs_.push_back(out::close{id});
    open_.erase(at);
    fill_all(now);
}

void torrent_swarm::ban(time_point now, connection_id id, std::string reason) {
    (void)now;
    const auto found = open_.find(id);
    if (found == open_.end()) return;
    auto& l = found->second;
    outputs_.push_back(out::peer_banned{l.address, reason});
    pool_.ban(l.listens.value_or(l.address));
    if (banned_ids_.size() < limits::known_peers) banned_ids_.insert(l.peer.id());
    // on this very machine an address is shared by all its nodes
    if (l.address.address.scope() != address_scope::loopback && banned_hosts_.size() < limits::known_peers)
        banned_hosts_.insert(l.address.address);
    l.peer.close(std::move(reason), true);
    touch(id, l);
}

// --- disk

void torrent_swarm::written(time_point now, piece_index piece, write_result outcome) {
    auto node = writing_.extract(piece.value());
    BT_ASSERT(!node.empty() && picker_);
    writing_bytes_ -= shape_->piece_size(piece);
    if (outcome == write_result::ok) {
        picker_->verified(piece);
        outputs_.push_back(out::piece_verified{piece});
        for (auto& [id, l] : open_) {
            if (!l.peer.is_open()) continue;
            l.peer.have(now, piece);
            if (l.peer.interesting_to_us() && l.peer.pieces().size() > 0 && l.peer.pieces().has(piece))
                update_interest(now, id, l);
            touch(id, l);
        }
    } else {
        picker_->failed(piece);
        if (outcome == write_result::hash_mismatch) {
            outputs_.push_back(out::piece_failed{piece});
            // one source is guilty for certain; of several, each only when it happens again and again
            static constexpr std::uint32_t most_strikes = 4;
            for (auto id : node.mapped())
                if (auto found = open_.find(id); found != open_.end())
                    if (++found->second.strikes >= most_strikes || node.mapped().size() == 1)
                        ban(now, id, "it sent data that does not match the hash");
        }
    }
    if (picker_->is_complete() && !told_complete_) {
        told_complete_ = true;
        outputs_.push_back(out::complete{});
        settle(now);  // the last `have` leaves before any goodbye
        leave_fellow_seeds(now);
    }
    fill_all(now);
    settle(now);
}

void torrent_swarm::blocks_read(time_point now, connection_id id, const std::vector<block_range>& ranges,
                                buffer frames) {
    const auto found = open_.find(id);
    if (found == open_.end()) return;
    auto& l = found->second;
    std::size_t payload = 0;
    for (const auto& range : ranges) payload += range.length;
    l.reading -= payload;
    if (frames.empty()) {
        for (const auto& range : ranges) l.peer.reject(now, range);
    } else {
        l.peer.send_blocks(now, std::move(frames), ranges);
        l.up.add(now, payload);
        up_meter_.add(now, payload);
        l.useful = true;
        last_upload_ = now;
    }
    serve(now, id, l);
    touch(id, l);
    settle(now);
}

// --- wishes

void torrent_swarm::set_paused(time_point now, bool paused) {
    paused_ = paused;
    for (auto& [id, l] : open_) {
        if (!l.peer.is_open()) continue;
        if (paused) {
            const auto outstanding = l.peer.outstanding();
            for (const auto& asked : outstanding) {
                picker_->lost(asked.range);
                l.peer.cancel(now, asked.range);
            }
            l.peer.set_choking(now, true);
        }
        update_interest(now, id, l);
        touch(id, l);
    }
    choke_soon_ = true;
    settle(now);
}

void torrent_swarm::stop(time_point now) {
    stopped_ = true;
    for (auto& [id, a] : half_open_) outputs_.push_back(out::close{id});
    half_open_.clear();
    while (!open_.empty()) drop(now, open_.begin(), true);
}

// --- the turn of the wheel

void torrent_swarm::touch(connection_id id, link& l) {
    if (l.touched) return;
    l.touched = true;
    touched_.push_back(id);
}

/// What every input ends with: peers' events are handled and their bytes collected until nothing moves any
/// more.
void torrent_swarm::settle(time_point now) {
    now_ = now;
    connect_more(now);
    if (!shape_) ask_metadata(now);
    for (;;) {
        while (!touched_.empty()) {
            const auto id = touched_.back();
            touched_.pop_back();
            drain(now, id);
        }
        if (!choke_soon_) break;
        choke_soon_ = false;
        choke_round(now, false, false);
    }
}

void torrent_swarm::drain(time_point now, connection_id id) {
    auto found = open_.find(id);
    if (found == open_.end()) return;
    auto& l = found->second;
    l.touched = false;
    while (auto event = l.peer.poll()) {
        if (std::holds_alternative<wire::event::closed>(*event)) {
            while (auto data = l.peer.output()) outputs_.push_back(out::send{id, std::move(*data)});
            drop(now, found, true);
            return;
        }
        handle(now, id, l, *event);
    }
    fill_requests(now, id, l);
    while (auto data = l.peer.output()) {
        l.unsent += data->size();
        outputs_.push_back(out::send{id, std::move(*data)});
    }
    if (l.unsent > settings_.unsent && !l.peer.is_closed()) {
        l.peer.close("it asks and does not read", true);
        touch(id, l);
    }
}

void torrent_swarm::tick(time_point now) {
    if (starved_ && now >= std::max(down_limit_.available_at(), up_limit_.available_at())) feed(now);
    drop_stale_attempts(now);
    if (now >= next_house_) keep_house(now);
    settle(now);
}

void torrent_swarm::keep_house(time_point now) {
    bool busy = false;
    for (auto& [id, l] : open_) {
        l.peer.tick(now);
        if (l.peer.is_open()) {
            check_requests(now, id, l);
            serve(now, id, l);
        }
        busy = busy || !l.peer.outstanding().empty() || l.peer.waiting_requests() > 0;
        touch(id, l);
    }
    if (now >= next_choke_) {
        const bool rotate = now >= next_rotate_;
        if (rotate) next_rotate_ = now + rotate_time;
        next_choke_ = now + choke_time;
        choke_round(now, true, rotate);
    }
    next_house_ = now + (busy ? house_time_busy : house_time_idle);
}

/// A rate limit held something back and has room again.
void torrent_swarm::feed(time_point now) {
    starved_ = false;
    for (auto& [id, l] : open_) {
        serve(now, id, l);
        fill_requests(now, id, l);
    }
}

/// The kernel would go on for minutes; a peer that is there answers at once.
void torrent_swarm::drop_stale_attempts(time_point now) {
    std::erase_if(half_open_, [&](const auto& each) {
        if (now - each.second.since < limits::handshake_time) return false;
        pool_.failed(now, each.second.to);
        outputs_.push_back(out::close{each.first});
        return true;
    });
}

/// A peer that owes blocks and is silent: others are asked, later it is let go.
void torrent_swarm::check_requests(time_point now, connection_id id, link& l) {
    const auto& outstanding = l.peer.outstanding();
    if (outstanding.empty()) return;
    const auto waits_since = std::max(outstanding.front().when, l.last_block);
    if (now - waits_since >= limits::request_time && l.snubbed) {
        l.peer.close("no answer to our requests", true);
    } else if (now - waits_since >= limits::piece_time && !l.snubbed) {
        l.snubbed = true;
        l.window.collapsed();
        const auto owed = outstanding;
        // all but the oldest are asked elsewhere; that one tells when the peer is back
        for (std::size_t i = 1; i < owed.size(); ++i) {
            picker_->lost(owed[i].range);
            l.peer.cancel(now, owed[i].range);
        }
        fill_all(now);
    }
    touch(id, l);
}

/// A full round every ten seconds compares everybody; in between only free slots are filled.
void torrent_swarm::choke_round(time_point now, bool full, bool rotate) {
    std::vector<choke_candidate> candidates;
    for (const auto& [id, l] : open_) {
        if (!l.peer.is_open() || paused_ || !picker_) continue;
        candidates.push_back({id, l.peer.interested_in_us(), l.snubbed, !l.peer.choked_by_us(), l.optimistic,
                              l.down.per_second(now), l.up.per_second(now), now - l.since});
    }
    const choke_policy policy{settings_.unchoke_slots, is_complete(), rotate, !full};
    const auto decision = decide_unchokes(std::move(candidates), policy, random_);
    for (auto& [id, l] : open_) {
        if (!l.peer.is_open()) continue;
        l.optimistic = decision.optimistic == id;
        const bool give =
            std::find(decision.unchoke.begin(), decision.unchoke.end(), id) != decision.unchoke.end();
        l.peer.set_choking(now, !give);
        touch(id, l);
    }
}

/// Two complete nodes have nothing to say to each other.
void torrent_swarm::leave_fellow_seeds(time_point now) {
    (void)now;
    if (!is_complete() || !picker_->have().all()) return;
    for (auto& [id, l] : open_) {
        if (!l.peer.is_open() || l.peer.pieces().size() == 0 || !l.peer.pieces().all()) continue;
        l.useful = true;
        l.peer.close("both have everything");
        touch(id, l);
    }
}

time_point torrent_swarm::next_deadline() const {
    auto next = never;
    if (!open_.empty()) next = next_house_;
    for (const auto& [id, a] : half_open_) next = std::min(next, a.since + limits::handshake_time);
    if (starved_) next = std::min(next, std::max(down_limit_.available_at(), up_limit_.available_at()));
    if (wants_connections()) next = std::min(next, pool_.next_deadline());
    if (!shape_) next = std::min(next, metadata_.next_deadline());
    return std::max(next, now_ + 5ms);  // a deadline already seen to must not spin the loop
}

std::optional<swarm_output> torrent_swarm::poll() {
    if (outputs_.empty()) return std::nullopt;
    auto output = std::move(outputs_.front());
    outputs_.pop_front();
    return output;
}

std::vector<peer_view> torrent_swarm::peers(time_point now) const {
    std::vector<peer_view> list;
    for (const auto& [id, l] : open_) {
        if (!l.peer.is_open()) continue;
        const auto& theirs = l.peer.pieces();
        list.push_back({id, l.address, l.peer.extensions().client,
                        l.listens ? pool_.source(*l.listens) : peer_source::incoming, l.incoming,
                        l.optimistic, l.snubbed, l.peer.interesting_to_us(), l.peer.choking_us(),
                        l.peer.interested_in_us(), l.peer.choked_by_us(),
                        theirs.size() == 0 ? 0.0 : double(theirs.count()) / double(theirs.size()),
                        l.down.per_second(now), l.up.per_second(now)});
    }
    return list;
}

}  // namespace bt::swarm
