// Claims told to neighbours and heard from them (`bn_claim`). Which pieces are left to which peers is decided
// by the claim board. Private to this room.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "swarm/claim_board.hpp"
#include "swarm/links.hpp"
#include "wire/claim.hpp"

namespace bt::swarm {

class claim_exchange {
  public:
    /// `on`: else nothing is claimed, told or believed.
    claim_exchange(bool on, const peer_id& self, links& open) : on_(on), self_(self), links_(open) {}

    void begin(std::uint32_t piece_count);
    void end();

    // --- peers
    void opened(connection_id id, const link& l);
    /// Its extension handshake has come. The first time it is told all that we fetch from outside.
    void extended(time_point now, connection_id id, link& l);
    void has(connection_id id, const link& l, piece_index piece);
    void lost(connection_id id, piece_index piece);
    void became_seed(connection_id id);
    void left(connection_id id);
    /// It claims a piece, or releases it. True: it is not fetched from outside by us any more, as all are
    /// told.
    bool heard(time_point now, connection_id id, piece_index piece, bool released, bool half_done);

    // --- ours
    /// Whether a piece that is asked of this peer is claimed.
    static bool counts(const link& l) { return claim_board::counts(standing_of(l)); }
    /// What is not to be asked of this peer, see claim_board.
    claim_board::exceptions left_to_others(const link& l);
    void claim(time_point now, piece_index piece);
    /// It is verified, or will not be fetched.
    void release(time_point now, piece_index piece, bool verified);
    std::vector<piece_index> own() const;

    /// Once in a while (250 ms). `may_ask`: nothing of our own keeps us from asking. `at_disk`: pieces that
    /// are being written.
    void tick(time_point now, bool may_ask, const std::set<piece_index>& at_disk);
    bool is_sound() const;

  private:
    static claim_board::standing standing_of(const link& l) { return {l.near, l.has_everything()}; }
    void tell(time_point now, const wire::claim_message& what);
    void release_idle(time_point now, std::set<piece_index> coming);

    bool on_;
    peer_id self_;
    links& links_;
    std::optional<claim_board> board_;
    std::set<piece_index> idle_;  // claimed, and on the way from no peer, at the last look
};

}  // namespace bt::swarm
