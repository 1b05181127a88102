// One node, its clock and its outputs.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "discovery/hello_codec.hpp"
#include "node/core.hpp"
#include "torrent/create.hpp"
#include "unit/base/passing_time.hpp"

using namespace bt;
namespace out = bt::node::out;

using names = std::vector<std::string>;

inline torrent::info make_info(bool is_private, const std::string& name = "x") {
    torrent::info_plan plan;
    plan.name = name;
    plan.files.push_back({{}, 10, false});
    plan.piece_bytes = 16384;
    plan.is_private = is_private;
    return *torrent::parse_info(torrent::encode_info(plan, bytes(20)));
}

inline discovery::interface_address card(ip_address address = ip_address::v4(10, 0, 0, 1)) {
    discovery::interface_address each;
    each.address = address;
    each.prefix_bits = 24;
    each.index = 2;
    each.multicast = each.broadcast_capable = true;
    each.broadcast = ip_address::v4(10, 0, 0, 255);
    return each;
}

inline node::config settings() {
    node::config config;
    config.id.bytes.fill('a');
    config.instance.bytes.fill('i');
    config.port = 6881;
    return config;
}

/// One node, its clock and what it asked of trackers: "host:port event".
struct desk {
    explicit desk(node::config config = settings(), std::uint64_t seed = 1)
        : core(std::move(config), rng(seed)) {
        core.set_interfaces(now, {card()});
        drain();
    }
    void drain() {
        while (auto what = core.poll()) {
            if (auto* get = std::get_if<out::http_get>(&*what)) {
                note(get->url);
                http.push_back(*get);
            }
            if (auto* each = std::get_if<out::resolve>(&*what)) lookups.push_back(*each);
            if (auto* each = std::get_if<out::udp_send>(&*what)) datagrams.push_back(*each);
            if (auto* each = std::get_if<out::register_share>(&*what))
                registered.push_back(each->tracker.to_string());
            if (auto* each = std::get_if<out::tracker_trouble>(&*what)) troubles.push_back(each->message);
            if (auto* each = std::get_if<out::tcp_connect>(&*what)) {
                connects.push_back(each->to.to_string());
                calls.push_back(each->id);
            }
            if (auto* each = std::get_if<out::tcp_close>(&*what)) closed.push_back(each->id);
            if (auto* each = std::get_if<out::disk_write>(&*what)) writes.push_back(std::move(*each));
            if (auto* each = std::get_if<out::lan_send>(&*what)) {
                said += as_text(each->what.datagram);
                if (auto message = discovery::parse_hello(each->what.datagram)) {
                    lan_kinds.push_back(message->kind);
                    if (message->kind == discovery::hello_kind::ask) asks.push_back(*message);
                }
            }
            if (auto* each = std::get_if<out::dht_send>(&*what)) said += as_text(each->datagram);
        }
        BT_ASSERT(core.is_sound());
    }
    void note(const std::string& text) {
        const auto where = tracker::url::parse(text.substr(0, text.find('?'))).value();
        const auto at = text.find("&event=");
        asked.push_back(
            where.authority() +
            (at == std::string::npos ? "" : " " + text.substr(at + 7, text.find('&', at + 1) - at - 7)));
    }
    void pass(duration span) { test::pass(core, *this, span); }
    torrent_id share(const torrent::info& info, torrent::tracker_tiers trackers = {}) {
        const auto id = *core.add(now, {info.hash, info, std::move(trackers), {}, true});
        begin(id, true);
        return id;
    }
    /// Its one piece is there, or not.
    void begin(torrent_id id, bool complete) {
        core.begin(now, id, torrent::piece_set(1, complete), std::vector(1, swarm::priority::normal), false);
        drain();
    }
    torrent_id get(const torrent::info& info, torrent::tracker_tiers trackers = {}) {
        const auto id = *core.add(now, {info.hash, std::nullopt, std::move(trackers), {}, false});
        drain();
        return id;
    }
    void hello(char name, ip_address from, std::optional<std::uint16_t> http_port,
               std::optional<std::uint16_t> udp_port = {},
               discovery::hello_kind kind = discovery::hello_kind::hello) {
        discovery::hello_message message;
        message.kind = kind;
        message.instance.bytes.fill(static_cast<std::uint8_t>(name));
        message.host_name = std::string(1, name);
        message.http_tracker_port = http_port;
        message.udp_tracker_port = udp_port;
        asks.clear();
        core.lan_received(now, node::lan_socket::hello, {from, 8001}, 2, false,
                          discovery::encode_hello(message));
        drain();
        core.tick(now);
        drain();
        confirm(message, from);
    }
    /// As the node that sent the message does when it is asked whether it did.
    void confirm(const discovery::hello_message& message, const ip_address& from) {
        for (auto ask : std::exchange(asks, {})) {
            if (ask.tokens.at(0) != discovery::token_of(*ask.nonce, message)) continue;
            ask.kind = discovery::hello_kind::yes;
            ask.instance = message.instance;
            core.lan_received(now, node::lan_socket::hello, {from, 8001}, 2, true,
                              discovery::encode_hello(ask));
        }
        drain();
    }
    void bye(char name, ip_address from) { hello(name, from, {}, {}, discovery::hello_kind::bye); }
    void reply(const out::http_get& get, const std::string& body, int status = 200) {
        core.http_answered(now, get.request,
                           tracker::http_reply{status, as_bytes(body), ip_address::v4(10, 0, 0, 5)});
        drain();
    }
    /// A peer connects, knows the torrent and says this.
    connection_id meet(const info_hash& hash, const std::vector<wire::message>& messages,
                       ip_address from = ip_address::v4(10, 0, 0, 9)) {
        const auto id = core.accepted(now, {from, 40000});
        peer_id other;
        other.bytes.fill(++peers_met);
        bytes sent = wire::encode(wire::handshake{{true, true, false}, hash, other});
        for (const auto& each : messages) wire::encode(each, sent);
        core.received(now, id, sent);
        drain();
        return id;
    }
    /// Its one piece comes from a peer that has it.
    void download(const info_hash& hash) {
        const auto id = meet(hash, {wire::have_all{}, wire::unchoke{}});
        pass(1s);
        bytes block;
        wire::encode(wire::piece{0, 0, bytes(10)}, block);
        core.received(now, id, block);
        drain();
        for (auto& each : std::exchange(writes, {}))
            core.written(now, each.torrent, each.piece, swarm::write_result::ok, std::move(each.data));
        drain();
    }
    bool was_said(const info_hash& hash) const {  // on the LAN in BEP 14's form, or in the DHT
        return said.find(to_hex(hash.span())) != std::string::npos ||
               said.find(hash.view()) != std::string::npos;
    }
    names news() { return std::exchange(asked, {}); }

    time_point now{100s};
    node::core core;
    names asked, registered, troubles, connects;
    std::vector<out::http_get> http;
    std::vector<out::resolve> lookups;
    std::vector<out::udp_send> datagrams;
    std::vector<out::disk_write> writes;
    std::vector<connection_id> closed, calls;
    std::vector<discovery::hello_message> asks;
    std::vector<discovery::hello_kind> lan_kinds;
    std::string said;
    std::uint8_t peers_met = 'm';
};
