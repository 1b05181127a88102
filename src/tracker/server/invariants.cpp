// What holds after every input. Tests ask for it; the program does not.
#include <algorithm>
#include <set>

#include "tracker/server/named_torrents.hpp"
#include "tracker/server/peer_store.hpp"

namespace bt::tracker {

bool client_tally::is_sound(std::size_t peers) const {
    std::size_t told_apart = 0;
    for (std::size_t number = 0; number < kinds_.size(); ++number) {
        const auto& one = kinds_[number];
        peers -= one.peers;
        if (number == 0 || one.peers == 0) continue;
        const auto at = numbers_.find(one.prefix);
        if (at == numbers_.end() || at->second != number) return false;
        ++told_apart;
    }
    return peers == 0 && numbers_.size() == told_apart && kinds_.size() - 1 - free_.size() == told_apart;
}

// --- peers

bool peer_store::is_sound(std::uint32_t number) const {
    const auto& one = peers_[number];
    const auto& in = torrents_[one.torrent];
    if (!in.in_use || !one.speaker().present()) return false;
    if (one.by_id && !with_id(one.torrent, one.id).has(number)) return false;
    for (const auto family : {ip_family::v4, ip_family::v6}) {
        const auto& address = one.addresses[static_cast<std::size_t>(family)];
        if (!address.present()) continue;
        const auto entry_is_its = [&](const auto& addresses) {
            if (address.group >= addresses.groups().size()) return false;
            const auto& list = addresses.groups()[address.group].lists[address.seeder];
            return address.position < list.size() && list[address.position].peer == number;
        };
        if (!(family == ip_family::v4 ? entry_is_its(in.v4) : entry_is_its(in.v6))) return false;
        const auto at = endpoint_of(one, family);
        if (find_at(one.torrent, at, hash_of(one.torrent, at)) != number) return false;
    }
    return true;
}

bool peer_store::is_sound(const swarm& in, std::uint32_t number) const {
    if (find(in.hash) != number || in.size_class != size_class_of(in.peers())) return false;
    const auto is_of_it = [&](const auto& addresses) {
        std::vector<place> places;
        for (const auto& group : addresses.groups()) {
            if (!group.empty() && std::find(places.begin(), places.end(), group.where) != places.end())
                return false;
            if (!group.empty()) places.push_back(group.where);
            for (const auto& list : group.lists)
                for (const auto& entry : list)
                    if (peers_[entry.peer].torrent != number) return false;
        }
        return true;
    };
    return is_of_it(in.v4) && is_of_it(in.v6);
}

/// Each torrent stands once among those of its size.
bool peer_store::are_sizes_sound() const {
    std::size_t linked = 0;
    for (std::size_t size = 0; size < size_classes; ++size) {
        std::uint32_t here = 0;
        for (auto at = class_heads_[size], before = no_record; at != no_record;
             before = at, at = torrents_[at].next) {
            if (torrents_[at].size_class != size || torrents_[at].previous != before) return false;
            if (++here > class_counts_[size]) return false;
        }
        if (here != class_counts_[size]) return false;
        linked += here;
    }
    return linked == torrents_.used();
}

bool peer_store::is_sound() const {
    struct counts {
        std::uint32_t seeders = 0, leechers = 0;
    };
    std::vector<counts> of(torrents_.end());
    std::array<std::size_t, 2> with{}, seeding{};
    std::size_t peers = 0, seeders = 0, torrents = 0, listed = 0, histories = 0;
    host_tally hosts, sources;
    for (std::uint32_t number = 0; number < peers_.end(); ++number) {
        const auto& one = peers_[number];
        if (one.torrent == no_record) continue;
        if (!is_sound(number)) return false;
        ++peers;
        seeders += one.seeder;
        ++(one.seeder ? of[one.torrent].seeders : of[one.torrent].leechers);
        for (std::size_t family = 0; family < 2; ++family) {
            with[family] += one.addresses[family].present();
            seeding[family] += one.addresses[family].present() && one.addresses[family].seeder;
        }
        const auto counted = one.addresses[0].present() ? ip_family::v4 : ip_family::v6;
        const auto host = hashes_of(endpoint_of(one, counted).address);
        hosts.add(host.host);
        sources.add(host.source);
    }
    for (std::uint32_t number = 0; number < torrents_.end(); ++number) {
        const auto& one = torrents_[number];
        if (!one.in_use) continue;
        if (!is_sound(one, number)) return false;
        if (one.seeders != of[number].seeders || one.leechers != of[number].leechers) return false;
        ++torrents;
        histories += one.history != nullptr;
        for (const auto& group : one.v4.groups()) listed += group.lists[0].size() + group.lists[1].size();
        for (const auto& group : one.v6.groups()) listed += group.lists[0].size() + group.lists[1].size();
    }
    return peers == peers_.used() && torrents == torrents_.used() && peers <= limits_.peers &&
           torrents <= limits_.torrents && listed == with[0] + with[1] && seeders == seeders_ &&
           with == with_ && seeding == seeding_ && histories == histories_ && hosts == hosts_ &&
           sources == sources_ && clients_.is_sound(peers) && are_sizes_sound();
}

// --- names

bool named_torrents::is_sound() const {
    std::size_t bytes = 0;
    std::unordered_map<std::uint64_t, std::size_t, number_hasher> per_source;
    for (const auto& [hash, entry] : entries_) {
        bytes += entry.torrent.size();
        if (entry.source != 0) ++per_source[entry.source];
        if (entry.verified && !entry.others.empty()) return false;
        std::set<std::uint64_t> sources{entry.source};
        for (const auto& one : entry.others)
            if (!sources.insert(one.source).second) return false;
        if (sources.size() > limits::catalogue_names) return false;
    }
    return bytes == bytes_ && bytes <= bytes_max_ && entries_.size() <= entries_max_ &&
           per_source == per_source_;
}

}  // namespace bt::tracker
