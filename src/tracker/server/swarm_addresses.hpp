// The addresses of one swarm, of one family, laid out so that a random sample for any asker costs as much as
// it is long: neighbours share a group, and within a group those that complete stand apart.
//
//   group 192.168.1.0/24:  leechers [a b c]   seeders [d e]
//   group global:          leechers [f]       seeders [g h i …]
//
// Whether an asker may be told is decided once for a group (address_policy.hpp), whether it wants seeders
// once for a list. Entries are the compact form (BEP 23, BEP 7) as it goes out.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include "base/assert.hpp"
#include "base/endpoint.hpp"
#include "tracker/server/address_policy.hpp"
#include "tracker/server/flat_index.hpp"

namespace bt::tracker {

template <std::size_t AddressBytes>
struct swarm_entry {
    std::array<std::uint8_t, AddressBytes + 2> compact{};
    std::uint16_t zone = 0;  ///< of a link-local address: the same one on another link is another peer's
    std::uint32_t peer = no_record;

    static swarm_entry of(const endpoint& at, std::uint32_t peer) {
        swarm_entry entry;
        std::memcpy(entry.compact.data(), at.address.raw().data(), AddressBytes);
        entry.compact[AddressBytes] = static_cast<std::uint8_t>(at.port >> 8);
        entry.compact[AddressBytes + 1] = static_cast<std::uint8_t>(at.port);
        entry.zone = static_cast<std::uint16_t>(at.address.zone());
        entry.peer = peer;
        return entry;
    }
    bool is(const endpoint& at) const {
        const auto other = of(at, peer);
        return compact == other.compact && zone == other.zone;
    }
};

template <std::size_t AddressBytes>
class swarm_addresses {
  public:
    using entry = swarm_entry<AddressBytes>;
    using list = std::vector<entry>;
    struct group {
        place where;
        std::array<list, 2> lists;  // leechers, seeders
        bool empty() const { return lists[0].empty() && lists[1].empty(); }
    };
    /// Links with a group of their own. Strangers choose how many there are: the rest shares one per reach.
    static constexpr std::size_t links_max = 16, groups_max = 48;

    const std::vector<group>& groups() const { return groups_; }
    const entry& at(std::uint8_t where, bool seeder, std::uint32_t position) const {
        return groups_[where].lists[seeder].at(position);
    }

    bool is_at(std::uint8_t number, const place& where) const { return groups_[number].where == where; }
    /// Never moves another group: their numbers stay good.
    std::uint8_t group_of(const place& where) {
        if (const auto at = existing(where); at < groups_.size()) return static_cast<std::uint8_t>(at);
        for (std::size_t at = 0; at < groups_.size(); ++at)
            if (groups_[at].empty()) {
                groups_[at].where = where;
                return static_cast<std::uint8_t>(at);
            }
        if (groups_.size() < (where.on.known ? groups_max - shared_max : links_max)) return append(where);
        // without a group of its own it is unknown which hosts are on that link
        const bool bound = where.from == reach::link || where.from == reach::bridge;
        const place shared{bound ? reach::nobody : where.from, {}};
        const auto at = existing(shared);
        return at < groups_.size() ? static_cast<std::uint8_t>(at) : append(shared);
    }

    std::uint32_t add(std::uint8_t where, bool seeder, const entry& one) {
        BT_ASSERT(where < groups_.size() && one.peer != no_record);
        auto& into = groups_[where].lists[seeder];
        into.push_back(one);
        return static_cast<std::uint32_t>(into.size() - 1);
    }
    /// The peer whose entry now stands at that position, if any: the last one fills the gap.
    std::uint32_t remove(std::uint8_t where, bool seeder, std::uint32_t position) {
        BT_ASSERT(where < groups_.size());
        auto& from = groups_[where].lists[seeder];
        BT_ASSERT(position < from.size());
        const bool last = position + 1 == from.size();
        from[position] = from.back();
        from.pop_back();
        const auto moved = last ? no_record : from[position].peer;
        if (from.capacity() > 64 && from.size() < from.capacity() / 4) from.shrink_to_fit();
        return moved;
    }

  private:
    static constexpr std::size_t shared_max = 8;  // more than there are values of `reach`

    std::size_t existing(const place& where) const {
        std::size_t at = 0;
        while (at < groups_.size() && groups_[at].where != where) ++at;
        return at;
    }
    std::uint8_t append(const place& where) {
        BT_ASSERT(groups_.size() < groups_max);
        groups_.push_back({where, {}});
        return static_cast<std::uint8_t>(groups_.size() - 1);
    }

    std::vector<group> groups_;
};

using swarm_v4 = swarm_addresses<4>;
using swarm_v6 = swarm_addresses<16>;

}  // namespace bt::tracker
