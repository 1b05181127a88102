#include "app/neighbourhood.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <map>

#include "app/lan_presence.hpp"
#include "base/text.hpp"
#include "net/http_client.hpp"
#include "net/interfaces.hpp"
#include "tracker/url.hpp"

namespace bt::app {
namespace {

/// A neighbour answers in milliseconds or is not worth waiting for.
constexpr net::http_limits answer_limits = {limits::tracker_reply_bytes, 2s, 3s, 0};
constexpr std::size_t questions_at_once = 64;

std::string http_url(const endpoint& at, std::string path = "") {
    return tracker::url::at(tracker::scheme::http, at, std::move(path)).to_string();
}

class looking final : public neighbourhood {
  public:
    explicit looking(const look_options& options)
        : options_(options), loop_(the_loop()), http_(loop_), began_(loop_.now()) {}

    result<void> open() {
        const auto all = net::running_interfaces();
        if (!all) return unexpected<error>(all.error());
        lan_ = std::make_unique<lan_presence>(
            loop_,
            lan_options{options_.ipv4, options_.ipv6, options_.lan_port, options_.network, options_.bind},
            discovery::hello_config{}, [this](const discovery::hello::output& what) { happened(what); });
        for (const auto& url : options_.trackers)
            if (const auto at = tracker::url::parse(url); at && at->how != tracker::scheme::udp)
                ask_tracker((at->how == tracker::scheme::https ? "https://" : "http://") + at->authority(),
                            "");
        return {};
    }

    void on_news(std::function<void()> listener) override { news_ = std::move(listener); }
    std::vector<neighbour> nodes() const override {
        std::vector<neighbour> list;
        for (const auto& [id, node] : nodes_) list.push_back(node);
        std::sort(list.begin(), list.end(), [](const neighbour& a, const neighbour& b) {
            return std::tie(a.node.host_name, a.node.instance) < std::tie(b.node.host_name, b.node.instance);
        });
        return list;
    }
    std::vector<found_tracker> trackers() const override {
        std::vector<found_tracker> list;
        for (const auto& [url, each] : trackers_) list.push_back(each);
        return list;
    }
    std::vector<shared_torrent> torrents() const override;
    bool is_quiet() const override { return http_.active() == 0 && waiting_.empty(); }
    duration listened() const override { return loop_.now() - began_; }
    void refresh() override {
        for (auto& [id, node] : nodes_) ask_node(node);
        for (auto& [url, each] : trackers_) ask_tracker(url, each.host);
        lan_->ask_again();
    }
    void stop() override {
        lan_->stop();
        loop_.stop();
    }

  private:
    void happened(const discovery::hello::output& what);
    void ask_node(neighbour& node);
    void ask_tracker(const std::string& url, const std::string& host);
    void fetch(std::string url, std::function<void(result<std::vector<tracker::catalogue_entry>>)> done);
    void send_next();
    void tell() {
        if (news_) news_();
    }

    struct question {
        std::string url;
        std::function<void(result<std::vector<tracker::catalogue_entry>>)> done;
    };

    look_options options_;
    net::loop& loop_;
    net::http_client http_;
    std::unique_ptr<lan_presence> lan_;
    time_point began_;
    std::map<instance_id, neighbour> nodes_;
    std::map<std::string, found_tracker> trackers_;
    std::vector<question> waiting_;
    std::function<void()> news_;
};

void looking::happened(const discovery::hello::output& what) {
    if (const auto* seen = std::get_if<discovery::node_seen>(&what)) {
        auto& node = nodes_[seen->node.instance];
        const bool moved = node.node.page_port != seen->node.page_port;
        node.node = seen->node;
        if (!node.asked || moved) ask_node(node);
        tell();
    } else if (const auto* gone = std::get_if<discovery::node_gone>(&what)) {
        nodes_.erase(gone->instance);
        tell();
    } else if (const auto* found = std::get_if<discovery::tracker_found>(&what)) {
        const auto node = nodes_.find(found->instance);
        if (found->protocol == discovery::tracker_protocol::http)
            ask_tracker(http_url(found->tracker), node == nodes_.end() ? "" : node->second.node.host_name);
    } else if (const auto* lost = std::get_if<discovery::tracker_gone>(&what)) {
        trackers_.erase(http_url(lost->tracker));
        tell();
    }
}

void looking::ask_node(neighbour& node) {
    if (!node.node.page_port || node.node.addresses.empty()) return;
    node.asked = true;
    // one of its addresses is enough; an IPv4 one needs no zone
    const auto address =
        *std::min_element(node.node.addresses.begin(), node.node.addresses.end(),
                          [](const auto& a, const auto& b) { return a.is_v4() && !b.is_v4(); });
    fetch(http_url({address, *node.node.page_port}, "/catalogue.json"),
          [this, id = node.node.instance](result<std::vector<tracker::catalogue_entry>> answer) {
              const auto found = nodes_.find(id);
              if (found == nodes_.end()) return;
              found->second.answered = answer.has_value();
              if (answer)
                  found->second.shares = std::move(*answer);
              else
                  found->second.trouble = answer.error().message;
          });
}

void looking::ask_tracker(const std::string& url, const std::string& host) {
    auto& entry = trackers_[url];
    entry.url = url;
    if (!host.empty()) entry.host = host;
    fetch(url + "/api/v1/torrents", [this, url](result<std::vector<tracker::catalogue_entry>> answer) {
        const auto found = trackers_.find(url);
        if (found == trackers_.end()) return;
        found->second.answered = answer.has_value();
        if (answer)
            found->second.torrents = std::move(*answer);
        else
            found->second.trouble = answer.error().message;
    });
}

void looking::fetch(std::string url,
                    std::function<void(result<std::vector<tracker::catalogue_entry>>)> done) {
    waiting_.push_back({std::move(url), std::move(done)});
    send_next();
}

void looking::send_next() {
    if (waiting_.empty() || http_.active() >= questions_at_once) return;
    auto next = std::move(waiting_.front());
    waiting_.erase(waiting_.begin());
    http_.get(next.url, answer_limits, [this, done = std::move(next.done)](net::http_result answer) {
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

std::vector<shared_torrent> looking::torrents() const {
    std::map<info_hash, shared_torrent> all;
    const auto name_host = [](shared_torrent& to, const std::string& host) {
        if (!host.empty() && to.entry.hosts.size() < limits::catalogue_hosts &&
            std::find(to.entry.hosts.begin(), to.entry.hosts.end(), host) == to.entry.hosts.end())
            to.entry.hosts.push_back(host);
    };
    for (const auto& [id, node] : nodes_)
        for (const auto& share : node.shares) {
            auto& found = all[share.hash];
            if (found.entry.name.empty()) {
                found.entry = share;
                found.entry.seeders = found.entry.leechers = 0;
                found.entry.hosts.clear();
            }
            found.entry.seeders += share.seeders;
            found.entry.leechers += share.leechers;
            name_host(found, node.node.host_name.empty() ? node.node.addresses.front().to_string()
                                                         : node.node.host_name);
            if (node.node.peer_port != 0)
                for (const auto& address : node.node.addresses)
                    found.peers.push_back({address, node.node.peer_port});
        }
    // what a tracker counts holds the nodes above and clients that are none of ours
    for (const auto& [url, each] : trackers_)
        for (const auto& entry : each.torrents) {
            auto& found = all[entry.hash];
            if (found.entry.name.empty()) {
                found.entry = entry;
                continue;
            }
            found.entry.seeders = std::max(found.entry.seeders, entry.seeders);
            found.entry.leechers = std::max(found.entry.leechers, entry.leechers);
            for (const auto& host : entry.hosts) name_host(found, host);
        }
    std::vector<shared_torrent> list;
    for (auto& [hash, found] : all) list.push_back(std::move(found));
    std::stable_sort(list.begin(), list.end(),
                     [](const auto& a, const auto& b) { return a.entry.name < b.entry.name; });
    return list;
}

}  // namespace

result<std::unique_ptr<neighbourhood>> neighbourhood::start(const look_options& options) {
    auto fresh = std::make_unique<looking>(options);
    if (auto opened = fresh->open(); !opened) return unexpected<error>(opened.error());
    return std::unique_ptr<neighbourhood>(std::move(fresh));
}

std::vector<shared_torrent> matching(const std::vector<shared_torrent>& all, const std::string& name) {
    std::vector<shared_torrent> found;
    const auto take = [&](const auto& fits) {
        if (!found.empty()) return;
        std::copy_if(all.begin(), all.end(), std::back_inserter(found),
                     [&](const shared_torrent& each) { return fits(each.entry.name); });
    };
    take([&](const std::string& other) { return other == name; });
    take([&](const std::string& other) { return to_lower(other) == to_lower(name); });
    if (name.find_first_of("*?[") != name.npos)
        take([&](const std::string& other) { return ::fnmatch(name.c_str(), other.c_str(), 0) == 0; });
    return found;
}

}  // namespace bt::app
