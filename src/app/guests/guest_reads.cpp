#include "app/guests/guest_reads.hpp"

#include <algorithm>
#include <utility>

#include "base/limits.hpp"

namespace bt::app {
namespace {

constexpr duration look_every = 1s;      // how much peers are given
constexpr duration again_after = 250ms;  // for what is being fetched
constexpr int most_failures = 40;
/// In memory of all guests together; a part of one is between these. A large one has several pieces, which
/// are hashed at once.
constexpr std::uint64_t all_parts = 32 * limits::MiB, least_part = 64 * limits::KiB,
                        most_part = 4 * limits::MiB;

/// It may be asked for more by what it calls.
void answer(guest_reads::request& what, result<net::http_part> data) {
    const auto done = std::exchange(what.done, nullptr);
    done(std::move(data));
}

}  // namespace

bool is_fetching(const session& node, torrent_id id) {
    const auto standing = node.brief_status(id);
    return !standing.shared && standing.have < standing.size && standing.state != torrent_state::paused;
}

bool is_here_or_comes(const session& node, torrent_id id, piece_index piece) {
    return node.has_piece(id, piece) || (node.wants_piece(id, piece) && is_fetching(node, id));
}

guest_reads::guest_reads(session& node)
    : node_(node), tick_(node.loop(), [this] { on_tick(); }), turn_(node.loop(), [this] { on_turn(); }) {}

void guest_reads::begin(const std::shared_ptr<request>& what) {
    const auto now = node_.loop().now();
    used_ = now;
    if (now >= looked_ + look_every) look_at_swarm();
    if (tick_.deadline() == never) tick_.arm(now + again_after);
    if (in_turn_.empty() && pace_.next() <= now) return carry_out(what);
    in_turn_[what->from].push_back(what);
    if (turn_.deadline() == never) turn_.arm(std::max(now, pace_.next()));
}

/// While there are guests, and a moment longer.
void guest_reads::on_tick() {
    const auto now = node_.loop().now();
    if (now >= looked_ + look_every) look_at_swarm();
    try_again(std::exchange(absent_, {}));
    if (!in_turn_.empty()) turn_.arm(std::max(now, pace_.next()));  // the pace may be another one
    if (!absent_.empty() || !in_turn_.empty() || now < used_ + look_every) tick_.arm(now + again_after);
}

void guest_reads::try_again(std::deque<waiting> all) {
    for (const auto& each : all)
        if (const auto what = each.lock()) carry_out(what);
}

void guest_reads::look_at_swarm() {
    looked_ = node_.loop().now();
    pace_.set_swarm_rate(looked_, node_.total_rates().up);
}

void guest_reads::on_turn() {
    const auto now = node_.loop().now();
    while (pace_.next() <= now) {
        const auto what = next_in_turn();
        if (!what) return;
        carry_out(what);
    }
    if (!in_turn_.empty()) turn_.arm(pace_.next());
}

/// Addresses in turn, whatever each of them asks for.
std::shared_ptr<guest_reads::request> guest_reads::next_in_turn() {
    while (!in_turn_.empty()) {
        auto at = in_turn_.upper_bound(last_);
        if (at == in_turn_.end()) at = in_turn_.begin();
        last_ = at->first;
        auto what = at->second.front().lock();
        at->second.pop_front();
        if (at->second.empty()) in_turn_.erase(at);
        if (what) return what;
    }
    return nullptr;
}

std::uint64_t guest_reads::part_bytes() const {
    const auto each = all_parts / std::max<std::size_t>(readers_, 1) / 2;  // one leaves, one is read
    return pace_.is_bounded() ? least_part : std::clamp(each, least_part, most_part);
}

/// The next pieces of it that are here: at least one, and no more than make a part.
std::vector<piece_index> guest_reads::pieces_of(const request& what, torrent_id id) const {
    const auto& shape = node_.torrent(id)->info.shape;
    const auto end = what.begin + std::min(what.size, part_bytes());
    std::vector<piece_index> pieces;
    for (auto at = what.begin; at < end;) {
        const auto piece = shape.piece(at / shape.piece_bytes());
        if (!piece || !node_.has_piece(id, *piece)) break;
        pieces.push_back(*piece);
        at = shape.piece_begin(*piece) + shape.piece_size(*piece);
    }
    return pieces;
}

void guest_reads::carry_out(const std::shared_ptr<request>& what) {
    const auto id = node_.find(what->torrent);
    if (!id || node_.torrent(*id) == nullptr || node_.brief_status(*id).state == torrent_state::paused)
        return answer(*what, fail(errc::not_found, "it is not shared any more"));
    auto pieces = pieces_of(*what, *id);
    if (pieces.empty()) return wait_for(what, *id);
    const auto from = node_.torrent(*id)->info.shape.piece_begin(pieces.front());
    node_.read_verified(*id, std::move(pieces), [this, from, asked = waiting(what)](result<buffer> data) {
        if (const auto still = asked.lock()) came(still, from, std::move(data));
    });
}

/// What is being fetched comes. What is not there of a share, or of files that nobody chose, does not: a
/// check that runs may still find it.
void guest_reads::wait_for(const std::shared_ptr<request>& what, torrent_id id) {
    const auto& shape = node_.torrent(id)->info.shape;
    const auto piece = shape.piece(what->begin / shape.piece_bytes());
    if ((!piece || !is_here_or_comes(node_, id, *piece)) && ++what->failures > most_failures)
        return answer(*what, fail(errc::not_found, "it is not here any more"));
    absent_.push_back(what);
}

/// What cannot be read, or is not right any more, may have been changed by another program: that is found out
/// within seconds, and the piece is hashed again. `from`: where in the torrent the data begins.
void guest_reads::came(const std::shared_ptr<request>& what, std::uint64_t from, result<buffer> data) {
    if (data) {
        const auto skip = static_cast<std::size_t>(what->begin - from);
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(data->size() - skip, what->size));
        pace_.spend(node_.loop().now(), size);
        return answer(*what, net::http_part{{}, std::move(*data), skip, size});
    }
    if (++what->failures > most_failures) return answer(*what, unexpected<error>(data.error()));
    absent_.push_back(what);
    if (tick_.deadline() == never) tick_.arm(node_.loop().now() + again_after);
}

}  // namespace bt::app
