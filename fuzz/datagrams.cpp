// F5: datagrams of strangers, at the DHT, the LAN hello, BEP 14 and the UDP tracker. Each gets at most one
// answer, bounded and no amplifier, and nothing but a query gets any. The first byte chooses the protocol and
// the source.
#include "base/limits.hpp"
#include "dht/krpc.hpp"
#include "dht/node.hpp"
#include "discovery/hello.hpp"
#include "discovery/lsd.hpp"
#include "discovery/lsd_codec.hpp"
#include "fuzz/target.hpp"
#include "tracker/server/server.hpp"
#include "unit/base/letter_ids.hpp"

namespace bt::fuzz {
namespace {

using bt::test::id_of;
namespace krpc = dht::krpc;

const time_point start{1h};

ip_address ip(std::string_view text) { return *ip_address::parse(text); }
endpoint source(std::uint8_t choice) {
    const std::string_view addresses[] = {"192.168.1.66", "84.2.3.4", "fd00::66", "2a02:1::2"};
    return {ip(addresses[choice % 4]), 6881};
}

bool is_question(byte_view datagram) {
    const auto message = krpc::parse(datagram);
    return message && (std::holds_alternative<krpc::query>(*message) ||
                       std::holds_alternative<krpc::bad_query>(*message));
}

void at_the_dht(const endpoint& from, byte_view datagram) {
    dht::node node({}, std::nullopt, rng(1));
    node.set_networks(start, {{ip("192.168.1.5"), 24}, {ip("fd00::5"), 64}});
    while (node.poll()) continue;
    std::size_t answers = 0;
    for (const auto now : {start, start + 1s}) {
        node.receive(now, from, ip("192.168.1.5"), datagram);
        while (const auto made = node.poll()) {
            const auto* sent = std::get_if<dht::out::send>(&*made);
            if (sent == nullptr) continue;
            const auto said = krpc::parse(sent->datagram);
            BT_ASSERT(said);
            if (std::holds_alternative<krpc::query>(*said)) continue;  // its own, to who asked
            BT_ASSERT(is_question(datagram));
            BT_ASSERT(sent->to == from);
            BT_ASSERT(sent->datagram.size() <= limits::dht_answer_bytes);
            BT_ASSERT(sent->datagram.size() <= limits::dht_answer_times * datagram.size());
            ++answers;
        }
    }
    BT_ASSERT(answers <= 2);
    node.tick(std::max(start + 2s, node.next_deadline()));
}

template <class Core>
std::size_t sent_by(Core& core, std::size_t longest) {
    std::size_t count = 0;
    while (const auto made = core.poll())
        if (const auto* sent = std::get_if<discovery::send>(&*made)) {
            BT_ASSERT(sent->datagram.size() <= longest);
            ++count;
        }
    return count;
}
std::vector<discovery::interface_address> ethernet() {
    return {{ip("192.168.1.5"), 24, 2, true, true, std::nullopt, "eth0", false, std::nullopt}};
}

void at_hello(const endpoint& from, byte_view datagram) {
    discovery::hello_config config;
    config.self = id_of<instance_id>('A');
    config.peer_port = 6881;
    discovery::hello core(config, rng(1));
    core.set_interfaces(start, ethernet());
    core.add_served(id_of<info_hash>('s'));
    core.want(start, id_of<info_hash>('w'));
    while (core.poll()) continue;
    core.receive(start, from, 2, false, datagram);
    BT_ASSERT(sent_by(core, datagram.size()) <= 1);
    BT_ASSERT(core.online().size() <= 1);
    core.tick(std::max(start, core.next_deadline()));
    sent_by(core, limits::hello_bytes);
}

void at_lsd(const endpoint& from, byte_view datagram) {
    discovery::lsd core({"own cookie", 6881}, rng(1));
    core.set_interfaces(start, ethernet());
    core.announce(start, id_of<info_hash>('s'));
    core.receive(start, from, 2, datagram);
    BT_ASSERT(sent_by(core, limits::lsd_sent_bytes) <= 1);
    core.tick(std::max(start, core.next_deadline()));
    sent_by(core, limits::lsd_sent_bytes);
}

void at_the_tracker(const endpoint& from, byte_view datagram) {
    tracker::server_config config;
    config.udp_port = 6969;
    tracker::server core(std::move(config), rng(1));
    core.set_networks({{{ip("192.168.1.5"), 24}, false}});
    bytes answer(limits::tracker_datagram_bytes);
    const auto size = core.udp(start, from, ip("192.168.1.5"), datagram, answer);
    BT_ASSERT(size <= answer.size());
    BT_ASSERT(size == 0 || datagram.size() >= 16);
    core.tick(std::max(start, core.next_deadline()));
}

void run(byte_view input) {
    const auto choice = take_byte(input);
    const auto from = source(choice / 4);
    switch (choice % 4) {
        case 0:
            return at_the_dht(from, input);
        case 1:
            return at_hello(from, input);
        case 2:
            return at_lsd(from, input);
        default:
            return at_the_tracker(from, input);
    }
}

std::vector<bytes> dht_messages() {
    using krpc::method;
    std::vector<bytes> all;
    for (const auto what : {method::ping, method::find_node, method::get_peers, method::announce_peer}) {
        krpc::query_form ask;
        ask.tid = "aa", ask.what = what, ask.id = id_of<node_id>('q'), ask.target = id_of<node_id>('t');
        ask.token = "12345678", ask.port = 7000, ask.want_v4 = ask.want_v6 = what == method::find_node;
        all.push_back(krpc::write_query(ask));
    }
    krpc::answer_form reply;
    bytes nodes;
    krpc::append_compact(nodes, {id_of<node_id>('n'), source(1)});
    reply.tid = "aa", reply.id = id_of<node_id>('r'), reply.nodes = nodes, reply.token = "12345678";
    reply.peers = {source(1)};
    all.push_back(krpc::write_answer(reply));
    all.push_back(krpc::write_error("aa", krpc::error_code::protocol, "bad token"));
    return all;
}

std::vector<bytes> hello_messages() {
    using discovery::hello_kind;
    std::vector<bytes> all;
    for (const auto kind :
         {hello_kind::who, hello_kind::hello, hello_kind::ask, hello_kind::yes, hello_kind::bye}) {
        discovery::hello_message message;
        message.kind = kind;
        message.instance = id_of<instance_id>('B');
        message.host_name = "host-b", message.client = "btnode/0.1.0";
        message.peer_port = 6882, message.dht_port = 6883, message.http_tracker_port = 6969;
        message.nonce = id_of<discovery::hello_nonce>('n');
        message.tokens = {token_of(*message.nonce, id_of<info_hash>('s')),
                          token_of(*message.nonce, id_of<info_hash>('w'))};
        all.push_back(discovery::encode_hello(message, discovery::longest_answer(message)));
    }
    return all;
}

std::vector<bytes> tracker_messages() {
    bytes connect, announce;
    byte_writer(connect)
        .number<std::uint64_t>(0x41727101980)
        .number<std::uint32_t>(0)
        .number<std::uint32_t>(7);
    byte_writer(announce).number<std::uint64_t>(1).number<std::uint32_t>(1).number<std::uint32_t>(9).raw(
        bytes(82, 'x'));
    return {connect, announce};
}

std::vector<bytes> seeds() {
    std::vector<bytes> all;
    const auto add = [&](std::uint8_t protocol, const std::vector<bytes>& messages) {
        for (const auto& message : messages)
            for (unsigned from = 0; from < 4; ++from)
                all.push_back(with_choice(static_cast<std::uint8_t>(protocol + 4u * from), message));
    };
    add(0, dht_messages());
    add(1, hello_messages());
    add(2, {discovery::encode_lsd(ip_family::v4, 6881, id_of<info_hash>('s'), "cookie")});
    add(3, tracker_messages());
    return all;
}

constexpr std::string_view words[] = {"0",
                                      "1",
                                      "9",
                                      ":",
                                      "i",
                                      "l",
                                      "d",
                                      "e",
                                      "-",
                                      "1:q",
                                      "1:r",
                                      "1:y",
                                      "1:a",
                                      "2:id20:",
                                      "6:target20:",
                                      "5:token",
                                      "12:implied_porti1e",
                                      "4:wantl2:n42:n6e",
                                      "2:roi1e",
                                      "1:f",
                                      "1:n8:",
                                      "1:z",
                                      "\r\n",
                                      "Infohash: ",
                                      "Port: ",
                                      "BT-SEARCH * HTTP/1.1\r\n",
                                      std::string_view("\0\0\0\1", 4)};

}  // namespace

const target datagrams{"F5", "datagrams: DHT, hello, BEP 14, UDP tracker", run, seeds, words};

}  // namespace bt::fuzz
