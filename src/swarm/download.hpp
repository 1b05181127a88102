// What we ask for and what comes: which peer has what, requests, blocks, whole pieces, and the peer that is
// to blame for a wrong one. Private to this room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "base/ids.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "swarm/blame.hpp"
#include "swarm/claim_exchange.hpp"
#include "swarm/damaged_pieces.hpp"
#include "swarm/links.hpp"
#include "swarm/outbox.hpp"
#include "swarm/peers.hpp"
#include "swarm/picker.hpp"
#include "swarm/rate.hpp"
#include "swarm/settings.hpp"

namespace bt::swarm {

class download {
  public:
    /// `secret`: see blame.
    download(const peer_id& self, const swarm_settings& settings, shared_limit& all,
             const siphash_key& secret, links& open, peers& known, outbox& out);

    void begin(time_point now, const torrent::geometry& shape, const torrent::piece_set& have,
               std::span<const priority> wanted, bool sequential, rng random);
    /// No connection is left; what disk jobs still report is ignored.
    void end();

    // --- wishes
    /// What is not wanted any more need not come.
    void set_priorities(time_point now, std::span<const priority> wanted);
    void set_sequential(bool sequential);
    void set_limit(std::uint64_t bytes_per_second) { limit_.set(bytes_per_second); }
    void share_limit(bool on) { limit_.share(on); }
    /// While the disk takes nothing, nothing is asked for. True: that is news.
    bool set_writable(bool writable);

    // --- which peer has what
    void opened(connection_id id, const link& l);
    void extended(time_point now, connection_id id, link& l) { claims_.extended(now, id, l); }
    /// Its pieces are known. False: they were before.
    bool met(connection_id id, link& l);
    /// It has one more. False: it is no news.
    bool has(connection_id id, link& l, piece_index piece);
    void lost(time_point now, connection_id id, link& l, piece_index piece);
    void became_seed(connection_id id) { claims_.became_seed(id); }
    void update_interest(time_point now, connection_id id, link& l);
    void update_interests(time_point now);
    void choked(connection_id id, link& l);
    void left(connection_id id, const link& l);
    /// It claims pieces, or releases them: what it fetches from outside we stop to fetch there.
    void heard(time_point now, connection_id id, const wire::event::pieces_claimed& what);

    // --- requests and blocks
    void fill(time_point now, connection_id id, link& l);
    void fill_all(time_point now);
    void arrived(time_point now, connection_id id, link& l, const wire::event::block& block);
    void unwanted(std::size_t bytes) { wasted_ += bytes; }
    void will_not_come(time_point now, connection_id id, link& l, const wire::event::block_lost& what);
    /// The limit held something back and lets it through now.
    void resume(time_point now);
    time_point resumes_at() const { return limit_.resumes_at(); }

    // --- whole pieces
    /// `data`: what was to be written. False: nothing of that kind is at the disk.
    bool written(time_point now, piece_index piece, write_result outcome, byte_view data);
    /// Pieces we had are not right any more, and are fetched again if that is wished.
    void lose(time_point now, const std::vector<piece_index>& pieces, bool fetch_again);
    /// And are right once more, without having been fetched.
    void found(time_point now, const std::vector<piece_index>& pieces);

    // --- time
    /// A peer that owes blocks and is slow: others are asked for them, too.
    void check(time_point now, connection_id id, link& l);
    void check_late_blocks(time_point now);
    void check_claims(time_point now);

    // --- how it stands
    bool is_begun() const { return picker_.has_value(); }
    const torrent::geometry& shape() const { return shape_; }
    const class picker* pieces() const { return picker_ ? &*picker_ : nullptr; }
    bool is_complete() const { return picker_ && picker_->is_complete(); }  ///< of what is wanted
    bool has_everything() const { return picker_ && picker_->have().all(); }
    const rate_meter& meter() const { return meter_; }
    std::uint64_t wasted() const { return wasted_; }
    /// When a piece came right last.
    time_point last_right() const { return last_right_; }
    bool is_sound() const;

  private:
    bool is_under_limit(const link& l) const { return !l.near || settings_.limit_near; }
    bool may_ask(const link& l) const;
    std::optional<torrent::piece_set> not_refused(time_point now, const block_giver& giver,
                                                  const link& l) const;
    void refund(link& l, std::uint64_t bytes);
    void ask(time_point now, connection_id id, link& l, asker& who, std::size_t count);
    template <class Which>
    std::uint64_t cancel(time_point now, link& l, const Which& which);
    void cancel_at_others(time_point now, connection_id giver, const block_range& range);
    void snub(time_point now, connection_id id, link& l);
    bool is_overdue(time_point now, const link& l) const;
    void verified(time_point now, piece_index piece, byte_view data, std::span<const connection_id> from);
    void failed(time_point now, piece_index piece, byte_view data, std::span<const connection_id> from);
    void note_right_piece(time_point now, std::span<const connection_id> from);
    void hold_to_account(time_point now, const block_giver& liar, piece_index wrong);

    const swarm_settings& settings_;
    links& links_;
    peers& peers_;
    outbox& out_;

    torrent::geometry shape_;
    std::optional<class picker> picker_;
    claim_exchange claims_;
    class blame blame_;
    damaged_pieces damaged_;
    std::map<piece_index, std::vector<connection_id>> writing_;  // at the disk: the peer that gave each block
    std::size_t writing_bytes_ = 0;
    bool writable_ = true;
    torrent_limit limit_;
    rate_meter meter_;
    std::uint64_t wasted_ = 0;
    time_point last_right_{};
};

}  // namespace bt::swarm
