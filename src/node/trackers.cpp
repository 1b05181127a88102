// What torrents ask of trackers, over HTTP and UDP, and the way of the answers back to who asked.
#include <algorithm>

#include "base/limits.hpp"
#include "base/overloaded.hpp"
#include "discovery/link.hpp"
#include "node/entry.hpp"

namespace bt::node {
namespace {

constexpr duration hearsay_pause = 1s;  // on average

}  // namespace

/// What the next announces say: since `started`, as BEP 3 counts.
void core::entry::tell_totals(tracker_client& of) {
    if (const auto* pieces = swarm.pieces()) {
        const auto missing = pieces->have().size() - pieces->have().count();
        left = std::min(std::uint64_t{missing} * info->shape.piece_bytes(), info->shape.total_bytes());
    } else if (!left && info) {
        left = info->shape.total_bytes();
    }
    // a magnet's size is not known before its metadata; any figure but 0 says "not complete"
    of.client.set_totals(swarm.up().total() - of.up_before, swarm.down().total() - of.down_before,
                         left.value_or(16 * 1024));
}

void core::entry::start(time_point now, tracker_client& of) {
    of.up_before = swarm.up().total();
    of.down_before = swarm.down().total();
    tell_totals(of);
    of.client.start(now);
}

void core::start_trackers(time_point now, entry& e) {
    e.announces = true;
    leave_lan_tracker(e, std::nullopt);  // of before a pause: they begin anew
    const bool has_own = std::any_of(e.clients.begin(), e.clients.end(),
                                     [](const auto& one) { return !one.second.lan.has_value(); });
    if (!has_own && !e.tiers.empty()) add_own_client(e);
    for (auto& [number, of] : e.clients) {
        forget_requests(number);  // a goodbye sent once more after this would take us out
        e.start(now, of);
    }
    if (e.on_lan) ask_lan_trackers(now, e);
    for (const auto& place : lan_places()) register_share(e, place);
}

void core::set_trackers(time_point now, torrent_id id, const torrent::tracker_tiers& tiers) {
    auto& e = at(id);
    e.tiers = tiers;
    const auto own = std::find_if(e.clients.begin(), e.clients.end(),
                                  [](const auto& one) { return !one.second.lan.has_value(); });
    if (own != e.clients.end()) {
        e.tell_totals(own->second);
        own->second.client.set_tiers(now, tiers);
    } else if (e.announces && !e.tiers.empty()) {
        const auto number = add_own_client(e);
        e.start(now, e.clients.at(number));
    }
    collect(now, e);
}

std::vector<tracker::tracker_status> core::trackers(torrent_id id) const {
    const auto& e = at(id);
    for (const auto& [number, of] : e.clients)
        if (!of.lan) return of.client.status();
    // it did not run yet
    return tracker::client({e.hash, config_.id, config_.port, config_.families}, e.tiers, rng(0)).status();
}

std::uint64_t core::add_own_client(entry& e) {
    const tracker::client_config own{e.hash, config_.id, config_.port, config_.families};
    e.clients.try_emplace(
        ++last_client_, entry::tracker_client{tracker::client(own, e.tiers, random_.child()), std::nullopt});
    return last_client_;
}

void core::stop_trackers(time_point now, entry& e) {
    if (!std::exchange(e.announces, false)) return;
    for (auto& [number, of] : e.clients) {
        e.tell_totals(of);
        of.client.stop(now);
        // an announce sent once more after the goodbye would bring us back
        forget_requests(number, &of.client);
    }
    collect_trackers(now, e);
}

void core::tick_trackers(time_point now, entry& e) {
    for (auto& [number, of] : e.clients) {
        if (of.client.next_deadline() > now) continue;
        e.tell_totals(of);
        of.client.tick(now);
    }
}

void core::complete_trackers(time_point now, entry& e) {
    for (auto& [number, of] : e.clients) {
        e.tell_totals(of);
        of.client.completed(now);
    }
}

void core::collect_trackers(time_point now, entry& e) {
    // what one of them finds may end another: metadata that says "private"
    for (std::uint64_t last = 0;;) {
        const auto next = e.clients.upper_bound(last);
        if (next == e.clients.end()) return;
        last = next->first;
        while (collect_tracker(now, e, last)) {
        }
    }
}

/// False if there is nothing more from this client.
bool core::collect_tracker(time_point now, entry& e, std::uint64_t number) {
    const auto of = e.clients.find(number);
    if (of == e.clients.end()) return false;
    const bool by_hello = of->second.lan.has_value();
    auto what = of->second.client.poll();
    if (!what) return false;
    const auto note = [&](std::uint64_t request) {
        asked_.emplace(++last_request_, asked{e.id, number, request});
        return last_request_;
    };
    std::visit(
        overloaded{
            [&](tracker::http_get& get) {
                put(out::http_get{note(get.request), std::move(get.url), get.family, by_hello});
            },
            [&](tracker::udp_announce& ask) { ask_udp(now, note(ask.request), std::move(ask), by_hello); },
            [&](tracker::peers_found& found) {
                if (!e.is_active()) return;
                if (by_hello)
                    add_peers_of(now, e, of->second.lan->at.address, found.peers);
                else
                    for (const auto& peer : found.peers)
                        e.swarm.add_peer(now, peer, swarm::peer_source::tracker);
                collect(now, e);
            },
            [&](tracker::trouble& why) {
                // a neighbour's tracker is nothing the user has named
                if (!by_hello) put(out::tracker_trouble{e.id, std::move(why.message)});
            },
            [&](tracker::external_address& seen) {
                if (dht_ && !by_hello) dht_->seen_as(now, seen.tracker, seen.address);
            },
        },
        *what);
    return true;
}

/// What a neighbour's tracker says of others is hearsay, and all nodes of the link hear it at one moment: who
/// has not said itself that it is there is called a while later, each node at another time.
void core::add_peers_of(time_point now, entry& e, const ip_address& tracker,
                        const std::vector<endpoint>& peers) {
    const auto count = std::min(peers.size(), limits::tracker_numwant);
    for (std::size_t i = 0; i < count; ++i) {
        const auto& peer = peers[i];
        const bool vouched = peer.address == tracker || hello_->online().at(peer) != nullptr;
        e.swarm.add_peer(now, peer, swarm::peer_source::lan_hearsay,
                         vouched ? duration{} : random_.jitter(hearsay_pause, 1));
    }
}

// --- answers

tracker::client* core::client_of(const asked& question) {
    auto& clients = at(question.torrent).clients;
    const auto found = clients.find(question.client);
    return found == clients.end() ? nullptr : &found->second.client;
}

/// Half of the host's pace is left to its peers.
bool core::may_connect(time_point now, const ip_address& host) {
    if (!pace_.allows(now, host, true)) return false;
    pace_.take(now, host);
    return true;
}

void core::http_answered(time_point now, std::uint64_t request, const result<tracker::http_reply>& reply) {
    const auto node = asked_.extract(request);
    if (node.empty()) return;
    if (auto* client = client_of(node.mapped())) client->answer(now, node.mapped().request, reply);
    collect(now, at(node.mapped().torrent));
}

void core::answer(time_point now, std::uint64_t number, const unexpected<error>& why) {
    const auto node = asked_.extract(number);
    if (node.empty()) return;
    if (auto* client = client_of(node.mapped())) client->answer(now, node.mapped().request, why);
    collect(now, at(node.mapped().torrent));
}

/// Nobody waits for the answers of this client any more.
bool core::farewells_sent() const {
    const auto parting = [](const auto& one) { return one.second.client.is_parting(); };
    return lookups_.empty() && udp_.all_sent() &&
           std::none_of(torrents_.begin(), torrents_.end(), [&](const auto& e) {
               return std::any_of(e.second->clients.begin(), e.second->clients.end(), parting);
           });
}

/// But those that `keeps` waits for.
void core::forget_requests(std::uint64_t client, const tracker::client* keeps) {
    for (auto it = asked_.begin(); it != asked_.end();) {
        const auto current = it++;
        if (current->second.client != client || (keeps && keeps->holds(current->second.request))) continue;
        udp_.forget(current->first);
        asked_.erase(current);
    }
    for (auto it = lookups_.begin(); it != lookups_.end();) {
        std::erase_if(it->second.waiting, [&](const auto& one) { return !asked_.contains(one.first); });
        it = it->second.waiting.empty() ? lookups_.erase(it) : std::next(it);
    }
}

// --- UDP

void core::ask_udp(time_point now, std::uint64_t number, tracker::udp_announce what, bool by_hello) {
    if (const auto literal = ip_address::parse(what.where.host))
        return ask_udp_at(now, number, std::move(what), {*literal}, by_hello);
    // the announces of both families, and of torrents that start together, share one look at the name
    const auto under_way = std::find_if(lookups_.begin(), lookups_.end(),
                                        [&](const auto& one) { return one.second.host == what.where.host; });
    if (under_way != lookups_.end()) {
        under_way->second.waiting.emplace_back(number, std::move(what));
        return;
    }
    auto& fresh = lookups_[++last_request_];
    fresh.host = what.where.host;
    fresh.waiting.emplace_back(number, std::move(what));
    put(out::resolve{last_request_, fresh.host});
}

void core::resolved(time_point now, std::uint64_t number, const result<std::vector<ip_address>>& found) {
    if (const auto ours = dht_lookups_.extract(number); !ours.empty()) {
        if (dht_) dht_->resolved(now, ours.mapped(), found);
        return collect_dht(now);
    }
    auto node = lookups_.extract(number);
    if (node.empty()) return;
    for (auto& [request, what] : node.mapped().waiting) {
        if (found)
            ask_udp_at(now, request, std::move(what), *found, false);
        else
            answer(now, request, unexpected<error>(found.error()));
    }
    collect_udp(now);
}

void core::ask_udp_at(time_point now, std::uint64_t number, tracker::udp_announce what,
                      const std::vector<ip_address>& addresses, bool by_hello) {
    const auto fits = [&](const ip_address& each) { return !what.family || each.family() == *what.family; };
    const auto may = [&](const ip_address& each) {
        return fits(each) && (by_hello || tracker_allowed_at(what.where, each));
    };
    const auto chosen = std::find_if(addresses.begin(), addresses.end(), may);
    if (chosen != addresses.end()) {
        udp_.announce(now, number, {*chosen, what.where.port}, what.what, std::move(what.url_data));
        return collect_udp(now);
    }
    const auto refused = std::find_if(addresses.begin(), addresses.end(), fits);
    answer(now, number,
           fail(errc::network,
                refused != addresses.end()
                    ? "its address " + refused->to_string() + " is not allowed"
                    : std::string("it has no address of IPv") + (what.family == ip_family::v6 ? "6" : "4")));
}

void core::udp_received(time_point now, const endpoint& from, byte_view datagram) {
    udp_.receive(now, from, datagram);
    collect_udp(now);
}

void core::udp_unreachable(time_point now, const endpoint& to, const error& why) {
    udp_.unreachable(to, why);
    collect_udp(now);
}

void core::collect_udp(time_point now) {
    while (auto what = udp_.poll()) {
        if (auto* send = std::get_if<tracker::udp_client::send>(&*what)) {
            put(out::udp_send{send->to, std::move(send->datagram)});
        } else if (auto* done = std::get_if<tracker::udp_client::announced>(&*what)) {
            const auto node = asked_.extract(done->request);
            if (node.empty()) continue;
            if (auto* client = client_of(node.mapped()))
                client->answer(now, node.mapped().request, std::move(done->answer), done->from.address);
            collect(now, at(node.mapped().torrent));
        }
    }
}

bool core::tracker_allowed_at(const tracker::url& where, const ip_address& address) const {
    return where.allowed_at(address, discovery::on_link(interfaces_, address, 0));
}

std::size_t core::tracker_count(torrent_id id) const {
    const auto& e = at(id);
    const auto of_lan = std::count_if(e.clients.begin(), e.clients.end(),
                                      [](const auto& one) { return one.second.lan.has_value(); });
    auto count = static_cast<std::size_t>(of_lan);
    for (const auto& tier : e.tiers) count += tier.size();
    return count;
}

}  // namespace bt::node
