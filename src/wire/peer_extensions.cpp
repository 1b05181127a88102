// What travels in `extended` messages (BEP 10), in both directions.
#include <algorithm>

#include "wire/peer.hpp"

namespace bt::wire {

void peer::on(time_point now, const wire::extended& m) {
    if (!offers_.extended) return;
    switch (m.id) {
        case handshake_extension_id:
            return on_extension_handshake(m.payload);
        case our_metadata_id:
            return on_metadata(now, m.payload);
        case our_exchange_id:
            return on_exchange(m.payload);
        case our_donthave_id:
            return on_donthave(now, m.payload);
        case our_claim_id:
            return on_claim(m.payload);
        default:
            return;
    }
}

void peer::on_extension_handshake(byte_view payload) {
    auto known = decode_extension_handshake(payload, extensions_);
    if (!known) return fault(known.error());
    extensions_ = std::move(*known);
    events_.push_back(event::extension_handshake_received{});
}

void peer::on_metadata(time_point now, byte_view payload) {
    const auto decoded = decode_metadata(payload);
    if (!decoded) return fault(decoded.error());
    const auto was_asked = [&](std::uint32_t piece) { return std::erase(metadata_asked_, piece) != 0; };
    if (const auto* asks = std::get_if<metadata_request>(&*decoded)) {
        // BEP 9: a peer without all of it has none of it
        if (metadata_piece_size(metadata_bytes_, asks->piece) == 0 ||
            metadata_waiting_ >= limits::metadata_requests_queued)
            return send_metadata_message(now, metadata_reject{asks->piece});
        ++metadata_waiting_;
        events_.push_back(event::metadata_requested{asks->piece});
    } else if (const auto* data = std::get_if<metadata_data>(&*decoded)) {
        if (was_asked(data->piece))
            events_.push_back(event::metadata_received{data->piece, data->total_bytes, data->data});
    } else if (const auto* refusal = std::get_if<metadata_reject>(&*decoded)) {
        if (was_asked(refusal->piece)) events_.push_back(event::metadata_refused{refusal->piece});
    }
}

void peer::on_exchange(byte_view payload) {
    if (!offer_.exchange) return;
    auto decoded = decode_exchange(payload);
    if (!decoded) return fault(decoded.error());
    events_.push_back(event::peers_exchanged{std::move(*decoded)});
}

// BEP 54: the index alone, as in a have.
void peer::on_donthave(time_point now, byte_view payload) {
    byte_reader reader(payload);
    const auto number = reader.number<std::uint32_t>();
    if (!number || reader.remaining() != 0) return fault(violation::bad_extension);
    if (!shape_) return told_early(*number, false);
    const auto piece = shape_->piece(*number);
    if (!piece) return fault(violation::bad_index);
    if (!pieces_.erase(*piece)) return;
    // each of its pieces once is bad luck, more is noise
    if (++lost_pieces_ > pieces_.size()) return fault(violation::unexpected_message);
    events_.push_back(event::lost_piece{*piece});
    pieces_changed(now);
    if (offers_.fast) return;  // what we asked for of it is rejected, request by request
    std::erase_if(outstanding_, [&](const asked& each) {
        if (each.range.piece != *piece) return false;
        events_.push_back(event::block_lost{each.range});
        return true;
    });
}

void peer::on_claim(byte_view payload) {
    if (!offer_.claims) return;
    const auto decoded = decode_claim(payload);
    if (!decoded) return fault(decoded.error());
    if (!shape_ || decoded->pieces.empty()) return;
    event::pieces_claimed claimed{decoded->released, {}};
    claimed.pieces.reserve(decoded->pieces.size());
    for (const auto number : decoded->pieces) {
        const auto piece = shape_->piece(number);
        if (!piece) return fault(violation::bad_index);
        claimed.pieces.push_back(*piece);
    }
    events_.push_back(std::move(claimed));
}

void peer::offer(time_point now, const extension_offer& what) {
    if (what == offer_) return;
    offer_ = what;
    if (is_talking()) send_extension_handshake(now);
}

void peer::send_extension_handshake(time_point now) {
    if (!offers_.extended) return;
    extension_handshake ours;
    ours.metadata_id = our_metadata_id;
    ours.donthave_id = our_donthave_id;
    if (offer_.exchange) ours.exchange_id = our_exchange_id;
    if (offer_.claims) ours.claim_id = our_claim_id;
    if (metadata_bytes_ != 0) ours.metadata_bytes = metadata_bytes_;
    if (self_.listen_port != 0) ours.listen_port = self_.listen_port;
    ours.request_queue = limits::requests_from_peer;
    ours.client = self_.client;
    ours.upload_only = offer_.upload_only;
    ours.your_address = seen_at_;
    send(now, extended{handshake_extension_id, encode(ours)});
}

void peer::request_metadata(time_point now, std::uint32_t piece) {
    if (!is_talking() || !speaks_metadata()) return;
    if (std::find(metadata_asked_.begin(), metadata_asked_.end(), piece) == metadata_asked_.end())
        metadata_asked_.push_back(piece);
    send_metadata_message(now, metadata_request{piece});
}

void peer::send_metadata(time_point now, std::uint32_t piece, std::uint32_t total_bytes, byte_view data) {
    if (!is_talking() || metadata_waiting_ == 0) return;
    --metadata_waiting_;
    send_metadata_message(now, metadata_data{piece, total_bytes, data});
}

void peer::reject_metadata(time_point now, std::uint32_t piece) {
    if (!is_talking() || metadata_waiting_ == 0) return;
    --metadata_waiting_;
    send_metadata_message(now, metadata_reject{piece});
}

void peer::send_metadata_message(time_point now, const metadata_message& m) {
    if (speaks_metadata()) send(now, extended{extensions_.metadata_id, encode(m)});
}

void peer::send_exchange(time_point now, const exchange_message& m) {
    if (is_talking() && speaks_exchange()) send(now, extended{extensions_.exchange_id, encode(m)});
}

void peer::send_donthave(time_point now, piece_index piece) {
    if (extensions_.donthave_id == 0) return;
    bytes payload;
    byte_writer(payload).number(piece.value());
    send(now, extended{extensions_.donthave_id, payload});
}

void peer::send_claim(time_point now, const claim_message& m) {
    if (!is_talking() || !speaks_claims()) return;
    for (std::size_t from = 0; from < m.pieces.size(); from += limits::claims_in_message) {
        const auto part = std::span(m.pieces).subspan(from);
        const auto count = std::min(part.size(), limits::claims_in_message);
        const claim_message each{m.released,
                                 {part.begin(), part.begin() + static_cast<std::ptrdiff_t>(count)}};
        send(now, extended{extensions_.claim_id, encode(each)});
    }
}

}  // namespace bt::wire
