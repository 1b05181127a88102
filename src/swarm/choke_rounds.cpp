#include "swarm/choke_rounds.hpp"

#include <algorithm>
#include <utility>

namespace bt::swarm {
namespace {

/// No peer that has a slot has asked for anything for that long: others may use the line.
constexpr duration idle_time = 100ms;
/// One that has a slot has asked for nothing for that long: it may lose it.
constexpr duration idle_slot_time = 2s;
/// A peer that has taken that much, or two pieces, had something to give; one that gave less than this part
/// of it gives nothing to speak of.
constexpr std::uint64_t least_trial = 256 * limits::KiB;
constexpr std::uint64_t freeloaders_part = 10;

upload_slots slots_from(std::size_t first) {
    static constexpr std::size_t least = 4, most = 64;
    return first == 0 ? upload_slots(0, 0, 0)
                      : upload_slots(std::min(first, least), first, std::max(first, most));
}

bool holds(const std::vector<connection_id>& list, connection_id id) {
    return std::find(list.begin(), list.end(), id) != list.end();
}

}  // namespace

choke_rounds::choke_rounds(const swarm_settings& settings, links& open, const download& ours,
                           const upload& given, rng& random)
    : links_(open),
      download_(ours),
      upload_(given),
      random_(random),
      near_slots_(slots_from(settings.near_slots)),
      far_slots_(slots_from(settings.far_slots)) {}

void choke_rounds::fill(time_point now) {
    if (std::exchange(fill_soon_, false)) run(now, false, false);
}

void choke_rounds::note_held_back(time_point now, link& l, duration in_all) {
    l.up.is_told = true;
    if (l.peer.choked_by_us() || !l.up.held_back(now, in_all)) return;
    fill_soon_ = true;
    const auto& host = l.address.address;
    if (host.scope() == address_scope::loopback) return;  // many nodes
    if (*l.up.reads_slowly)
        read_slowly_.insert(host);
    else
        read_slowly_.erase(host);
}

void choke_rounds::full(time_point now, bool rotate) {
    fill_soon_ = false;
    run(now, true, rotate);
}

bool choke_rounds::makes_no_use_of_slot(time_point now, const link& l) const {
    return download_.is_complete() && now - upload_.last_block() >= idle_time && l.peer.interested_in_us() &&
           !l.peer.choked_by_us() && (l.asks_nothing() || l.up.unsent > 0) &&
           now - std::max({l.up.choke_changed, l.last_moved(), l.up.last_taken}) >= idle_slot_time;
}

choke_candidate choke_rounds::candidate(time_point now, connection_id id, const link& l) const {
    const auto trial =
        std::max<std::uint64_t>(least_trial, 2 * std::uint64_t{download_.shape().piece_bytes()});
    choke_candidate each{id};
    each.near = l.near;
    each.interested = l.peer.interested_in_us();
    each.snubbing = l.down.snubbed;
    each.unchoked = !l.peer.choked_by_us();
    each.optimistic = l.up.optimistic;
    each.freeloads =
        l.up.taken_for_nothing >= trial && l.down.meter.total() < l.up.taken_for_nothing / freeloaders_part;
    each.idle = makes_no_use_of_slot(now, l) || l.up.asks_again();
    each.slow = l.up.reads_slowly.value_or(read_slowly_.holds(l.address.address));
    each.host = l.address.address;
    each.host_is_new = !served_.holds(l.address.address);
    each.gives = l.down.meter.per_second(now);
    each.takes = l.up.meter.per_second(now);
    each.taken = l.up.taken;
    each.owes = l.up.meter.total() - std::min(l.up.meter.total(), l.down.meter.total());
    each.passes_on = (l.up.rare_spread + 1.0) / (l.up.rare_given + 2.0);
    each.connected = now - l.since;
    each.unchoked_for = now - l.up.choke_changed;
    return each;
}

std::vector<choke_candidate> choke_rounds::candidates(time_point now) const {
    std::vector<choke_candidate> all;
    if (!download_.is_begun()) return all;
    for (const auto& [id, l] : links_)
        if (l.peer.is_open()) all.push_back(candidate(now, id, l));
    return all;
}

choke_rounds::slot_use choke_rounds::use_of_slots(const std::vector<choke_candidate>& candidates,
                                                  bool near) const {
    slot_use use;
    for (const auto& each : candidates) {
        if (each.near != near || each.slow) continue;
        if (!each.unchoked) {
            use.waiting += each.interested;
        } else if (!each.optimistic) {
            ++use.used;
            use.idle += each.interested && links_.at(each.id).asks_nothing();
        }
    }
    return use;
}

void choke_rounds::run(time_point now, bool full, bool rotate) {
    auto all = candidates(now);
    const auto near = use_of_slots(all, true), far = use_of_slots(all, false);
    if (full) {
        const auto near_rate = upload_.near_meter().per_second(now), rate = upload_.meter().per_second(now);
        near_slots_.round(near_rate, near.used, near.waiting, false);
        far_slots_.round(rate - std::min(rate, near_rate), far.used, far.waiting, upload_.is_limited());
    }
    choke_policy policy;
    policy.near_slots = near_slots_.count();
    policy.far_slots = far_slots_.count();
    policy.seeding = download_.is_complete();
    if (!policy.seeding && now - upload_.last_block() >= idle_time) {
        // those that have a slot need nothing now: so many others may use it
        if (near.idle == near.used) policy.near_slots += std::min(policy.near_slots, near.idle);
        if (far.idle == far.used) policy.far_slots += std::min(policy.far_slots, far.idle);
    }
    policy.rotate = rotate;
    policy.keep = !full;
    if (download_.is_begun())
        policy.turn =
            std::max<std::uint64_t>(1 * limits::MiB, 4 * std::uint64_t{download_.shape().piece_bytes()});
    carry_out(now, decide_unchokes(std::move(all), policy, random_));
}

void choke_rounds::carry_out(time_point now, const choke_decision& decision) {
    for (auto& [id, l] : links_) {
        if (!l.peer.is_open()) continue;
        l.up.optimistic = holds(decision.optimistic, id);
        const bool give = holds(decision.unchoke, id);
        if (give != l.peer.choked_by_us()) continue;
        l.up.choke_changed = now;
        if (give) {
            l.up.taken = 0;
            l.up.look.reset();
            served_.insert(l.address.address);
        }
        l.peer.set_choking(now, !give);
        links_.touch(id, l);
    }
}

bool choke_rounds::is_sound() const {
    return std::all_of(links_.begin(), links_.end(), [&](const auto& each) {
        const auto& l = each.second;
        return !l.peer.is_open() || l.peer.choked_by_us() ||
               (download_.is_begun() && (served_.holds(l.address.address) || served_.is_full()));
    });
}

}  // namespace bt::swarm
