// What a peer is told: commands become messages, messages and blocks become chunks, in order.
#include <algorithm>
#include <cstring>

#include "wire/peer.hpp"

namespace bt::wire {

namespace {

/// Removes one of possibly several equal ranges.
template <class Ranges>
bool take_out(Ranges& ranges, const block_range& range) {
    const auto at = std::find(ranges.begin(), ranges.end(), range);
    if (at == ranges.end()) return false;
    ranges.erase(at);
    return true;
}

}  // namespace

void peer::set_choking(time_point now, bool choke) {
    if (!is_talking() || choke == choked_by_us_) return;
    choked_by_us_ = choke;
    if (!choke) return send(now, wire::unchoke{});
    choked_at_ = now;
    send(now, wire::choke{});
    // BEP 6: first the choke, so that they do not ask again, then a rejection each. Requests that are being
    // served are rejected when they come back. Without it the choke forgets them all.
    for (const auto& range : std::exchange(waiting_, {})) send_rejection(now, range);
    if (!offers_.fast) serving_.clear();
}

void peer::set_interested(time_point now, bool wanted) {
    if (!is_talking() || wanted == interesting_to_us_) return;
    interesting_to_us_ = wanted;
    if (wanted)
        send(now, wire::interested{});
    else
        send(now, wire::not_interested{});
}

void peer::have(time_point now, piece_index piece) {
    if (!is_talking()) return;
    BT_ASSERT(piece.value() < ours_.size());
    if (ours_.insert(piece)) send(now, wire::have{piece.value()});
}

void peer::request(time_point now, const block_range& range) {
    if (!is_talking()) return;
    if (choking_us_) {
        events_.push_back(event::block_lost{range});
        return;
    }
    outstanding_.push_back({range, now});
    send(now, wire::request{range.piece.value(), range.offset, range.length});
}

void peer::cancel(time_point now, const block_range& range) {
    if (!is_talking()) return;
    const auto at = std::find_if(outstanding_.begin(), outstanding_.end(),
                                 [&](const asked& a) { return a.range == range; });
    if (at == outstanding_.end()) return;
    outstanding_.erase(at);
    send(now, wire::cancel{range.piece.value(), range.offset, range.length});
}

std::vector<block_range> peer::take_requests(std::size_t max_bytes) {
    std::vector<block_range> taken;
    std::size_t sum = 0;
    while (!waiting_.empty() &&
           (taken.empty() || waiting_.front().length <= max_bytes - std::min(sum, max_bytes))) {
        sum += waiting_.front().length;
        taken.push_back(waiting_.front());
        waiting_.pop_front();
    }
    serving_.insert(serving_.end(), taken.begin(), taken.end());
    return taken;
}

void peer::send_blocks(time_point now, buffer frames, const std::vector<block_range>& ranges) {
    if (!is_talking()) return;
    std::size_t from = 0, to = 0;
    for (const auto& range : ranges) {
        const auto frame = piece_header_bytes + range.length;
        BT_ASSERT(frame <= frames.size() - from);
        auto* at = frames.data() + from;
        from += frame;
        if (!take_out(serving_, range)) continue;  // cancelled, or forgotten with a choke
        if (choked_by_us_) {
            send_rejection(now, range);
            continue;
        }
        if (at != frames.data() + to) std::memmove(frames.data() + to, at, frame);
        write_piece_header(frames.span().subspan(to).first<piece_header_bytes>(), range.piece.value(),
                           range.offset, range.length);
        to += frame;
    }
    if (to == 0) return;
    flush_small();
    out_.push_back({std::move(frames), 0, to});
    last_sent_ = now;
}

void peer::reject(time_point now, const block_range& range) {
    if (is_talking() && take_out(serving_, range)) send_rejection(now, range);
}

void peer::send_rejection(time_point now, const block_range& range) {
    if (offers_.fast) send(now, wire::reject{range.piece.value(), range.offset, range.length});
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

void peer::send_greetings(time_point now) {
    send_extension_handshake(now);
    if (offers_.dht && self_.dht_port != 0) send(now, port{self_.dht_port});
}

void peer::send_extension_handshake(time_point now) {
    if (!offers_.extended) return;
    extension_handshake ours;
    ours.metadata_id = our_metadata_id;
    if (metadata_bytes_ != 0) ours.metadata_bytes = metadata_bytes_;
    if (self_.listen_port != 0) ours.listen_port = self_.listen_port;
    ours.request_queue = limits::requests_from_peer;
    ours.client = self_.client;
    send(now, extended{handshake_extension_id, encode(ours)});
}

void peer::send(time_point now, const message& m) {
    encode(m, small_);
    last_sent_ = now;
}

void peer::flush_small() {
    if (small_.empty()) return;
    chunk run{buffer(small_.size()), 0, small_.size()};
    std::memcpy(run.storage.data(), small_.data(), small_.size());
    small_ = bytes();
    out_.push_back(std::move(run));
}

std::optional<chunk> peer::output() {
    if (out_.empty()) flush_small();
    if (out_.empty()) return std::nullopt;
    auto run = std::move(out_.front());
    out_.pop_front();
    return run;
}

}  // namespace bt::wire
