// How many connected peers have each piece, and the pieces we still have to start: by priority, then rarest
// first.
//
// The pieces to start stand in levels (one for each priority, and one before them), those of a level in
// groups of equally many peers, those of a group in random order. Whatever changes moves one piece from one
// group to another, so it costs O(1) however large the torrent and the swarm are.
//
//   level high:    [ 0 peers: 7 3 ][ 1 peer: ][ 2 peers: 12 ] …
//   level normal:  [ 0 peers: ][ 1 peer: 5 8 1 ] …
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/assert.hpp"
#include "base/ids.hpp"
#include "base/rng.hpp"
#include "swarm/priority.hpp"
#include "torrent/piece_set.hpp"

namespace bt::swarm {

/// What may be asked of a peer.
struct reach {
    const torrent::piece_set& theirs;  ///< of a peer that is counted
    const torrent::piece_set* except = nullptr;
    const std::vector<piece_index>* only = nullptr;  ///< few

    bool has(piece_index piece) const {
        // `except` first: it is one for many peers, so it is at hand, and what it bars is come across often
        return (except == nullptr || !except->has(piece)) && theirs.has(piece) &&
               (only == nullptr || std::find(only->begin(), only->end(), piece) != only->end());
    }
};

/// Which piece comes first inside a priority.
enum class preference : std::uint8_t { rarest, common, sequential };

class availability {
  public:
    availability(std::uint32_t piece_count, rng random);

    void add(const torrent::piece_set& pieces);     ///< a peer's whole set
    void remove(const torrent::piece_set& pieces);  ///< a peer has left
    void add(piece_index piece);                    ///< a peer got one more
    void remove(piece_index piece);                 ///< a peer lost one
    // a peer that has everything changes no order: O(1). A peer that came this way leaves this way.
    void add_everywhere() { ++everywhere_; }
    void remove_everywhere() {
        BT_ASSERT(everywhere_ > 0);
        --everywhere_;
    }
    std::uint32_t count(piece_index piece) const { return pieces_[piece.value()].count + everywhere_; }
    /// Copies of the rarest piece, plus the share of pieces that have one more: 2.6 means 60 % have a third
    /// copy.
    double distributed_copies() const;

    /// Puts a piece to those that may be started, or moves it to that priority, which is not `skip`.
    /// `urgent`: before all that are not, whatever its priority.
    void offer(piece_index piece, priority wish, bool urgent = false);
    /// Of a piece that is not offered a no-op.
    void withdraw(piece_index piece);
    bool is_offered(piece_index piece) const { return pieces_[piece.value()].level != absent; }
    std::size_t offered() const { return offered_; }

    /// A counted peer with that set has an offered piece that no other has. Of each level the first 1,024
    /// that one peer has are looked at.
    bool offers_alone(const torrent::piece_set& theirs) const;

    /// The offered piece to start with a peer; it is found whenever there is one. What no peer can be asked
    /// for piles up at the front of the order, so only `looks` pieces are looked at there, `glance` of a
    /// group; then the best of `few` that the peer has, from a random place on, is good enough. So time does
    /// not grow with the torrent.
    std::optional<piece_index> best(const reach& of, preference by);

    bool is_sound() const;

  private:
    static constexpr std::size_t glance = 32, looks = 128, few = 64, rare = 1'024;
    static constexpr std::uint8_t absent = 0xff;
    // In a large torrent what is known of a piece comes from memory, which takes longer than all the rest: so
    // it stands together, and is fetched when `ahead` pieces are taken before it.
    static constexpr std::size_t ahead = 8;
    struct standing {
        std::uint32_t place = 0;       // in its group
        std::uint32_t count : 24 = 0;  // without the peers that have everything
        std::uint32_t level : 8 = absent;
    };
    using group = std::vector<std::uint32_t>;
    struct level {
        std::vector<group> groups;         // by count
        std::vector<std::uint64_t> taken;  // a bit for each group: it is not empty
        torrent::piece_set offered;        // the same pieces as in the groups
        std::uint32_t lowest;              // of them; the piece count when there is none
    };

    void insert(level& in, std::uint32_t piece);
    void erase(level& in, std::uint32_t piece);
    void change(std::uint32_t piece, bool up);
    bool better(piece_index a, piece_index b, preference by) const;
    std::optional<piece_index> best_in(const level& in, const reach& of, preference by);
    std::optional<piece_index> best_of_groups(const level& in, const reach& of, bool common) const;
    std::optional<piece_index> best_of_few(const level& in, const reach& of, preference by);

    rng random_;
    std::vector<standing> pieces_;
    std::vector<std::uint32_t> histogram_;  // how many pieces have each count
    std::uint32_t everywhere_ = 0;          // peers that have everything
    std::array<level, 4> levels_;           // urgent, high, normal, low
    std::size_t offered_ = 0;
};

}  // namespace bt::swarm
