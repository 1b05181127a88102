#include "swarm/download.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "base/assert.hpp"

namespace bt::swarm {
namespace {

/// Blocks on their way that a peer is asked for in the end game, as soon as it has nothing else to send:
/// enough that it does not wait for us, and few, since most of them turn out to come twice.
constexpr std::size_t idle_repeats = 2;

block_giver giver_of(connection_id id, const link& l) { return {id, l.peer.id(), l.address.address}; }

}  // namespace

download::download(const peer_id& self, const swarm_settings& settings, shared_limit& all,
                   const siphash_key& secret, links& open, peers& known, outbox& out)
    : settings_(settings),
      links_(open),
      peers_(known),
      out_(out),
      claims_(settings.claims, self, open),
      blame_(secret),
      limit_(all) {}

void download::begin(time_point now, const torrent::geometry& shape, const torrent::piece_set& have,
                     std::span<const priority> wanted, bool sequential, rng random) {
    BT_ASSERT(!picker_ && writing_.empty());
    BT_ASSERT(have.size() == shape.piece_count() && wanted.size() == shape.piece_count());
    shape_ = shape;
    last_right_ = now;
    picker_.emplace(shape, have, random, settings_.piece_memory);
    picker_->set_priorities(wanted);
    picker_->set_sequential(sequential);
    claims_.begin(shape.piece_count());
}

void download::end() {
    BT_ASSERT(links_.empty());
    picker_.reset();
    claims_.end();
    writing_.clear();
    writing_bytes_ = 0;
}

// --- wishes

void download::set_priorities(time_point now, std::span<const priority> wanted) {
    BT_ASSERT(picker_ && wanted.size() == shape_.piece_count());
    picker_->set_priorities(wanted);
    for (auto& [id, l] : links_) {
        if (!l.peer.is_open()) continue;
        cancel(now, l, [&](const block_range& range) { return !picker_->wanted().has(range.piece); });
        update_interest(now, id, l);
    }
    for (const auto piece : claims_.own())
        if (!picker_->wanted().has(piece) && !writing_.contains(piece)) claims_.release(now, piece, false);
}

void download::set_sequential(bool sequential) {
    if (picker_) picker_->set_sequential(sequential);
}

bool download::set_writable(bool writable) { return std::exchange(writable_, writable) != writable; }

// --- which peer has what

void download::opened(connection_id id, const link& l) {
    blame_.met(giver_of(id, l));
    claims_.opened(id, l);
}

bool download::met(connection_id id, link& l) {
    BT_ASSERT(picker_);
    if (l.down.is_counted()) return false;
    const auto& theirs = l.peer.pieces();
    l.down.counted_everywhere = theirs.all();
    l.down.counted = torrent::piece_set(theirs.size());
    if (l.down.counted_everywhere) {
        picker_->peers().add_everywhere();
        claims_.became_seed(id);
    }
    theirs.for_each([&, &from = l](piece_index piece) { claims_.has(id, from, piece); });
    return true;
}

bool download::has(connection_id id, link& l, piece_index piece) {
    BT_ASSERT(picker_ && l.down.is_counted());
    if (l.down.counted_everywhere || !l.down.counted.insert(piece)) return false;
    picker_->peers().add(piece);
    claims_.has(id, l, piece);
    return true;
}

void download::lost(time_point now, connection_id id, link& l, piece_index piece) {
    if (!picker_) return;
    if (l.down.counted_everywhere) {  // from now on it is one of those with a part
        l.down.counted_everywhere = false;
        l.down.counted = torrent::piece_set(shape_.piece_count(), true);
        picker_->peers().remove_everywhere();
        picker_->peers().add(l.down.counted);
    }
    if (!l.down.counted.erase(piece)) return;
    claims_.lost(id, piece);
    picker_->peers().remove(piece);
    const auto cancelled = cancel(now, l, [&](const block_range& range) { return range.piece == piece; });
    refund(l, cancelled);
    if (l.peer.interesting_to_us()) update_interest(now, id, l);
    if (cancelled == 0 || !l.down.refused.add(now, piece)) return;
    // it may say to have it again, and take it back again when it is asked
    picker_->disown(id);
    fill_all(now);
}

void download::update_interest(time_point now, connection_id id, link& l) {
    l.peer.set_interested(now, picker_ && picker_->is_interesting(l.peer.pieces()));
    links_.touch(id, l);
}

void download::update_interests(time_point now) {
    for (auto& [id, l] : links_)
        if (l.peer.is_open() && !l.exam) update_interest(now, id, l);
}

void download::choked(connection_id id, link& l) {
    l.down.turn_over();
    if (picker_) picker_->disown(id);
}

void download::left(connection_id id, const link& l) {
    if (picker_) {
        std::uint64_t owed = 0;
        for (const auto& asked : l.peer.outstanding()) {
            picker_->lost(asked.range);
            owed += asked.range.length;
        }
        if (is_under_limit(l)) limit_.give_back(owed - std::min(owed, l.down.unpaid));
        picker_->disown(id);
        if (l.down.counted_everywhere)
            picker_->peers().remove_everywhere();
        else
            picker_->peers().remove(l.down.counted);
    }
    blame_.left(id);
    claims_.left(id);
}

void download::heard(time_point now, connection_id from, const wire::event::pieces_claimed& what) {
    if (!picker_) return;
    for (const auto piece : what.pieces) {
        if (!claims_.heard(now, from, piece, what.released, picker_->is_half_done(piece))) continue;
        for (auto& [id, l] : links_) {
            if (!l.peer.is_open() || !claim_exchange::counts(l)) continue;
            if (cancel(now, l, [&](const block_range& range) { return range.piece == piece; }) > 0)
                links_.touch(id, l);
        }
    }
}

// --- requests

/// Bytes of its requests that are cancelled.
template <class Which>
std::uint64_t download::cancel(time_point now, link& l, const Which& which) {
    std::uint64_t bytes = 0;
    const auto outstanding = l.peer.outstanding();
    for (const auto& asked : outstanding) {
        if (!which(asked.range)) continue;
        picker_->lost(asked.range);
        l.peer.cancel(now, asked.range);
        bytes += asked.range.length;
    }
    return bytes;
}

/// All but the oldest are asked of others; that one tells when the peer is back.
void download::snub(time_point now, connection_id id, link& l) {
    l.down.snub();
    const auto oldest = l.peer.outstanding().front().range;
    cancel(now, l, [&](const block_range& range) { return range != oldest; });
    picker_->overdue(oldest);
    picker_->disown(id);
    fill_all(now);
}

bool download::may_ask(const link& l) const {
    return picker_ && writable_ && !l.exam && writing_bytes_ <= settings_.write_backlog && l.peer.is_open() &&
           l.peer.interesting_to_us() && l.peer.pieces().size() > 0 &&
           (!l.peer.choking_us() || !l.peer.allowed_to_us().empty());
}

/// What may be asked of it; nothing: all it has.
std::optional<torrent::piece_set> download::not_refused(time_point now, const block_giver& giver,
                                                        const link& l) const {
    std::optional<torrent::piece_set> some;
    if (l.down.refused.any(now)) some = l.down.refused.without(now, l.peer.pieces());
    if (damaged_.any(now, giver))
        some = damaged_.without(now, giver, some ? std::move(*some) : l.peer.pieces());
    return some;
}

void download::fill(time_point now, connection_id id, link& l) {
    if (!may_ask(l)) return;
    const auto& outstanding = l.peer.outstanding();
    const auto pipe = l.down.pipe();
    if (outstanding.size() >= pipe) return;
    auto count = pipe - outstanding.size();
    if (is_under_limit(l)) {
        const auto allowed = limit_.allowance(now);
        if (allowed == 0) return limit_.starve(now);
        count = std::min<std::size_t>(count, allowed / limits::block_bytes + 1);
    }
    if (l.down.on_trial) {
        if (!outstanding.empty() || !writing_.empty()) return;
        count = std::min<std::size_t>(count, (shape_.piece_bytes() - 1) / limits::block_bytes + 1);
    }
    if (l.down.refused.too_many(now, l.peer.pieces())) return;
    const auto some = not_refused(now, giver_of(id, l), l);
    asker who{id, some ? *some : l.peer.pieces()};
    who.fast = l.down.fast;
    who.alone = blame_.is_on_parole(id);
    who.repeats = outstanding.empty() ? idle_repeats : 0;
    who.failed = l.down.failed;
    if (l.peer.choking_us()) who.only = &l.peer.allowed_to_us();
    ask(now, id, l, who, count);
}

void download::ask(time_point now, connection_id id, link& l, asker& who, std::size_t count) {
    const auto owes = [&outstanding = l.peer.outstanding()](const block_range& range) {
        return std::any_of(outstanding.begin(), outstanding.end(),
                           [&](auto& asked) { return asked.range == range; });
    };
    const auto left = claims_.left_to_others(l);
    std::vector<block_range> picked;
    bool claims = false;
    // without a slot all neighbours are offered the same pieces: each takes of them only its share
    for (std::size_t i = 0; i < (who.only != nullptr ? 1 : left.count) && picked.empty(); ++i) {
        who.except = left.list[i];
        picked = picker_->pick(who, count, owes);
        claims = who.except != nullptr;
    }
    for (const auto& range : picked) {
        if (claims) claims_.claim(now, range.piece);
        // those that unchoke us again and again and give nothing would hold blocks and the limit from others
        if (l.down.failed) picker_->overdue(range);
        if (l.down.failed)
            l.down.unpaid += range.length;
        else if (is_under_limit(l))
            limit_.use(range.length);
        l.peer.request(now, range);
    }
    if (picked.empty()) return;
    l.down.asked = true;
    links_.touch(id, l);
}

/// What will not come after all.
void download::refund(link& l, std::uint64_t bytes) {
    const auto paid = bytes - l.down.take_unpaid(bytes);
    if (is_under_limit(l)) limit_.give_back(paid);
}

void download::fill_all(time_point now) {
    for (const auto id : links_.in_turn()) fill(now, id, links_.at(id));
}

void download::resume(time_point now) {
    limit_.relieve();
    fill_all(now);
}

// --- blocks

void download::arrived(time_point now, connection_id id, link& l, const wire::event::block& block) {
    const auto bytes = static_cast<std::uint32_t>(block.data.size());
    if (const auto unpaid = l.down.take_unpaid(bytes); is_under_limit(l)) limit_.use(unpaid);
    l.down.arrived(now, bytes, now - block.requested);
    meter_.add(now, bytes);
    if (!picker_) return;
    const auto arrival = picker_->arrived(block.range, block.data, id);
    if (!arrival.fresh) return unwanted(bytes);
    if (arrival.others_asked) cancel_at_others(now, id, block.range);
    if (!arrival.piece_whole) return;
    const auto piece = block.range.piece;
    auto whole = picker_->take_piece(piece);
    const bool is_new = writing_.emplace(piece, std::move(whole.from)).second;
    BT_ASSERT(is_new && whole.data.size() == shape_.piece_size(piece));
    writing_bytes_ += whole.data.size();
    out_.push(out::write{piece, std::move(whole.data)});
}

void download::cancel_at_others(time_point now, connection_id giver, const block_range& range) {
    for (auto& [id, l] : links_) {
        if (id == giver) continue;
        const auto& owed = l.peer.outstanding();
        if (std::none_of(owed.begin(), owed.end(), [&](auto& asked) { return asked.range == range; }))
            continue;
        l.peer.cancel(now, range);
        links_.touch(id, l);
    }
}

/// A block that is refused is asked of another peer, and what this one had begun, too.
void download::will_not_come(time_point now, connection_id id, link& l, const wire::event::block_lost& what) {
    refund(l, what.range.length);
    if (!picker_) return;
    picker_->lost(what.range);
    if (!what.refused || !l.down.refused.add(now, what.range.piece)) return;
    if (!l.has_moved() && l.down.refused.too_many(now, l.peer.pieces()))
        return l.peer.close("it refuses what it offers", true);
    picker_->disown(id);
    fill_all(now);
}

// --- whole pieces

bool download::written(time_point now, piece_index piece, write_result outcome, byte_view data) {
    const auto node = writing_.extract(piece);
    if (node.empty()) return false;
    BT_ASSERT(picker_ && writing_bytes_ >= shape_.piece_size(piece));
    writing_bytes_ -= shape_.piece_size(piece);
    claims_.release(now, piece, outcome == write_result::ok);
    if (outcome == write_result::ok)
        verified(now, piece, data, node.mapped());
    else if (outcome == write_result::hash_mismatch)
        failed(now, piece, data, node.mapped());
    else
        picker_->failed(piece);
    return true;
}

void download::verified(time_point now, piece_index piece, byte_view data,
                        std::span<const connection_id> from) {
    picker_->verified(piece);
    out_.push(out::piece_verified{piece});
    note_right_piece(now, from);
    if (blame_.is_suspect(piece))
        for (const auto& liar : blame_.passed(piece, data)) hold_to_account(now, liar, piece);
    for (auto& [id, l] : links_) {
        if (!l.peer.is_open()) continue;
        l.peer.have(now, piece);
        if (l.peer.interesting_to_us() && l.peer.pieces().size() > 0 && l.peer.pieces().has(piece))
            update_interest(now, id, l);
        links_.touch(id, l);
    }
}

void download::failed(time_point now, piece_index piece, byte_view data,
                      std::span<const connection_id> from) {
    out_.push(out::piece_failed{piece});
    const auto liars = blame_.failed(piece, data, from);
    picker_->failed(piece, blame_.is_suspect(piece));
    for (const auto& liar : liars) hold_to_account(now, liar, piece);
}

void download::note_right_piece(time_point now, std::span<const connection_id> from) {
    last_right_ = now;
    const bool from_one =
        std::all_of(from.begin(), from.end(), [&](connection_id each) { return each == from.front(); });
    if (from.empty() || !from_one) return;
    auto* giver = links_.find(from.front());
    if (giver == nullptr) return;
    ++giver->down.right_pieces;
    if (std::exchange(giver->down.on_trial, false)) peers_.acquit(*giver);
}

void download::hold_to_account(time_point now, const block_giver& liar, piece_index wrong) {
    const std::string reason = "it sent data that does not match the hash";
    const auto* l = links_.find(liar.connection);
    if (l == nullptr) return peers_.ban(now, liar.id, {liar.address, 0}, reason, true);
    if (!l->down.on_trial &&
        damaged_.forgive(now, liar, wrong, l->down.right_pieces, picker_->needs_alone(l->peer.pieces())))
        out_.push(out::piece_damaged{wrong, l->address});
    else
        peers_.ban(now, liar.connection, reason, true);
}

void download::lose(time_point now, const std::vector<piece_index>& pieces, bool fetch_again) {
    BT_ASSERT(picker_);
    for (const auto piece : pieces) {
        if (!picker_->lose(piece, fetch_again)) continue;
        for (auto& [id, l] : links_)
            if (l.peer.is_open()) l.peer.dont_have(now, piece);  // BEP 54
    }
}

void download::found(time_point now, const std::vector<piece_index>& pieces) {
    BT_ASSERT(picker_);
    for (const auto piece : pieces) {
        picker_->verified(piece);
        for (auto& [id, l] : links_)
            if (l.peer.is_open()) l.peer.have(now, piece);
    }
    update_interests(now);
}

}  // namespace bt::swarm
