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
    refuses_since_ = now;
    send(now, wire::choke{});
    // BEP 6: first the choke, so that they do not ask again, then a rejection each, but for allowed pieces.
    // Requests that are being served are rejected when they come back. Without it the choke forgets them all.
    const auto stays = [&](const block_range& range) { return is_given(range) || give(range); };
    for (const auto& range : std::exchange(waiting_, {})) {
        if (stays(range))
            waiting_.push_back(range);
        else
            send_rejection(now, range);
    }
    if (offers_.fast)
        std::for_each(serving_.begin(), serving_.end(), stays);
    else
        serving_.clear();
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
    if (!ours_.insert(piece)) return;
    take_back_advice(piece);
    send(now, wire::have{piece.value()});
}

void peer::dont_have(time_point now, piece_index piece) {
    if (!is_talking() || !ours_.erase(piece)) return;
    refuses_since_ = now;
    send_donthave(now, piece);
    std::erase_if(waiting_, [&](const block_range& range) {
        if (range.piece == piece) send_rejection(now, range);
        return range.piece == piece;
    });
}

void peer::request(time_point now, const block_range& range) {
    if (!is_talking()) return;
    const auto& allowed = allowed_to_us_;
    if (choking_us_ && std::find(allowed.begin(), allowed.end(), range.piece) == allowed.end()) {
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
    if (offers_.fast) {
        if (cancelled_.size() == limits::requests_to_peer) cancelled_.pop_front();
        cancelled_.push_back({range, now});
    }
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
        if (choked_by_us_ && !is_given(range)) {
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

void peer::send_greetings(time_point now) {
    send_extension_handshake(now);
    if (offers_.dht && self_.dht_port != 0) send(now, port{self_.dht_port});
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
