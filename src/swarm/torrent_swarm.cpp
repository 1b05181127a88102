#include "swarm/torrent_swarm.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace bt::swarm {
namespace {

constexpr duration busy_pause = 250ms, idle_pause = 2s;  // between two rounds of maintenance
constexpr duration choke_time = 10s, rotate_time = 30s;  // BEP 3's figures
/// A set of pieces comes first of all messages, or not at all.
constexpr duration silence_means_nothing = 1s;
/// No piece came for that long: one that was banned for wrong ones may be the only one that has them.
constexpr duration stuck_time = 10s;

siphash_key secret_from(rng& random) {
    siphash_key key;
    random.fill(key);
    return key;
}

}  // namespace

torrent_swarm::torrent_swarm(const info_hash& hash, wire::identity self, const swarm_settings& settings,
                             const vicinity& around, shared_limit& down, shared_limit& up, rng random)
    : hash_(hash),
      self_(std::move(self)),
      settings_(settings),
      random_(random),
      metadata_(links_, outputs_),
      download_(self_.id, settings_, down, secret_from(random_), links_, peers_, outputs_),
      peers_(self_, settings_, around, random_.child(), links_, outputs_),
      upload_(hash_, settings_, up, links_, peers_, outputs_),
      proofs_(self_.id, peers_, upload_, links_, outputs_, random_.child()),
      chokes_(settings_, links_, download_, upload_, random_) {}

void torrent_swarm::set_metadata(time_point now, const torrent::geometry& shape, shared_bytes raw_info,
                                 bool is_private) {
    BT_ASSERT(!download_.is_begun());
    shape_ = shape;
    private_ = is_private;
    metadata_.set(std::move(raw_info));
    settle(now);
}

void torrent_swarm::metadata_spoiled(time_point now) {
    if (const auto liar = metadata_.spoiled()) peers_.ban(now, *liar, "its metadata does not match the hash");
    settle(now);
}

void torrent_swarm::begin(time_point now, const torrent::piece_set& have, std::span<const priority> wanted,
                          bool sequential) {
    BT_ASSERT(shape_ && !download_.is_begun());
    download_.begin(now, *shape_, have, wanted, sequential, random_.child());
    upload_.begin(*shape_, *download_.pieces());
    proofs_.begin(*shape_);
    if (settings_.super_seeding && have.all() && peers_.complete().empty())
        upload_.start_super_seeding(random_.child());
    told_complete_ = is_complete();  // the caller knows
    for (auto& [id, l] : links_) {
        if (!l.peer.is_open()) continue;
        const auto shown = proofs_.shown_to(l);
        l.peer.offer(now, offer(l));
        l.peer.learn_metadata(now, *shape_, metadata_.size());
        shown.for_each([&, &peer = l.peer](piece_index piece) { peer.have(now, piece); });
        links_.touch(id, l);
    }
    settle(now);
}

void torrent_swarm::end(time_point now) {
    drop_all(now);
    download_.end();
    upload_.end();
    told_complete_ = false;
    settle(now);
}

// --- the disk

void torrent_swarm::written(time_point now, piece_index piece, write_result outcome, buffer data) {
    if (!download_.written(now, piece, outcome, data.view())) return;  // from before end()
    if (outcome == write_result::ok) upload_.forget_fault(piece);
    completed(now);
    download_.fill_all(now);
    settle(now);
}

void torrent_swarm::looked_at(time_point now, piece_index piece, bool right) {
    if (right || pieces() == nullptr || !pieces()->have().has(piece)) return;
    upload_.take_back(now, piece);
    settle(now);
}

void torrent_swarm::blocks_read(time_point now, connection_id id, const std::vector<block_range>& ranges,
                                buffer frames) {
    auto* l = links_.find(id);
    if (l == nullptr) return;
    if (l->exam) {
        proofs_.compare(*l, frames);
        links_.touch(id, *l);
    } else {
        proofs_.given(ranges);
        upload_.blocks_read(now, id, *l, ranges, std::move(frames));
        proofs_.show_rest(now, *l);
    }
    settle(now);
}

void torrent_swarm::lost(time_point now, const std::vector<piece_index>& pieces, bool fetch_again) {
    if (!download_.is_begun()) return;
    if (upload_.is_super_seeding()) upload_.end_super_seeding(now);
    download_.lose(now, pieces, fetch_again);
    for (const auto piece : pieces) upload_.forget_fault(piece);
    if (!is_complete()) {
        told_complete_ = false;
        peers_.try_all(now);  // fellow seeds had nothing to say to each other
    }
    offer_all(now);
    download_.update_interests(now);
    download_.fill_all(now);
    settle(now);
}

void torrent_swarm::found(time_point now, const std::vector<piece_index>& pieces) {
    if (!download_.is_begun()) return;
    download_.found(now, pieces);
    for (const auto piece : pieces) upload_.forget_fault(piece);
    completed(now);
    settle(now);
}

void torrent_swarm::set_writable(time_point now, bool writable) {
    if (!download_.set_writable(writable)) return;
    if (writable) download_.fill_all(now);
    settle(now);
}

/// Everything wanted is there, if it is: said once.
void torrent_swarm::completed(time_point now) {
    if (!is_complete() || told_complete_) return;
    told_complete_ = true;
    outputs_.push(out::complete{});
    offer_all(now);
    settle(now);  // the last `have` leaves before any goodbye
    leave_fellow_seeds();
}

// --- wishes

void torrent_swarm::set_priorities(time_point now, std::span<const priority> wanted) {
    download_.set_priorities(now, wanted);
    if (is_complete()) {
        completed(now);
    } else {
        told_complete_ = false;
        offer_all(now);
    }
    download_.fill_all(now);
    settle(now);
}

void torrent_swarm::set_limits(std::uint64_t down, std::uint64_t up) {
    download_.set_limit(down);
    upload_.set_limit(up);
}

void torrent_swarm::share_limits(bool on) {
    download_.share_limit(on);
    upload_.share_limit(on);
}

void torrent_swarm::set_paused(time_point now, bool paused) {
    if (paused_ == paused) return;
    paused_ = paused;
    if (paused)
        drop_all(now);
    else
        peers_.try_all(now);
    settle(now);
}

void torrent_swarm::look_again(time_point now) {
    peers_.try_all(now);
    settle(now);
}

void torrent_swarm::stop(time_point now) {
    stopped_ = true;
    drop_all(now);
}

wire::extension_offer torrent_swarm::offer(const link& l) const {
    // As long as nothing says that it is private: what a first handshake lacks is never used by libtorrent.
    return {!private_, settings_.claims, is_complete() && !upload_.is_super_seeding() && !l.up.withheld};
}

void torrent_swarm::offer_all(time_point now) {
    for (auto& [id, l] : links_)
        if (l.peer.is_open()) l.peer.offer(now, offer(l));
}

// --- the turn of the wheel

/// What every input ends with: peers' events are handled and their bytes collected until nothing moves any
/// more.
void torrent_swarm::settle(time_point now) {
    now_ = now;
    metadata_.ask(now);
    do {
        while (const auto id = links_.next_touched()) drain(now, *id);
        if (upload_.is_super_seeding()) {
            if (peers_.complete().empty()) {
                upload_.show(now);
            } else {  // another peer has everything: there is nothing left to save
                upload_.end_super_seeding(now);
                offer_all(now);
            }
        }
        chokes_.fill(now);
    } while (links_.any_touched());
    // last: places may have become free, and addresses known
    if (!is_running()) return;
    proofs_.call(now);
    peers_.call_more(now);
}

void torrent_swarm::drain(time_point now, connection_id id) {
    auto* found = links_.find(id);
    if (found == nullptr) return;
    auto& l = *found;
    while (auto event = l.peer.poll()) {
        if (std::holds_alternative<wire::event::closed>(*event)) {
            while (auto data = l.peer.output()) outputs_.push(out::send{id, std::move(*data)});
            drop(now, id, true);
            return;
        }
        handle(now, id, l, *event);
    }
    if (!l.exam) download_.fill(now, id, l);
    while (auto data = l.peer.output()) {
        l.up.unsent += data->size();
        outputs_.push(out::send{id, std::move(*data)});
    }
    if (l.up.unsent > settings_.unsent && !l.peer.is_closed()) {
        l.peer.close("it asks and does not read", true);
        links_.touch(id, l);
    }
}

// --- time

void torrent_swarm::tick(time_point now) {
    const auto due = deadlines();
    if (due.is_due(timer::download_limit, now)) download_.resume(now);
    if (due.is_due(timer::upload_limit, now)) upload_.resume(now);
    if (due.is_due(timer::attempt, now))
        for (const auto& address : peers_.give_up(now)) proofs_.not_there(now, address);
    if (due.is_due(timer::pardon, now)) peers_.let_in(now);
    if (due.is_due(timer::maintenance, now)) maintain(now);
    const bool rotate = due.is_due(timer::rotation, now);
    if (rotate || due.is_due(timer::choke_round, now)) {
        timers_.set(timer::choke_round, now + choke_time);
        if (rotate) timers_.set(timer::rotation, now + rotate_time);
        chokes_.full(now, rotate);
    }
    settle(now);
}

timers torrent_swarm::deadlines() const {
    if (!is_running()) return {};
    auto all = links_.empty() ? timers() : timers_;
    all.set(timer::attempt, peers_.gives_up_at());
    all.set(timer::call, peers_.calls_at());
    if (download_.is_begun() && !is_complete())
        all.set(timer::pardon, std::max(peers_.lets_in_at(), download_.last_right() + stuck_time));
    all.set(timer::proof, proofs_.next_deadline());
    all.set(timer::metadata, metadata_.next_deadline());
    all.set(timer::download_limit, download_.resumes_at());
    all.set(timer::upload_limit, upload_.resumes_at());
    all.set(timer::super_seed, upload_.shows_at());
    return all;
}

void torrent_swarm::maintain(time_point now) {
    bool busy = false, unused = false;
    for (auto& [id, l] : links_) {
        l.peer.tick(now);
        if (l.exam) proofs_.check(now, l);
        if (l.peer.is_open() && !l.exam) {
            download_.check(now, id, l);
            upload_.serve(now, id, l);
            // BEP 3 alone: a peer that has nothing may keep silent about it
            if (!l.peer.offers().fast && !l.down.is_counted() && now - l.since >= silence_means_nothing)
                on_pieces(now, id, l);
        }
        busy = busy || !l.peer.outstanding().empty() || l.peer.waiting_requests() > 0 || l.could_give_more();
        unused = unused || chokes_.makes_no_use_of_slot(now, l);
        links_.touch(id, l);
    }
    download_.check_late_blocks(now);
    peers_.call_neighbour(now);
    if (shape_ && !private_) peers_.tell_of_each_other(now);  // else it is not known to be public
    download_.check_claims(now);
    // a peer that began to give may have a slot that is free, or that no peer uses
    if (busy || unused) chokes_.fill_soon();
    timers_.set(timer::maintenance, now + (busy || unused ? busy_pause : idle_pause));
}

// --- how it stands

bool torrent_swarm::is_wanted() const {
    return std::any_of(links_.begin(), links_.end(), [](const auto& each) {
        const auto& peer = each.second.peer;
        return peer.is_open() && !peer.is_upload_only();
    });
}

std::vector<peer_view> torrent_swarm::peers(time_point now) const {
    std::vector<peer_view> list;
    for (const auto& [id, l] : links_) {
        if (!l.peer.is_open() || l.exam) continue;
        const auto& theirs = l.peer.pieces();
        list.push_back(
            {id, l.address, l.client(), l.listens ? peers_.pool().source(*l.listens) : peer_source::incoming,
             l.near, l.incoming, l.up.optimistic, l.down.snubbed, l.peer.is_upload_only(),
             l.peer.interesting_to_us(), l.peer.choking_us(), l.peer.interested_in_us(),
             l.peer.choked_by_us(), theirs.size() == 0 ? 0.0 : double(theirs.count()) / double(theirs.size()),
             l.down.meter.per_second(now), l.up.meter.per_second(now), peers_.machine_of(l.address.address)});
    }
    return list;
}

bool torrent_swarm::is_sound() const {
    return peers_.is_sound() && download_.is_sound() && upload_.is_sound() && chokes_.is_sound() &&
           (is_running() || links_.empty()) && told_complete_ == is_complete();
}

}  // namespace bt::swarm
