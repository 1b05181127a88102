#include "sim/dht/dht_world.hpp"

#include <algorithm>
#include <stdexcept>

#include "base/assert.hpp"

namespace bt::sim {
namespace {

/// With more of them a node is looked at now and then only: it takes time for each entry of its tables.
constexpr std::size_t few_hosts = 8;

}  // namespace

endpoint public_address(std::uint32_t i) {
    // 20.0.0.7, 20.0.1.7 …: public all the way to 99.255.255.7
    return {ip_address::v4(static_cast<std::uint8_t>(20 + (i >> 16)), static_cast<std::uint8_t>(i >> 8),
                           static_cast<std::uint8_t>(i), 7),
            6881};
}

endpoint lan_address(std::uint32_t i) {
    return {
        ip_address::v4(192, 168, static_cast<std::uint8_t>(i / 250), static_cast<std::uint8_t>(1 + i % 250)),
        6881};
}

info_hash made_up_hash(rng& random) {
    info_hash hash;
    random.fill(hash.bytes);
    return hash;
}

std::vector<dht_host*> grown_network(dht_world& world, std::uint32_t count,
                                     endpoint (*address)(std::uint32_t)) {
    std::vector<dht_host*> all;
    for (std::uint32_t i = 0; i < count; ++i) {
        all.push_back(&world.add(address(i)));
        if (i > 0) world.contact(*all[i], all[world.random().below(i)]->at);
        world.run_for(100ms);
    }
    world.run_for(60s);
    return all;
}

// --- hosts

dht_host& dht_world::add(const endpoint& at, dht::config settings,
                         const std::optional<dht::saved_state>& saved, unsigned prefix_bits) {
    random_.fill(settings.secret);
    settings.ipv4 = at.address.is_v4();
    settings.ipv6 = at.address.is_v6();
    auto fresh = std::make_unique<dht_host>();
    fresh->at = at;
    fresh->number = static_cast<std::uint32_t>(hosts_.size());
    fresh->node = std::make_unique<dht::node>(settings, saved, random_.child());
    hosts_.push_back(std::move(fresh));
    auto& host = *hosts_.back();
    at_[at] = &host;
    ++alive_;
    networks(host, {{at.address, prefix_bits}});
    return host;
}

void dht_world::remove(dht_host& host) {
    if (!host.node) return;
    host.node.reset();
    host.searches.clear();
    --alive_;
    if (const auto found = at_.find(host.at); found != at_.end() && found->second == &host) at_.erase(found);
}

dht_host* dht_world::find(const endpoint& at) {
    const auto found = at_.find(at);
    return found == at_.end() ? nullptr : found->second;
}

dht_host& dht_world::any() {
    for (;;) {
        auto& one = *hosts_[random_.below(hosts_.size())];
        if (one.node) return one;
    }
}

// --- inputs

void dht_world::contact(dht_host& host, const endpoint& at) {
    host.node->add_contact(now_, at);
    pump(host);
}

dht::search_id dht_world::search(dht_host& host, const dht::search_wish& wish) {
    const auto id = host.node->search(now_, wish);
    host.searches[id];
    pump(host);
    return id;
}

void dht_world::networks(dht_host& host, std::vector<own_network> networks) {
    host.node->set_networks(now_, std::move(networks));
    pump(host);
}

void dht_world::pump(dht_host& host) {
    while (auto what = host.node->poll()) {
        if (auto* send = std::get_if<dht::out::send>(&*what)) {
            ++host.datagrams_out;
            host.bytes_out += send->datagram.size();
            auto* to = find(send->to);
            if (to == nullptr && elsewhere) elsewhere(host.at, send->to, send->datagram);
            if (to == nullptr || !host.online || !to->online || to->island != host.island) continue;
            if (link.loss > 0 && random_.chance(link.loss)) continue;
            if (wire && !wire(host.at, send->to, send->datagram)) continue;
            payload content{host.at, send->to, std::move(send->datagram), {}};
            push(now_ + delay(host.at, send->to), none, &content);
        } else if (auto* found = std::get_if<dht::out::peers_found>(&*what)) {
            auto& into = host.searches[found->search];
            into.first_at = std::min(into.first_at, now_);
            into.peers.insert(into.peers.end(), found->peers.begin(), found->peers.end());
        } else if (const auto* over = std::get_if<dht::out::search_over>(&*what)) {
            host.searches[over->search].over = *over;
        } else if (auto* ping = std::get_if<dht::out::pinged>(&*what)) {
            host.pings.push_back(std::move(*ping));
        } else if (const auto* name = std::get_if<dht::out::resolve>(&*what)) {
            // no name leads anywhere here
            payload content;
            content.what = [this, number = host.number, lookup = name->lookup] {
                auto& asker = *hosts_[number];
                if (!asker.node) return;
                asker.node->resolved(now_, lookup, fail(errc::network, "no such host"));
                pump(asker);
            };
            push(now_ + 50ms, none, &content);
        }
    }
    if (pumped_++ % 256 == 0 || hosts_.size() <= few_hosts) BT_ASSERT(host.node->is_sound());
    const auto deadline = std::max(host.node->next_deadline(), now_);
    if (deadline == never || deadline == host.tick_at_) return;
    host.tick_at_ = deadline;
    push(deadline, host.number, nullptr);
}

void dht_world::inject(const endpoint& from, const endpoint& to, bytes datagram) {
    payload content{from, to, std::move(datagram), {}};
    push(now_ + delay(from, to), none, &content);
}

// --- time

void dht_world::after(duration d, std::function<void()> what) {
    payload content;
    content.what = std::move(what);
    push(now_ + d, none, &content);
}

void dht_world::push(time_point when, std::uint32_t host, payload* content) {
    auto place = none;
    if (content != nullptr) {
        if (free_.empty()) {
            place = static_cast<std::uint32_t>(payloads_.size());
            payloads_.push_back(std::move(*content));
        } else {
            place = free_.back();
            free_.pop_back();
            payloads_[place] = std::move(*content);
        }
    }
    queue_.push({when, ++order_, host, place});
}

void dht_world::step(const event& next) {
    if (next.when > now_) steps_without_time_ = 0;
    if (++steps_without_time_ > 1'000'000)
        throw std::runtime_error("time stands still: a deadline is never met");
    now_ = next.when;
    if (next.payload == none) {
        auto& host = *hosts_[next.host];
        if (!host.node || host.tick_at_ != next.when) return;  // something else came first
        host.tick_at_ = never;
        host.node->tick(now_);
        pump(host);
        return;
    }
    const auto content = std::move(payloads_[next.payload]);
    free_.push_back(next.payload);
    if (content.what)
        content.what();
    else
        deliver(content);
}

void dht_world::deliver(const payload& what) {
    auto* to = find(what.to);
    if (to == nullptr || !to->online) return;
    ++datagrams_;
    ++to->datagrams_in;
    to->node->receive(now_, what.from, what.to.address, what.datagram);
    pump(*to);
}

void dht_world::run_for(duration d) {
    run_until([] { return false; }, d);
}

bool dht_world::run_until(const std::function<bool()>& condition, duration limit) {
    const auto end = now_ + limit;
    while (!condition()) {
        if (queue_.empty() || queue_.top().when > end) {
            now_ = end;
            return condition();
        }
        const auto next = queue_.top();
        queue_.pop();
        step(next);
    }
    return true;
}

/// The same for a pair of hosts each time: far ones stay far.
duration dht_world::delay(const endpoint& a, const endpoint& b) {
    const auto mixed = (std::hash<endpoint>{}(a) ^ std::hash<endpoint>{}(b)) * 0x9e3779b97f4a7c15u >> 40;
    const auto span = static_cast<std::uint64_t>((link.delay_max - link.delay_min).count());
    return link.delay_min + duration(static_cast<duration::rep>(span == 0 ? 0 : mixed % span));
}

}  // namespace bt::sim
