#include "node/core.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/version.hpp"
#include "node/entry.hpp"

namespace bt::node {
namespace {

wire::identity identity_of(const config& settings) {
    wire::identity self{settings.id, std::string(client_string), settings.port, false};
    self.dht = settings.dht.has_value();
    self.dht_port = settings.dht ? settings.dht_port : std::uint16_t{0};
    return self;
}

}  // namespace

core::core(config settings, rng random)
    : config_(std::move(settings)),
      random_(random),
      identity_(identity_of(config_)),
      in_dht_(config_.dht.has_value()),
      incoming_(identity_),
      udp_(random_.child()) {
    config_.swarm.pace = &pace_;
    config_.swarm.places = &places_;
    if (config_.dht) dht_ = std::make_unique<dht::node>(*config_.dht, config_.dht_state, random_.child());
    if (config_.lan) open_lan();
}

core::~core() = default;

void core::stop(time_point now) {
    stopped_ = true;
    for (auto& [id, e] : torrents_) {
        stop_trackers(now, *e);
        e->stopped = true;
        leave_dht(*e);
        e->swarm.stop(now);
        collect(now, *e);
    }
    for (const auto id : incoming_.clear()) put(out::tcp_close{id});
    register_at_ = refresh_at_ = never;
    if (hello_) hello_->stop(now);
    collect_lan(now);
}

// --- connections

connection_id core::accepted(time_point now, const endpoint& from) {
    const connection_id id(++last_connection_);
    if (const auto leaves = incoming_.add(now, id, from)) put(out::tcp_close{*leaves});
    return id;
}

/// It named its torrent, or ended before that.
void core::shake_hands(time_point now, incoming_handshakes::outcome what) {
    if (what.first_without) put(out::no_handshake{std::nullopt, what.from});
    auto* e = what.torrent ? find(*what.torrent) : nullptr;
    if (e == nullptr) {
        put(out::tcp_close{what.id});  // another torrent, or no BitTorrent at all
    } else if (!e->is_active()) {
        // a peer that got no handshake would think that encryption is required here
        what.peer.accept(now);
        while (auto data = what.peer.output()) put(out::tcp_send{what.id, std::move(*data)});
        put(out::tcp_close{what.id});
    } else {
        BT_ASSERT(!connections_.contains(what.id) && !incoming_.has(what.id));
        if (places_.left() == 0) make_room(now, *e, what.from);
        connections_.emplace(what.id, e->id);
        e->swarm.adopt(now, what.id, what.from, std::move(what.peer));
        collect(now, *e);
    }
}

void core::connected(time_point now, connection_id id) {
    if (auto* e = owner(id)) {
        e->swarm.connected(now, id);
        collect(now, *e);
    }
}

void core::disconnected(time_point now, connection_id id) {
    incoming_.disconnected(id);
    if (auto* e = owner(id)) {
        connections_.erase(id);
        e->swarm.disconnected(now, id);
        collect(now, *e);
    }
}

void core::received(time_point now, connection_id id, byte_view data) {
    if (auto* e = owner(id)) {
        e->swarm.received(now, id, data);
        collect(now, *e);
    } else if (auto what = incoming_.received(now, id, data)) {
        shake_hands(now, std::move(*what));
    }
}

void core::sent(time_point now, connection_id id, std::size_t bytes, std::optional<duration> held_back) {
    if (auto* e = owner(id)) {
        e->swarm.sent(now, id, bytes, held_back);
        collect(now, *e);
    }
}

// --- disk and time

void core::written(time_point now, torrent_id torrent, piece_index piece, swarm::write_result outcome,
                   buffer data) {
    if (auto* e = find(torrent)) {
        e->swarm.written(now, piece, outcome, std::move(data));
        collect(now, *e);
    }
}

void core::blocks_read(time_point now, torrent_id torrent, connection_id id,
                       const std::vector<torrent::block_range>& ranges, buffer frames) {
    if (auto* e = find(torrent)) {
        e->swarm.blocks_read(now, id, ranges, std::move(frames));
        collect(now, *e);
    }
}

void core::looked_at(time_point now, torrent_id torrent, piece_index piece, bool right) {
    if (auto* e = find(torrent)) {
        e->swarm.looked_at(now, piece, right);
        collect(now, *e);
    }
}

void core::pieces_changed(time_point now, torrent_id torrent, const std::vector<piece_index>& lost,
                          const std::vector<piece_index>& found, bool fetch_again) {
    auto* e = find(torrent);
    if (e == nullptr || (lost.empty() && found.empty())) return;
    if (!lost.empty()) e->swarm.lost(now, lost, fetch_again);
    if (!found.empty()) e->swarm.found(now, found);
    for (auto& [number, of] : e->clients) {
        e->tell_totals(of);
        of.client.ask_again(now);
    }
    collect(now, *e);
}

void core::set_writable(time_point now, torrent_id torrent, bool writable) {
    if (auto* e = find(torrent)) {
        e->swarm.set_writable(now, writable);
        collect(now, *e);
    }
}

time_point core::due_at(timer which) const {
    switch (which) {
        case timer::handshakes:
            return incoming_.next_deadline();
        case timer::torrents:
            return due_.empty() ? never : due_.begin()->first;
        case timer::places:
            return place_due();
        case timer::udp_trackers:
            return udp_.next_deadline();
        case timer::lan_trackers:
            return refresh_at_;
        case timer::registration:
            return register_at_;
        case timer::hello:
            return hello_ ? hello_->next_deadline() : never;
        case timer::lsd:
            return lsd_ ? lsd_->next_deadline() : never;
        case timer::dht:
            return in_dht_ ? dht_->next_deadline() : never;
    }
    return never;
}

void core::run(time_point now, timer which) {
    switch (which) {
        case timer::handshakes:
            for (auto& each : incoming_.tick(now)) shake_hands(now, std::move(each));
            return;
        case timer::torrents:
            return tick_torrents(now);
        case timer::places:
            return share_places(now);
        case timer::udp_trackers:
            udp_.tick(now);
            return collect_udp(now);
        case timer::lan_trackers:
            return refresh_lan_trackers(now);
        case timer::registration:
            return register_shares(now);
        case timer::hello:
            return hello_->tick(now);
        case timer::lsd:
            return lsd_->tick(now);
        case timer::dht:
            return dht_->tick(now);
    }
}

void core::tick_torrents(time_point now) {
    std::vector<torrent_id> due;  // each once: its next moment may be this one
    for (auto it = due_.begin(); it != due_.end() && it->first <= now; ++it) due.push_back(it->second);
    for (auto id : due) tick(now, at(id));
}

void core::tick(time_point now) {
    for (std::size_t i = 0; i < timers; ++i)
        if (const auto which = static_cast<timer>(i); due_at(which) <= now) run(now, which);
    collect_lan(now);
}

time_point core::next_deadline() const {
    auto next = never;
    for (std::size_t i = 0; i < timers; ++i) next = std::min(next, due_at(static_cast<timer>(i)));
    return next;
}

std::optional<output> core::poll() {
    if (outputs_.empty()) {
        bury();
        return std::nullopt;
    }
    auto next = std::move(outputs_.front());
    outputs_.pop_front();
    return next;
}

std::size_t core::lan_nodes() const { return hello_ ? hello_->online().processes() : 0; }

std::vector<discovery::node_info> core::lan_neighbours() const {
    return hello_ ? hello_->online().nodes() : std::vector<discovery::node_info>();
}

}  // namespace bt::node
