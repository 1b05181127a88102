// A responder between full tables, asked in datagrams: what its tests share.
#pragma once

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "dht/responder.hpp"

namespace bt::dht::test {

inline const time_point start(1h);
inline endpoint at(std::string_view text) { return *endpoint::parse(text); }
inline ip_address address(std::string_view text) { return *ip_address::parse(text); }

/// A public address; other numbers are other subnets.
inline endpoint world_v4(std::uint32_t i) {
    return {ip_address::v4(static_cast<std::uint8_t>(60 + i % 7), static_cast<std::uint8_t>(i >> 8),
                           static_cast<std::uint8_t>(i), 1),
            6881};
}
inline endpoint world_v6(std::uint32_t i) {
    bytes raw(16, 1);
    raw[0] = 0x2a;
    for (std::size_t b = 0; b < 4; ++b) raw[4 + b] = static_cast<std::uint8_t>(i >> 8 * b);
    return {*ip_address::from_bytes(raw), 6881};
}
inline endpoint local_v4(std::uint32_t i) {
    return {ip_address::v4(192, 168, static_cast<std::uint8_t>(1 + i / 200),
                           static_cast<std::uint8_t>(10 + i % 200)),
            6881};
}
inline endpoint local_v6(std::uint32_t i) {
    bytes raw(16, 0);
    raw[0] = 0xfd, raw[14] = static_cast<std::uint8_t>(i >> 8), raw[15] = static_cast<std::uint8_t>(1 + i);
    return {*ip_address::from_bytes(raw), 6881};
}

inline const auto neighbour = local_v4(150), stranger = world_v4(9'999);
inline const auto neighbour6 = local_v6(150), stranger6 = world_v6(9'999);

struct desk {
    explicit desk(const responder_config& config = {}, std::size_t nodes = 40)
        : random(1),
          world4(id(), realm::world, random.child()),
          local4(world4.own(), realm::local, random.child()),
          world6(id(), realm::world, random.child()),
          local6(world6.own(), realm::local, random.child()),
          it(config, random.child()) {
        rules.set_networks({{address("192.168.1.5"), 24}, {address("fd00::5"), 64}});
        for (std::uint32_t i = 0; i < nodes; ++i) {
            world4.answered(start, {id(), world_v4(i)}, 30ms);
            local4.answered(start, {id(), local_v4(i)}, 1ms);
            world6.answered(start, {id(), world_v6(i)}, 30ms);
            local6.answered(start, {id(), local_v6(i)}, 1ms);
        }
        for (const auto& known : {neighbour, neighbour6}) it.answered_us(start, known.address);
    }

    node_id id() {
        node_id made;
        random.fill(made.bytes);
        return made;
    }
    known_nodes v4() const { return speaks_v4 ? known_nodes{&world4, &local4} : known_nodes{}; }
    known_nodes v6() const { return speaks_v6 ? known_nodes{&world6, &local6} : known_nodes{}; }

    /// One datagram in, at most one out, as the node does it.
    std::optional<bytes> hear(time_point now, const endpoint& from, byte_view datagram) {
        if (heard++ % 64 == 0) BOOST_TEST(it.is_sound());  // it takes time for each peer in the store
        if (!it.admits(now, from, rules)) return std::nullopt;
        const auto message = krpc::parse(datagram);
        if (!message) return std::nullopt;
        if (const auto* query = std::get_if<krpc::query>(&*message))
            return it.answer(now, from, to, datagram.size(), *query, rules, v4(), v6());
        if (const auto* query = std::get_if<krpc::bad_query>(&*message))
            return it.refuse(now, from, datagram.size(), *query, rules);
        return std::nullopt;
    }
    std::optional<bytes> ask(const endpoint& from, const krpc::query_form& form, time_point now = start) {
        return hear(now, from, krpc::write_query(form));
    }
    /// The answer, or the refusal; the test fails where there is none of that kind.
    template <class Kind = krpc::answer>
    Kind answer(const endpoint& from, const krpc::query_form& form, time_point now = start) {
        const auto made = ask(from, form, now);
        BOOST_REQUIRE(made);
        kept.push_back(*made);
        const auto message = krpc::parse(kept.back());
        BOOST_REQUIRE(message);
        BOOST_REQUIRE(std::holds_alternative<Kind>(*message));
        return std::get<Kind>(*message);
    }
    krpc::failure refusal(const endpoint& from, const krpc::query_form& form, time_point now = start) {
        return answer<krpc::failure>(from, form, now);
    }
    krpc::query_form form(krpc::method what) {
        krpc::query_form made;
        made.tid = "aa";
        made.what = what;
        made.id = id();
        made.target = id();
        made.port = 7000;
        return made;
    }
    /// An announce with the token its asker was given.
    krpc::query_form announce(const endpoint& from, const node_id& target, time_point now = start) {
        auto ask = form(krpc::method::get_peers);
        ask.target = target;
        ask.token = answer(from, ask, now).token;
        ask.what = krpc::method::announce_peer;
        return ask;
    }

    rng random;
    routing_table world4, local4, world6, local6;
    address_rules rules;
    responder it;
    ip_address to;
    std::size_t heard = 0;
    bool speaks_v4 = true, speaks_v6 = true;
    std::vector<bytes> kept;  // what the answers given out are views into; their memory moves along
};

}  // namespace bt::dht::test
