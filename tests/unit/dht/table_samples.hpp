// Nodes around one own id, for tests of the routing table.
#pragma once

#include <boost/test/unit_test.hpp>
#include <vector>

#include "dht/distance.hpp"
#include "dht/routing_table.hpp"
#include "dht/secure_id.hpp"

namespace bt::dht::test {

inline constexpr time_point start = time_point(1h);

inline node_id own() {
    node_id made;
    made.bytes.fill(0x55);
    return made;
}
/// The n-th of some ids that share exactly `shared` bits with ours.
inline node_id id(unsigned shared, unsigned n) {
    rng random(shared * 1000 + n);
    return random_at(own(), shared, random);
}
/// Hosts of the world, each of a subnet of its own, and of a LAN.
inline endpoint host(unsigned n) {
    return {ip_address::v4(20, static_cast<std::uint8_t>(n >> 8), static_cast<std::uint8_t>(n), 1), 6881};
}
inline endpoint neighbour(unsigned n) {
    return {ip_address::v4(192, 168, static_cast<std::uint8_t>(n >> 8), static_cast<std::uint8_t>(n)), 6881};
}
inline contact node(unsigned shared, unsigned n) { return {id(shared, n), host(shared * 100 + n)}; }
/// The same with an id that fits its address (BEP 42).
inline contact secure_node(unsigned shared, const endpoint& at, rng& random) {
    for (;;) {
        contact c{secure_id(at.address, static_cast<std::uint8_t>(random.below(256)), random), at};
        if (shared_bits(own(), c.id) == shared) return c;
    }
}

inline routing_table world() { return {own(), realm::world, rng(1)}; }
inline routing_table lan() { return {own(), realm::local, rng(1)}; }

/// Eight that answered and share exactly `shared` bits with us.
inline void fill(routing_table& table, time_point now, unsigned shared) {
    for (unsigned n = 0; n < bucket_size; ++n) table.answered(now, node(shared, n), 10ms);
    BOOST_TEST(table.is_sound());
}
inline std::vector<contact> all_to_ask(routing_table& table, time_point now) {
    BOOST_TEST(table.is_sound());
    std::vector<contact> out;
    while (const auto one = table.next_to_ask(now)) {
        out.push_back(*one);
        BOOST_REQUIRE(out.size() < 10000u);
    }
    return out;
}
inline std::vector<contact> closest(const routing_table& table, const node_id& target, std::size_t count) {
    std::vector<contact> out;
    table.closest(target, count, out);
    return out;
}

}  // namespace bt::dht::test
