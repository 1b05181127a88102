// A busy LAN, to look at and to measure.
#pragma once

#include <algorithm>
#include <string>

#include "base/rng.hpp"
#include "made_up_overview.hpp"

namespace bt::test {

inline tracker::peer_row large_peer(rng& random, std::size_t number, std::uint64_t size) {
    static const char* const clients[] = {
        "btnode 0.1.0",     "qBittorrent 4.5.2", "Transmission 4.0.5", "aria2 1.36.0",
        "libtorrent 2.0.8", "Deluge 2.1.1",      "WebTorrent 2.8",     ""};
    tracker::peer_row peer;
    const auto low = static_cast<std::uint8_t>(number % 250 + 2);
    peer.addresses = {
        {ip_address::v4(192, 168, 1, low), static_cast<std::uint16_t>(random.below(60000) + 1024)}};
    if (number % 3 == 0)
        peer.addresses.push_back({*ip_address::parse("fd12:3456:789a::" + std::to_string(low)), 6881});
    if (number % 4 != 3) peer.host = "seat-" + std::to_string(number);
    peer.client = clients[random.below(8)];
    peer.seeder = number % 5 == 0;
    peer.left = peer.seeder ? 0 : random.below(size + 1);
    peer.downloaded = size - peer.left, peer.uploaded = random.below(size);
    peer.rate_down = peer.seeder || number % 7 == 0 ? 0 : random.below(90'000'000);
    peer.rate_up = random.below(60'000'000);
    peer.udp = number % 2 == 0;
    peer.known = std::chrono::seconds(random.below(90'000)),
    peer.seen = std::chrono::seconds(random.below(60));
    return peer;
}

/// 30 torrents, one with 200 peers, some of bad names, and 12 machines.
inline tracker::overview large_overview() {
    static const char* const names[] = {
        "debian-12.8.0-amd64-netinst.iso",
        "Lecture recordings, winter term",
        "win11-classroom-image-2026-11.wim",
        "<img src=x onerror=alert(1)>",
        "Big Buck Bunny 4K",
        "node-state-backup.tar.zst",
        "a-name-without-any-place-to-break-it-which-goes-on-until-it-is-much-wider-than-any-column.tar.gz",
        "사진 2026",
        "صور العائلة",
        "quake3-demo.zip",
        "ubuntu-24.04.1-desktop-amd64.iso",
        "openstreetmap-europe.osm.pbf",
    };
    rng random(7);
    tracker::overview all;
    all.address = "http://192.168.1.5:6969/announce", all.udp_address = "udp://192.168.1.5:6969",
    all.host = "cellar";
    for (std::size_t i = 0; i < 30; ++i) {
        tracker::torrent_row torrent;
        torrent.hash = hash_number(i);
        if (i % 11 != 8)
            torrent.name =
                std::string(names[i % 12]) + (i >= 12 ? " (" + std::to_string(i / 12 + 1) + ")" : "");
        if (i % 11 != 8) torrent.size = 1000 + random.below(30'000'000'000), torrent.has_file = i % 3 != 0;
        torrent.file_count = i % 2 == 0 ? 1 : static_cast<std::uint32_t>(random.below(300) + 1);
        torrent.seeders = i % 4 == 3 ? 0 : static_cast<std::uint32_t>(random.below(i == 0 ? 40 : 6) + 1);
        torrent.leechers = i == 0 ? 160 : static_cast<std::uint32_t>(random.below(12));
        for (std::size_t k = 0; k < std::min<std::size_t>(torrent.leechers, 100); ++k)
            torrent.left.push_back(
                torrent.size == 0 ? random.below(5'000'000'000)
                                  : torrent.size - (i == 3 ? torrent.size / 50 : random.below(torrent.size)));
        torrent.completed = random.below(900), torrent.completed_today = random.below(20);
        torrent.last_announce = std::chrono::seconds(random.below(i < 5 ? 20 : 4000));
        all.torrents.push_back(std::move(torrent));
    }
    auto& first = all.torrents.front();
    first.seeders = 40, first.leechers = 160;
    for (std::size_t i = 0; i < 200; ++i) first.peers.push_back(large_peer(random, i, first.size));
    for (std::size_t i = 0; i < 70; ++i)
        first.history.push_back({static_cast<std::uint16_t>(i * 40 / 70),
                                 static_cast<std::uint16_t>(random.below(30) + (i % 40) * 4)});
    all.more_torrents = 1204;
    for (std::size_t i = 0; i < 12; ++i) {
        tracker::host_row host;
        const auto peer = large_peer(random, i + 3, 1'000'000);
        host.address =
            i % 5 == 4 ? *ip_address::parse("fd12:3456:789a::beef:1") : peer.addresses.front().address;
        host.host = peer.host, host.client = peer.client, host.known = peer.known, host.seen = peer.seen;
        for (std::size_t k = 0; k < random.below(6) + 1; ++k) {
            const auto& torrent = all.torrents[(i * 5 + k) % 30];
            const bool seeder = random.below(2) == 0;
            const double part = static_cast<double>(random.below(100)) / 100;
            host.torrents.push_back({torrent.hash, torrent.name,
                                     torrent.size == 0 ? std::optional<double>() : part, 1'200'000'000,
                                     seeder});
        }
        all.hosts.push_back(std::move(host));
    }
    all.more_hosts = 3;
    auto& totals = all.totals;
    totals.uptime = 273'600s, totals.torrents = 1234, totals.active_torrents = 402, totals.peers = 3310;
    totals.seeders = 2100, totals.leechers = 1210, totals.peers_v4 = 3000, totals.peers_v6 = 640,
    totals.hosts = 87;
    totals.seeders_v4 = 1900, totals.seeders_v6 = 400, totals.completed = 48'210,
    totals.completed_today = 812;
    totals.answered = {{{81'234, 932, 0}, {1'240'331, 4'211, 620'113}}},
    totals.refused = {{{91, 2, 0}, {1'203, 0, 88}}};
    totals.reasons = {204, 911, 120, 0, 88, 61};
    totals.bytes_in = 123'456'789, totals.bytes_out = 987'654'321;
    totals.durations = {1'120'000, 180'220, 24'003, 2'210, 240, 31, 2, 1, 1}, totals.duration_sum = 14.2;
    totals.announces_per_minute = 55.2, totals.requests_per_second = {0.31, 1.62};
    totals.peers_p50 = 2, totals.peers_p90 = 11, totals.peers_p99 = 63, totals.peers_max = 200;
    totals.clients = {
        {"btnode", 2010}, {"qBittorrent", 611}, {"Transmission", 402}, {"aria2", 120}, {"libtorrent", 60},
        {"Deluge", 44},   {"WebTorrent", 31},   {"uTorrent", 20},      {"", 8},        {"XY", 4}};
    totals.client_versions = {
        {"btnode 0.1.0", 2010}, {"qBittorrent 4.5.2", 611}, {"Transmission 4.0.5", 402}};
    return all;
}

}  // namespace bt::test
