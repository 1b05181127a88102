// Super-seeding (BEP 16): a lone seed claims to have nothing and shows each peer one piece at a time. The
// next is shown when the last has been seen at another peer: so every piece leaves once, and to those that
// pass it on.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "base/ids.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "torrent/piece_set.hpp"

namespace bt::swarm {

class super_seed {
  public:
    super_seed(std::uint32_t piece_count, rng random);

    /// A peer that may be shown pieces. `theirs` is what it has. One that joined already is ignored.
    void joined(connection_id peer, const torrent::piece_set& theirs);
    void left(connection_id peer);
    /// It has one more (or, with its whole set, several): another peer that was shown that piece
    /// has passed it on; a peer that tells of the one it was shown has it. To be called as well when the last
    /// block of a piece has gone from us to the peer: many do not tell us of a piece that we said to have.
    void has(time_point now, connection_id peer, piece_index piece);

    struct show {
        connection_id peer;
        piece_index piece;
    };
    /// A `have` to send. Call until there is none. Of a piece shown and not taken, or taken and not passed on
    /// within a while, another is shown, so that no slow or selfish peer stops the rest; with one peer alone
    /// pieces are shown as it takes them.
    std::optional<show> next(time_point now);
    time_point next_deadline() const;
    /// True when every piece is at some peer: the seed may go back to normal.
    bool is_done() const { return unseen_ == 0; }

  private:
    struct shown {
        time_point at;     ///< when, or when it was taken
        time_point until;  ///< our patience ends; `never`: it has
        bool taken = false;
    };
    struct peer_state {
        torrent::piece_set has;
        std::map<piece_index, shown> shows{};  ///< not passed on yet, as far as we know
        std::size_t open = 0;                  ///< of these, within our patience
        unsigned ignored = 0;                  ///< shows in a row that it did not take in time
        bool quick = false;                    ///< took the last one faster than most and did not sit on it
    };
    using peer_entry = std::map<connection_id, peer_state>::value_type;

    void sort_in(piece_index piece);
    void sort_in(peer_entry& peer);
    show open(time_point now, peer_entry& peer, piece_index piece);
    void wait_until(peer_entry& peer, piece_index piece, shown& what, time_point until);
    void taken(time_point now, peer_entry& peer, piece_index piece);
    void close(peer_entry& peer, piece_index piece);
    void lose_patience(time_point now);
    void change_company();
    std::optional<piece_index> pick(const peer_state& peer);

    std::uint32_t unseen_;
    rng random_;
    std::map<connection_id, peer_state> peers_;
    std::vector<std::uint16_t> seen_;                          // at how many peers
    std::map<piece_index, std::set<connection_id>> shown_to_;  // and not passed on yet
    std::vector<std::uint32_t> fresh_, place_;                 // seen at no peer, shown to none; where in it
    std::set<piece_index> ignored_;  // seen at no peer, and all it was shown to let it be
    std::set<connection_id> free_;   // may be shown one more
    std::set<std::tuple<time_point, connection_id, piece_index>> patience_;
    duration taking_{}, passing_{};  // how long these take lately; 0: not known
};

}  // namespace bt::swarm
