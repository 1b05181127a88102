// What a peer said, and what follows from it.
#include "base/overloaded.hpp"
#include "swarm/torrent_swarm.hpp"

namespace bt::swarm {

void torrent_swarm::handle(time_point now, connection_id id, link& l, wire::peer_event& event) {
    namespace ev = wire::event;
    if (!std::holds_alternative<ev::opened>(event)) peers_.spoke(l);
    if (l.exam) return examine(now, id, l, event);
    std::visit(overloaded{
                   [](ev::knock&) {},  // answered before the peer came here
                   [&](ev::opened&) { on_opened(now, id, l); },
                   [&](ev::extension_handshake_received&) { on_extensions(now, id, l); },

                   [&](ev::choked&) { download_.choked(id, l); },
                   [&](ev::unchoked&) {},      // drain() asks for blocks
                   [&](ev::allowed_fast&) {},  // the same
                   [&](ev::interested&) { chokes_.fill_soon(); },
                   [&](ev::not_interested&) {
                       if (!l.peer.choked_by_us()) chokes_.fill_soon();
                       note_wants_no_more(now, l);
                   },
                   [&](ev::pieces_known&) { on_pieces(now, id, l); },
                   [&](ev::has_piece& e) { on_has_piece(now, id, l, e.piece); },
                   [&](ev::lost_piece& e) { download_.lost(now, id, l, e.piece); },
                   [&](ev::block& e) { download_.arrived(now, id, l, e); },
                   [&](ev::unwanted_block& e) { download_.unwanted(e.bytes); },
                   [&](ev::block_lost& e) { download_.will_not_come(now, id, l, e); },
                   [&](ev::requests_waiting&) { upload_.serve(now, id, l); },
                   [&](ev::metadata_requested& e) { metadata_.send(now, l, e.piece); },
                   [&](ev::metadata_received& e) { metadata_.arrived(now, id, e); },
                   [&](ev::metadata_refused& e) { metadata_.refused(now, id, e.piece); },
                   [&](ev::dht_port& e) {
                       outputs_.push(out::dht_node{{l.address.address, e.port}});
                   },
                   [&](ev::peers_exchanged& e) {
                       if (!private_) peers_.heard(now, l, e.message, is_complete() ? 1s : duration{});
                   },
                   [&](ev::pieces_claimed& e) { download_.heard(now, id, e); },
                   [](ev::closed&) {},  // drain() has dealt with it
               },
               event);
}

// --- what it says of itself

void torrent_swarm::on_opened(time_point now, connection_id id, link& l) {
    if (!peers_.opened(now, id, l)) return;
    download_.opened(id, l);
    if (download_.is_begun()) {
        const auto shown = proofs_.shown_to(l);
        l.peer.offer(now, offer(l));
        l.peer.start(now, *shape_, shown, metadata_.size());
    } else {
        l.peer.offer(now, offer(l));
        l.peer.start_without_metadata(now);
    }
    // a client without BEP 10 will not tell its name later
    if (!l.peer.offers().extended) peers_.announce(id, l);
}

void torrent_swarm::on_extensions(time_point now, connection_id id, link& l) {
    const auto& theirs = l.peer.extensions();
    l.down.window.set_most(theirs.request_queue);
    if (theirs.upload_only) note_wants_no_more(now, l);
    peers_.learn(now, l);
    metadata_.offered(now, id, l);
    download_.extended(now, id, l);
    if (download_.is_begun()) note_complete(now, id, l);
    peers_.announce(id, l);
}

// --- what it has

void torrent_swarm::on_pieces(time_point now, connection_id id, link& l) {
    if (!download_.is_begun()) return;
    if (download_.met(id, l)) upload_.met(now, id, l);
    if (!l.down.counted_everywhere)
        l.peer.pieces().for_each([&, &from = l](piece_index piece) {
            if (download_.has(id, from, piece)) upload_.has(now, id, piece);
        });
    proofs_.show_rest(now, l);
    note_complete(now, id, l);
    download_.update_interest(now, id, l);
}

void torrent_swarm::on_has_piece(time_point now, connection_id id, link& l, piece_index piece) {
    if (!download_.is_begun()) return;
    if (!l.down.is_counted()) return on_pieces(now, id, l);
    if (download_.has(id, l, piece)) upload_.has(now, id, piece);
    proofs_.show_rest(now, l);
    note_complete(now, id, l);
    if (!l.peer.interesting_to_us()) download_.update_interest(now, id, l);
}

void torrent_swarm::note_complete(time_point now, connection_id id, link& l) {
    if (l.peer.pieces().size() == 0) return;
    if (l.has_everything()) {
        download_.became_seed(id);
        proofs_.said(now, l);
    }
    leave_if_fellow_seed(id, l);
}

void torrent_swarm::note_wants_no_more(time_point now, const link& l) {
    if (upload_.has_taken_everything(l)) proofs_.said(now, l);
}

// --- one that we have called for a proof

void torrent_swarm::examine(time_point now, connection_id id, link& l, wire::peer_event& event) {
    namespace ev = wire::event;
    if (std::holds_alternative<ev::opened>(event)) {
        if (!download_.is_begun() || !peers_.opened(now, id, l)) return;
        l.peer.offer(now, {});
        l.peer.start(now, *shape_, torrent::piece_set(shape_->piece_count()), metadata_.size());
        l.peer.set_interested(now, true);
    } else if (const auto* block = std::get_if<ev::block>(&event)) {
        proofs_.answered(id, l, *block);
    } else {
        proofs_.ask(now, l);
    }
}

}  // namespace bt::swarm
