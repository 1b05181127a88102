#include "app/lan/lan_browser.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "app/lan/lan_presence.hpp"
#include "app/lan/page_queue.hpp"
#include "app/sockets/listen_addresses.hpp"
#include "net/http_client.hpp"
#include "net/interfaces.hpp"
#include "swarm/host_pace.hpp"
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

bool is_same(const discovery::node_info& a, const discovery::node_info& b) {
    const auto said = [](const discovery::node_info& n) {
        return std::tie(n.instance, n.host_name, n.client, n.peer_port, n.dht_port, n.http_tracker_port,
                        n.udp_tracker_port, n.page_port);
    };
    return said(a) == said(b);
}

}  // namespace

struct lan_browser::impl {
    impl(net::loop& on, const look_options& options)
        : options_(options),
          loop_(on),
          http_(loop_, outgoing_by(options.ipv4, options.ipv6, options.bind),
                [this](const ip_address& host) {
                    const auto now = loop_.now();
                    if (!pace_.allows(now, host, false)) return false;
                    pace_.take(now, host);
                    return true;
                }),
          began_(loop_.now()) {}

    result<void> open() {
        const auto all = net::running_interfaces();
        if (!all) return unexpected<error>(all.error());
        lan_ =
            std::make_unique<lan_presence>(loop_, options_, discovery::hello_config{},
                                           [this](const discovery::hello::output& what) { happened(what); });
        for (const auto& url : options_.trackers)
            if (const auto at = tracker::url::parse(url); at && at->how != tracker::scheme::udp)
                ask_tracker((at->how == tracker::scheme::https ? "https://" : "http://") + at->authority(),
                            "");
        return {};
    }

    std::vector<neighbour> nodes() const;
    std::vector<found_tracker> trackers() const {
        std::vector<found_tracker> list;
        for (const auto& [url, each] : trackers_) list.push_back(each);
        return list;
    }
    std::vector<shared_torrent> torrents() const;
    void refresh() {
        pages_.begin_round();
        for (auto& [id, node] : nodes_) ask_node(node);
        for (auto& [url, each] : trackers_) ask_tracker(url, each.host);
        lan_->ask_again();
    }
    void stop() {
        lan_->stop();
        loop_.stop();
    }

    void happened(const discovery::hello::output& what);
    void ask_node(neighbour& node);
    void ask_tracker(const std::string& url, const std::string& host);
    using answer_handler = std::function<void(result<std::vector<tracker::catalogue_entry>>)>;
    void fetch(const std::string& address, std::string url, answer_handler done);
    void send_next();
    void tell() {
        if (news_) news_();
    }

    struct question {
        std::string url;
        answer_handler done;
    };

    look_options options_;
    net::loop& loop_;
    swarm::host_pace pace_;
    net::http_client http_;
    std::unique_ptr<lan_presence> lan_;
    time_point began_;
    std::map<discovery::node_key, neighbour> nodes_;
    std::map<std::string, found_tracker> trackers_;
    page_queue<question> pages_;
    std::function<void()> news_;
};

void lan_browser::impl::happened(const discovery::hello::output& what) {
    if (const auto* seen = std::get_if<discovery::node_seen>(&what)) {
        auto& node = nodes_[seen->node.key()];
        const bool moved = node.node.page_port != seen->node.page_port;
        node.node = seen->node;
        if (!node.asked || moved) ask_node(node);
        tell();
    } else if (const auto* gone = std::get_if<discovery::node_gone>(&what)) {
        nodes_.erase(gone->node);
        tell();
    } else if (const auto* found = std::get_if<discovery::tracker_found>(&what)) {
        const auto node = nodes_.find(found->node);
        if (found->protocol == discovery::tracker_protocol::http)
            ask_tracker(http_url(found->tracker), node == nodes_.end() ? "" : node->second.node.host_name);
    } else if (const auto* lost = std::get_if<discovery::tracker_gone>(&what)) {
        trackers_.erase(http_url(lost->tracker));
        tell();
    }
}

std::vector<neighbour> lan_browser::impl::nodes() const {
    std::vector<neighbour> list;
    for (const auto& [key, each] : nodes_) {
        const auto same =
            std::find_if(list.begin(), list.end(),
                         [&, &node = each.node](const neighbour& one) { return is_same(one.node, node); });
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

void lan_browser::impl::ask_node(neighbour& node) {
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

void lan_browser::impl::ask_tracker(const std::string& url, const std::string& host) {
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

void lan_browser::impl::fetch(const std::string& address, std::string url, answer_handler done) {
    pages_.add(address, {std::move(url), std::move(done)});
    send_next();
}

void lan_browser::impl::send_next() {
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
                          tell();
                      });
                  });
    }
}

std::vector<shared_torrent> lan_browser::impl::torrents() const {
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

lan_browser::lan_browser(const look_options& options) : impl_(std::make_unique<impl>(the_loop(), options)) {}
lan_browser::~lan_browser() = default;

result<std::unique_ptr<lan_browser>> lan_browser::start(const look_options& options) {
    auto fresh = std::make_unique<lan_browser>(options);
    if (auto opened = fresh->impl_->open(); !opened) return unexpected<error>(opened.error());
    return fresh;
}

void lan_browser::on_news(std::function<void()> listener) { impl_->news_ = std::move(listener); }
std::vector<neighbour> lan_browser::nodes() const { return impl_->nodes(); }
std::vector<found_tracker> lan_browser::trackers() const { return impl_->trackers(); }
std::vector<shared_torrent> lan_browser::torrents() const { return impl_->torrents(); }
bool lan_browser::is_quiet() const { return impl_->pages_.is_quiet(impl_->loop_.now()); }
duration lan_browser::listened() const { return impl_->loop_.now() - impl_->began_; }
void lan_browser::refresh() { impl_->refresh(); }
void lan_browser::stop() { impl_->stop(); }

}  // namespace bt::app
