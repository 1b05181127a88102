// A hash index apart from its records: arrays of slots with the hash and the record's number, so that a
// look-up costs one cache miss, and growing touches no record. Linear probing; an erased slot is filled by
// moving back those behind it (Knuth 6.4, algorithm R), so nothing ever has to be cleaned up.
//
// There are 64 arrays, chosen by the hash, each of which doubles by itself: no single request pays for moving
// millions.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/assert.hpp"

namespace bt::tracker {

inline constexpr std::uint32_t no_record = ~std::uint32_t{0};

/// The hashes are keyed: where a record comes to lie cannot be chosen from outside.
class flat_index {
  public:
    void insert(std::uint32_t hash, std::uint32_t record) { parts_[hash >> part_shift].insert(hash, record); }
    /// `record` must be there, under that hash.
    void erase(std::uint32_t hash, std::uint32_t record) { parts_[hash >> part_shift].erase(hash, record); }
    /// A record with that hash for which `is_it` holds; it is asked of each of them, in any order, until
    /// then.
    template <class Match>
    std::uint32_t find(std::uint32_t hash, Match is_it) const {
        return parts_[hash >> part_shift].find(hash, is_it);
    }
    /// A look-up will follow: begins to fetch what it needs.
    void prefetch(std::uint32_t hash) const { parts_[hash >> part_shift].prefetch(hash); }

  private:
    static constexpr unsigned part_bits = 6, part_shift = 32 - part_bits;

    struct slot {
        std::uint32_t hash = 0, record = no_record;
    };
    class part {
      public:
        void insert(std::uint32_t hash, std::uint32_t record) {
            BT_ASSERT(record != no_record);
            // three quarters full: a look-up passes two or three slots of one cache line
            if (4 * (count_ + 1) > 3 * slots_.size()) grow();
            ++count_;
            put({hash, record});
        }
        void erase(std::uint32_t hash, std::uint32_t record) {
            auto gap = home(hash);
            while (slots_[gap].record != record) {
                BT_ASSERT(slots_[gap].record != no_record);
                gap = after(gap);
            }
            for (auto at = after(gap); slots_[at].record != no_record; at = after(at)) {
                // one whose home lies behind the gap stays
                const auto from = home(slots_[at].hash);
                if (((at - from) & mask()) < ((at - gap) & mask())) continue;
                slots_[gap] = slots_[at];
                gap = at;
            }
            slots_[gap] = {};
            BT_ASSERT(count_ > 0);
            --count_;
        }
        template <class Match>
        std::uint32_t find(std::uint32_t hash, Match& is_it) const {
            for (auto at = home(hash); slots_[at].record != no_record; at = after(at))
                if (slots_[at].hash == hash && is_it(slots_[at].record)) return slots_[at].record;
            return no_record;
        }
        void prefetch(std::uint32_t hash) const { __builtin_prefetch(&slots_[home(hash)]); }

      private:
        std::size_t mask() const { return slots_.size() - 1; }
        std::size_t home(std::uint32_t hash) const { return hash & mask(); }
        std::size_t after(std::size_t at) const { return (at + 1) & mask(); }
        void put(const slot& one) {
            auto at = home(one.hash);
            while (slots_[at].record != no_record) at = after(at);
            slots_[at] = one;
        }
        /// In order: the slots of one array go to two places in the next, both of which only move on.
        void grow() {
            std::vector<slot> old(2 * slots_.size());
            old.swap(slots_);
            for (const auto& one : old)
                if (one.record != no_record) put(one);
        }

        std::vector<slot> slots_ = std::vector<slot>(8);  // a power of two
        std::size_t count_ = 0;
    };
    std::array<part, std::size_t{1} << part_bits> parts_;
};

}  // namespace bt::tracker
