#include "swarm/peer_exchange.hpp"

#include <algorithm>
#include <map>

#include "base/assert.hpp"
#include "base/limits.hpp"

namespace bt::swarm {

namespace {

constexpr duration without_news = 5s;  // until it is looked again
constexpr duration least_heard_time = 30s;
constexpr int heard_ahead = 4;

bool is_v6_link_local(const ip_address& address) {
    return address.is_v6() && address.scope() == address_scope::link_local;
}

}  // namespace

bool may_exchange(bool other_is_near, const endpoint& other, const endpoint& named, bool named_is_near) {
    if (!named.is_usable()) return false;
    const auto scope = named.address.scope();
    if (scope == address_scope::loopback) return other.address.scope() == address_scope::loopback;
    if (is_v6_link_local(named.address))
        return other_is_near && is_v6_link_local(other.address) &&
               named.address.zone() == other.address.zone();
    return other_is_near || (scope == address_scope::global && !named_is_near);
}

std::optional<wire::exchange_message> exchange_teller::next(time_point now, const endpoint& to,
                                                            bool to_is_near,
                                                            std::span<const exchange_entry> connected) {
    if (now < next_) return std::nullopt;
    std::map<endpoint, wire::exchange_flags> there;
    for (const auto& each : connected)
        if (each.address != to && may_exchange(to_is_near, to, each.address, each.near))
            there.emplace(each.address, each.flags);

    wire::exchange_message news;
    for (const auto& address : told_)
        if (!there.contains(address) && news.dropped.size() < limits::exchange_peers)
            news.dropped.push_back(address);
    for (const auto& [address, flags] : there)
        if (!told_.contains(address) && news.added.size() < limits::exchange_peers)
            news.added.push_back({address, flags});

    if (news.added.empty() && news.dropped.empty()) {
        next_ = now + without_news;
        return std::nullopt;
    }
    for (const auto& address : news.dropped) told_.erase(address);
    for (const auto& each : news.added) told_.insert(each.address);
    BT_ASSERT(news.added.size() <= limits::exchange_peers && news.dropped.size() <= limits::exchange_peers);
    next_ = now + limits::exchange_time;
    return news;
}

std::vector<endpoint> exchange_listener::heard(time_point now, const endpoint& from, bool from_is_near,
                                               const wire::exchange_message& message,
                                               const std::function<bool(const ip_address&)>& is_near) {
    if (allowed_ - now > heard_ahead * least_heard_time) return {};
    allowed_ = std::max(allowed_, now) + least_heard_time;

    std::vector<endpoint> found;
    for (const auto& each : message.added) {
        auto named = each.address;
        // the message has no room for the link; it can only be the one the peer is on
        if (is_v6_link_local(named.address)) named.address = named.address.with_zone(from.address.zone());
        const bool near = is_near(named.address);
        if (named == from || !may_exchange(from_is_near, from, named, near)) continue;
        // a host is no list of ports (BEP 11), but for nodes of one machine
        const bool known = std::any_of(found.begin(), found.end(), [&](const endpoint& other) {
            return near ? other == named : other.address == named.address;
        });
        if (!known && found.size() < limits::exchange_peers) found.push_back(named);
    }
    return found;
}

}  // namespace bt::swarm
