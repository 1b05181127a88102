#include "tracker/peer_store.hpp"

#include <algorithm>
#include <cstring>

namespace bt::tracker {
namespace {

/// Peers of one torrent that are found by the same id. More than two or three are an attack on the index.
constexpr std::size_t same_id_max = 8;

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

std::uint64_t peer_store::source_hash(const ip_address& address) const {
    return hash_(address.raw().first(address.is_v4() ? 4 : 8));
}

std::uint32_t peer_store::find(const info_hash& hash) const {
    return by_hash_.find(
        hash_of(hash), [&](std::uint32_t at) -> const chain_node& { return torrents_[at].chain; },
        [&](std::uint32_t at) { return torrents_[at].hash == hash; });
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

std::uint32_t peer_store::find_at(std::uint32_t torrent, const endpoint& at) const {
    const auto family = at.address.family();
    const auto f = index_of(family);
    return by_endpoint_[f].find(
        hash_of(torrent, at),
        [&](std::uint32_t one) -> const chain_node& { return peers_[one].addresses[f].chain; },
        [&](std::uint32_t one) {
            const auto& address = peers_[one].addresses[f];
            return peers_[one].torrent == torrent && of_family(torrents_[torrent], family, [&](auto& in) {
                       return in.at(address.group, address.seeder, address.position).is(at);
                   });
        });
}

peer_store::own_peers peer_store::own(std::uint32_t torrent, const peer_id& id) const {
    own_peers found;
    by_id_.visit(
        hash_of(torrent, id), [&](std::uint32_t at) -> const chain_node& { return peers_[at].chain; },
        [&](std::uint32_t at) {
            if (peers_[at].torrent == torrent && peers_[at].id == id) found.numbers[found.count++] = at;
            return found.count == found.numbers.size();
        });
    return found;
}

/// The peer that `said` may be, by its id, if it did not come from an address we know.
std::uint32_t peer_store::find_same(std::uint32_t torrent, const peer_announce& said,
                                    ip_family family) const {
    const auto same_id = own(torrent, said.id);
    auto without_address = no_record;
    for (std::size_t i = 0; i < same_id.count; ++i) {
        const auto number = same_id.numbers[i];
        const auto& addresses = peers_[number].addresses;
        for (const auto& one : addresses)
            if (one.present() && said.key != 0 && one.key == said.key) return number;
        if (!addresses[index_of(family)].present()) without_address = number;
    }
    return without_address;
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
    bool spoke = false;
    for (const auto& from : said.addresses) {
        if (!from || !storable) continue;
        if (stopped) {
            stop(torrent, said, *from);
            continue;
        }
        const auto peer = peer_for(at.now, torrent, said, *from);
        if (!peer) {
            if (answer.peer == no_record) answer.answer = peer.error();
            continue;
        }
        answer.peer = *peer;
        if (!spoke) speak(at, *peer, said, from->at.address.family());
        refresh(at.now, *peer, said, *from);
        spoke = true;
    }
    relink(torrent);
    note_counts(torrent, at.quarter);
    return answer;
}

result<std::uint32_t, store_answer> peer_store::peer_for(stamp now, std::uint32_t torrent,
                                                         const peer_announce& said,
                                                         const announced_address& from) {
    const auto family = from.at.address.family();
    const bool seeder = said.left == 0;
    if (const auto there = find_at(torrent, from.at); there != no_record) {
        if (peers_[there].id == said.id) return there;
        detach(there, family);
    }
    auto peer = find_same(torrent, said, family);
    if (peer == no_record) {
        auto added = new_peer(now, torrent, said, from.at.address);
        if (!added) return added;
        peer = *added;
        peers_[peer].primary = index_of(family) & 1;
    } else if (peers_[peer].addresses[index_of(family)].present()) {
        // it has moved; a peer is never without an address while it changes the only one
        count(peer, -1);
        unlist(peer, family);
        count(peer, 1);
    }
    attach(peer, from, seeder);
    return peer;
}

result<std::uint32_t, store_answer> peer_store::new_peer(stamp now, std::uint32_t torrent,
                                                         const peer_announce& said, const ip_address& from) {
    if (peers_.used() >= limits_.peers) return unexpected<store_answer>(store_answer::peers_full);
    if (!said.unlimited && sources_.peers_of(source_hash(from)) >= limits_.peers_per_source)
        return unexpected<store_answer>(store_answer::source_full);
    const bool findable = own(torrent, said.id).count < same_id_max;
    const auto number = peers_.take();
    auto& one = peers_[number];
    one.id = said.id;
    one.torrent = torrent;
    one.first = now;
    one.client = clients_.add(said.id);
    one.by_id = findable;
    one.chain.hash = hash_of(torrent, said.id);
    if (findable) by_id_.insert(number, [&](std::uint32_t at) -> chain_node& { return peers_[at].chain; });
    return number;
}

void peer_store::attach(std::uint32_t number, const announced_address& from, bool seeder) {
    const auto family = from.at.address.family();
    count(number, -1);
    auto& one = peers_[number];
    auto& address = one.addresses[index_of(family)];
    of_family(torrents_[one.torrent], family, [&](auto& in) {
        using entry = typename std::remove_reference_t<decltype(in)>::entry;
        address.group = in.group_of(from.where);
        address.seeder = seeder;
        address.position = in.add(address.group, seeder, entry::of(from.at, number));
    });
    address.chain.hash = hash_of(one.torrent, from.at);
    by_endpoint_[index_of(family)].insert(number, [&](std::uint32_t at) -> chain_node& {
        return peers_[at].addresses[index_of(family)].chain;
    });
    count(number, 1);
}

/// Takes an address out of its list, nothing else.
void peer_store::unlist(std::uint32_t number, ip_family family) {
    auto& one = peers_[number];
    auto& address = one.addresses[index_of(family)];
    by_endpoint_[index_of(family)].erase(number, [&](std::uint32_t at) -> chain_node& {
        return peers_[at].addresses[index_of(family)].chain;
    });
    const auto moved = of_family(torrents_[one.torrent], family, [&](auto& in) {
        return in.remove(address.group, address.seeder, address.position);
    });
    if (moved != no_record) peers_[moved].addresses[index_of(family)].position = address.position;
    address = {};
}

/// Takes an address back; the peer goes with its last one.
void peer_store::detach(std::uint32_t number, ip_family family) {
    count(number, -1);
    unlist(number, family);
    auto& one = peers_[number];
    const auto other = 1 - index_of(family);
    if (!one.addresses[other].present()) return drop_peer(number);
    one.primary = other & 1;
    count(number, 1);
}

void peer_store::drop_peer(std::uint32_t number) {
    auto& one = peers_[number];
    if (one.by_id) by_id_.erase(number, [&](std::uint32_t at) -> chain_node& { return peers_[at].chain; });
    clients_.remove(one.client);
    peers_.give_back(number);
}

/// What the address itself says: that it is still there, its key, whether it seeds.
void peer_store::refresh(stamp now, std::uint32_t number, const peer_announce& said,
                         const announced_address& from) {
    const auto family = from.at.address.family();
    auto& one = peers_[number];
    auto& address = one.addresses[index_of(family)];
    address.key = said.key;
    address.last = now;
    address.lifetime = said.lifetime;
    const bool seeder = said.left == 0;
    of_family(torrents_[one.torrent], family, [&](auto& in) {
        const auto group = in.group_of(from.where);
        if (address.group == group && address.seeder == seeder) return;
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

void peer_store::stop(std::uint32_t torrent, const peer_announce& said, const announced_address& from) {
    const auto family = from.at.address.family();
    const auto there = find_at(torrent, from.at);
    if (there != no_record && peers_[there].id == said.id) {
        const bool other = said.key != 0 && peers_[there].addresses[1 - index_of(family)].present() &&
                           peers_[there].addresses[1 - index_of(family)].key == said.key;
        detach(there, family);
        if (other) detach(there, family_at(1 - index_of(family)));
        return;
    }
    if (said.key == 0) return;  // anybody can know the id
    const auto same = own(torrent, said.id);
    for (std::size_t i = 0; i < same.count; ++i)
        for (std::size_t f = 0; f < 2; ++f) {
            const auto& one = peers_[same.numbers[i]];
            if (one.torrent == torrent && one.addresses[f].present() && one.addresses[f].key == said.key)
                detach(same.numbers[i], family_at(f));
        }
}

/// Adds a peer to all sums, or takes it out before it changes. Without an address it counts nowhere.
void peer_store::count(std::uint32_t number, int sign) {
    const auto& one = peers_[number];
    const auto add = [&](auto& sum) {
        sum += static_cast<std::remove_reference_t<decltype(sum)>>(sign);  // the sums wrap around to it
    };
    if (!one.addresses[0].present() && !one.addresses[1].present()) return;
    auto& in = torrents_[one.torrent];
    add(one.seeder ? in.seeders : in.leechers);
    if (one.seeder) add(seeders_);
    for (std::size_t f = 0; f < 2; ++f)
        if (one.addresses[f].present()) {
            add(with_[f]);
            if (one.addresses[f].seeder) add(seeding_[f]);
        }
    const auto address = endpoint_of(one, one.addresses[0].present() ? ip_family::v4 : ip_family::v6).address;
    const auto host = hash_(address.raw()), source = source_hash(address);
    sign > 0 ? hosts_.add(host) : hosts_.remove(host);
    sign > 0 ? sources_.add(source) : sources_.remove(source);
}

}  // namespace bt::tracker
