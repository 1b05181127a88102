// Which peer is in which swarm. One peer is one peer id in one torrent, with at most one address of each
// family; it counts once.
//
// A peer id is no secret: every host that connects to a peer learns it. So an id alone proves nothing:
//
//   the announce comes            and says             then it is
//   from an address we know       the same id          that peer
//   from an address we know       another id           a new peer in its place (the process has restarted)
//   from elsewhere                the id and the key   that peer, moved there
//   in a family it has not yet    the id               that peer's second address
//   from elsewhere                the id, no such key  another peer that happens to have the same id
//
// A second address that does not know the key of the first can only speak for itself: it changes nothing that
// is said of the peer, and its `stopped` takes back no more than itself (BEP 7: one peer announces per
// family; libtorrent does so under one id with different keys).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/assert.hpp"
#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"
#include "base/rng.hpp"
#include "base/siphash.hpp"
#include "tracker/announce_event.hpp"
#include "tracker/page/overview.hpp"
#include "tracker/server/record_slab.hpp"
#include "tracker/server/swarm_addresses.hpp"
#include "tracker/server/swarm_tallies.hpp"

namespace bt::tracker {

/// Seconds of the server's own clock.
using stamp = std::uint32_t;

/// Now, on that clock and on the calendar.
struct moment {
    stamp now = 0;
    std::uint32_t quarter = 0;  ///< of an hour, since any midnight
    std::uint32_t day() const { return quarter / 96; }
};

/// The counts of one day, in quarters of an hour. Kept lazily: a step without a change repeats the one
/// before.
struct swarm_history {
    std::array<history_step, 96> steps{};
    std::uint32_t first = 0, latest = 0;  ///< quarters of the first and the last note()
    history_step now;                     ///< the counts since then

    void note(std::uint32_t quarter, history_step counts);
    /// Oldest first, up to the present quarter.
    std::vector<history_step> until(std::uint32_t quarter) const;
};

struct swarm {
    info_hash hash;
    std::uint32_t seeders = 0, leechers = 0, completed = 0;
    std::uint32_t previous = no_record, next = no_record;  // of the same size class
    stamp last_announce = 0;
    swarm_v4 v4;
    std::unique_ptr<swarm_history> history;
    std::uint16_t size_class = 0;
    bool in_use = false;
    std::uint32_t day = 0, completed_on_day = 0;
    swarm_v6 v6;

    std::uint32_t peers() const { return seeders + leechers; }
};

struct stored_peer {
    static constexpr std::uint64_t left_unknown = ~std::uint64_t{0};
    /// One of its addresses, and where it stands in the swarm.
    struct address {
        std::uint32_t position = 0;
        std::uint32_t key = 0;  ///< 0: it said none
        stamp last = 0;
        std::uint16_t lifetime = 0;  ///< seconds after `last`
        std::uint8_t group = none;
        bool seeder = false;

        static constexpr std::uint8_t none = 255;
        bool present() const { return group != none; }
    };

    peer_id id;
    std::uint32_t torrent = no_record;
    std::uint64_t left = left_unknown, uploaded = 0, downloaded = 0;
    std::uint32_t rate_up = 0, rate_down = 0;  // bytes per second
    stamp first = 0;
    std::array<address, 2> addresses;
    std::uint16_t client = 0;
    std::uint8_t primary : 1 = 0;  ///< the family of the address that speaks for it
    bool seeder : 1 = false;
    bool completed : 1 = false;  ///< it said so, once
    bool udp : 1 = false;
    bool by_id : 1 = false;  ///< can be found by its id

    const address& speaker() const { return addresses[primary]; }
};

struct store_limits {
    std::size_t torrents, peers, peers_per_source;
};

struct announced_address {
    endpoint at;
    place where;
};

struct peer_announce {
    info_hash hash;
    peer_id id;
    std::uint32_t key = 0;
    std::array<std::optional<announced_address>, 2> addresses;  ///< at most one of each family
    std::uint64_t left = stored_peer::left_unknown, uploaded = 0, downloaded = 0;
    announce_event event = announce_event::none;
    bool udp = false;
    bool unlimited = false;  ///< this machine's own
    std::uint16_t lifetime = 3600;
};

enum class store_answer : std::uint8_t { taken, torrents_full, peers_full, source_full };

/// The peers of one torrent with one id, and this is hardly ever more than one.
struct same_id_peers {
    /// More than two or three are an attack on the index: further ones are not found by their id.
    std::array<std::uint32_t, 8> numbers;
    std::size_t count = 0;

    bool full() const { return count == numbers.size(); }
    bool has(std::uint32_t peer) const {
        for (std::size_t i = 0; i < count; ++i)
            if (numbers[i] == peer) return true;
        return false;
    }
};

/// The addresses for an asker, in compact form as they go out, and whose they are. One is filled again and
/// again.
class told_peers {
  public:
    static constexpr std::size_t most = limits::tracker_numwant;

    void clear() { counts_ = {}; }
    std::size_t size() const { return counts_[0] + counts_[1]; }
    std::size_t size(ip_family family) const { return counts_[at(family)]; }
    /// All addresses of a family, one behind the other.
    byte_view compact(ip_family family) const {
        if (family == ip_family::v4) return byte_view(v4_).first(6 * counts_[0]);
        return byte_view(v6_).first(18 * counts_[1]);
    }
    std::uint32_t peer(ip_family family, std::size_t number) const { return peers_[at(family)][number]; }

    /// Room for the next address, if there are not yet `most`.
    template <std::size_t AddressBytes>
    std::uint8_t* add(std::uint32_t peer) {
        BT_ASSERT(size() < most);
        constexpr std::size_t f = AddressBytes == 4 ? 0 : 1;
        const auto number = counts_[f]++;
        peers_[f][number] = peer;
        return (f == 0 ? v4_.data() : v6_.data()) + number * (AddressBytes + 2);
    }

  private:
    static constexpr std::size_t at(ip_family family) { return static_cast<std::size_t>(family); }
    std::array<std::size_t, 2> counts_{};
    std::array<std::uint8_t, most * 6> v4_;
    std::array<std::uint8_t, most * 18> v6_;
    std::array<std::array<std::uint32_t, most>, 2> peers_;
};

struct sample_question {
    std::uint32_t torrent;
    const asker& who;
    const same_id_peers& self;  ///< none of these is told
    std::uint32_t self_peer;    ///< nor this one
    bool seeder;                ///< then seeders are of no use, as a rule
    bool started;               ///< the first announce
    std::size_t want;           ///< addresses at most, and at most told_peers::most
    bool other_family;          ///< those of the family the asker did not come by, too
};

class peer_store {
  public:
    peer_store(const siphash_key& key, const store_limits& limits, rng random);

    struct outcome {
        store_answer answer = store_answer::taken;
        std::uint32_t torrent = no_record;  ///< nothing: no peer is known there
        std::uint32_t peer = no_record;     ///< the asker, if it is stored
        same_id_peers same{};               ///< all with the asker's id there, but for one too many
    };
    outcome announce(const moment& at, const peer_announce& said);
    std::uint32_t find(const info_hash& hash) const;

    same_id_peers with_id(std::uint32_t torrent, const peer_id& id) const {
        return with_id(torrent, id, hash_of(torrent, id));
    }

    /// Neighbours first, then at random; never an address of the asker itself. A seeder is told of seeders
    /// only where leechers leave room when it starts, or where there is no other: a client that has a
    /// magnet link alone may say that nothing is left to get.
    void sample(const sample_question& asked, told_peers& out);

    /// Forgets peers silent for too long; looks at about `records` of them and goes on there next
    /// time. Empty torrents last for `keep` seconds.
    void sweep(const moment& at, std::size_t records, stamp keep);

    const swarm& torrent(std::uint32_t number) const { return torrents_[number]; }
    const stored_peer& peer(std::uint32_t number) const { return peers_[number]; }
    endpoint endpoint_of(const stored_peer& one, ip_family family) const;
    const place& place_of(const stored_peer& one, ip_family family) const;
    std::uint32_t peer_records() const { return peers_.end(); }
    std::uint32_t torrent_records() const { return torrents_.end(); }

    std::size_t peers() const { return peers_.used(); }
    std::size_t torrents() const { return torrents_.used(); }
    std::size_t active_torrents() const { return torrents_.used() - class_counts_[0]; }
    std::size_t seeders() const { return seeders_; }
    std::uint64_t completed() const { return completed_; }
    std::uint64_t completed_on(std::uint32_t day) const { return day == day_ ? completed_on_day_ : 0; }
    std::size_t peers_with(ip_family family) const { return with_[static_cast<std::size_t>(family)]; }
    std::size_t seeders_with(ip_family family) const { return seeding_[static_cast<std::size_t>(family)]; }
    const host_tally& hosts() const { return hosts_; }
    const client_tally& clients() const { return clients_; }
    /// Torrents with most peers first; of those of about one size, any.
    std::vector<std::uint32_t> largest(std::size_t most) const;
    /// Peers of the torrent at `part` (0…1) of all active ones, ordered by size.
    std::uint32_t peers_at(double part) const;
    /// Some of a torrent's peers, at most `most`, each once.
    std::vector<std::uint32_t> peers_of(std::uint32_t torrent, std::size_t most) const;

    /// As an earlier run left it; nothing if there is no room.
    std::uint32_t restore_torrent(const moment& at, const info_hash& hash, std::uint32_t completed);
    /// When its first announce was, and the last from that family's address.
    void set_age(std::uint32_t peer, ip_family family, stamp first, stamp last, bool completed);
    /// So that the torrent's day is kept even where there are very many torrents.
    void keep_history(std::uint32_t torrent, const moment& at);
    /// Every peer stands where it says and is found by hash, id and address; sums are those of what is there.
    bool is_sound() const;

  private:
    /// What one address announces, with what has been worked out about it: each hash once.
    struct arrival {
        const peer_announce& said;
        const announced_address& from;
        std::uint32_t torrent;
        std::uint32_t id_hash, at_hash;
        same_id_peers& same;
    };
    /// Where an address counts among hosts and sources.
    struct host_hashes {
        std::uint64_t host, source;
    };
    std::uint32_t hash_of(const info_hash& hash) const;
    std::uint32_t hash_of(std::uint32_t torrent, const peer_id& id) const;
    std::uint32_t hash_of(std::uint32_t torrent, const endpoint& at) const;
    host_hashes hashes_of(const ip_address& address) const;

    std::uint32_t take_torrent(const moment& at, const info_hash& hash);
    void drop_torrent(std::uint32_t number);
    void relink(std::uint32_t number);
    void note_counts(std::uint32_t number, std::uint32_t quarter);
    void prefetch(const swarm& in, ip_family family) const;

    std::uint32_t find_at(std::uint32_t torrent, const endpoint& at, std::uint32_t hash) const;
    std::uint32_t find_same(const arrival& it) const;
    same_id_peers with_id(std::uint32_t torrent, const peer_id& id, std::uint32_t hash) const;

    result<std::uint32_t, store_answer> peer_for(stamp now, const arrival& it);
    result<std::uint32_t, store_answer> new_peer(stamp now, const arrival& it, const host_hashes& host);
    void attach(std::uint32_t peer, const arrival& it, const host_hashes& host);
    void detach(std::uint32_t peer, ip_family family);
    void unlist(std::uint32_t peer, ip_family family);
    void drop_peer(std::uint32_t peer);
    void refresh(stamp now, std::uint32_t peer, const peer_announce& said, const announced_address& from);
    void speak(const moment& at, std::uint32_t peer, const peer_announce& said, ip_family family);
    void stop(const arrival& it);
    bool expire(stamp now, std::uint32_t peer);
    void count_peer(const stored_peer& one, int sign);
    void count_address(const stored_peer& one, ip_family family, int sign);
    void count_host(const host_hashes& host, int sign);
    bool is_sound(std::uint32_t peer) const;
    bool is_sound(const swarm& in, std::uint32_t number) const;
    bool are_sizes_sound() const;

    siphash13 hash_;
    store_limits limits_;
    rng random_;
    record_slab<swarm> torrents_;
    record_slab<stored_peer> peers_;
    flat_index by_hash_, by_id_;
    std::array<flat_index, 2> by_endpoint_;
    std::array<std::uint32_t, size_classes> class_heads_;
    std::array<std::uint32_t, size_classes> class_counts_{};
    std::size_t seeders_ = 0, histories_ = 0;
    std::uint64_t completed_ = 0, completed_on_day_ = 0;
    std::uint32_t day_ = 0;
    std::array<std::size_t, 2> with_{}, seeding_{};
    host_tally hosts_, sources_;
    client_tally clients_;
    std::uint32_t peer_cursor_ = 0, torrent_cursor_ = 0;
};

}  // namespace bt::tracker
