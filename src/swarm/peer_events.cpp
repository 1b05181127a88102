// What a peer said, and what follows from it.
#include <algorithm>

#include "base/overloaded.hpp"
#include "swarm/torrent_swarm.hpp"
#include "wire/allowed_fast.hpp"

namespace bt::swarm {
void torrent_swarm::handle(time_point now, connection_id id, link& l, wire::peer_event& event) {
    namespace ev = wire::event;
    if (!std::holds_alternative<ev::opened>(event)) peers_.spoke(l);
    std::visit(overloaded{
                   [](ev::knock&) {},  // answered before the peer came here
                   [&](ev::opened&) { on_opened(now, id, l); },
                   [&](ev::extension_handshake_received&) { on_extensions(now, id, l); },

                   [&](ev::choked&) {
                       if (picker_) picker_->disown(id);
                   },

                   [&](ev::unchoked&) {},      // drain() asks for blocks
                   [&](ev::allowed_fast&) {},  // the same
                   [&](ev::interested&) { choke_soon_ = true; },
                   [&](ev::not_interested&) {
                       choke_soon_ = choke_soon_ || !l.peer.choked_by_us();
                       note_wants_no_more(l);
                   },
                   [&](ev::pieces_known&) { on_pieces(now, id, l); },
                   [&](ev::has_piece& e) { on_has_piece(now, id, l, e.piece); },
                   [&](ev::lost_piece& e) { on_lost_piece(now, id, l, e.piece); },
                   [&](ev::block& e) { on_block(now, id, l, e); },
                   [&](ev::unwanted_block& e) { wasted_ += e.bytes; },
                   [&](ev::block_lost& e) { on_block_lost(now, id, l, e); },
                   [&](ev::requests_waiting&) { serve(now, id, l); },
                   [&](ev::metadata_requested& e) { metadata_.send(now, l, e.piece); },
                   [&](ev::metadata_received& e) { metadata_.arrived(now, id, e); },
                   [&](ev::metadata_refused& e) { metadata_.refused(now, id, e.piece); },
                   [&](ev::dht_port& e) {
                       outputs_.push(out::dht_node{{l.address.address, e.port}});
                   },
                   [&](ev::peers_exchanged& e) {
                       if (!private_) peers_.heard(now, l, e.message, is_complete() ? 1s : duration{});
                   },
                   [&](ev::pieces_claimed& e) { on_claims(now, id, e); },
                   [](ev::closed&) {},  // drain() has dealt with it
               },
               event);
}

// --- who it is

void torrent_swarm::on_opened(time_point now, connection_id id, link& l) {
    if (!peers_.opened(now, id, l)) return;
    blame_.met(giver_of(id, l));
    if (claims_) claims_->joined(id, l.peer.id(), l.near);
    l.peer.offer(now, offer());
    if (!picker_)
        l.peer.start_without_metadata(now);
    else if (super_)
        l.peer.start(now, *shape_, torrent::piece_set(shape_->piece_count()), metadata_.size());
    else
        l.peer.start(now, *shape_, readable(), metadata_.size());
    // a client without BEP 10 will not tell its name later
    if (!l.peer.offers().extended) peers_.announce(id, l);
}

void torrent_swarm::on_extensions(time_point now, connection_id id, link& l) {
    const auto& theirs = l.peer.extensions();
    l.down.window.set_most(theirs.request_queue);
    if (theirs.upload_only) note_wants_no_more(l);
    peers_.learn(now, l);
    metadata_.offered(now, id, l);
    if (claims_) {
        if (l.peer.speaks_claims() && !l.announced) tell_claims(now, id, l);
        claims_->takes_part(id, l.near, l.peer.speaks_claims() && !l.peer.is_upload_only());
    }
    if (picker_) note_complete(id, l);
    peers_.announce(id, l);
}

// --- what it has

void torrent_swarm::on_pieces(time_point now, connection_id id, link& l) {
    if (!picker_) return;
    const auto& theirs = l.peer.pieces();
    if (!l.down.counted_everywhere && l.down.counted.size() == 0) {
        l.down.counted_everywhere = theirs.all();
        l.down.counted = torrent::piece_set(theirs.size());
        if (l.down.counted_everywhere) picker_->peers().add_everywhere();
        if (super_) super_->joined(id, theirs);
        if (claims_ && l.down.counted_everywhere) claims_->became_seed(id);
        if (claims_) theirs.for_each([&](piece_index piece) { claims_->has(id, piece, l.near); });
        offer_without_slot(now, l);
    }
    if (!l.down.counted_everywhere) theirs.for_each([&](piece_index piece) { count(now, id, l, piece); });
    note_complete(id, l);
    update_interest(now, id, l);
}

/// BEP 6: who has nothing yet may have a few pieces without a slot. All peers of one network get the same
/// ones, so only so few that a crowd of them costs no copy of the torrent; neighbours need none.
void torrent_swarm::offer_without_slot(time_point now, link& l) {
    static constexpr std::uint32_t pieces_for_one = 1'000;
    const auto& theirs = l.peer.pieces();
    const auto count = std::min<std::size_t>(limits::allowed_fast_pieces, theirs.size() / pieces_for_one);
    if (l.near || super_ || count == 0 || theirs.count() >= count) return;
    l.peer.allow_fast(now, wire::allowed_fast_set(l.address.address, hash_, theirs.size(), count));
}

void torrent_swarm::on_has_piece(time_point now, connection_id id, link& l, piece_index piece) {
    if (!picker_) return;
    if (l.down.counted.size() == 0) return on_pieces(now, id, l);
    count(now, id, l, piece);
    note_complete(id, l);
    if (!l.peer.interesting_to_us()) update_interest(now, id, l);
}

void torrent_swarm::count(time_point now, connection_id id, link& l, piece_index piece) {
    if (l.down.counted_everywhere || !l.down.counted.insert(piece)) return;
    picker_->peers().add(piece);
    note_spread(id, piece);
    if (claims_) claims_->has(id, piece, l.near);
    if (super_) super_->has(now, id, piece);
}

void torrent_swarm::on_lost_piece(time_point now, connection_id id, link& l, piece_index piece) {
    if (!picker_) return;
    if (l.down.counted_everywhere) {  // from now on it is one of those with a part
        l.down.counted_everywhere = false;
        l.down.counted = torrent::piece_set(shape_->piece_count(), true);
        picker_->peers().remove_everywhere();
        picker_->peers().add(l.down.counted);
    }
    if (!l.down.counted.erase(piece)) return;
    if (claims_) claims_->lost(id, piece);
    picker_->peers().remove(piece);
    const auto outstanding = l.peer.outstanding();
    bool was_asked = false;
    for (const auto& asked : outstanding) {
        if (asked.range.piece != piece) continue;
        was_asked = true;
        picker_->lost(asked.range);
        l.peer.cancel(now, asked.range);
        if (is_limited(l)) down_limit_.give_back(asked.range.length);
    }
    if (l.peer.interesting_to_us()) update_interest(now, id, l);
    if (!was_asked || !l.down.refused.add(now, piece)) return;
    // it may say to have it again, and take it back again when it is asked
    picker_->disown(id);
    fill_all(now);
}

void torrent_swarm::note_complete(connection_id id, link& l) {
    const auto& theirs = l.peer.pieces();
    if (theirs.size() == 0) return;
    if (theirs.all() && claims_) claims_->became_seed(id);
    if (theirs.all()) peers_.completed(l);
    leave_if_fellow_seed(id, l);
}

/// It wants nothing more. Some clients say so before the last pieces are told: what it has told and what it
/// was given together are everything then, unless something of that was in doubt. One that only leaves may
/// have failed: what was given need not have come right.
void torrent_swarm::note_wants_no_more(const link& l) {
    const auto& theirs = l.peer.pieces();
    if (theirs.size() == 0 || l.up.given.size() != theirs.size() || !doubted_.empty() || !unreadable_.empty())
        return;
    if (theirs.count() + l.up.given.count() < theirs.size()) return;
    for (std::uint32_t i = 0; i < theirs.size(); ++i)
        if (!theirs.has(piece_index(i)) && !l.up.given.has(piece_index(i))) return;
    peers_.completed(l);
}

void torrent_swarm::update_interest(time_point now, connection_id id, link& l) {
    const bool wanted = picker_ && !paused_ && picker_->is_interesting(l.peer.pieces());
    l.peer.set_interested(now, wanted);
    links_.touch(id, l);
}

// --- what it fetches

void torrent_swarm::on_claims(time_point now, connection_id id, const wire::event::pieces_claimed& what) {
    if (!claims_) return;
    for (const auto piece : what.pieces) {
        if (what.released)
            claims_->released(id, piece);
        else if (claims_->claimed(now, id, piece, picker_->is_half_done(piece)))
            yield(now, piece);
    }
}

/// All we fetch from outside, to a neighbour that is new.
void torrent_swarm::tell_claims(time_point now, connection_id id, link& l) {
    wire::claim_message all;
    for (const auto piece : claims_->own()) all.pieces.push_back(piece.value());
    if (all.pieces.empty()) return;
    l.peer.send_claim(now, all);
    links_.touch(id, l);
}

}  // namespace bt::swarm
