#include "app/dht/dht_control.hpp"

#include <algorithm>

#include "app/dht/dht_json.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"

namespace bt::app {
namespace {
constexpr duration interest_time = 30s;  // a command asks several times a second
constexpr std::size_t peers_at_once = 500;
}  // namespace

void dht_control::add_methods(control_server& to) {
    to.add("dht_stats", [this](const json&) -> result<json> { return to_json(node_.stats()); });
    to.add("dht_search", [this](const json& params) { return begin_search(params, false); });
    to.add("dht_announce", [this](const json& params) { return begin_search(params, true); });
    to.add("dht_ping", [this](const json& params) { return begin_ping(params); });
    to.add("dht_task", [this](const json& params) { return look(params); });
}

result<void> dht_control::make_room() {
    for (auto it = tasks_.begin(); it != tasks_.end();) {
        const bool lost = node_.now() - it->second.asked > interest_time;
        if (lost && it->second.search != 0) node_.forget(it->second.search);
        it = lost ? tasks_.erase(it) : std::next(it);
    }
    if (tasks_.size() < limits::control_tasks) return {};
    return fail(errc::failure,
                "this node is busy with " + std::to_string(tasks_.size()) + " questions already");
}

json dht_control::keep(task fresh) {
    fresh.asked = node_.now();
    tasks_.emplace(++last_, std::move(fresh));
    return {{"task", last_}};
}

result<json> dht_control::begin_search(const json& params, bool announce) {
    const auto raw = from_hex(params.find_text("hash").value_or(""));
    const auto hash = raw ? info_hash::from(*raw) : std::nullopt;
    if (!hash) return fail(errc::usage, "hash: 40 hex digits");
    task fresh;
    if (announce) {
        const auto* given = params.find("port");
        const auto port = given == nullptr ? std::optional<std::uint64_t>(node_.port) : given->natural();
        if (!port || *port > 65535) return fail(errc::usage, "port: a number up to 65535");
        fresh.port = static_cast<std::uint16_t>(*port == 0 ? node_.port : *port);
    }
    if (const auto room = make_room(); !room) return unexpected<error>(room.error());
    fresh.search = node_.search({*hash, fresh.port, false});
    if (fresh.search == 0) return fail(errc::usage, "this torrent is private: the DHT has no part in it");
    return keep(std::move(fresh));
}

result<json> dht_control::begin_ping(const json& params) {
    const auto at = endpoint::parse(params.find_text("address").value_or(""));
    if (!at || !at->is_usable()) return fail(errc::usage, "address: such as 192.0.2.1:6881");
    if (const auto room = make_room(); !room) return unexpected<error>(room.error());
    task fresh;
    fresh.ping = node_.ping(*at);
    return keep(std::move(fresh));
}

result<json> dht_control::look(const json& params) {
    const auto number = params.find_natural("task").value_or(0);
    const auto found = tasks_.find(number);
    if (found == tasks_.end()) return fail(errc::not_found, "no such task");
    auto& one = found->second;
    one.asked = node_.now();
    const auto from = static_cast<std::size_t>(
        std::min<std::uint64_t>(params.find_natural("from").value_or(0), one.peers.size()));
    const auto until = std::min(one.peers.size(), from + peers_at_once);
    json peers = json::array{};
    for (auto i = from; i < until; ++i) peers.push_back(one.peers[i].to_string());
    const bool over = one.outcome.members() != nullptr && until == one.peers.size();
    json state = {{"over", over}, {"peers", std::move(peers)}};
    if (!over) return state;
    state.append(std::move(one.outcome));
    tasks_.erase(found);
    return state;
}

// What comes of torrents' own searches is in nobody's list.

void dht_control::happened(const dht::out::peers_found& what) {
    for (auto& [number, one] : tasks_) {
        if (one.search != what.search) continue;
        const auto room = limits::dht_search_peers - std::min(one.peers.size(), limits::dht_search_peers);
        const auto taken = std::min(room, what.peers.size());
        one.peers.insert(one.peers.end(), what.peers.begin(),
                         what.peers.begin() + static_cast<std::ptrdiff_t>(taken));
    }
}

void dht_control::happened(const dht::out::search_over& what) {
    for (auto& [number, one] : tasks_)
        if (one.search == what.search)
            one.outcome = json{{"nodes_answered", what.nodes_answered},
                               {"announced", what.announced},
                               {"hops", what.hops},
                               {"seconds", seconds(what.took)},
                               {"port", one.port}};
}

void dht_control::happened(const dht::out::pinged& what) {
    for (auto& [number, one] : tasks_) {
        if (one.ping == 0 || one.ping != what.ping) continue;
        one.outcome = json{{"answered", what.id.has_value()}, {"seconds", seconds(what.round_trip)}};
        if (what.id) one.outcome["id"] = to_hex(what.id->span());
        one.outcome["version"] = to_hex(as_bytes(what.version));
    }
}

}  // namespace bt::app
