// Which nodes are online: one entry for a process at an address, forgotten 100 s after it was last heard
// there.
#pragma once

#include <unordered_map>
#include <vector>

#include "base/limits.hpp"
#include "discovery/hello_codec.hpp"
#include "discovery/outputs.hpp"

namespace bt::discovery {

/// Three hellos lost, and the fourth late.
inline constexpr duration presence_time = 100s;

/// An entry may outstay its time by this, so that a thousand that go one after the other are not looked for
/// as often.
inline constexpr duration expiry_pause = 250ms;

class presence {
  public:
    explicit presence(std::size_t max_nodes = limits::lan_nodes) : max_nodes_(max_nodes) {}

    enum class standing : std::uint8_t {
        unknown,
        changed,  ///< known, but the message says something else of it
        known,
    };
    standing compare(const hello_message& message, const ip_address& from) const;
    /// It has confirmed, from there, the ports that this message names.
    bool is_confirmed(const hello_message& message, const ip_address& from) const;

    struct outcome {
        bool stored;                       ///< false where the table is full of equally deserving nodes
        std::optional<node_info> evicted;  ///< a confirmed node that had to go for it
        bool news = false;                 ///< a confirmed node is new, or says something new
    };
    /// A `who` or `hello`. Where something was confirmed a message that was not changes nothing: its source
    /// may be forged. In a full table a newcomer takes a place from the address that holds the most of them,
    /// so one noisy host cannot crowd out the others.
    outcome heard(time_point now, const hello_message& message, const ip_address& from, bool confirmed);

    /// The port from which it confirmed, for questions to it; 0 if it is not known.
    void set_port(const node_key& node, std::uint16_t port);
    std::uint16_t port_of(const node_key& node) const;

    /// Whether a confirmed node is gone by it. Nothing happens if that process was never heard from there.
    bool forget(const node_key& node);

    /// The confirmed ones that are gone.
    std::vector<node_key> expire(time_point now);
    /// When to call expire() next; an entry may outstay its time by a fraction of a second.
    time_point next_expiry() const { return next_expiry_; }

    // The confirmed ones only; pointers are valid until the next call that changes something, null if not
    // online.
    const node_info* find(const node_key& node) const;
    /// The node that said it takes peers there.
    const node_info* at(const endpoint& peer) const;
    /// All nodes, in the order of their first hello.
    std::vector<node_info> nodes() const;
    template <class Function>
    void for_each(Function&& function) const {
        for (const auto& [id, node] : entries_)
            if (node.confirmed) function(node.info);
    }
    /// Processes, however many addresses each has.
    std::size_t processes() const;
    /// Entries, confirmed or not.
    std::size_t size() const { return entries_.size(); }
    /// Places are counted for each address, within the limit, and no entry outstays its time by more than a
    /// moment.
    bool is_sound() const;

  private:
    struct entry {
        node_info info;
        bool confirmed = false;
        std::uint16_t port = 0;
    };
    using table = std::unordered_map<node_key, entry>;

    table::iterator victim_for(const ip_address& newcomer);
    void erase(table::iterator it);

    std::size_t max_nodes_;
    table entries_;
    std::unordered_map<ip_address, std::size_t> held_;  // places per address
    time_point next_expiry_ = never;
};

}  // namespace bt::discovery
