// Which peer sent the wrong block of a piece that did not match its hash. Digests of the blocks of a wrong
// piece are kept, each with the peer that gave it; when the piece is there and right, a peer that gave
// another block lied. Until then such a piece is fetched from one peer alone (picker::failed), so that the
// next attempt either is right or tells which peer lied. Only proof counts: no honest peer is banned, however
// often it shares pieces with liars.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/siphash.hpp"

namespace bt::swarm {

struct block_giver {
    connection_id connection;
    peer_id id;
    ip_address address;
    friend bool operator==(const block_giver&, const block_giver&) = default;
};

class blame {
  public:
    /// `key`: secret, so that no peer finds two blocks of one digest.
    explicit blame(const siphash_key& key) : digest_(key) {}

    /// The peer of a connection; remembered for a while after it ended.
    void met(const block_giver& who);
    void left(connection_id connection);

    /// The piece is wrong; `from` gave each block of `data`. Returns those that lied for certain: a peer that
    /// gave all of it.
    std::vector<block_giver> failed(piece_index piece, byte_view data, std::span<const connection_id> from);
    /// The piece is right. Returns those that gave another block for it in an earlier attempt.
    std::vector<block_giver> passed(piece_index piece, byte_view data);
    /// It failed and has not been right since.
    bool is_suspect(piece_index piece) const { return suspects_.contains(piece); }
    /// It gave part of a piece that is not explained yet.
    bool is_on_parole(connection_id connection) const;

  private:
    struct block_record {
        std::uint32_t block;
        std::uint64_t digest;
        connection_id from;
        friend auto operator<=>(const block_record&, const block_record&) = default;
    };
    /// A piece that was wrong.
    struct suspect {
        std::uint64_t order = 0;            // when it was wrong first, among the others
        std::vector<block_record> records;  // of all attempts, sorted
        std::vector<connection_id> givers;  // sorted
    };

    void forget_oldest_suspect();
    std::vector<block_giver> known(std::vector<connection_id> liars) const;

    siphash13 digest_;
    std::map<piece_index, suspect> suspects_;
    std::uint64_t next_order_ = 0;
    std::map<connection_id, block_giver> givers_;
    std::deque<connection_id> gone_;  // of them, whose connection ended; oldest first
};

}  // namespace bt::swarm
