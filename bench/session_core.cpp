// What it costs the loop to say how torrents stand, with many of them in one process and peers at each.
//   bench/session_core [TORRENTS [PEERS]]     one line for each kind: microseconds for all, and for one
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

#include "session/core.hpp"
#include "torrent/create.hpp"
#include "wire/peer.hpp"

using namespace bt;

namespace {

/// Of this thread's CPU: the machine may have other things to do.
double microseconds_now() {
    timespec at{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
    return static_cast<double>(at.tv_sec) * 1e6 + static_cast<double>(at.tv_nsec) * 1e-3;
}

torrent::metainfo make_torrent(std::size_t number) {
    constexpr std::uint32_t piece_bytes = 16'384, pieces = 1'000;
    torrent::info_plan plan;
    plan.name = "torrent " + std::to_string(number);
    plan.files.push_back({{}, std::uint64_t{piece_bytes} * pieces, false});
    plan.piece_bytes = piece_bytes;
    torrent::metainfo made;
    made.info = *torrent::parse_info(torrent::encode_info(plan, bytes(20 * pieces)));
    return made;
}

class node_of {
  public:
    node_of(std::size_t torrents, std::size_t peers) : core_(config(torrents * peers), {}, rng(1)) {
        for (std::size_t i = 0; i < torrents; ++i) {
            session::share_request share;
            share.torrent = make_torrent(i);
            share.paths = {"/data/" + share.torrent.info.name};
            share.stamps.resize(1);
            const auto hash = share.torrent.info.hash;
            hashes_.push_back(hash);
            (void)core_.add(now_, std::move(share));
            drain();
            for (std::size_t k = 0; k < peers; ++k) meet(hash, static_cast<std::uint32_t>(i * peers + k));
        }
        now_ += 1s;
        core_.tick(now_);
        drain();
    }

    session::core& core() { return core_; }
    time_point now() const { return now_; }
    const std::vector<info_hash>& hashes() const { return hashes_; }

  private:
    static node::config config(std::size_t peers) {
        node::config of;
        of.id.bytes.fill('a');
        of.instance.bytes.fill('i');
        of.lan = false;
        of.swarm.connections = peers;
        return of;
    }
    void meet(const info_hash& hash, std::uint32_t number) {
        const endpoint from{
            ip_address::v4(10, static_cast<std::uint8_t>(number >> 16),
                           static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)),
            6881};
        const auto id = core_.network(now_).accepted(now_, from);
        peer_id other;
        for (std::size_t i = 0; i < 4; ++i) other.bytes[i] = static_cast<std::uint8_t>(number >> 8 * i);
        bytes sent = wire::encode(wire::handshake{{true, true, false}, hash, other});
        wire::encode(wire::interested{}, sent);
        core_.network(now_).received(now_, id, sent);
        drain();
    }
    void drain() {
        while (core_.poll()) {
        }
    }

    session::core core_;
    time_point now_{1s};
    std::vector<info_hash> hashes_;
};

}  // namespace

int main(int count, char** arguments) {
    const std::size_t torrents = count > 1 ? std::strtoul(arguments[1], nullptr, 10) : 1'000;
    const std::size_t peers = count > 2 ? std::strtoul(arguments[2], nullptr, 10) : 10;
    node_of node(torrents, peers);
    std::size_t seen = 0;
    const auto measure = [&](const char* what, auto each) {
        double best = 1e18;
        for (int run = 0; run < 5; ++run) {
            const auto began = microseconds_now();
            for (const auto& hash : node.hashes()) each(hash);
            best = std::min(best, microseconds_now() - began);
        }
        std::printf("%-28s %9.0f us for %zu torrents, %.2f us for one\n", what, best, torrents,
                    best / static_cast<double>(torrents));
    };
    measure("find by hash",
            [&](const info_hash& hash) { seen += node.core().find(hash)->value() > 0 ? 1u : 0u; });
    measure("status without pieces", [&](const info_hash& hash) {
        seen += node.core().brief_status(node.now(), *node.core().find(hash)).peers.size();
    });
    measure("status with pieces", [&](const info_hash& hash) {
        seen += node.core().status(node.now(), *node.core().find(hash)).pieces.size();
    });
    return seen == 0 ? 1 : 0;
}
