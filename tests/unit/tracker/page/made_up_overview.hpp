// A LAN that does not exist, for the tests of the tracker's pages and numbers.
#pragma once

#include <string>

#include "tracker/page/overview.hpp"

namespace bt::test {

inline info_hash hash_number(std::size_t number) {
    info_hash hash;
    for (std::size_t i = 0; i < hash.bytes.size(); ++i)
        hash.bytes[i] = static_cast<std::uint8_t>((number + 1) * 167 + i * 59 + number * i * 13);
    return hash;
}

/// What strangers chose.
struct stranger_texts {
    std::string torrent = "harmless", host = "harmless", client = "harmless", address = "harmless";
};

/// One of everything that can be shown.
inline tracker::overview small_overview(const stranger_texts& chosen = {}) {
    tracker::overview all;
    all.address = chosen.address, all.udp_address = chosen.address, all.host = chosen.host;
    auto& totals = all.totals;
    totals.torrents = 2, totals.peers = 3, totals.seeders = 1, totals.leechers = 2, totals.hosts = 1;
    totals.reasons = {1, 2, 3, 4, 5, 6};
    totals.durations = {5, 4, 3, 2, 1, 1, 1, 1, 1};
    totals.clients = {{chosen.client, 3}};
    totals.client_versions = {{chosen.client + " 1.0", 3}};

    tracker::peer_row peer;
    peer.addresses = {{ip_address::v4(192, 168, 1, 7), 6881}};
    peer.host = chosen.host, peer.client = chosen.client;
    peer.left = 500, peer.rate_down = 7;
    tracker::torrent_row torrent;
    torrent.hash = hash_number(1), torrent.name = chosen.torrent, torrent.size = 1000, torrent.file_count = 2;
    torrent.has_file = true, torrent.seeders = 1, torrent.leechers = 2, torrent.left = {500, 100};
    torrent.history = {{1, 2}, {3, 4}};
    torrent.peers = {peer, peer};
    torrent.peers[1].seeder = true, torrent.peers[1].left = 0;
    all.torrents = {torrent, torrent};
    all.torrents[1].hash = hash_number(2), all.torrents[1].seeders = 0;
    all.more_torrents = 5;

    tracker::host_row host;
    host.address = ip_address::v4(192, 168, 1, 7), host.host = chosen.host, host.client = chosen.client;
    host.torrents = {{hash_number(1), chosen.torrent, 0.5, 500, false},
                     {hash_number(2), chosen.torrent, 1, 0, true}};
    all.hosts = {host};
    all.more_hosts = 2;
    return all;
}

}  // namespace bt::test
