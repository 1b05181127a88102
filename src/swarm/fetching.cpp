// What we ask for, and what comes: requests, blocks, whole pieces, and who is to blame for a wrong one.
#include <algorithm>

#include "swarm/torrent_swarm.hpp"

namespace bt::swarm {
namespace {

/// Blocks on their way that a peer is asked for in the end game, as soon as it has nothing else to send:
/// enough that it does not wait for us, and few, since most of them turn out to come twice.
constexpr std::size_t idle_repeats = 2;

}  // namespace

void torrent_swarm::fill_requests(time_point now, connection_id id, link& l) {
    if (!picker_ || paused_ || disk_takes_nothing_ || !l.peer.is_open() || !l.peer.interesting_to_us())
        return;
    if (l.peer.pieces().size() == 0 || writing_bytes_ > settings_.write_backlog) return;
    const auto& allowed_while_choked = l.peer.allowed_to_us();
    const bool choked = l.peer.choking_us();
    if (choked && allowed_while_choked.empty()) return;
    const auto& outstanding = l.peer.outstanding();
    const auto window = l.down.pipe();
    if (outstanding.size() >= window) return;
    auto count = window - outstanding.size();
    if (is_limited(l)) {
        const auto allowed = down_limit_.allowance(now);
        if (allowed == 0) {
            down_limit_.starve(now);
            return;
        }
        count = std::min<std::size_t>(count, allowed / limits::block_bytes + 1);
    }
    const auto owes = [&](const block_range& range) {
        return std::any_of(outstanding.begin(), outstanding.end(),
                           [&](auto& asked) { return asked.range == range; });
    };
    if (l.down.refused.too_many(now, l.peer.pieces())) return;
    std::optional<torrent::piece_set> not_refused;
    if (l.down.refused.any(now)) not_refused = l.down.refused.without(now, l.peer.pieces());
    if (const auto giver = giver_of(id, l); damaged_.any(now, giver))
        not_refused = damaged_.without(now, giver, not_refused ? std::move(*not_refused) : l.peer.pieces());
    asker who{id, not_refused ? *not_refused : l.peer.pieces()};
    who.fast = l.down.fast;
    who.alone = blame_.is_on_parole(id);
    who.repeats = outstanding.empty() ? idle_repeats : 0;
    if (choked) who.only = &allowed_while_choked;
    const auto standing = standing_of(l);
    const auto leave = claims_ ? claims_->for_peer(standing) : claim_board::exceptions{{}, 1};
    std::vector<block_range> picked;
    bool claims = false;
    // without a slot all neighbours are offered the same pieces: each takes of them only its share
    for (std::size_t i = 0; i < (choked ? 1 : leave.count) && picked.empty(); ++i) {
        who.except = leave.list[i];
        picked = picker_->pick(who, count, owes);
        claims = who.except != nullptr;
    }
    for (const auto& range : picked) {
        if (claims) claim(now, range.piece);
        if (is_limited(l)) down_limit_.use(range.length);
        l.peer.request(now, range);
    }
    if (!picked.empty()) links_.touch(id, l);
}

void torrent_swarm::fill_all(time_point now) {
    for (const auto id : links_.in_turn()) fill_requests(now, id, links_.at(id));
}

void torrent_swarm::on_block(time_point now, connection_id id, link& l, const wire::event::block& block) {
    const auto bytes = static_cast<std::uint32_t>(block.data.size());
    l.down.arrived(now, bytes, now - block.requested);
    down_meter_.add(now, bytes);
    if (!picker_) return;
    const auto arrival = picker_->arrived(block.range, block.data, id);
    if (!arrival.fresh) {
        wasted_ += bytes;
        return;
    }
    if (arrival.others_asked) {
        for (auto& [other_id, other] : links_) {
            if (other_id == id) continue;
            const auto& owed = other.peer.outstanding();
            if (std::none_of(owed.begin(), owed.end(),
                             [&](auto& asked) { return asked.range == block.range; }))
                continue;
            other.peer.cancel(now, block.range);
            links_.touch(other_id, other);
        }
    }
    if (!arrival.piece_whole) return;
    auto whole = picker_->take_piece(block.range.piece);
    writing_.emplace(block.range.piece.value(), std::move(whole.from));
    writing_bytes_ += whole.data.size();
    outputs_.push(out::write{block.range.piece, std::move(whole.data)});
}

/// One that is refused goes to somebody else, and what the peer had begun, too.
void torrent_swarm::on_block_lost(time_point now, connection_id id, link& l,
                                  const wire::event::block_lost& what) {
    if (is_limited(l)) down_limit_.give_back(what.range.length);
    if (!picker_) return;
    picker_->lost(what.range);
    if (!what.refused || !l.down.refused.add(now, what.range.piece)) return;
    if (!l.has_moved() && l.down.refused.too_many(now, l.peer.pieces()))
        return l.peer.close("it refuses what it offers", true);
    picker_->disown(id);
    fill_all(now);
}

void torrent_swarm::written(time_point now, piece_index piece, write_result outcome, buffer data) {
    const auto node = writing_.extract(piece.value());
    if (node.empty() || !picker_) return;  // from before end()
    writing_bytes_ -= shape_->piece_size(piece);
    release(now, piece, outcome == write_result::ok);
    if (outcome == write_result::ok) {
        picker_->verified(piece);
        unreadable_.erase(piece);
        outputs_.push(out::piece_verified{piece});
        note_right_piece(node.mapped());
        if (blame_.is_suspect(piece))
            for (const auto& liar : blame_.passed(piece, data.view())) hold_to_account(now, liar, piece);
        for (auto& [id, l] : links_) {
            if (!l.peer.is_open()) continue;
            l.peer.have(now, piece);
            if (l.peer.interesting_to_us() && l.peer.pieces().size() > 0 && l.peer.pieces().has(piece))
                update_interest(now, id, l);
            links_.touch(id, l);
        }
    } else if (outcome == write_result::hash_mismatch) {
        outputs_.push(out::piece_failed{piece});
        const auto liars = blame_.failed(piece, data.view(), node.mapped());
        picker_->failed(piece, blame_.is_suspect(piece));
        for (const auto& liar : liars) hold_to_account(now, liar, piece);
    } else {
        picker_->failed(piece);
    }
    completed(now);
    fill_all(now);
    settle(now);
}

void torrent_swarm::note_right_piece(std::span<const connection_id> from) {
    if (from.empty() ||
        std::any_of(from.begin(), from.end(), [&](connection_id each) { return each != from.front(); }))
        return;
    if (auto* giver = links_.find(from.front())) ++giver->down.right_pieces;
}

void torrent_swarm::hold_to_account(time_point now, const block_giver& who, piece_index wrong) {
    const std::string reason = "it sent data that does not match the hash";
    const auto* found = links_.find(who.connection);
    if (found == nullptr) return peers_.ban(who.id, {who.address, 0}, reason);
    const auto& l = *found;
    if (damaged_.forgive(now, who, wrong, l.down.right_pieces, picker_->needs_alone(l.peer.pieces())))
        outputs_.push(out::piece_damaged{wrong, l.address});
    else
        peers_.ban(who.connection, reason);
}

/// Everything wanted is there, if it is: said once.
void torrent_swarm::completed(time_point now) {
    if (!picker_->is_complete() || told_complete_) return;
    told_complete_ = true;
    outputs_.push(out::complete{});
    for (auto& [id, l] : links_)
        if (l.peer.is_open()) l.peer.offer(now, offer());
    settle(now);  // the last `have` leaves before any goodbye
    leave_fellow_seeds();
}

// --- one copy over the uplink

void torrent_swarm::claim(time_point now, piece_index piece) {
    if (claims_->claim(now, piece)) tell_neighbours(now, {false, {piece.value()}});
}

void torrent_swarm::release(time_point now, piece_index piece, bool verified) {
    if (claims_ && claims_->done(now, piece, verified) && !verified)
        tell_neighbours(now, {true, {piece.value()}});
}

void torrent_swarm::tell_neighbours(time_point now, const wire::claim_message& what) {
    for (auto& [id, l] : links_) {
        if (!l.peer.is_open() || !l.peer.speaks_claims() || l.peer.is_upload_only()) continue;
        l.peer.send_claim(now, what);
        links_.touch(id, l);
    }
}

/// A neighbour claimed what we had begun to fetch: it goes on, we stop.
void torrent_swarm::yield(time_point now, piece_index piece) {
    tell_neighbours(now, {true, {piece.value()}});
    for (auto& [id, l] : links_) {
        if (!l.peer.is_open() || !claim_board::counts(standing_of(l))) continue;
        const auto outstanding = l.peer.outstanding();
        for (const auto& asked : outstanding) {
            if (asked.range.piece != piece) continue;
            picker_->lost(asked.range);
            l.peer.cancel(now, asked.range);
            links_.touch(id, l);
        }
    }
}

}  // namespace bt::swarm
