// The nodes one family and realm knows (BEP 5): buckets of 8 over the id space, split where our own id lies,
// each with a few replacements that wait for a place.
//
//   good          answered us once, and has spoken within 15 minutes
//   questionable  silent for longer: asked again, least recently seen first
//   bad           left two queries in a row unanswered while others answered; the first to be replaced
//
// A bucket never holds a node that has not answered a query of ours.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/rng.hpp"
#include "base/time.hpp"
#include "dht/address_rules.hpp"
#include "dht/bucket_policy.hpp"
#include "dht/contact.hpp"

namespace bt::dht {

/// Of a subnet in the whole table of the world: the owner of a /24 with ids of choice would else have a node
/// in each of the many thin buckets around our own id.
inline constexpr std::size_t subnet_places = 3;

class routing_table {
  public:
    /// `where` decides diversity: in the world one node per IP, one per subnet in a bucket and 3 in all.
    routing_table(const node_id& own, realm where, rng random);

    /// It answered a query of ours. True if that made it an entry it was not before. An entry that was at
    /// its endpoint with another id is removed; in the world the new id is not taken at once.
    bool answered(time_point now, const contact& who, duration round_trip);
    /// It asked us something: an entry counts as alive, another becomes a replacement to be tried when there
    /// is a place for it. A node that speaks from an entry's endpoint with another id makes that entry
    /// doubtful: a question's source is easily forged, so it is asked before it goes. Not to be called for
    /// read-only nodes (BEP 43).
    void heard(time_point now, const contact& who);
    /// Another node named it: a replacement where there is room, or it is worth nothing to us.
    void named(time_point now, const contact& who);
    /// It left a query unanswered, and others did not.
    void failed(time_point now, const endpoint& at);
    /// It answered with another id than the one we know, or must go for another reason.
    void remove(const endpoint& at);
    /// The network was gone: no node is to blame, and none is known to be there.
    void doubt_all(time_point now);
    /// A new own id: the same nodes in new buckets.
    void set_own(time_point now, const node_id& own);

    /// Puts into `out` the nearest to `target` of those not bad, nearest first; questionable ones count.
    void closest(const node_id& target, std::size_t count, std::vector<contact>& out) const;
    /// The node to ask now whether it is still there: a questionable or doubtful entry, or a replacement
    /// for which there would be a place. Not the same again within the time a query takes, and much later
    /// where no answer came and none was blamed, as then the whole network is silent.
    std::optional<contact> next_to_ask(time_point now);
    /// A random id in the range of a bucket in which nothing happened for 15 minutes; counts as done.
    std::optional<node_id> next_to_refresh(time_point now);
    /// May be early. It passes when next_to_ask() and next_to_refresh() have nothing more.
    time_point next_deadline() const;

    const node_id& own() const { return own_; }
    std::size_t size() const { return size_; }
    struct counts {
        std::size_t good = 0, questionable = 0, bad = 0, replacements = 0, buckets = 0;
    };
    counts count(time_point now) const;
    /// Entries by the time they last answered, latest first: what is worth keeping over a restart.
    std::vector<contact> freshest(std::size_t most) const;
    const entry* find(const node_id& id) const;
    /// No bucket above 8, every id in its bucket's range, diversity, nothing due before the deadlines.
    bool is_sound() const;

  private:
    struct bucket {
        std::vector<entry> live;          // at most bucket_size, in the order they joined
        std::vector<entry> replacements;  // latest heard last, at most bucket_size
        time_point refresh_at{};
    };
    std::size_t index_of(const node_id& id) const;
    bucket& bucket_of(const node_id& id) { return buckets_[index_of(id)]; }
    bool may_split(const bucket& b) const;
    void split_last();
    /// Entries at an endpoint, at its address, and how many not bad ones of its subnet; the latter two in the
    /// world only.
    struct relatives {
        entry* at = nullptr;
        entry* same_ip = nullptr;
        std::size_t of_subnet = 0;
    };
    relatives relatives_of(const endpoint& at);
    std::uint8_t mark_of(const endpoint& at) const;
    void erase(const entry& one);

    entry made(time_point now, const contact& who) const;
    bool settle(const entry& newcomer);
    void confirm(time_point now, bucket& b, entry& known, duration round_trip);
    bool is_taken(const relatives& of) const;
    void keep(bucket& b, const entry& spare);
    bool is_allowed(const bucket& b, const entry& spare) const;
    bool is_useful(const bucket& b, const entry& spare) const;
    void touch(time_point now, bucket& b);
    entry* due_entry(time_point now, time_point& earliest);
    entry* due_replacement(time_point now, time_point& earliest);
    bool is_sound(const bucket& b, std::size_t index) const;

    node_id own_;
    realm realm_;
    rng random_;
    std::vector<bucket> buckets_;  // the i-th shares i bits with our id, the last one i or more
    std::size_t size_ = 0;
    // nothing is due before these; they may be early, never late
    time_point ask_at_ = never, refresh_at_ = never;
};

}  // namespace bt::dht
