#include "tracker/server/peer_store.hpp"

#include <algorithm>
#include <cstring>

namespace bt::tracker {
namespace {

constexpr std::size_t index_of(ip_family family) { return static_cast<std::size_t>(family); }
constexpr ip_family family_at(std::size_t index) { return index == 0 ? ip_family::v4 : ip_family::v6; }

template <class Swarm, class Do>
decltype(auto) of_family(Swarm& one, ip_family family, Do act) {
    return family == ip_family::v4 ? act(one.v4) : act(one.v6);
}

std::uint32_t rate(std::uint64_t before, std::uint64_t after, stamp passed) {
    if (after <= before || passed == 0) return 0;
    return static_cast<std::uint32_t>(std::min<std::uint64_t>((after - before) / passed, 0xffffffffu));
}

}  // namespace

peer_store::peer_store(const siphash_key& key, const store_limits& limits, rng random)
    : hash_(key), limits_(limits), random_(random), clients_(key) {
    class_heads_.fill(no_record);
}

std::uint32_t peer_store::hash_of(const info_hash& hash) const {
    return static_cast<std::uint32_t>(hash_(hash.span()));
}

std::uint32_t peer_store::hash_of(std::uint32_t torrent, const peer_id& id) const {
    std::array<std::uint8_t, 24> text;
    std::memcpy(text.data(), &torrent, 4);
    std::memcpy(text.data() + 4, id.bytes.data(), 20);
    return static_cast<std::uint32_t>(hash_(text));
}

std::uint32_t peer_store::hash_of(std::uint32_t torrent, const endpoint& at) const {
    std::array<std::uint8_t, 24> text{};
    const auto zone = static_cast<std::uint16_t>(at.address.zone());
    std::memcpy(text.data(), &torrent, 4);
    std::memcpy(text.data() + 4, &at.port, 2);
    std::memcpy(text.data() + 6, &zone, 2);
    const auto raw = at.address.raw();
    std::memcpy(text.data() + 8, raw.data(), raw.size());
    return static_cast<std::uint32_t>(hash_(byte_view(text).first(8 + raw.size())));
}

/// A source is what one host has: an IPv4 address or an IPv6 /64.
peer_store::host_hashes peer_store::hashes_of(const ip_address& address) const {
    const auto host = hash_(address.raw());
    return {host, address.is_v4() ? host : hash_(address.raw().first(8))};
}

std::uint32_t peer_store::find(const info_hash& hash) const {
    return by_hash_.find(hash_of(hash), [&](std::uint32_t at) { return torrents_[at].hash == hash; });
}

endpoint peer_store::endpoint_of(const stored_peer& one, ip_family family) const {
    const auto& address = one.addresses[index_of(family)];
    return of_family(torrents_[one.torrent], family, [&](const auto& in) {
        const auto& entry = in.at(address.group, address.seeder, address.position);
        auto at = endpoint::from_compact(entry.compact).value_or(endpoint{});
        at.address = at.address.with_zone(entry.zone);
        return at;
    });
}

const place& peer_store::place_of(const stored_peer& one, ip_family family) const {
    const auto group = one.addresses[index_of(family)].group;
    return of_family(torrents_[one.torrent], family,
                     [&](const auto& in) -> const place& { return in.groups()[group].where; });
}

std::uint32_t peer_store::find_at(std::uint32_t torrent, const endpoint& at, std::uint32_t hash) const {
    const auto family = at.address.family();
    return by_endpoint_[index_of(family)].find(hash, [&](std::uint32_t one) {
        const auto& address = peers_[one].addresses[index_of(family)];
        return peers_[one].torrent == torrent && of_family(torrents_[torrent], family, [&](auto& in) {
                   return in.at(address.group, address.seeder, address.position).is(at);
               });
    });
}

same_id_peers peer_store::with_id(std::uint32_t torrent, const peer_id& id, std::uint32_t hash) const {
    same_id_peers found;
    by_id_.find(hash, [&](std::uint32_t at) {
        if (peers_[at].torrent == torrent && peers_[at].id == id) found.numbers[found.count++] = at;
        return found.full();
    });
    return found;
}

/// The peer that this may be, by its id, if it did not come from an address we know.
std::uint32_t peer_store::find_same(const arrival& it) const {
    const auto family = it.from.at.address.family();
    auto without_address = no_record;
    for (std::size_t i = 0; i < it.same.count; ++i) {
        const auto number = it.same.numbers[i];
        const auto& addresses = peers_[number].addresses;
        for (const auto& one : addresses)
            if (one.present() && it.said.key != 0 && one.key == it.said.key) return number;
        // of several, the one that was there first
        if (!addresses[index_of(family)].present() &&
            (without_address == no_record || peers_[number].first < peers_[without_address].first))
            without_address = number;
    }
    return without_address;
}

/// What an announce is going to need lies all over the memory: it is fetched while the hashes are computed.
void peer_store::prefetch(const swarm& in, ip_family family) const {
    of_family(in, family, [](const auto& addresses) { __builtin_prefetch(addresses.groups().data()); });
    if (in.previous != no_record) __builtin_prefetch(&torrents_[in.previous].next);
    if (in.next != no_record) __builtin_prefetch(&torrents_[in.next].previous);
    if (in.history) __builtin_prefetch(&in.history->latest);
}

peer_store::outcome peer_store::announce(const moment& at, const peer_announce& said) {
    auto torrent = find(said.hash);
    const bool stopped = said.event == announce_event::stopped;
    const bool storable = said.addresses[0] && said.addresses[0]->at.port != 0 &&
                          said.addresses[0]->where.from != reach::nobody;
    if (torrent == no_record) {
        if (stopped || !storable) return {};
        if (peers_.used() >= limits_.peers) return {store_answer::peers_full};
        torrent = take_torrent(at, said.hash);
        if (torrent == no_record) return {store_answer::torrents_full};
    }
    torrents_[torrent].last_announce = at.now;
    outcome answer{store_answer::taken, torrent};
    if (storable) prefetch(torrents_[torrent], said.addresses[0]->at.address.family());
    const auto id_hash = hash_of(torrent, said.id);
    by_id_.prefetch(id_hash);
    bool spoke = false, looked = false;
    for (const auto& from : said.addresses) {
        if (!from || !storable) continue;
        const auto at_hash = hash_of(torrent, from->at);
        by_endpoint_[index_of(from->at.address.family())].prefetch(at_hash);
        if (!looked) answer.same = with_id(torrent, said.id, id_hash);
        looked = true;
        const arrival it{said, *from, torrent, id_hash, at_hash, answer.same};
        if (stopped) {
            stop(it);
            continue;
        }
        const auto peer = peer_for(at.now, it);
        if (!peer) {
            if (answer.peer == no_record) answer.answer = peer.error();
            continue;
        }
        answer.peer = *peer;
        if (!spoke) speak(at, *peer, said, from->at.address.family());
        refresh(at.now, *peer, said, *from);
        spoke = true;
    }
    if (!looked) answer.same = with_id(torrent, said.id, id_hash);
    relink(torrent);
    note_counts(torrent, at.quarter);
    BT_ASSERT(answer.peer == no_record || peers_[answer.peer].torrent == torrent);
    return answer;
}

result<std::uint32_t, store_answer> peer_store::peer_for(stamp now, const arrival& it) {
    const auto family = it.from.at.address.family();
    if (const auto there = find_at(it.torrent, it.from.at, it.at_hash); there != no_record) {
        if (peers_[there].id == it.said.id) return there;
        detach(there, family);
    }
    const auto host = hashes_of(it.from.at.address);
    auto peer = find_same(it);
    if (peer == no_record) {
        auto added = new_peer(now, it, host);
        if (!added) return added;
        peer = *added;
        peers_[peer].primary = index_of(family) & 1;
    } else if (peers_[peer].addresses[index_of(family)].present()) {
        unlist(peer, family);  // it has moved
    }
    attach(peer, it, host);
    return peer;
}

result<std::uint32_t, store_answer> peer_store::new_peer(stamp now, const arrival& it,
                                                         const host_hashes& host) {
    if (peers_.used() >= limits_.peers) return unexpected<store_answer>(store_answer::peers_full);
    if (!it.said.unlimited && sources_.peers_of(host.source) >= limits_.peers_per_source)
        return unexpected<store_answer>(store_answer::source_full);
    const auto number = peers_.take();
    auto& one = peers_[number];
    one.id = it.said.id;
    one.torrent = it.torrent;
    one.first = now;
    one.client = clients_.add(it.said.id);
    one.by_id = !it.same.full();
    if (one.by_id) {
        by_id_.insert(it.id_hash, number);
        it.same.numbers[it.same.count++] = number;
    }
    BT_ASSERT(peers_.used() <= limits_.peers);
    return number;
}

void peer_store::attach(std::uint32_t number, const arrival& it, const host_hashes& host) {
    const auto family = it.from.at.address.family();
    auto& one = peers_[number];
    auto& address = one.addresses[index_of(family)];
    const bool only = !one.addresses[1 - index_of(family)].present();
    BT_ASSERT(!address.present() && one.torrent == it.torrent);
    address.seeder = it.said.left == 0;
    of_family(torrents_[it.torrent], family, [&](auto& in) {
        using entry = typename std::remove_reference_t<decltype(in)>::entry;
        address.group = in.group_of(it.from.where);
        address.position = in.add(address.group, address.seeder, entry::of(it.from.at, number));
    });
    by_endpoint_[index_of(family)].insert(it.at_hash, number);
    count_address(one, family, 1);
    if (only) count_peer(one, 1);
    // the host is counted where its v4 address is, if it has one
    if (family == ip_family::v4 && !only) count_host(hashes_of(endpoint_of(one, ip_family::v6).address), -1);
    if (family == ip_family::v4 || only) count_host(host, 1);
}

/// Takes an address out of its list and all sums; the peer stays, even with none.
void peer_store::unlist(std::uint32_t number, ip_family family) {
    auto& one = peers_[number];
    auto& address = one.addresses[index_of(family)];
    BT_ASSERT(address.present());
    const bool only = !one.addresses[1 - index_of(family)].present();
    const auto at = endpoint_of(one, family);
    if (family == ip_family::v4 || only) count_host(hashes_of(at.address), -1);
    if (family == ip_family::v4 && !only) count_host(hashes_of(endpoint_of(one, ip_family::v6).address), 1);
    if (only) count_peer(one, -1);
    count_address(one, family, -1);
    by_endpoint_[index_of(family)].erase(hash_of(one.torrent, at), number);
    const auto moved = of_family(torrents_[one.torrent], family, [&](auto& in) {
        return in.remove(address.group, address.seeder, address.position);
    });
    if (moved != no_record) peers_[moved].addresses[index_of(family)].position = address.position;
    address = {};
}

/// Takes an address back; the peer goes with its last one.
void peer_store::detach(std::uint32_t number, ip_family family) {
    unlist(number, family);
    auto& one = peers_[number];
    const auto other = 1 - index_of(family);
    if (!one.addresses[other].present()) return drop_peer(number);
    one.primary = other & 1;
}

void peer_store::drop_peer(std::uint32_t number) {
    auto& one = peers_[number];
    BT_ASSERT(!one.addresses[0].present() && !one.addresses[1].present());
    if (one.by_id) by_id_.erase(hash_of(one.torrent, one.id), number);
    clients_.remove(one.client);
    peers_.give_back(number);
}

/// What the address itself says: that it is still there, its key, whether it seeds.
void peer_store::refresh(stamp now, std::uint32_t number, const peer_announce& said,
                         const announced_address& from) {
    const auto family = from.at.address.family();
    auto& one = peers_[number];
    auto& address = one.addresses[index_of(family)];
    BT_ASSERT(address.present() && said.lifetime > 0);
    address.key = said.key;
    address.last = now;
    address.lifetime = said.lifetime;
    const bool seeder = said.left == 0;
    of_family(torrents_[one.torrent], family, [&](auto& in) {
        if (address.seeder == seeder && in.is_at(address.group, from.where)) return;
        const auto group = in.group_of(from.where);
        if (address.seeder == seeder && address.group == group) return;
        const auto entry = in.at(address.group, address.seeder, address.position);
        if (address.seeder != seeder) {
            const std::size_t f = index_of(family);
            (seeder ? ++seeding_[f] : --seeding_[f]);
        }
        const auto moved = in.remove(address.group, address.seeder, address.position);
        if (moved != no_record) peers_[moved].addresses[index_of(family)].position = address.position;
        address.group = group;
        address.seeder = seeder;
        address.position = in.add(group, seeder, entry);
    });
}

/// What is said of the whole peer, if whoever says it may.
void peer_store::speak(const moment& at, std::uint32_t number, const peer_announce& said, ip_family family) {
    auto& one = peers_[number];
    const bool may = one.primary == index_of(family) || (said.key != 0 && one.speaker().key == said.key);
    if (!may) return;
    auto& in = torrents_[one.torrent];
    BT_ASSERT(in.in_use && in.peers() > 0);
    const bool seeder = said.left == 0;
    if (one.seeder != seeder) {
        (one.seeder ? in.seeders : in.leechers)--;
        (seeder ? in.seeders : in.leechers)++;
        seeder ? ++seeders_ : --seeders_;
        one.seeder = seeder;
    }
    one.left = said.left;
    one.udp = said.udp;
    if (said.event == announce_event::completed && !one.completed) {
        one.completed = true;
        ++in.completed;
        if (in.day != at.day()) in.completed_on_day = 0;
        in.day = at.day();
        ++in.completed_on_day;
        if (day_ != at.day()) completed_on_day_ = 0;
        day_ = at.day();
        ++completed_;
        ++completed_on_day_;
    }
    // of two announces in one second, one for each family, the first has said it all
    if (const auto last = one.speaker().last; last != 0 && at.now > last) {
        one.rate_up = rate(one.uploaded, said.uploaded, at.now - last);
        one.rate_down = rate(one.downloaded, said.downloaded, at.now - last);
    }
    one.uploaded = said.uploaded;
    one.downloaded = said.downloaded;
}

void peer_store::stop(const arrival& it) {
    const auto family = it.from.at.address.family();
    const auto key = it.said.key;
    const auto there = find_at(it.torrent, it.from.at, it.at_hash);
    if (there != no_record && peers_[there].id == it.said.id) {
        const bool other = key != 0 && peers_[there].addresses[1 - index_of(family)].present() &&
                           peers_[there].addresses[1 - index_of(family)].key == key;
        detach(there, family);
        if (other) detach(there, family_at(1 - index_of(family)));
        return;
    }
    if (key == 0) return;  // the id is no secret
    for (std::size_t i = 0; i < it.same.count; ++i)
        for (std::size_t f = 0; f < 2; ++f) {
            const auto& one = peers_[it.same.numbers[i]];
            if (one.torrent == it.torrent && one.addresses[f].present() && one.addresses[f].key == key)
                detach(it.same.numbers[i], family_at(f));
        }
}

namespace {

template <class Sum>
void add(Sum& sum, int sign) {
    sum += static_cast<Sum>(sign);  // the sums wrap around to it
}

}  // namespace

// Adding to the sums, or taking out: the peer, each of its addresses, and the one host it is.

void peer_store::count_peer(const stored_peer& one, int sign) {
    auto& in = torrents_[one.torrent];
    BT_ASSERT(sign > 0 || (one.seeder ? in.seeders : in.leechers) > 0);
    add(one.seeder ? in.seeders : in.leechers, sign);
    if (one.seeder) add(seeders_, sign);
}

void peer_store::count_address(const stored_peer& one, ip_family family, int sign) {
    BT_ASSERT(sign > 0 || with_[index_of(family)] > 0);
    add(with_[index_of(family)], sign);
    if (one.addresses[index_of(family)].seeder) add(seeding_[index_of(family)], sign);
}

void peer_store::count_host(const host_hashes& host, int sign) {
    sign > 0 ? hosts_.add(host.host) : hosts_.remove(host.host);
    sign > 0 ? sources_.add(host.source) : sources_.remove(host.source);
}

}  // namespace bt::tracker
