#include "discovery/lsd.hpp"

#include <algorithm>
#include <tuple>

#include "base/assert.hpp"
#include "base/limits.hpp"
#include "discovery/lsd_codec.hpp"

namespace bt::discovery {
namespace {

constexpr duration announce_gaps[] = {2s, 4s};  // so at 0, 2 and 6 s
constexpr repeat_plan announce_plan{announce_gaps, 5min, 0.05};
constexpr duration answer_gap = 1s;
constexpr duration found_spread = 1s;
/// 40 in 5 s, and answers besides.
constexpr std::size_t announces_per_second = 8;

}  // namespace

lsd::lsd(lsd_config config, rng random)
    : config_(std::move(config)),
      random_(random),
      pace_(announces_per_second, 1s),
      heard_({limits::lsd_heard_per_5s_per_source, 5s}, {limits::lsd_heard_per_5s, 5s}, limits::lan_sources) {
    config_.cookie = lsd_cookie(config_.cookie);
}

void lsd::set_interfaces(time_point now, std::vector<interface_address> interfaces) {
    if (std::is_permutation(interfaces.begin(), interfaces.end(), interfaces_.begin(), interfaces_.end()))
        return;
    interfaces_ = std::move(interfaces);
    for (auto& [torrent, state] : torrents_) state.due.start(now);
    update_next_due();
}

void lsd::announce(time_point now, const info_hash& torrent) {
    const auto [it, fresh] = torrents_.try_emplace(torrent);
    if (!fresh) return;
    it->second.due.start(now);
    next_due_ = std::min(next_due_, now);
}

void lsd::withdraw(const info_hash& torrent) {
    torrents_.erase(torrent);
    update_next_due();
}

void lsd::receive(time_point now, const endpoint& from, unsigned interface_index, byte_view datagram) {
    if (from.port == 0 || !on_link(interfaces_, from.address, interface_index)) return;
    auto message = parse_lsd(datagram);
    if (!message || is_own(from, message->port)) return;
    if (!config_.cookie.empty() && message->cookie == config_.cookie) return;
    std::erase_if(message->torrents, [&](const info_hash& torrent) { return !torrents_.contains(torrent); });
    // what is about other torrents cost only its parsing and takes nothing from the limit
    if (message->torrents.empty() || !heard_.take(now, from.address)) return;

    const auto source = with_interface(from, interface_index);
    for (const auto& torrent : message->torrents) found(now, torrent, {source.address, message->port});
    // one datagram in, at most one out; the others we have found now, and connect
    for (const auto& torrent : message->torrents) {
        auto& state = torrents_[torrent];
        if (state.last_sent != time_point::min() && now < state.last_sent + answer_gap) continue;
        return answer(now, torrent, source, interface_index);
    }
}

void lsd::found(time_point now, const info_hash& torrent, const endpoint& peer) {
    if (peer.port < limits::named_port_min || found_.size() >= limits::lan_unconfirmed_peers) return;
    const bool waits = std::any_of(found_.begin(), found_.end(), [&](const auto& one) {
        return one.second.torrent == torrent && one.second.peer == peer;
    });
    if (waits) return;
    BT_ASSERT(torrents_.contains(torrent));
    const auto due = now + random_.jitter(found_spread / 2, 1);
    BT_ASSERT(due >= now);
    found_.emplace_back(due, peer_found{torrent, peer, false});
    next_found_ = std::min(next_found_, due);
}

void lsd::tell_found(time_point now) {
    next_found_ = never;
    std::erase_if(found_, [&](const auto& one) {
        if (one.first > now) {
            next_found_ = std::min(next_found_, one.first);
            return false;
        }
        outputs_.emplace_back(one.second);
        return true;
    });
}

/// Some senders carry no cookie, and our own echo may come back through a relay that drops it.
bool lsd::is_own(const endpoint& source, std::uint16_t port) const {
    return port == config_.peer_port &&
           std::any_of(interfaces_.begin(), interfaces_.end(),
                       [&](const auto& own) { return own.address == source.address; });
}

void lsd::answer(time_point now, const info_hash& torrent, const endpoint& source, unsigned interface_index) {
    const auto target = target_towards(source.address, interface_index);
    if (!target || config_.peer_port == 0) return;
    torrents_[torrent].last_sent = now;
    emit(*target, torrent);
}

/// The group on the interface that leads to the source.
std::optional<link_target> lsd::target_towards(const ip_address& source, unsigned interface_index) const {
    const auto targets = lsd_targets(interfaces_);
    const auto matches = [&](const link_target& target, bool by_network) {
        if (target.destination.address.family() != source.family()) return false;
        if (!by_network)
            return target.interface_index == (source.zone() != 0 ? source.zone() : interface_index);
        return std::any_of(interfaces_.begin(), interfaces_.end(), [&](const auto& own) {
            return own.index == target.interface_index && own.prefix_bits > 0 &&
                   same_prefix(own.address, source, own.prefix_bits) &&
                   (source.is_v6() || same_prefix(own.address, *target.source_address, own.prefix_bits));
        });
    };
    for (const bool by_network : {true, false})
        for (const auto& target : targets)
            if (matches(target, by_network)) return target;
    return std::nullopt;
}

void lsd::tick(time_point now) {
    if (next_found_ <= now) tell_found(now);
    if (next_due_ > now) return;
    // young torrents first: a user waits for them, and a thousand old ones can
    std::vector<std::tuple<std::size_t, time_point, info_hash>> due;
    for (const auto& [torrent, state] : torrents_)
        if (state.due.due() <= now) due.emplace_back(state.due.done(), state.due.due(), torrent);
    std::sort(due.begin(), due.end());
    const auto targets = lsd_targets(interfaces_);
    for (const auto& [done, since, torrent] : due) {
        const bool sends = config_.peer_port != 0 && !targets.empty();
        if (sends && !pace_.take(now)) break;
        auto& state = torrents_[torrent];
        state.due.advance(now, announce_plan, random_);
        if (!sends) continue;
        state.last_sent = now;
        for (const auto& target : targets) emit(target, torrent);
    }
    update_next_due();
}

void lsd::emit(const link_target& target, const info_hash& torrent) {
    BT_ASSERT(target.source_address && torrents_.contains(torrent));
    auto datagram =
        encode_lsd(target.destination.address.family(), config_.peer_port, torrent, config_.cookie);
    outputs_.emplace_back(
        send{target.destination, target.interface_index, target.source_address, true, std::move(datagram)});
}

void lsd::update_next_due() {
    next_due_ = never;
    for (const auto& [torrent, state] : torrents_) next_due_ = std::min(next_due_, state.due.due());
}

std::optional<lsd::output> lsd::poll() {
    if (outputs_.empty()) return std::nullopt;
    auto next = std::move(outputs_.front());
    outputs_.pop_front();
    return next;
}

time_point lsd::next_deadline() const {
    return std::min(std::max(next_due_, pace_.next_free()), next_found_);
}

}  // namespace bt::discovery
