// What time alone brings: timeouts, choke rounds, peers told of each other, claims that grow old.
#include <algorithm>
#include <utility>

#include "swarm/torrent_swarm.hpp"

namespace bt::swarm {
namespace {

constexpr duration busy_pause = 250ms, idle_pause = 2s;  // between two rounds of maintenance
/// A block that takes longer is asked of others, too: this, or some times what the peer's rate lets expect.
constexpr duration near_patience = 2s, far_patience = 4s;
constexpr int patience_times = 4;
/// On a link a node that owes us blocks says something in that time, or it is not there any more.
constexpr duration near_silence = 10s;
/// In the end game a block is late that takes longer than all that is on the way should, so many times over.
constexpr double late_times = 1.5;
constexpr duration least_late = 500ms;
/// Nobody who has a slot has asked for anything for that long: others may use the line.
constexpr duration idle_time = 100ms;
/// One that has a slot has asked for nothing for that long: it may lose it.
constexpr duration idle_slot_time = 2s;
/// Who brings a piece in that time takes pieces of its own.
constexpr std::uint64_t fast_piece_seconds = 8;
/// A set of pieces comes first of all messages, or not at all.
constexpr duration silence_means_nothing = 1s;
/// Who has taken that much, or two pieces, had something to give; who gave less than this part of it gives
/// nothing to speak of.
constexpr std::uint64_t least_trial = 256 * limits::KiB;
constexpr std::uint64_t freeloaders_part = 10;

/// It is asked for less than a quarter of what its line holds, though it has what we need.
bool could_give_more(const link& l) {
    return l.peer.is_open() && l.peer.interesting_to_us() && !l.peer.choking_us() && !l.down.snubbed &&
           l.peer.outstanding().size() * 4 < l.down.window.size();
}

bool asks_nothing(const link& l) { return l.peer.waiting_requests() == 0 && l.up.ahead() == 0; }

}  // namespace

void torrent_swarm::maintain(time_point now) {
    bool busy = false, unused = false;
    for (auto& [id, l] : links_) {
        l.peer.tick(now);
        if (l.peer.is_open()) {
            const auto rate = l.down.meter.per_second(now);
            l.down.best_rate = std::max(l.down.best_rate, rate);
            l.down.fast = shape_ && rate * fast_piece_seconds >= shape_->piece_bytes();
            check_requests(now, id, l);
            serve(now, id, l);
            // BEP 3 alone: who has nothing may keep silent about it
            if (picker_ && !l.peer.offers().fast && l.down.counted.size() == 0 &&
                now - l.since >= silence_means_nothing)
                on_pieces(now, id, l);
        }
        busy = busy || !l.peer.outstanding().empty() || l.peer.waiting_requests() > 0 || could_give_more(l);
        unused = unused || makes_no_use_of_slot(now, l);
        links_.touch(id, l);
    }
    find_late_blocks(now);
    peers_.call_neighbour(now);
    if (shape_ && !private_) peers_.tell_of_each_other(now);  // else it is not known to be public
    if (claims_ && !is_complete()) tend_claims(now);
    // a peer that began to give may have a slot that is free, or that no peer uses
    choke_soon_ = choke_soon_ || busy || unused;
    timers_.set(timer::maintenance, now + (busy ? busy_pause : idle_pause));
}

/// A peer that owes blocks and is slow: others are asked for them, too. One that is silent is asked for one
/// block only, and later let go.
void torrent_swarm::check_requests(time_point now, connection_id id, link& l) {
    const auto& outstanding = l.peer.outstanding();
    if (outstanding.empty()) return;
    const auto waits_since = std::max(outstanding.front().when, l.down.last_block);
    const auto waited = now - waits_since;
    const bool silent = now - l.peer.last_received() >= (l.near ? near_silence : limits::piece_time);
    if (silent && waited >= near_silence) {
        l.peer.close("silent while it owes us blocks");  // a new connection may find it where it is now
    } else if (waited >= limits::request_time && l.down.snubbed) {
        l.peer.close("no answer to our requests", true);
    } else if (waited >= limits::piece_time && !l.down.snubbed) {
        l.down.snub();
        const auto owed = outstanding;
        // all but the oldest are asked elsewhere; that one tells when the peer is back
        for (std::size_t i = 1; i < owed.size(); ++i) {
            picker_->lost(owed[i].range);
            l.peer.cancel(now, owed[i].range);
        }
        picker_->overdue(owed[0].range);
        picker_->disown(id);
        fill_all(now);
    } else if (is_overdue(now, l)) {
        for (const auto& asked : outstanding) picker_->overdue(asked.range);
        picker_->disown(id);
    }
    links_.touch(id, l);
}

/// End game: blocks that will come later than the rest, as their peers go, are asked of idle ones, too. All
/// others come in time: to ask for them twice would only fill the line with copies.
void torrent_swarm::find_late_blocks(time_point now) {
    if (!picker_ || !picker_->in_end_game()) return;
    constexpr auto block = static_cast<double>(limits::block_bytes);
    double on_the_way = 0;  // from those who give at all
    for (const auto& [id, l] : links_)
        if (l.down.meter.per_second(now) > 0)
            on_the_way += block * static_cast<double>(l.peer.outstanding().size());
    const auto rate = static_cast<double>(down_meter_.per_second(now));
    const auto rest_takes = rate > 0 ? on_the_way / rate : 0;
    const auto waits_enough = std::max(rest_takes, seconds(least_late));
    bool any = false;
    for (const auto& [id, l] : links_) {
        const auto its_rate = static_cast<double>(l.down.meter.per_second(now));
        double queued = 0;
        for (const auto& asked : l.peer.outstanding()) {
            queued += block;
            // one that has just begun to give is quicker than its rate, a mean of five seconds
            if (seconds(now - asked.when) < waits_enough) break;
            if (its_rate > 0 && queued / its_rate <= late_times * rest_takes) continue;
            picker_->late(asked.range);
            any = true;
        }
    }
    if (any) fill_all(now);
}

bool torrent_swarm::is_overdue(time_point now, const link& l) const {
    const auto& oldest = l.peer.outstanding().front();
    const auto waits_since = std::max(oldest.when, l.down.last_block);
    const auto least = l.near ? near_patience : far_patience;
    // one that gave nothing yet may never give anything
    if (l.down.best_rate == 0) return now - waits_since >= (l.near ? least : patience_times * least);
    const auto expected = duration(1s) * oldest.range.length / static_cast<duration::rep>(l.down.best_rate);
    const auto patience = std::clamp<duration>(patience_times * expected, least, limits::piece_time);
    return now - waits_since >= patience;
}

// --- who gets something

/// A seed's slot, while its line carries nothing: the peer asks for nothing, or does not read what it asked
/// for.
bool torrent_swarm::makes_no_use_of_slot(time_point now, const link& l) const {
    return is_complete() && now - last_upload_ >= idle_time && l.peer.interested_in_us() &&
           !l.peer.choked_by_us() && (asks_nothing(l) || l.up.unsent > 0) &&
           now - std::max({l.up.choke_changed, l.last_moved(), l.up.last_taken}) >= idle_slot_time;
}

std::vector<choke_candidate> torrent_swarm::choke_candidates(time_point now) const {
    std::vector<choke_candidate> all;
    if (!picker_ || paused_) return all;
    const auto trial = std::max<std::uint64_t>(least_trial, 2 * std::uint64_t{shape_->piece_bytes()});
    for (const auto& [id, l] : links_) {
        if (!l.peer.is_open()) continue;
        choke_candidate each{id};
        each.near = l.near;
        each.interested = l.peer.interested_in_us();
        each.snubbing = l.down.snubbed;
        each.unchoked = !l.peer.choked_by_us();
        each.optimistic = l.up.optimistic;
        each.freeloads = l.up.taken_for_nothing >= trial &&
                         l.down.meter.total() < l.up.taken_for_nothing / freeloaders_part;
        each.idle = makes_no_use_of_slot(now, l) || asks_again(l);
        each.host = l.address.address;
        each.host_is_new = !served_.holds(l.address.address);
        each.gives = l.down.meter.per_second(now);
        each.takes = l.up.meter.per_second(now);
        each.taken = l.up.taken;
        each.owes = l.up.meter.total() - std::min(l.up.meter.total(), l.down.meter.total());
        each.passes_on = (l.up.rare_spread + 1.0) / (l.up.rare_given + 2.0);
        each.connected = now - l.since;
        each.unchoked_for = now - l.up.choke_changed;
        all.push_back(each);
    }
    return all;
}

/// Of the slots for near or for far peers.
torrent_swarm::slot_use torrent_swarm::use_of_slots(const std::vector<choke_candidate>& candidates,
                                                    bool near) const {
    slot_use use;
    for (const auto& each : candidates) {
        if (each.near != near) continue;
        if (!each.unchoked) {
            use.waiting += each.interested;
        } else if (!each.optimistic) {
            const auto& l = links_.at(each.id);
            ++use.used;
            use.idle += each.interested && asks_nothing(l);
        }
    }
    return use;
}

/// A full round every ten seconds compares everybody; in between only free slots are filled.
void torrent_swarm::choke_round(time_point now, bool full, bool rotate) {
    auto candidates = choke_candidates(now);
    const auto near = use_of_slots(candidates, true), far = use_of_slots(candidates, false);
    if (full) {
        const auto near_rate = near_up_meter_.per_second(now), all = up_meter_.per_second(now);
        near_slots_.round(near_rate, near.used, near.waiting, false);
        far_slots_.round(all - std::min(all, near_rate), far.used, far.waiting, up_limit_.is_starved());
    }
    choke_policy policy;
    policy.near_slots = near_slots_.count();
    policy.far_slots = far_slots_.count();
    policy.seeding = is_complete();
    if (!policy.seeding && now - last_upload_ >= idle_time) {
        // who has a slot needs nothing now: so many others may use it
        if (near.idle == near.used) policy.near_slots += std::min(policy.near_slots, near.idle);
        if (far.idle == far.used) policy.far_slots += std::min(policy.far_slots, far.idle);
    }
    policy.rotate = rotate;
    policy.keep = !full;
    policy.turn =
        shape_ ? std::max<std::uint64_t>(1 * limits::MiB, 4 * std::uint64_t{shape_->piece_bytes()}) : 0;
    const auto decision = decide_unchokes(std::move(candidates), policy, random_);
    const auto in = [](const std::vector<connection_id>& list, connection_id id) {
        return std::find(list.begin(), list.end(), id) != list.end();
    };
    for (auto& [id, l] : links_) {
        if (!l.peer.is_open()) continue;
        l.up.optimistic = in(decision.optimistic, id);
        const bool give = in(decision.unchoke, id);
        if (give != l.peer.choked_by_us()) continue;
        l.up.choke_changed = now;
        if (give) {
            l.up.taken = 0;
            served_.insert(l.address.address);
        }
        l.peer.set_choking(now, !give);
        links_.touch(id, l);
    }
}

void torrent_swarm::tend_claims(time_point now) {
    claim_board::traffic from;
    const bool may_ask = !down_limit_.is_starved() && writing_bytes_ <= settings_.write_backlog;
    for (auto& [id, l] : links_) {
        const auto standing = standing_of(l);
        auto& source = standing.near ? (standing.seed ? from.near_seeds : from.near_others)
                                     : (standing.seed ? from.far_seeds : from.far_others);
        source.bytes += l.down.meter.total() - std::exchange(l.down.tended, l.down.meter.total());
        source.rate += l.down.meter.per_second(now);
        source.idle = source.idle || (may_ask && could_give_more(l));
    }
    claims_->tick(now, from);
    release_idle_claims(now);
    // pieces may have become free for who waits to be asked
    for (auto& [id, l] : links_)
        if (claim_board::counts(standing_of(l))) links_.touch(id, l);
}

/// Who choked us, or was too slow, does not bring what we claimed: others may try.
void torrent_swarm::release_idle_claims(time_point now) {
    std::set<piece_index> coming;
    for (const auto& [id, l] : links_)
        if (claim_board::counts(standing_of(l)))
            for (const auto& asked : l.peer.outstanding()) coming.insert(asked.range.piece);
    std::set<piece_index> idle;
    for (const auto piece : claims_->own()) {
        if (coming.contains(piece) || writing_.contains(piece.value())) continue;
        if (idle_claims_.contains(piece))
            release(now, piece, false);
        else
            idle.insert(piece);
    }
    idle_claims_ = std::move(idle);
}

}  // namespace bt::swarm
