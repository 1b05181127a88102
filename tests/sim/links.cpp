#include "sim/links.hpp"

#include "sim/world.hpp"

namespace bt::sim {
namespace {

// A segment on its way is the number of its bytes: they come in order, so they are the next of the pipe.
constexpr std::uint64_t last_segment = std::uint64_t{1} << 63;
std::size_t size_of(std::uint64_t segment) { return static_cast<std::size_t>(segment & ~last_segment); }

/// What a router keeps for a link that is busy.
constexpr duration router_buffer = 100ms;
constexpr std::size_t least_window = 256 * limits::KiB;
/// A connection that was idle and has as little as this to say goes first, as Linux lets it (fq_codel).
constexpr std::size_t sparse_bytes = 1 * limits::KiB;

}  // namespace

// --- connections

host::socket& host::socket_of(connection_id id) {
    if (sockets_.size() <= id.value()) sockets_.resize(id.value() + 1);
    return sockets_[id.value()];
}

pipe& world::new_pipe(host& from, connection_id from_id, host& to, connection_id to_id) {
    pipes_.push_back({&from, &to, from_id, to_id});
    return pipes_.back();
}

void host::refuse(connection_id id, duration after) {
    world_.after(after, [this, id] {
        if (!core_) return;
        network().disconnected(world_.now_, id);
        pump();
    });
}

void host::connect(connection_id id, const endpoint& to) {
    auto* other = world_.find(to);
    if (world_.black_holes.contains(to)) return;
    const auto delay = other == nullptr ? world_.link.delay : world_.delay(*this, *other);
    if (other == nullptr || !other->core_ || !plugged_ || !other->plugged_) return refuse(id, delay * 2);
    if (world::are_cut(*this, *other)) return;
    world_.after(delay, [this, id, other, delay] {
        if (!core_ || socket_of(id).closed) return;
        if (!other->core_) return refuse(id, delay);
        const endpoint from{address_, static_cast<std::uint16_t>(40000 + id.value() % 20000)};
        const auto theirs = other->network().accepted(world_.now_, from);
        auto& out = world_.new_pipe(*this, id, *other, theirs);
        auto& in = world_.new_pipe(*other, theirs, *this, id);
        out.back = &in;
        in.back = &out;
        socket_of(id).out = &out;
        other->socket_of(theirs).out = &in;
        other->pump();
        world_.after(delay, [this, &out] {
            if (!core_ || out.dead || out.ends) return;
            network().connected(world_.now_, out.from_id);
            pump();
        });
    });
}

void host::close(connection_id id) {
    auto& s = socket_of(id);
    s.closed = true;
    if (s.out == nullptr) return;
    s.out->ends = true;
    offer(*s.out);
    s.out = nullptr;
    take_turn();
}

void host::break_connections() {
    turns_.clear();
    for (auto& s : sockets_) {
        auto* p = s.out;
        if (p == nullptr) continue;
        p->dead = p->back->dead = true;
        p->data.clear();
        p->back->data.clear();
        if (world::are_cut(*this, *p->to))
            world_.held_.push_back({p, last_segment});
        else
            world_.after(world_.delay(*this, *p->to), [p] { p->to->ended(*p); });
    }
    sockets_.clear();
}

/// Nothing comes from there any more.
void host::ended(pipe& p) {
    p.dead = p.back->dead = true;
    p.data.clear();
    p.back->data.clear();
    if (!core_ || sockets_.size() <= p.to_id.value() || sockets_[p.to_id.value()].out != p.back) return;
    sockets_[p.to_id.value()] = {nullptr, true};
    network().disconnected(world_.now_, p.to_id);
    pump();
}

// --- the sender's link

void host::send(connection_id id, wire::chunk data) {
    auto* p = socket_of(id).out;
    if (p == nullptr || data.size() == 0) return;
    p->waiting += data.size();
    p->data.push_back(std::move(data));
    offer(*p);
    take_turn();
}

/// Puts it in line for the link if it has something to send and may.
void host::offer(pipe& p) {
    if (p.in_turn || p.dead) return;
    if (p.waiting == 0 && (!p.ends || p.end_sent)) return;
    if (!world_.has_room(p)) return;  // arrived() offers it again
    p.in_turn = true;
    if (p.on_the_way == 0 && p.waiting <= sparse_bytes)
        turns_.push_front(&p);
    else
        turns_.push_back(&p);
}

bool world::has_room(const pipe& p) const {
    if (p.on_the_way == 0 || p.waiting == 0) return true;
    auto slowest = link.bytes_per_second;
    const auto through = [&](const bottleneck& b) {
        if (b.bytes_per_second != 0) slowest = std::min(slowest, b.bytes_per_second);
        return b.backlog(now_) < router_buffer;
    };
    bool room = through(p.to->down_);
    if (p.from->plan_.site != p.to->plan_.site)
        room = through(sites_[p.from->plan_.site].up) && through(sites_[p.to->plan_.site].down) && room;
    const auto fill = static_cast<double>(slowest) * seconds(delay(*p.from, *p.to));
    return room && p.on_the_way < least_window + static_cast<std::size_t>(fill);
}

void host::take_turn() {
    while (!busy_ && !turns_.empty()) {
        auto& p = *turns_.front();
        turns_.pop_front();
        p.in_turn = false;
        if (p.dead || !world_.has_room(p)) continue;
        const auto size = std::min(p.waiting, segment_bytes);
        p.waiting -= size;
        p.on_the_way += size;
        p.end_sent = p.ends && p.waiting == 0;
        busy_ = true;
        world_.then<&world::taken>(up_.pass(world_.now_, size), p, size | (p.end_sent ? last_segment : 0));
    }
}

// --- the way of a segment

template <void (world::*Next)(pipe&, std::uint64_t)>
void world::then(time_point when, pipe& p, std::uint64_t what) {
    queue_.at(
        when,
        [](void* who, std::uint64_t segment) {
            auto& segment_of = *static_cast<pipe*>(who);
            (segment_of.to->world_.*Next)(segment_of, segment);
        },
        &p, what);
}

/// By the sender's link.
void world::taken(pipe& p, std::uint64_t what) {
    auto& sender = *p.from;
    sender.busy_ = false;
    if (!p.dead) {
        route(p, what);
        sender.offer(p);
        if (!p.ends && size_of(what) > 0) {
            sender.network().sent(now_, p.from_id, size_of(what));
            sender.pump();
        }
    }
    sender.take_turn();
}

void world::route(pipe& p, std::uint64_t what) {
    if (are_cut(*p.from, *p.to)) return held_.push_back({&p, what});
    if (p.from->plan_.site == p.to->plan_.site) return cross_lan(p, what, now_ + link.delay);
    then<&world::enter_site>(sites_[p.from->plan_.site].up.pass(now_, size_of(what)) + far_delay, p, what);
}

void world::enter_site(pipe& p, std::uint64_t what) {
    then<&world::reach_host>(sites_[p.to->plan_.site].down.pass(now_, size_of(what)), p, what);
}

void world::reach_host(pipe& p, std::uint64_t what) { cross_lan(p, what, now_); }

void world::cross_lan(pipe& p, std::uint64_t what, time_point there) {
    p.in_order = std::max(p.in_order, p.to->down_.pass(there, size_of(what)));
    if (link.loss > 0 && random_.chance(link.loss)) p.in_order += link.retransmit;
    then<&world::arrived>(p.in_order, p, what);
}

void world::arrived(pipe& p, std::uint64_t what) {
    if (p.dead) return;
    auto& receiver = *p.to;
    const auto size = size_of(what);
    const bool open = receiver.sockets_[p.to_id.value()].out == p.back;
    if (open && size > 0) {
        const auto view = receiver.next_bytes(p, size);
        record(receiver.number_, view);
        receiver.network().received(now_, p.to_id, view);
    }
    p.on_the_way -= size;
    p.delivered += size;
    while (!p.data.empty() && p.delivered >= p.data.front().size()) {
        p.delivered -= p.data.front().size();
        p.data.pop_front();
    }
    if (open) receiver.pump();
    if ((what & last_segment) != 0) return receiver.ended(p);
    p.from->offer(p);
    p.from->take_turn();
}

/// What comes next out of the pipe, in one run.
byte_view host::next_bytes(const pipe& p, std::size_t size) {
    const auto& first = p.data.front();
    const auto view = first.storage.view().subspan(first.begin + p.delivered, first.size() - p.delivered);
    if (view.size() >= size) return view.first(size);
    joined_.assign(view.begin(), view.end());
    for (std::size_t i = 1; joined_.size() < size; ++i) {
        const auto& next = p.data[i];
        const auto part =
            next.storage.view().subspan(next.begin, std::min(next.size(), size - joined_.size()));
        joined_.insert(joined_.end(), part.begin(), part.end());
    }
    return joined_;
}

// --- cuts

void world::cut(const std::vector<host*>& one, const std::vector<host*>& other) {
    for (auto* each : one) each->side_ = 1;
    for (auto* each : other) each->side_ = 2;
}

void world::heal() {
    for (auto& each : hosts_) each->side_ = 0;
    for (const auto& [p, what] : std::exchange(held_, {})) {
        if (!p->dead)
            route(*p, what);
        else if (what == last_segment)
            after(link.delay, [p = p] { p->to->ended(*p); });
    }
}

}  // namespace bt::sim
