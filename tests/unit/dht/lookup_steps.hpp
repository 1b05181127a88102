// The small vocabulary of the lookup's tests: a node is the first byte of its distance, what is asked is a
// line.
#pragma once

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "dht/lookup.hpp"
#include "dht/secure_id.hpp"

namespace bt::dht::test {

/// The target is 0, so an id is a distance: `far` is its first byte.
inline node_id id_at(unsigned far) {
    node_id id;
    id.bytes[0] = static_cast<std::uint8_t>(far);
    return id;
}
/// Each `net` is a /24 of the local realm, or of the world.
inline endpoint at(std::uint8_t first, unsigned net, unsigned host) {
    return {ip_address::v4(first, 0, static_cast<std::uint8_t>(net), static_cast<std::uint8_t>(host)), 6881};
}
inline endpoint local(unsigned net, unsigned host = 1) { return at(10, net, host); }
inline endpoint world(unsigned net, unsigned host = 1) { return at(80, net, host); }
inline contact near(unsigned far) { return {id_at(far), local(far)}; }
/// Its id fits its address.
inline contact fitting(const endpoint& at, std::uint64_t seed = 1) {
    rng random(seed);
    return {secure_id(at.address, 1, random), at};
}

inline lookup_plan in_lan(std::size_t wanted = 8, std::size_t alpha = 3) {
    lookup_plan plan;
    plan.where = realm::local;
    plan.wanted = wanted;
    plan.alpha = alpha;
    return plan;
}
inline lookup_plan in_world(std::size_t wanted = 8) {
    lookup_plan plan;
    plan.wanted = wanted;
    return plan;
}

/// All that may be asked now, by the third byte of the address; "over" at the end.
inline std::string asks(lookup& which) {
    std::string all;
    BOOST_TEST(which.is_sound());
    while (const auto next = which.next()) all += std::to_string(next->to.address.raw()[2]) + " ";
    return which.is_over() ? all + "over" : all;
}
inline std::string nearest(const lookup& which) {
    BOOST_TEST(which.is_sound());
    std::string all;
    for (const auto& holder : which.nearest()) all += std::to_string(holder.node.at.address.raw()[2]) + " ";
    return all;
}
inline void answer(lookup& which, const contact& from, const std::vector<contact>& named = {},
                   std::string_view token = "token") {
    which.answered(from.at, from.id, named, token);
    BOOST_TEST(which.is_sound());
}

}  // namespace bt::dht::test
