// One torrent of a node, with everything that belongs to it. Private to this room.
#pragma once

#include "node/core.hpp"

namespace bt::node {

/// With fewer, a download asks everybody who may know more, as often as they allow.
inline constexpr std::size_t few_peers = 4;

struct core::entry {
    /// Its own trackers are one client, each neighbour's tracker is another.
    struct tracker_client {
        tracker::client client;
        std::optional<lan_place> lan;
        std::uint64_t up_before = 0, down_before = 0;  // what it was told about before its last `started`
    };

    entry(torrent_id number, const info_hash& of, core& node)
        : id(number),
          hash(of),
          swarm(of, node.identity_, node.config_.swarm, node.vicinity_, node.down_limit_, node.up_limit_,
                node.random_.child()) {}

    const torrent_id id;
    const info_hash hash;
    std::optional<torrent::info> info;
    swarm::torrent_swarm swarm;
    std::map<std::uint64_t, tracker_client> clients;  // by a number of its own, never used again
    torrent::tracker_tiers tiers;                     // its own trackers
    std::vector<endpoint> named_peers;
    std::vector<std::string> named_nodes;  // of the DHT
    std::optional<dht::search_id> search;
    std::optional<std::uint64_t> left;  // as trackers were told last
    bool listed = false, looks_only = false;

    // what is wished, and what comes of it
    bool paused = false, forced = false;
    queued_torrent standing;  // as the queue knows it
    run_state state = run_state::paused;
    bool runs = false;     // its swarm is at work, and others may hear of it
    bool begun = false;    // its files were checked
    bool stopped = false;  // for good
    bool on_lan = false;   // hello and BEP 14 know of it
    bool announces = false;
    bool told_complete = false;

    // what it waits for
    time_point due = never;    // as it stands in the core's list
    bool needy = false;        // a download with few peers
    bool wants_place = false;  // stands in core::want_place_
    time_point needy_since{}, look_at = never;
    std::uint64_t most_useful = 0;   // bytes, when data came last
    std::uint64_t failed_bytes = 0;  // of pieces whose hash was wrong
    time_point data_at{};            // as core::data_at() says it
    time_point reannounced_at = time_point::min();

    bool is_private() const { return info && info->is_private; }
    bool is_active() const { return runs && !stopped; }
    bool is_checking() const { return info && !begun; }
    /// Connections, and calls under way.
    std::size_t places() const { return swarm.connection_count() + swarm.half_open_count(); }
    /// During a check, as it was before.
    bool is_complete() const { return begun ? swarm.is_complete() : told_complete; }
    /// Bytes that were fetched and are of use.
    std::uint64_t useful_bytes() const {
        const auto fetched = swarm.down().total();
        return fetched - std::min(fetched, swarm.wasted() + failed_bytes);
    }

    // trackers.cpp
    void start(time_point now, tracker_client& of);
    void tell_totals(tracker_client& of);
};

}  // namespace bt::node
