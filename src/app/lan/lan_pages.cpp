#include "app/lan/lan_pages.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "tracker/url.hpp"

namespace bt::app {
namespace {

/// A neighbour answers in milliseconds or is not worth waiting for.
constexpr net::http_limits answer_limits = {limits::tracker_reply_bytes, 2s, 3s, 0};

std::string http_url(const endpoint& at, std::string path = "") {
    return tracker::url::at(tracker::scheme::http, at, std::move(path)).to_string();
}

/// Of a tracker's URL: one host is one source of names, on whatever ports.
std::string address_of(const std::string& url) {
    const auto at = tracker::url::parse(url + "/announce");
    return at ? at->host : url;
}

}  // namespace

std::string lan_tracker_url(const endpoint& at) { return http_url(at); }

bool says_the_same(const discovery::node_info& a, const discovery::node_info& b) {
    const auto said = [](const discovery::node_info& n) {
        return std::tie(n.instance, n.host_name, n.client, n.peer_port, n.dht_port, n.http_tracker_port,
                        n.udp_tracker_port, n.page_port);
    };
    return said(a) == said(b);
}

lan_pages::lan_pages(net::loop& on, const outgoing& way, may_connect_fn may_connect,
                     std::function<void()> news)
    : loop_(on), http_(on, way, std::move(may_connect)), news_(std::move(news)) {}

void lan_pages::node_seen(const discovery::node_info& info) {
    auto& node = nodes_[info.key()];
    const bool moved = node.node.page_port != info.page_port;
    node.node = info;
    if (!node.asked || moved) ask_node(node);
    news_();
}

void lan_pages::node_gone(const discovery::node_key& node) {
    nodes_.erase(node);
    news_();
}

void lan_pages::tracker_found(const std::string& url, const std::string& host) { ask_tracker(url, host); }

void lan_pages::tracker_gone(const std::string& url) {
    trackers_.erase(url);
    news_();
}

std::string lan_pages::host_of(const discovery::node_key& node) const {
    const auto found = nodes_.find(node);
    return found == nodes_.end() ? "" : found->second.node.host_name;
}

void lan_pages::refresh() {
    pages_.begin_round();
    for (auto& [id, node] : nodes_) ask_node(node);
    for (auto& [url, each] : trackers_) ask_tracker(url, each.host);
}

std::vector<found_tracker> lan_pages::trackers() const {
    std::vector<found_tracker> list;
    for (const auto& [url, each] : trackers_) list.push_back(each);
    return list;
}

std::vector<neighbour> lan_pages::nodes() const {
    std::vector<neighbour> list;
    for (const auto& [key, each] : nodes_) {
        const auto same = std::find_if(
            list.begin(), list.end(),
            [&, &node = each.node](const neighbour& one) { return says_the_same(one.node, node); });
        auto& one = same == list.end() ? list.emplace_back(each) : *same;
        one.addresses.push_back(each.node.address);
        if (one.shares.empty()) one.shares = each.shares;
    }
    std::sort(list.begin(), list.end(), [](const neighbour& a, const neighbour& b) {
        return std::tie(a.node.host_name, a.node.instance, a.node.address) <
               std::tie(b.node.host_name, b.node.instance, b.node.address);
    });
    return list;
}

void lan_pages::ask_node(neighbour& node) {
    if (!node.node.page_port) return;
    node.asked = true;
    const auto& address = node.node.address;
    fetch(address.to_string(), http_url({address, *node.node.page_port}, "/catalogue.json"),
          [this, id = node.node.key()](result<std::vector<tracker::catalogue_entry>> answer) {
              const auto found = nodes_.find(id);
              if (found == nodes_.end()) return;
              found->second.answered = answer.has_value();
              if (answer)
                  found->second.shares = std::move(*answer);
              else
                  found->second.trouble = answer.error().message;
          });
}

void lan_pages::ask_tracker(const std::string& url, const std::string& host) {
    auto& entry = trackers_[url];
    entry.url = url;
    if (!host.empty()) entry.host = host;
    fetch(address_of(url), url + "/api/v1/torrents",
          [this, url](result<std::vector<tracker::catalogue_entry>> answer) {
              const auto found = trackers_.find(url);
              if (found == trackers_.end()) return;
              found->second.answered = answer.has_value();
              if (answer)
                  found->second.torrents = std::move(*answer);
              else
                  found->second.trouble = answer.error().message;
          });
}

void lan_pages::fetch(const std::string& address, std::string url, answer_handler done) {
    pages_.add(address, {std::move(url), std::move(done)});
    send_next();
}

void lan_pages::send_next() {
    while (auto next = pages_.next(loop_.now())) {
        auto& [address, asked] = *next;
        http_.get(asked.url, answer_limits,
                  [this, address = address, done = std::move(asked.done)](net::http_result answer) {
                      pages_.done(loop_.now(), address, answer && answer->status == 200);
                      if (!answer)
                          done(unexpected<error>(answer.error()));
                      else if (answer->status != 200)
                          done(fail(errc::network, "it answered " + std::to_string(answer->status)));
                      else
                          done(tracker::parse_catalogue(as_text(answer->body)));
                      // not inside: the request that just ended still counts as active
                      loop_.post([this] {
                          send_next();
                          news_();
                      });
                  });
    }
}

std::vector<shared_torrent> lan_pages::torrents() const {
    std::map<info_hash, shared_torrent> all;
    const auto find = [&](const tracker::catalogue_entry& entry) -> shared_torrent& {
        const auto [at, fresh] = all.try_emplace(entry.hash);
        if (fresh) {
            at->second.entry = entry;
            at->second.entry.seeders = at->second.entry.leechers = 0;
            at->second.entry.hosts.clear();
        }
        return at->second;
    };
    const auto name_host = [](shared_torrent& to, const std::string& host) {
        if (!host.empty() && to.entry.hosts.size() < limits::catalogue_hosts &&
            std::find(to.entry.hosts.begin(), to.entry.hosts.end(), host) == to.entry.hosts.end())
            to.entry.hosts.push_back(host);
    };
    // in the order in which they were heard: what a node calls itself decides nothing
    std::vector<const neighbour*> nodes;
    for (const auto& [id, node] : nodes_) nodes.push_back(&node);
    std::stable_sort(nodes.begin(), nodes.end(), [](const neighbour* a, const neighbour* b) {
        return a->node.first_heard < b->node.first_heard;
    });
    std::map<info_hash, std::set<instance_id>> counted;  // a node once, however many addresses it has
    for (const auto* node : nodes)
        for (const auto& share : node->shares) {
            auto& found = find(share);
            const auto address = node->node.address.to_string();
            const auto& host = node->node.host_name;
            note_name(found, share.name, {host, address});
            if (counted[share.hash].insert(node->node.instance).second) {
                found.entry.seeders += share.seeders;
                found.entry.leechers += share.leechers;
            }
            name_host(found, host.empty() ? address : host);
            if (!found.entry.created) found.entry.created = share.created;  // who said it first
            if (node->node.peer_port != 0) found.peers.push_back({node->node.address, node->node.peer_port});
        }
    // what a tracker counts holds the nodes above and clients that are none of ours
    for (const auto& [url, each] : trackers_)
        for (const auto& entry : each.torrents) {
            auto& found = find(entry);
            const name_source source{each.host.empty() ? "tracker" : each.host, address_of(url)};
            note_name(found, entry.name, source);
            for (const auto& other : entry.names) note_name(found, other.name, source);
            found.entry.seeders = std::max(found.entry.seeders, entry.seeders);
            found.entry.leechers = std::max(found.entry.leechers, entry.leechers);
            for (const auto& host : entry.hosts) name_host(found, host);
        }
    std::vector<shared_torrent> list;
    for (auto& [hash, found] : all) {
        settle_name(found);
        list.push_back(std::move(found));
    }
    std::stable_sort(list.begin(), list.end(),
                     [](const auto& a, const auto& b) { return a.entry.name < b.entry.name; });
    return list;
}

}  // namespace bt::app
