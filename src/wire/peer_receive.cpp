// What a peer does with each message that arrives.
#include <algorithm>

#include "wire/peer.hpp"

namespace bt::wire {

namespace {

// Behind its handshake a peer may send a bitfield and its extensions before it is let in; more than these it
// has no reason to send.
constexpr std::size_t held_bytes_limit = 2 * limits::early_bitfield_bytes;
// A peer that asks after a choke, or for a piece that is gone, may not have heard of it (BEP 6: it can take
// seconds).
constexpr duration refusal_grace = 2s;

template <class Asked>
auto find_asked(Asked& outstanding, std::uint32_t piece, std::uint32_t begin, std::size_t length) {
    const block_range range{piece_index(piece), begin, static_cast<std::uint32_t>(length)};
    return std::find_if(outstanding.begin(), outstanding.end(),
                        [&](const auto& a) { return a.range == range; });
}

}  // namespace

void peer::receive(time_point now, byte_view input) {
    if (is_closed() || input.empty()) return;
    last_received_ = now;
    resumed_ = bytes();
    read(now, input);
}

void peer::read(time_point now, byte_view input) {
    stream_.begin(input);
    if (stage_ == stage::handshaking) read_handshake();
    while (is_talking()) {
        const auto exact =
            shape_ ? (std::size_t{shape_->piece_count()} + 7) / 8 : limits::early_bitfield_bytes;
        const decode_limits allowed{exact, shape_.has_value()};
        const auto next =
            stream_.next<message>([&](byte_view in) { return decode(in, allowed); }, bytes_wanted);
        if (!next) return fault(next.error());
        if (!*next) return;
        std::visit([&](const auto& m) { on(now, m); }, **next);
    }
    if (stage_ == stage::knocking || stage_ == stage::open) hold(stream_.take_rest());
}

void peer::hold(byte_view rest) {
    if (rest.size() > held_bytes_limit - held_.size()) return fault(violation::unexpected_message);
    held_.insert(held_.end(), rest.begin(), rest.end());
}

void peer::resume(time_point now) {
    resumed_ = std::exchange(held_, {});
    read(now, resumed_);
}

void peer::on(time_point, const wire::keep_alive&) {}

void peer::on(time_point, const wire::choke&) {
    if (!std::exchange(choking_us_, true)) events_.push_back(event::choked{});
    if (offers_.fast) return;  // BEP 6: every request still gets its answer
    for (const auto& a : outstanding_) events_.push_back(event::block_lost{a.range});
    outstanding_.clear();
}

void peer::on(time_point, const wire::unchoke&) {
    if (std::exchange(choking_us_, false)) events_.push_back(event::unchoked{});
}

void peer::on(time_point, const wire::interested&) {
    if (!std::exchange(interested_in_us_, true)) events_.push_back(event::interested{});
}

void peer::on(time_point, const wire::not_interested&) {
    if (std::exchange(interested_in_us_, false)) events_.push_back(event::not_interested{});
}

void peer::on(time_point now, const wire::have& m) {
    if (!shape_) return told_early(m.piece, true);
    const auto piece = shape_->piece(m.piece);
    if (!piece) return fault(violation::bad_index);
    if (!pieces_.insert(*piece)) return;
    events_.push_back(event::has_piece{*piece});
    pieces_changed(now);
}

// BEP 3 wants a bitfield first and once, but aria2 sends another instead of many haves. What a peer once told
// it takes back by BEP 54 alone: a set told later adds to it.
void peer::on(time_point now, const wire::bitfield& m) {
    if (!shape_) {
        early_.bitfield_bytes = m.bits.size();
        early_.bits.resize(std::max(early_.bits.size(), m.bits.size()));
        for (std::size_t i = 0; i < m.bits.size(); ++i) early_.bits[i] |= m.bits[i];
        for (std::size_t i = 0; i < std::min(early_.lost.size(), m.bits.size()); ++i)
            early_.lost[i] = static_cast<std::uint8_t>(early_.lost[i] & ~m.bits[i]);
        return;
    }
    auto told = torrent::piece_set::from_wire(m.bits, shape_->piece_count());
    if (!told) return fault(violation::bad_bitfield);
    pieces_.for_each([&](piece_index piece) { told->insert(piece); });
    pieces_ = std::move(*told);
    events_.push_back(event::pieces_known{});
    pieces_changed(now);
}

void peer::on(time_point now, const wire::have_all&) { on_whole_set(now, true); }
void peer::on(time_point now, const wire::have_none&) { on_whole_set(now, false); }

void peer::on_whole_set(time_point now, bool all) {
    if (!offers_.fast) return fault(violation::unexpected_message);
    if (!shape_) {
        early_.all = early_.all || all;
        if (all) early_.lost = bytes();
        return;
    }
    if (++whole_sets_ > limits::whole_sets) return fault(violation::unexpected_message);
    if (all) pieces_ = torrent::piece_set(shape_->piece_count(), true);
    events_.push_back(event::pieces_known{});
    pieces_changed(now);
}

void peer::pieces_changed(time_point now) {
    update_allowed();
    end_grants(now);
}

void peer::on(time_point now, const wire::request& m) {
    const auto range = shape_ ? shape_->checked_range(m.piece, m.begin, m.length) : std::nullopt;
    const bool had = range && ours_.has(range->piece);
    const bool full = waiting_.size() >= limits::requests_from_peer;
    const bool barred = !had || (choked_by_us_ && (full || !give(*range)));
    const bool too_late = range && refuses_since_ && now - *refuses_since_ < refusal_grace;
    if (barred && !too_late) ++invalid_requests_;
    if (invalid_requests_ > limits::invalid_requests) return fault(violation::too_many_invalid_requests);
    if (full || barred) {
        // as the peer said it: it may be no range of this torrent
        if (offers_.fast) send(now, wire::reject{m.piece, m.begin, m.length});
        return;
    }
    waiting_.push_back(*range);
    events_.push_back(event::requests_waiting{});
}

void peer::on(time_point now, const wire::cancel& m) {
    const block_range range{piece_index(m.piece), m.begin, m.length};
    if (const auto at = std::find(waiting_.begin(), waiting_.end(), range); at != waiting_.end())
        waiting_.erase(at);
    else if (const auto taken = std::find(serving_.begin(), serving_.end(), range); taken != serving_.end())
        serving_.erase(taken);
    else
        return;
    send_rejection(now, range);
}

/// Whether this is the first answer to a request that we have cancelled. Without that a rejection that
/// crosses a new request of the same block would be taken for the answer to it, and the block that comes then
/// for one that was not requested.
bool peer::answers_cancelled(time_point now, std::uint32_t piece, std::uint32_t begin, std::size_t length) {
    while (!cancelled_.empty() && now - cancelled_.front().when >= limits::piece_time) cancelled_.pop_front();
    const auto at = find_asked(cancelled_, piece, begin, length);
    if (at == cancelled_.end()) return false;
    cancelled_.erase(at);
    return true;
}

void peer::on(time_point now, const wire::piece& m) {
    answers_cancelled(now, m.piece, m.begin, m.data.size());
    const auto at = find_asked(outstanding_, m.piece, m.begin, m.data.size());
    if (at == outstanding_.end()) {
        events_.push_back(event::unwanted_block{m.data.size()});
        return;
    }
    events_.push_back(event::block{at->range, m.data, at->when});
    outstanding_.erase(at);
}

void peer::on(time_point now, const wire::reject& m) {
    if (!offers_.fast) return fault(violation::unexpected_message);
    if (answers_cancelled(now, m.piece, m.begin, m.length)) return;
    const auto at = find_asked(outstanding_, m.piece, m.begin, m.length);
    if (at == outstanding_.end()) return;  // not requested
    const auto range = at->range;
    outstanding_.erase(at);
    if (choking_us_) take_back_advice(range.piece);  // or it would be asked and rejected for ever
    events_.push_back(event::block_lost{range, !choking_us_ && pieces_.has(range.piece)});
}

void peer::on(time_point, const wire::port& m) {
    if (m.number != 0) events_.push_back(event::dht_port{m.number});
}

/// Not followed, but it has to make sense.
void peer::on(time_point, const wire::suggest& m) {
    if (!offers_.fast) return fault(violation::unexpected_message);
    if (shape_ && !shape_->piece(m.piece)) fault(violation::bad_index);
}

void peer::on(time_point, const wire::allowed_fast& m) {
    if (!offers_.fast) return fault(violation::unexpected_message);
    if (!shape_) return advised_early(m.piece);
    const auto piece = shape_->piece(m.piece);
    if (!piece) return fault(violation::bad_index);
    advised(*piece);
}

void peer::on(time_point, const wire::unknown&) {}

}  // namespace bt::wire
