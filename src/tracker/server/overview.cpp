// What the pages show, gathered with a bounded amount of work: however many peers there are, a page looks at
// a few thousand.
#include <algorithm>
#include <unordered_map>

#include "base/client_id.hpp"
#include "tracker/page/pages.hpp"
#include "tracker/server/server_impl.hpp"

namespace bt::tracker {
namespace {

constexpr std::size_t shown_torrents = 200, shown_hosts = 200, shown_peers = 1'000, shown_ticks = 100;
constexpr std::size_t peers_looked_at = 5'000, torrents_of_host = 50;

duration since(stamp then, stamp now) { return std::chrono::seconds(now > then ? now - then : 0); }

stamp last_seen(const stored_peer& one) {
    stamp last = 0;
    for (const auto& address : one.addresses)
        if (address.present()) last = std::max(last, address.last);
    return last;
}

std::uint64_t known_left(const stored_peer& one) {
    return one.left == stored_peer::left_unknown ? 0 : one.left;
}

/// "http://192.168.1.5:6969/announce"
std::string address_of_ours(std::string_view scheme, const ip_address& to, std::uint16_t port,
                            std::string_view path) {
    if (port == 0) return {};
    return std::string(scheme) + endpoint{to.with_zone(0), port}.to_string() + std::string(path);
}

ip_family shown_family(const stored_peer& one) {
    return one.addresses[0].present() ? ip_family::v4 : ip_family::v6;
}

/// Torrents with a name and a peer, those with most peers first. What is not registered, an unlisted or a
/// private share perhaps, is shown only to a user who knows its hash.
std::vector<std::uint32_t> listed_torrents(const peer_store& store, const named_torrents& registered) {
    std::vector<std::uint32_t> all;
    registered.for_each([&](const info_hash& hash, const registration& entry) {
        const auto number = entry.hidden ? no_record : store.find(hash);
        if (number != no_record && store.torrent(number).peers() > 0) all.push_back(number);
    });
    std::sort(all.begin(), all.end(), [&](auto a, auto b) {
        const auto &one = store.torrent(a), &other = store.torrent(b);
        return one.peers() != other.peers() ? one.peers() > other.peers() : one.hash < other.hash;
    });
    return all;
}

}  // namespace

bool server::impl::may_see_addresses(const asker& who) const { return who.is_local(); }

std::string server::impl::host_of(const stored_peer& one) const {
    for (const auto family : {ip_family::v4, ip_family::v6}) {
        if (!one.addresses[static_cast<std::size_t>(family)].present()) continue;
        if (store.place_of(one, family).from == reach::host) return config.host_name;
        const auto name = host_names.find(store.endpoint_of(one, family).address);
        if (name != host_names.end()) return name->second;
    }
    return {};
}

tracker_totals server::impl::totals(time_point now) const {
    const auto moment = at(now);
    auto all = counted;
    all.uptime = std::max(now - start.value_or(now), duration{});
    all.torrents = store.torrents();
    all.active_torrents = store.active_torrents();
    all.peers = store.peers();
    all.seeders = store.seeders();
    all.leechers = all.peers - all.seeders;
    all.peers_v4 = store.peers_with(ip_family::v4);
    all.peers_v6 = store.peers_with(ip_family::v6);
    all.seeders_v4 = store.seeders_with(ip_family::v4);
    all.seeders_v6 = store.seeders_with(ip_family::v6);
    all.hosts = std::min(store.hosts().hosts(), all.peers);
    all.completed = store.completed();
    all.completed_today = store.completed_on(moment.day());
    // over the last minute, or since the start if that is less
    const auto window = std::clamp<std::int64_t>(all.uptime / 1s, 1, 60);
    const auto span = static_cast<std::uint32_t>(window);
    all.announces_per_minute =
        static_cast<double>(announces.in_last(moment.now, span)) * 60 / static_cast<double>(window);
    for (std::size_t how = 0; how < transports; ++how)
        all.requests_per_second[how] =
            static_cast<double>(requests[how].in_last(moment.now, span)) / static_cast<double>(window);
    all.peers_p50 = store.peers_at(0.5);
    all.peers_p90 = store.peers_at(0.9);
    all.peers_p99 = store.peers_at(0.99);
    if (const auto largest = store.largest(1); !largest.empty())
        all.peers_max = store.torrent(largest.front()).peers();
    all.clients = store.clients().names();
    if (all.clients.size() > 10) all.clients.resize(10);
    all.client_versions = store.clients().versions();
    if (all.client_versions.size() > 50) all.client_versions.resize(50);
    return all;
}

torrent_row server::impl::row_of(const info_hash& hash, const registration& entry) const {
    torrent_row row;
    row.hash = hash;
    row.name = entry.name;
    for (const auto& other : entry.others)
        if (other.name != entry.name &&
            std::find(row.other_names.begin(), row.other_names.end(), other.name) == row.other_names.end())
            row.other_names.push_back(other.name);
    row.size = entry.size;
    row.file_count = entry.file_count;
    row.has_file = !entry.torrent.empty();
    return row;
}

torrent_row server::impl::row_of(time_point now, std::uint32_t number) const {
    const auto moment = at(now);
    const auto& torrent = store.torrent(number);
    torrent_row row;
    row.hash = torrent.hash;
    if (const auto* entry = registered.listed(torrent.hash)) row = row_of(torrent.hash, *entry);
    row.seeders = torrent.seeders;
    row.leechers = torrent.leechers;
    row.completed = torrent.completed;
    row.completed_today = torrent.day == moment.day() ? torrent.completed_on_day : 0;
    row.last_announce = since(torrent.last_announce, moment.now);
    return row;
}

/// Of the host that said so last, as whoever asks reaches it.
std::optional<endpoint> server::impl::page_of(time_point now, const info_hash& hash, const asker& who) const {
    const auto* entry = may_see_addresses(who) ? registered.listed(hash) : nullptr;
    if (entry == nullptr || entry->pages.empty()) return std::nullopt;
    const auto& last = entry->pages.back();
    if (at(now).now > last.said + said_seconds) return std::nullopt;
    const auto address = handed(who, last.at.address, around.place_of(last.at.address));
    return address ? std::optional(endpoint{*address, last.at.port}) : std::nullopt;
}

peer_row server::impl::peer_row_of(time_point now, const stored_peer& one, const asker& who,
                                   bool show) const {
    const auto moment = at(now);
    peer_row row;
    if (show) {
        for (const auto family : {ip_family::v4, ip_family::v6}) {
            if (!one.addresses[static_cast<std::size_t>(family)].present()) continue;
            auto at = store.endpoint_of(one, family);
            const auto address = handed(who, at.address, store.place_of(one, family));
            if (address) row.addresses.push_back({*address, at.port});
        }
        row.host = host_of(one);
    }
    row.client = client_of(one.id);
    row.left = known_left(one);
    row.uploaded = one.uploaded;
    row.downloaded = one.downloaded;
    row.rate_up = one.rate_up;
    row.rate_down = one.rate_down;
    row.seeder = one.seeder;
    row.udp = one.udp;
    row.known = since(one.first, moment.now);
    row.seen = since(last_seen(one), moment.now);
    return row;
}

overview server::impl::overview_of(time_point now, const asker& who, bool with_lists) const {
    overview all;
    all.address = address_of_ours("http://", who.to, config.http_port, "/announce");
    all.udp_address = address_of_ours("udp://", who.to, config.udp_port, "");
    all.host = config.host_name;
    all.show_addresses = may_see_addresses(who);
    all.totals = totals(now);
    if (!with_lists) return all;
    auto listed = listed_torrents(store, registered);
    all.unnamed_torrents = all.totals.active_torrents - std::min(all.totals.active_torrents, listed.size());
    all.more_torrents = listed.size() - std::min(listed.size(), shown_torrents);
    listed.resize(listed.size() - all.more_torrents);
    for (const auto number : listed) {
        auto row = row_of(now, number);
        const auto& torrent = store.torrent(number);
        row.page = page_of(now, torrent.hash, who);
        const auto some = peers_looked_at / 2 / std::max<std::size_t>(listed.size(), 1);
        for (const auto peer : store.peers_of(number, std::min(torrent.peers() + shown_ticks, some + 1))) {
            const auto& one = store.peer(peer);
            if (!one.seeder && one.left != stored_peer::left_unknown && row.left.size() < shown_ticks)
                row.left.push_back(one.left);
        }
        all.torrents.push_back(std::move(row));
    }
    if (all.show_addresses) add_hosts(now, who, listed, all);
    return all;
}

overview server::impl::overview_of(time_point now, const asker& who, const info_hash& hash) const {
    auto all = overview_of(now, who, false);
    const auto number = store.find(hash);
    if (number == no_record) {
        if (const auto* entry = registered.listed(hash)) all.torrents.push_back(row_of(hash, *entry));
        return all;
    }
    auto row = row_of(now, number);
    row.page = page_of(now, hash, who);
    for (const auto peer : store.peers_of(number, shown_peers)) {
        const auto& one = store.peer(peer);
        row.peers.push_back(peer_row_of(now, one, who, all.show_addresses));
        if (!one.seeder && one.left != stored_peer::left_unknown && row.left.size() < shown_ticks)
            row.left.push_back(one.left);
    }
    if (const auto& history = store.torrent(number).history) row.history = history->until(at(now).quarter);
    all.torrents.push_back(std::move(row));
    return all;
}

/// What is online in the torrents that are listed.
void server::impl::add_hosts(time_point now, const asker& who, const std::vector<std::uint32_t>& torrents,
                             overview& into) const {
    const auto moment = at(now);
    std::unordered_map<ip_address, std::size_t> rows;
    std::size_t looked_at = 0;
    for (const auto number : torrents) {
        if (looked_at >= peers_looked_at) break;
        const auto& torrent = store.torrent(number);
        const auto* entry = registered.listed(torrent.hash);
        for (const auto peer : store.peers_of(number, peers_looked_at - looked_at)) {
            ++looked_at;
            const auto& one = store.peer(peer);
            const auto family = shown_family(one);
            const bool ours = store.place_of(one, family).from == reach::host;
            const auto address = ours && !who.loopback ? who.to : store.endpoint_of(one, family).address;
            auto known = rows.find(address);
            if (known == rows.end()) {
                if (into.hosts.size() == shown_hosts) continue;
                known = rows.emplace(address, into.hosts.size()).first;
                auto& added = into.hosts.emplace_back();
                added.address = address;
                added.host = host_of(one);
                added.client = client_of(one.id);
                added.seen = duration::max();
            }
            auto& row = into.hosts[known->second];
            row.known = std::max(row.known, since(one.first, moment.now));
            row.seen = std::min(row.seen, since(last_seen(one), moment.now));
            if (row.torrents.size() == torrents_of_host) continue;
            host_row::part part;
            part.hash = torrent.hash;
            if (entry != nullptr) part.name = entry->name;
            part.left = known_left(one);
            part.seeder = one.seeder;
            if (one.seeder)
                part.done = 1;
            else if (entry != nullptr && entry->size > 0 && one.left != stored_peer::left_unknown)
                part.done = 1 - static_cast<double>(std::min(one.left, entry->size)) /
                                    static_cast<double>(entry->size);
            row.torrents.push_back(std::move(part));
        }
    }
    into.more_hosts = into.totals.hosts - std::min(into.totals.hosts, into.hosts.size());
}

}  // namespace bt::tracker
