// The pieces that are started: what of each is asked and has arrived, whose it is, and lists of those with
// something to give, so that finding one takes no longer when there are thousands.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "swarm/availability.hpp"

namespace bt::swarm {

/// Why a block that is on its way is asked from one peer more.
enum class again : std::uint8_t { overdue, nearly_whole, end_game };

/// The blocks of one piece, and how many there are of each kind.
class block_table {
  public:
    explicit block_table(std::uint32_t count) : blocks_(count), unasked_(count), missing_(count) {}

    std::uint32_t size() const { return static_cast<std::uint32_t>(blocks_.size()); }
    std::uint32_t unasked() const { return unasked_; }
    std::uint32_t missing() const { return missing_; }
    std::uint32_t on_the_way() const { return on_the_way_; }  ///< a block counts once for each peer asked
    bool has_arrived(block_index block) const { return blocks_[block.value()].arrived; }
    /// Blocks that may be asked from one peer more.
    std::uint32_t repeatable(again why) const { return repeatable_[static_cast<std::size_t>(why)]; }

    /// The first unasked block, asked from now on. There is one.
    block_index ask_next();
    /// Goes round the repeatable blocks once, on from where it ended last, and asks up to `room` that `may`
    /// be asked again.
    template <class May>
    std::vector<block_index> ask_again(again why, std::size_t room, May may) {
        std::vector<block_index> asked;
        auto left = repeatable(why);
        for (; left > 0 && asked.size() < room; round_ = round_ + 1 == size() ? 0 : round_ + 1) {
            if (!is_repeatable(blocks_[round_], why)) continue;
            --left;
            if (!may(block_index(round_))) continue;
            change(round_, [](block_state& b) { ++b.asked; });
            asked.push_back(block_index(round_));
        }
        return asked;
    }
    /// One of those asked will not bring it; true if no other was asked.
    bool lose(block_index block);
    void overdue(block_index block);
    void late(block_index block);
    /// Of one that has not arrived. Tells whether another may owe it still.
    bool arrive(block_index block);
    bool is_sound() const;

  private:
    struct block_state {
        std::uint8_t asked = 0;
        bool arrived : 1 = false, overdue : 1 = false;
        bool late : 1 = false;  // will come later than the rest
        bool lost : 1 = false;  // may come from a peer that does not count in `asked`
    };
    static constexpr std::uint8_t most_asked = 250;
    static bool is_repeatable(const block_state& b, again why) {
        if (b.arrived || b.asked == 0) return false;
        // a block is worth two copies on the way, and four when there is nothing else to ask and it will come
        // later than the rest. Four may promise and never deliver: what is overdue then is asked of
        // all.
        if (why == again::end_game) return b.asked < (b.overdue ? most_asked : b.late ? 4 : 1);
        return b.asked < 2 && (why != again::overdue || b.overdue);
    }
    void count(const block_state& b, std::uint32_t sign);
    template <class F>
    void change(std::uint32_t at, F how) {
        count(blocks_[at], ~std::uint32_t{0});
        how(blocks_[at]);
        count(blocks_[at], 1);
    }

    std::vector<block_state> blocks_;
    std::uint32_t unasked_, missing_, on_the_way_ = 0;
    std::array<std::uint32_t, 3> repeatable_{};
    std::uint32_t scanned_ = 0;  // no block before this one is unasked
    std::uint32_t round_ = 0;
};

class started_piece {
  public:
    started_piece(piece_index piece, std::uint32_t count) : index(piece), blocks(count) {}

    const piece_index index;
    block_table blocks;
    buffer data;                      // allocated with the first arrival
    std::vector<connection_id> from;  // of each block that arrived
    std::optional<connection_id> owner;
    bool exclusive = false;   // no peer but its owner may be asked
    bool mixed = false;       // a peer besides its owner was asked, or gave
    bool begun_anew = false;  // those that were asked before it was given up may bring blocks still

  private:
    friend class started_pieces;
    std::int64_t order_ = 0;   // in all lists
    std::uint16_t lists_ = 0;  // those it is in
};

class started_pieces {
  public:
    /// The first three hold each piece that has unasked blocks and is not exclusive, in one of them.
    enum kind : std::uint8_t { abandoned, shared, owned, overdue, nearly_whole, repeatable };
    static constexpr std::size_t no_end = std::numeric_limits<std::size_t>::max();

    started_pieces() = default;
    started_pieces(started_pieces&&) = default;  // the lists point into it: no copies

    std::size_t size() const { return pieces_.size(); }
    bool contains(piece_index piece) const { return pieces_.contains(piece); }
    started_piece* find(piece_index piece);
    const started_piece* find(piece_index piece) const;
    /// In no list before the first update().
    started_piece& start(piece_index piece, std::uint32_t blocks);
    void erase(started_piece& piece);

    /// After any change to its blocks.
    void update(started_piece& piece);
    /// It comes first in its lists.
    void to_front(started_piece& piece);
    void give(started_piece& piece, std::optional<connection_id> owner, bool exclusive);

    /// The first piece of a list after `after` (the first of all without) that is in reach; nothing after
    /// `looks` pieces, which are counted down.
    started_piece* next(kind which, const reach& of, const started_piece* after, std::size_t& looks) const;
    /// The last piece of `abandoned` that this peer lacks.
    started_piece* last_abandoned(const torrent::piece_set& theirs, std::size_t looks) const;
    std::vector<started_piece*> of(connection_id owner, bool unasked_only) const;
    bool none_open() const;
    bool is_sound() const;
    template <class F>
    bool any(F&& f) const {
        return std::any_of(pieces_.begin(), pieces_.end(), [&](const auto& each) { return f(each.first); });
    }

  private:
    using in_order = std::map<std::int64_t, started_piece*>;
    enum own_list : std::uint8_t { own_open = 6, own_asked = 7, list_count = 8 };
    struct belongings {
        in_order open, asked;
    };
    static std::uint16_t lists_of(const started_piece& piece);
    void put(started_piece& piece, std::uint16_t lists);

    std::unordered_map<piece_index, started_piece> pieces_;
    std::array<in_order, 6> lists_;
    std::unordered_map<connection_id, belongings> owners_;
    std::int64_t first_ = 0, last_ = 0;  // orders given
};

}  // namespace bt::swarm
