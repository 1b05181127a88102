#include "swarm/proofs.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace bt::swarm {
namespace {

constexpr std::uint64_t most_of_it = 2, some_of_it = 256;  // one of so many parts
/// What a peer may not have told of when it leaves complete; of few pieces each is much.
constexpr std::uint32_t untold = 1, least_pieces = 8;
/// "-BN": ids of one client begin with the same (BEP 20).
constexpr std::size_t client_mark = 3;
/// Clients choose every 10 s which peers they give to.
constexpr duration answer_time = 25s;
constexpr duration first_pause = 250ms, longest_proof_pause = 60s;
constexpr int most_tries = 16, enough_tries = 3;
/// A host is no list of ports.
constexpr std::ptrdiff_t doubtful_per_host = 8;

duration pause_after(int tries) {
    return std::min<duration>(first_pause * (1 << std::min(tries - 1, 8)), longest_proof_pause);
}

}  // namespace

proofs::proofs(const peer_id& self, peers& known, const upload& given, links& open, outbox& out, rng random)
    : self_(self), peers_(known), upload_(given), links_(open), out_(out), random_(random) {}

bool proofs::is_kin(const link& l) const {
    return self_.view().substr(0, client_mark) == l.peer.id().view().substr(0, client_mark);
}

torrent::piece_set proofs::shown_to(link& l) {
    auto shown = upload_.shown();
    l.up.withheld.reset();
    if (!demanded_ || !shown.all() || shown.size() < least_pieces || is_kin(l)) return shown;
    l.up.withheld = piece_index(static_cast<std::uint32_t>(random_.below(shown.size())));
    shown.erase(*l.up.withheld);
    return shown;
}

void proofs::show_rest(time_point now, link& l) {
    if (!l.up.withheld || !upload_.lacks_at_most(untold + 1, l)) return;
    if (upload_.shown().has(*l.up.withheld)) l.peer.have(now, *l.up.withheld);
    l.up.withheld.reset();
}

void proofs::said(time_point now, const link& l) {
    const auto& host = l.address.address;
    const bool took_part = has_taken_part(l, some_of_it);
    if (!demanded_ || peers_.complete().holds(host) || has_taken_part(l, most_of_it) ||
        (!l.listens && took_part && upload_.has_given_a_copy())) {
        if (l.listens) doubtful_.erase(*l.listens);
        return peers_.completed(l.peer.id(), l.address, l.client());
    }
    if (l.listens && !peers_.is_this_machine(host)) doubt(now, l, took_part);
}

void proofs::over(time_point now, const link& l) {
    const auto found = doubtful_.find(l.address);
    if (found == doubtful_.end()) return;
    if (found->second.tries >= enough_tries && found->second.took_part && upload_.has_given_a_copy())
        believe(l.address);
    else
        try_again(now, l.address);
}

void proofs::given(const std::vector<torrent::block_range>& blocks) {
    if (doubtful_.empty()) return;
    for (auto& [id, l] : links_)
        if (l.exam && std::find(blocks.begin(), blocks.end(), l.exam->question) != blocks.end())
            l.exam->spoiled = true;
}

void proofs::left(time_point now, const link& l) {
    if (demanded_ && shape_.piece_count() >= least_pieces && upload_.lacks_at_most(untold, l)) said(now, l);
    if (l.up.given.bytes() == 0 || taken_before_.size() >= limits::known_peers) return;
    auto& taken = taken_before_[l.address.address];
    taken = std::min(taken + l.up.given.bytes(), shape_.total_bytes());
}

bool proofs::has_taken_part(const link& l, std::uint64_t parts) const {
    const auto before = taken_before_.find(l.address.address);
    const auto taken = l.up.given.bytes() + (before != taken_before_.end() ? before->second : 0);
    return taken > 0 && taken >= shape_.total_bytes() / parts;
}

void proofs::doubt(time_point now, const link& l, bool took_part) {
    if (const auto known = doubtful_.find(*l.listens); known != doubtful_.end()) {
        known->second.took_part = known->second.took_part || took_part;
        return;
    }
    const auto of_host = std::count_if(doubtful_.begin(), doubtful_.end(), [&](const auto& each) {
        return each.first.address == l.address.address;
    });
    if (of_host >= doubtful_per_host || doubtful_.size() >= limits::known_peers) return;
    doubtful_.emplace(*l.listens, doubtful{l.peer.id(), l.address, l.client(), took_part, false, 0, now});
}

void proofs::call(time_point now) {
    for (auto& [address, one] : doubtful_) {
        if (one.due > now || !peers_.may_call()) continue;
        one.calling = true;
        ++one.tries;
        one.due = now + limits::handshake_time + answer_time;  // it ends earlier
        out_.push(out::connect{address});
    }
}

time_point proofs::next_deadline() const {
    auto next = never;
    if (peers_.may_call())
        for (const auto& [address, one] : doubtful_) next = std::min(next, one.due);
    return next;
}

bool proofs::came_up(const endpoint& address) {
    const auto found = doubtful_.find(address);
    return found != doubtful_.end() && std::exchange(found->second.calling, false);
}

void proofs::not_there(time_point now, const endpoint& address) {
    const auto found = doubtful_.find(address);
    if (found == doubtful_.end() || !std::exchange(found->second.calling, false)) return;
    if (found->second.took_part && upload_.has_given_a_copy())
        believe(address);
    else
        try_again(now, address);
}

void proofs::try_again(time_point now, const endpoint& at) {
    const auto found = doubtful_.find(at);
    if (found == doubtful_.end()) return;
    auto& one = found->second;
    one.due = one.tries < most_tries ? now + pause_after(one.tries) : never;
}

void proofs::believe(const endpoint& at) {
    const auto node = doubtful_.extract(at);
    BT_ASSERT(!node.empty());
    const auto& one = node.mapped();
    peers_.completed(one.who, one.seen_at, one.client);
}

// --- a link that is there for a proof

examination proofs::question(const torrent::piece_set& ours) {
    BT_ASSERT(ours.size() == shape_.piece_count());
    auto piece = piece_index(static_cast<std::uint32_t>(random_.below(ours.size())));
    for (std::uint32_t i = 0; i < ours.size() && !ours.has(piece); ++i)
        piece = piece_index((piece.value() + 1) % ours.size());
    const auto block = static_cast<std::uint32_t>(random_.below(shape_.block_count(piece)));
    return {shape_.block(piece, block_index(block))};
}

void proofs::ask(time_point now, link& l) {
    auto& exam = *l.exam;
    const auto& theirs = l.peer.pieces();
    if (exam.asked || l.peer.choking_us() || theirs.size() == 0 || !theirs.all()) return;
    l.peer.request(now, exam.question);
    exam.asked = true;
}

void proofs::answered(connection_id id, link& l, const wire::event::block& block) {
    l.exam->answer.assign(block.data.begin(), block.data.end());
    out_.push(out::read{id, {l.exam->question}});
}

void proofs::compare(link& l, const buffer& frames) {
    const auto& answer = l.exam->answer;
    const auto ours = frames.view();
    const bool right = ours.size() == wire::piece_header_bytes + answer.size() &&
                       std::equal(answer.begin(), answer.end(), ours.begin() + wire::piece_header_bytes);
    l.peer.close(!right            ? "it has not what it says"
                 : l.exam->spoiled ? "another peer was given the block that it was asked for"
                                   : "it has proved that it has everything");
    if (right && !l.exam->spoiled && doubtful_.contains(l.address)) believe(l.address);
}

void proofs::check(time_point now, link& l) {
    if (now - l.since >= answer_time) l.peer.close("it does not prove that it has everything");
}

}  // namespace bt::swarm
