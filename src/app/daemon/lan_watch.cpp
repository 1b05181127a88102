#include "app/daemon/lan_watch.hpp"

#include <algorithm>
#include <map>

#include "app/lan/lan_json.hpp"
#include "app/sockets/listen_addresses.hpp"
#include "base/limits.hpp"
#include "net/loop.hpp"

namespace bt::app {
namespace {

constexpr duration refresh_time = 5s;

}  // namespace

lan_watch::lan_watch(session& node, std::uint64_t first)
    : node_(node),
      pages_(
          node.loop(), outgoing_by(node.options().ipv4, node.options().ipv6, node.options().bind),
          [this](const ip_address& host) { return node_.may_connect(host); }, [this] { news_ = true; }),
      change_(first) {}

/// What the node heard since the last request.
void lan_watch::meet_neighbours() {
    auto now = node_.lan_neighbours();
    std::map<discovery::node_key, const discovery::node_info*> before;
    for (const auto& each : known_) before.emplace(each.key(), &each);
    std::vector<std::string> trackers;
    for (const auto& each : now) {
        const auto known = before.extract(each.key());
        if (known.empty() || !says_the_same(*known.mapped(), each) || known.mapped()->shares != each.shares)
            pages_.node_seen(each);
        if (!each.http_tracker_port || trackers.size() == limits::lan_trackers) continue;
        trackers.push_back(lan_tracker_url({each.address, *each.http_tracker_port}));
        if (std::find(trackers_.begin(), trackers_.end(), trackers.back()) == trackers_.end())
            pages_.tracker_found(trackers.back(), each.host_name);
    }
    for (const auto& [key, gone] : before) pages_.node_gone(key);
    for (const auto& url : trackers_)
        if (std::find(trackers.begin(), trackers.end(), url) == trackers.end()) pages_.tracker_gone(url);
    known_ = std::move(now);
    trackers_ = std::move(trackers);
}

void lan_watch::compose() {
    json::object all = {{"lan", was_on_lan_},
                        {"quiet", was_quiet_},
                        {"machines", machines_json(machines_of(pages_.nodes()))},
                        {"torrents", torrents_json(pages_.torrents())},
                        {"trackers", trackers_json(pages_.trackers())}};
    auto text = json(all).dump();
    if (text == shown_text_) return;
    shown_ = std::move(all);
    shown_text_ = std::move(text);
    ++change_;
}

json::object lan_watch::look(std::uint64_t since) {
    meet_neighbours();
    const auto now = node_.loop().now();
    if (refreshed_at_ == time_point::min() || now - refreshed_at_ >= refresh_time) {
        if (refreshed_at_ != time_point::min()) pages_.refresh();
        refreshed_at_ = now;
    }
    const bool quiet = pages_.is_quiet(), on_lan = node_.is_on_lan();
    if (std::exchange(news_, false) || quiet != was_quiet_ || on_lan != was_on_lan_ || shown_.empty()) {
        was_quiet_ = quiet;
        was_on_lan_ = on_lan;
        compose();
    }
    json::object answer = {{"change", change_}};
    if (since != change_) answer.insert(answer.end(), shown_.begin(), shown_.end());
    return answer;
}

}  // namespace bt::app
