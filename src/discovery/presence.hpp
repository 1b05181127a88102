// Who is online: one entry per process, forgotten 100 s after it was last heard.
#pragma once

#include <unordered_map>
#include <vector>

#include "base/limits.hpp"
#include "discovery/hello_codec.hpp"
#include "discovery/outputs.hpp"

namespace bt::discovery {

/// Three hellos lost, and the fourth late.
inline constexpr duration presence_time = 100s;

class presence {
  public:
    explicit presence(std::size_t max_nodes = limits::lan_nodes) : max_nodes_(max_nodes) {}

    enum class standing : std::uint8_t {
        unknown,
        changed,  ///< known, but the message says something new about it or comes from a new address
        known,
    };
    standing compare(const hello_message& message, const ip_address& from) const;

    struct outcome {
        bool stored;                         ///< false where the table is full of equally deserving nodes
        std::optional<instance_id> evicted;  ///< who had to go for it
    };
    /// A `who` or `hello`. In a full table a newcomer takes a place from the address that holds the most of
    /// them, so one noisy host cannot crowd out the others.
    outcome heard(time_point now, const hello_message& message, const ip_address& from);

    /// False, and nothing happens, if that process was never heard from that address.
    bool forget(const instance_id& instance, const ip_address& from);

    struct expiry {
        std::vector<instance_id> gone;
        std::vector<instance_id> moved;  ///< still here, but no longer at all of its addresses
    };
    expiry expire(time_point now);
    /// When to call expire() next; an entry may outstay its time by a fraction of a second.
    time_point next_expiry() const { return next_expiry_; }

    /// Valid until the next call that changes something; null if not online.
    const node_info* find(const instance_id& instance) const;
    /// Everybody, in the order of their first hello.
    std::vector<node_info> nodes() const;
    template <class Function>
    void for_each(Function&& function) const {
        for (const auto& [id, node] : entries_) function(node.info);
    }
    std::size_t size() const { return entries_.size(); }

  private:
    struct entry {
        node_info info;
        std::vector<time_point> heard_at;  // one per address of `info`
        ip_address home;                   // the address that pays for the place in the table
    };
    using table = std::unordered_map<instance_id, entry>;

    static void note_address(entry& node, time_point now, const ip_address& from);
    std::optional<instance_id> victim_for(const ip_address& newcomer) const;
    void erase(table::iterator it);

    std::size_t max_nodes_;
    table entries_;
    std::unordered_map<ip_address, std::size_t> held_;  // places per home address
    time_point next_expiry_ = never;
};

}  // namespace bt::discovery
