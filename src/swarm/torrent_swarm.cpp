#include "swarm/torrent_swarm.hpp"

#include <algorithm>
#include <utility>

namespace bt::swarm {
namespace {

siphash_key secret_from(rng& random) {
    siphash_key key;
    random.fill(key);
    return key;
}

upload_slots slots_from(std::size_t first) {
    static constexpr std::size_t least = 4, most = 64;
    return first == 0 ? upload_slots(0, 0, 0)
                      : upload_slots(std::min(first, least), first, std::max(first, most));
}

constexpr duration choke_time = 10s, rotate_time = 30s;  // BEP 3's figures

}  // namespace

torrent_swarm::torrent_swarm(const info_hash& hash, wire::identity self, const swarm_settings& settings,
                             const vicinity& around, shared_limit& down, shared_limit& up, rng random)
    : hash_(hash),
      self_(std::move(self)),
      settings_(settings),
      down_limit_(down),
      up_limit_(up),
      random_(random),
      blame_(secret_from(random_)),
      peers_(self_, settings_, around, random_.child(), links_, outputs_),
      metadata_(links_, outputs_),
      near_slots_(slots_from(settings.near_slots)),
      far_slots_(slots_from(settings.far_slots)) {}

void torrent_swarm::set_metadata(time_point now, const torrent::geometry& shape, shared_bytes raw_info,
                                 bool is_private) {
    shape_ = shape;
    private_ = is_private;
    metadata_.set(std::move(raw_info));
    settle(now);
}

void torrent_swarm::metadata_spoiled(time_point now) {
    if (const auto liar = metadata_.spoiled()) peers_.ban(*liar, "its metadata does not match the hash");
    settle(now);
}

void torrent_swarm::begin(time_point now, const torrent::piece_set& have, std::span<const priority> wanted,
                          bool sequential) {
    BT_ASSERT(shape_ && !picker_);
    picker_.emplace(*shape_, have, random_.child(), settings_.piece_memory);
    picker_->set_priorities(wanted);
    picker_->set_sequential(sequential);
    unreadable_.clear();
    doubted_.clear();
    if (settings_.claims) claims_.emplace(shape_->piece_count(), self_.id);
    if (settings_.super_seeding && have.all() && peers_.complete().empty())
        super_.emplace(shape_->piece_count(), random_.child());
    told_complete_ = picker_->is_complete();  // the caller knows
    for (auto& [id, l] : links_) {
        if (!l.peer.is_open()) continue;
        if (claims_) {
            claims_->joined(id, l.peer.id(), l.near);
            claims_->takes_part(id, l.near, l.peer.speaks_claims());
        }
        l.peer.offer(now, offer());
        l.peer.learn_metadata(now, *shape_, metadata_.size());
        if (!super_) have.for_each([&, &peer = l.peer](piece_index piece) { peer.have(now, piece); });
        links_.touch(id, l);
    }
    settle(now);
}

void torrent_swarm::end(time_point now) {
    drop_all(now);
    picker_.reset();
    claims_.reset();
    super_.reset();
    writing_.clear();
    writing_bytes_ = 0;
    told_complete_ = false;
    settle(now);
}

// --- wishes

void torrent_swarm::set_priorities(time_point now, std::span<const priority> wanted) {
    BT_ASSERT(picker_);
    picker_->set_priorities(wanted);
    for (auto& [id, l] : links_) {
        if (!l.peer.is_open()) continue;
        // what is not wanted any more need not come
        const auto outstanding = l.peer.outstanding();
        for (const auto& asked : outstanding) {
            if (picker_->wanted().has(asked.range.piece)) continue;
            picker_->lost(asked.range);
            l.peer.cancel(now, asked.range);
        }
        update_interest(now, id, l);
    }
    if (claims_) {
        for (const auto piece : claims_->own())
            if (!picker_->wanted().has(piece) && !writing_.contains(piece.value()))
                release(now, piece, false);
    }
    if (picker_->is_complete()) {
        completed(now);
    } else {
        told_complete_ = false;
        for (auto& [id, l] : links_)
            if (l.peer.is_open()) l.peer.offer(now, offer());
    }
    fill_all(now);
    settle(now);
}

void torrent_swarm::set_sequential(bool sequential) {
    if (picker_) picker_->set_sequential(sequential);
}

void torrent_swarm::set_limits(std::uint64_t down, std::uint64_t up) {
    down_limit_.set(down);
    up_limit_.set(up);
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

// --- the turn of the wheel

/// What every input ends with: peers' events are handled and their bytes collected until nothing moves any
/// more.
void torrent_swarm::settle(time_point now) {
    now_ = now;
    metadata_.ask(now);
    do {
        while (const auto id = links_.next_touched()) drain(now, *id);
        if (super_) show_pieces(now);
        if (std::exchange(choke_soon_, false)) choke_round(now, false, false);
    } while (links_.any_touched());
    // last: places may have become free, and addresses known
    if (is_running()) peers_.call_more(now);
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
    fill_requests(now, id, l);
    while (auto data = l.peer.output()) {
        l.up.unsent += data->size();
        outputs_.push(out::send{id, std::move(*data)});
    }
    if (l.up.unsent > settings_.unsent && !l.peer.is_closed()) {
        l.peer.close("it asks and does not read", true);
        links_.touch(id, l);
    }
}

void torrent_swarm::tick(time_point now) {
    const auto due = deadlines();
    if (due.is_due(timer::download_limit, now)) {
        down_limit_.relieve();
        fill_all(now);
    }
    if (due.is_due(timer::upload_limit, now)) feed_limited(now);
    if (due.is_due(timer::attempt, now)) peers_.give_up(now);
    if (due.is_due(timer::maintenance, now)) maintain(now);
    const bool rotate = due.is_due(timer::rotation, now);
    if (rotate || due.is_due(timer::choke_round, now)) {
        timers_.set(timer::choke_round, now + choke_time);
        if (rotate) timers_.set(timer::rotation, now + rotate_time);
        choke_soon_ = false;
        choke_round(now, true, rotate);
    }
    settle(now);
}

timers torrent_swarm::deadlines() const {
    if (!is_running()) return {};
    auto all = links_.empty() ? timers() : timers_;
    all.set(timer::attempt, peers_.gives_up_at());
    all.set(timer::call, peers_.calls_at());
    all.set(timer::metadata, metadata_.next_deadline());
    all.set(timer::download_limit, down_limit_.resumes_at());
    all.set(timer::upload_limit, up_limit_.resumes_at());
    if (super_) all.set(timer::super_seed, super_->next_deadline());
    return all;
}

time_point torrent_swarm::next_deadline() const { return deadlines().next(); }

bool torrent_swarm::is_wanted() const {
    return std::any_of(links_.begin(), links_.end(), [](const auto& each) {
        const auto& peer = each.second.peer;
        return peer.is_open() && !peer.is_upload_only();
    });
}

std::vector<peer_view> torrent_swarm::peers(time_point now) const {
    std::vector<peer_view> list;
    for (const auto& [id, l] : links_) {
        if (!l.peer.is_open()) continue;
        const auto& theirs = l.peer.pieces();
        list.push_back(
            {id, l.address, l.client(), l.listens ? peers_.pool().source(*l.listens) : peer_source::incoming,
             l.near, l.incoming, l.up.optimistic, l.down.snubbed, l.peer.is_upload_only(),
             l.peer.interesting_to_us(), l.peer.choking_us(), l.peer.interested_in_us(),
             l.peer.choked_by_us(), theirs.size() == 0 ? 0.0 : double(theirs.count()) / double(theirs.size()),
             l.down.meter.per_second(now), l.up.meter.per_second(now)});
    }
    return list;
}

bool torrent_swarm::is_sound() const {
    if (!peers_.is_sound()) return false;
    if (!picker_) return true;
    if (!picker_->is_sound()) return false;
    std::vector<std::uint32_t> copies(shape_->piece_count());
    for (const auto& [id, l] : links_) {
        if (l.down.counted_everywhere)
            for (auto& each : copies) ++each;
        else
            l.down.counted.for_each([&](piece_index piece) { ++copies[piece.value()]; });
        if (l.up.given.size() != 0 && l.up.given.size() != copies.size()) return false;
    }
    for (std::uint32_t i = 0; i < copies.size(); ++i)
        if (copies[i] != picker_->peers().count(piece_index(i))) return false;
    return true;
}

}  // namespace bt::swarm
