#include "app/lan/lan_json.hpp"

#include <algorithm>
#include <map>

#include "base/text.hpp"

namespace bt::app {
namespace {

json names_of(const std::vector<name_claim>& names) {
    json list = json::array{};
    for (const auto& claim : names) {
        json by = json::array{};
        for (const auto& source : claim.by)
            by.push_back({{"host", source.host}, {"address", source.address}});
        list.push_back({{"name", claim.name}, {"by", std::move(by)}});
    }
    return list;
}

/// Not loopback, IPv4 before IPv6.
int rank(const ip_address& address) {
    return (address.scope() == address_scope::loopback ? 2 : 0) + (address.is_v4() ? 0 : 1);
}

json node_json(const neighbour& each) {
    const auto& node = each.node;
    json one = {{"instance", to_hex(node.instance.span())},
                {"client_name", node.client},
                {"peer_port", node.peer_port},
                {"share_count", node.shares},
                {"is_tracker", node.http_tracker_port.has_value() || node.udp_tracker_port.has_value()},
                {"answered", each.answered}};
    if (!each.answered && !each.trouble.empty()) one["error"] = each.trouble;
    return one;
}

json shares_json(const std::vector<neighbour>& nodes) {
    json list = json::array{};
    for (const auto& share : shares_of(nodes))
        list.push_back({{"hash_string", to_hex(share.hash.span())},
                        {"name", share.name},
                        {"total_size", share.total_size},
                        {"file_count", share.file_count},
                        {"is_complete", share.seeders > 0}});
    return list;
}

bool meet(const std::vector<ip_address>& a, const std::vector<ip_address>& b) {
    return std::any_of(a.begin(), a.end(), [&](const ip_address& each) {
        return std::find(b.begin(), b.end(), each) != b.end();
    });
}

}  // namespace

json torrents_json(const std::vector<shared_torrent>& torrents) {
    json list = json::array{};
    for (const auto& [entry, peers, names] : torrents) {
        json one{{"hash_string", to_hex(entry.hash.span())},
                 {"name", entry.name},
                 {"total_size", entry.total_size},
                 {"file_count", entry.file_count},
                 {"seeders", entry.seeders},
                 {"leechers", entry.leechers},
                 {"hosts", json::array(entry.hosts.begin(), entry.hosts.end())}};
        if (entry.created) one["date_created"] = *entry.created;
        if (names.size() > 1) one["names"] = names_of(names);
        list.push_back(std::move(one));
    }
    return list;
}

json trackers_json(const std::vector<found_tracker>& trackers) {
    json list = json::array{};
    for (const auto& each : trackers) {
        json one = {{"url", each.url}, {"host", each.host}, {"answered", each.answered}};
        if (!each.trouble.empty()) one["error"] = each.trouble;
        list.push_back(std::move(one));
    }
    return list;
}

std::vector<tracker::catalogue_entry> shares_of(const std::vector<neighbour>& nodes) {
    std::map<info_hash, tracker::catalogue_entry> shares;
    for (const auto& node : nodes)
        for (const auto& share : node.shares) {
            auto& one = shares.try_emplace(share.hash, share).first->second;
            one.seeders = std::max(one.seeders, share.seeders);
        }
    std::vector<tracker::catalogue_entry> list;
    for (auto& [hash, share] : shares) list.push_back(std::move(share));
    return list;
}

std::vector<machine> machines_of(const std::vector<neighbour>& nodes) {
    std::vector<machine> machines;
    for (const auto& node : nodes) {
        machine fresh{node.node.host_name, node.addresses, {node}};
        for (auto at = machines.begin(); at != machines.end();) {  // it may join several
            if (!meet(at->addresses, fresh.addresses)) {
                ++at;
                continue;
            }
            if (!at->host.empty()) fresh.host = at->host;
            fresh.addresses.insert(fresh.addresses.end(), at->addresses.begin(), at->addresses.end());
            fresh.nodes.insert(fresh.nodes.begin(), at->nodes.begin(), at->nodes.end());
            at = machines.erase(at);
        }
        machines.push_back(std::move(fresh));
    }
    for (auto& each : machines) {
        auto& all = each.addresses;
        std::sort(all.begin(), all.end(), [](const ip_address& a, const ip_address& b) {
            return std::pair(rank(a), a) < std::pair(rank(b), b);
        });
        all.erase(std::unique(all.begin(), all.end()), all.end());
    }
    std::sort(machines.begin(), machines.end(), [](const machine& a, const machine& b) {
        return std::tie(a.host, a.addresses) < std::tie(b.host, b.addresses);
    });
    return machines;
}

json machines_json(const std::vector<machine>& machines) {
    json list = json::array{};
    for (const auto& each : machines) {
        json addresses = json::array{}, nodes = json::array{};
        for (const auto& address : each.addresses) addresses.push_back(address.to_string());
        for (const auto& node : each.nodes) nodes.push_back(node_json(node));
        list.push_back({{"host", each.host},
                        {"addresses", std::move(addresses)},
                        {"nodes", std::move(nodes)},
                        {"shares", shares_json(each.nodes)}});
    }
    return list;
}

}  // namespace bt::app
