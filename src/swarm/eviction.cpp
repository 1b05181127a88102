#include "swarm/eviction.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "base/crc32c.hpp"
#include "swarm/rate.hpp"

namespace bt::swarm {
namespace {

/// The first `bytes_kept` bytes whole, of those up to `masked_end` every second bit, the rest whole again:
/// a host can choose the low bits of its address within its network, so they count less the further the two
/// are from each other.
void append_masked(bytes& out, const ip_address& address, std::size_t bytes_kept, std::size_t masked_end) {
    const auto raw = address.raw();
    for (std::size_t i = 0; i < raw.size(); ++i) {
        const bool masked = i >= bytes_kept && i < masked_end;
        out.push_back(masked ? static_cast<std::uint8_t>(raw[i] & 0x55) : raw[i]);
    }
}

bool is_used(const seat& each) { return each.moves >= least_use(each.near); }
bool waits_for_something(const seat& each) { return (each.wanted || each.wants) && !each.wastes; }

duration stay_of(const seat& each, const seat& newcomer) {
    if (newcomer.returns) return least_stay;
    if (waits_for_something(each)) return waiting_stay;
    return each.returns ? duration{} : useless_stay;
}

/// One host must not keep all others out.
std::optional<connection_id> one_of_a_crowd(std::span<const seat> seats, const seat& newcomer) {
    std::unordered_map<ip_address, std::size_t> places;
    for (const auto& each : seats) ++places[each.host];
    const auto far_more = std::max(crowd_size, 2 * (places[newcomer.host] + 1));
    const auto rank = [&](const seat& each) { return std::tuple(places[each.host], each.idle); };
    const seat* first = nullptr;
    for (const auto& each : seats) {
        if (places[each.host] < far_more || (each.near && !newcomer.near)) continue;
        const bool stays = each.idle < useless_stay && 2 * places[each.host] <= seats.size();
        if (is_used(each) || stays) continue;
        if (first == nullptr || rank(each) > rank(*first)) first = &each;
    }
    return first == nullptr ? std::nullopt : std::optional(first->id);
}

}  // namespace

std::uint32_t canonical_priority(const endpoint& a, const endpoint& b) {
    BT_ASSERT(a.address.family() == b.address.family());
    const auto bare = [](const endpoint& each) { return endpoint{each.address.with_zone(0), each.port}; };
    const std::pair<endpoint, endpoint> ends = std::minmax({bare(a), bare(b)});
    const auto& low = ends.first;
    const auto& high = ends.second;
    bytes input;
    if (low.address == high.address) {
        for (const auto port : {low.port, high.port}) {
            input.push_back(static_cast<std::uint8_t>(port >> 8));
            input.push_back(static_cast<std::uint8_t>(port & 0xff));
        }
        return crc32c(input);
    }
    // an IPv6 address counts like an IPv4 address whose bytes are two each; its second half is never masked
    const unsigned unit = low.address.is_v4() ? 1 : 2;
    const auto share = [&](unsigned units) {
        return same_prefix(low.address, high.address, units * unit * 8);
    };
    const std::size_t kept = (share(3) ? 4 : share(2) ? 3 : 2) * unit;
    append_masked(input, low.address, kept, 4 * unit);
    append_masked(input, high.address, kept, 4 * unit);
    return crc32c(input);
}

std::optional<connection_id> who_gives_way(std::span<const seat> seats, const seat& newcomer) {
    const auto rank = [](const seat& each) {
        // waiting for a slot is no fault, so among those with something to exchange idleness does not count
        const duration idle = waits_for_something(each) ? duration{} : each.idle;
        return std::tuple(waits_for_something(each), each.near, -idle, each.priority, each.id);
    };
    const seat* first = nullptr;
    for (const auto& each : seats) {
        if ((each.near && !newcomer.near) || is_used(each) || each.idle < stay_of(each, newcomer)) continue;
        if (first == nullptr || rank(each) < rank(*first)) first = &each;
    }
    if (first == nullptr) return one_of_a_crowd(seats, newcomer);
    // a neighbour chooses its address, and so its priority
    const bool by_priority = first->near == newcomer.near && (!newcomer.near || newcomer.returns);
    if (waits_for_something(*first) && by_priority && newcomer.priority <= first->priority)
        return one_of_a_crowd(seats, newcomer);
    return first->id;
}

}  // namespace bt::swarm
