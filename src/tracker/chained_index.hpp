// A hash index whose chains run through the records themselves, grown by linear hashing (Litwin 1980): each
// insertion splits two buckets at the most, so no single request pays for a rehash of millions.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace bt::tracker {

inline constexpr std::uint32_t no_record = ~std::uint32_t{0};

/// The hash of a record and the next one in its chain, as they lie in the record.
struct chain_node {
    std::uint32_t hash = 0;
    std::uint32_t next = no_record;
};

/// `node(record)` gives the chain_node& of a record wherever it is asked for.
class chained_index {
  public:
    template <class Node>
    void insert(std::uint32_t record, Node node) {
        // half empty: a chain costs a cache miss for each record in it
        ++count_;
        for (int i = 0; i < 2 && 2 * count_ > heads_.size(); ++i) split(node);
        auto& head = heads_[bucket(node(record).hash)];
        node(record).next = head;
        head = record;
    }
    template <class Node>
    void erase(std::uint32_t record, Node node) {
        auto* at = &heads_[bucket(node(record).hash)];
        while (*at != record) at = &node(*at).next;
        *at = node(record).next;
        --count_;
    }
    /// The first record with that hash for which `is_it` holds.
    template <class Node, class Match>
    std::uint32_t find(std::uint32_t hash, Node node, Match is_it) const {
        auto at = heads_[bucket(hash)];
        while (at != no_record && !(node(at).hash == hash && is_it(at))) at = node(at).next;
        return at;
    }

    /// Those with that hash, newest first, until `enough` of one holds.
    template <class Node, class Enough>
    void visit(std::uint32_t hash, Node node, Enough enough) const {
        for (auto at = heads_[bucket(hash)]; at != no_record; at = node(at).next)
            if (node(at).hash == hash && enough(at)) return;
    }

  private:
    std::size_t bucket(std::uint32_t hash) const {
        const auto mask = std::bit_ceil(heads_.size()) - 1;
        const auto at = hash & mask;
        return at < heads_.size() ? at : at & mask >> 1;
    }
    template <class Node>
    void split(Node node) {
        const auto added = heads_.size();
        const auto old = added ^ std::bit_floor(added);
        heads_.push_back(no_record);
        auto rest = heads_[old];
        heads_[old] = no_record;
        while (rest != no_record) {
            const auto record = rest;
            rest = node(record).next;
            auto& head = heads_[bucket(node(record).hash)];
            node(record).next = head;
            head = record;
        }
    }

    std::vector<std::uint32_t> heads_ = {no_record};
    std::size_t count_ = 0;
};

}  // namespace bt::tracker
