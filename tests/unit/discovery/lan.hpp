// The vocabulary of this room's tests: addresses, torrents, and a link that carries datagrams between cores
// in virtual time.
#pragma once

#include <boost/test/unit_test.hpp>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <variant>
#include <vector>

#include "base/text.hpp"
#include "discovery/hello.hpp"
#include "discovery/link.hpp"
#include "discovery/lsd.hpp"
#include "unit/base/letter_ids.hpp"

namespace bt::discovery::test {

inline const time_point start{1000s};

inline ip_address ip(std::string_view text) { return ip_address::parse(text).value(); }
inline endpoint at(std::string_view text) { return endpoint::parse(text).value(); }

using bt::test::id_of;
inline info_hash torrent(char c) { return id_of<info_hash>(c); }
/// The n-th of many torrents.
inline info_hash torrent_number(std::uint32_t n) {
    info_hash hash;
    for (std::size_t i = 0; i < 4; ++i) hash.bytes[i] = static_cast<std::uint8_t>(n >> 8 * i);
    return hash;
}
inline instance_id instance(char c) { return id_of<instance_id>(c); }

inline interface_address ethernet(std::string_view address, unsigned prefix_bits, unsigned index = 2) {
    return {ip(address), prefix_bits, index, true, true, std::nullopt, "eth" + std::to_string(index), false};
}
inline interface_address loopback(std::string_view address = "127.0.0.1", unsigned prefix_bits = 8) {
    return {ip(address), prefix_bits, 1, false, false, std::nullopt, "lo", true};
}

/// Everything the core has to say, sorted by what it is.
template <class Core>
struct drained {
    std::vector<send> sends;
    std::vector<node_seen> seen;
    std::vector<node_gone> gone;
    std::vector<peer_found> peers;
    std::vector<tracker_found> trackers;
    std::vector<tracker_gone> lost_trackers;
    std::vector<dht_contact> contacts;

    explicit drained(Core& core) {
        while (auto output = core.poll()) std::visit([this](auto& o) { this->add(o); }, *output);
        BOOST_TEST(core.is_sound());
    }
    void add(send& o) { sends.push_back(std::move(o)); }
    void add(node_seen& o) { seen.push_back(std::move(o)); }
    void add(node_gone& o) { gone.push_back(o); }
    void add(peer_found& o) { peers.push_back(o); }
    void add(tracker_found& o) { trackers.push_back(o); }
    void add(tracker_gone& o) { lost_trackers.push_back(o); }
    void add(dht_contact& o) { contacts.push_back(o); }
};
template <class Core>
drained(Core&) -> drained<Core>;

inline hello_config node_config(char name) {
    hello_config config;
    config.self = instance(name);
    config.host_name = std::string("host-") + name;
    config.client = "btnode/0.1.0";
    config.peer_port = static_cast<std::uint16_t>(6000 + name);
    return config;
}

inline hello_message message_from(char name, hello_kind kind = hello_kind::hello) {
    hello_message message;
    message.kind = kind;
    message.instance = instance(name);
    message.host_name = std::string("host-") + name;
    message.client = "btnode/0.1.0";
    message.peer_port = static_cast<std::uint16_t>(6000 + name);
    return message;
}

/// What a node says to every `ask` among these datagrams that is about this message, as that node would.
inline std::vector<bytes> confirmations(const std::vector<send>& sends, const hello_message& said) {
    std::vector<bytes> all;
    for (const auto& each : sends) {
        auto message = parse_hello(each.datagram).value();
        if (message.kind != hello_kind::ask || message.tokens[0] != token_of(*message.nonce, said)) continue;
        message.kind = hello_kind::yes;
        message.instance = said.instance;
        all.push_back(encode_hello(message));
    }
    return all;
}

/// Padded as a node would pad it.
inline bytes datagram_of(const hello_message& message) {
    return encode_hello(message, longest_answer(message));
}

/// Lets time pass for one core: every deadline until `end` is kept. `seen` gets what comes out, and when.
template <class Core>
void run_until(Core& core, time_point end, const std::function<void(time_point, drained<Core>)>& seen) {
    for (auto due = core.next_deadline(); due <= end; due = core.next_deadline()) {
        const auto now = std::max(due, start);
        core.tick(now);
        seen(now, drained(core));
        BOOST_REQUIRE_MESSAGE(core.next_deadline() > now, "a deadline was not moved by tick()");
    }
}

}  // namespace bt::discovery::test
