// What we give: which pieces peers are told of, and blocks to those that have a slot. Private to this room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "base/ids.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "swarm/links.hpp"
#include "swarm/outbox.hpp"
#include "swarm/peers.hpp"
#include "swarm/picker.hpp"
#include "swarm/rate.hpp"
#include "swarm/settings.hpp"
#include "swarm/super_seed.hpp"

namespace bt::swarm {

class upload {
  public:
    upload(const info_hash& torrent, const swarm_settings& settings, shared_limit& all, links& open,
           peers& known, outbox& out);

    /// `ours` outlives what follows, up to end().
    void begin(const torrent::geometry& shape, const picker& ours);
    void end();
    void set_limit(std::uint64_t bytes_per_second) { limit_.set(bytes_per_second); }
    void share_limit(bool on) { limit_.share(on); }

    // --- which pieces peers are told of
    /// All that can be given; of a super-seed none.
    torrent::piece_set shown() const;
    /// BEP 16: pieces are shown to each peer one at a time.
    void start_super_seeding(rng random);
    void end_super_seeding(time_point now);
    bool is_super_seeding() const { return super_.has_value(); }
    /// What a super-seed shows next.
    void show(time_point now);
    time_point shows_at() const { return super_ ? super_->next_deadline() : never; }
    /// A piece is wrong on disk, or could not be read: all are told that we do not have it.
    void take_back(time_point now, piece_index piece);
    /// It is right again, or not ours any more.
    void forget_fault(piece_index piece) { unreadable_.erase(piece); }

    // --- peers
    /// Its pieces are known.
    void met(time_point now, connection_id id, link& l);
    void has(time_point now, connection_id id, piece_index piece);
    void left(connection_id id);
    /// It wants nothing more: whether what it has told and what it was given together are everything.
    bool has_taken_everything(const link& l) const;
    /// All but so many pieces at most.
    bool lacks_at_most(std::uint32_t pieces, const link& l) const;
    /// As many bytes as the torrent has, to all together.
    bool has_given_a_copy() const;

    // --- blocks
    /// Those it has asked for are read while there is room. While the limit holds some peers back, those
    /// under it wait for their turn.
    void serve(time_point now, connection_id id, link& l);
    void blocks_read(time_point now, connection_id id, link& l, const std::vector<block_range>& ranges,
                     buffer frames);
    /// The limit held something back and lets it through now.
    void resume(time_point now);
    time_point resumes_at() const { return limit_.resumes_at(); }

    // --- how it stands
    const rate_meter& meter() const { return meter_; }
    const rate_meter& near_meter() const { return near_meter_; }
    time_point last_block() const { return last_block_; }
    bool is_limited() const { return limit_.is_starved(); }
    bool is_sound() const;

  private:
    bool is_under_limit(const link& l) const { return !l.near || settings_.limit_near; }
    std::size_t room(time_point now, const link& l) const;
    void give(time_point now, connection_id id, link& l);
    void offer_without_slot(time_point now, link& l);
    void note_repeat(time_point now, connection_id id, link& l, const block_range& range);
    std::uint64_t repeated_of_host(const link& l, std::uint64_t more);
    void note_rare(connection_id id, link& l, piece_index piece);
    void note_spread(connection_id by, piece_index piece);
    bool ends_piece(const block_range& range) const {
        return range.offset + range.length == shape_.piece_size(range.piece);
    }

    info_hash torrent_;
    const swarm_settings& settings_;
    links& links_;
    peers& peers_;
    outbox& out_;

    torrent::geometry shape_;
    const picker* ours_ = nullptr;
    torrent_limit limit_;
    rate_meter meter_, near_meter_;
    time_point last_block_{};
    std::optional<super_seed> super_;
    std::set<piece_index> unreadable_;                        // of what we have: cannot be read, or is wrong
    std::unordered_map<ip_address, std::uint64_t> repeated_;  // bytes that a host asked for again
    std::map<piece_index, time_point> doubted_;               // to be looked at, or looked at lately
    std::unordered_map<std::uint32_t, connection_id>
        rare_given_;  // pieces that only we had: the peer each went to last
};

}  // namespace bt::swarm
