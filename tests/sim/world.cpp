#include "sim/world.hpp"

#include <algorithm>

#include "base/version.hpp"
#include "crypto/hash.hpp"
#include "discovery/hello_codec.hpp"
#include "torrent/create.hpp"

namespace bt::sim {
namespace {

constexpr std::uint16_t own_port = 9000, hello_port = 8001, lsd_port = 6771;
constexpr duration disk_time = 300us;

template <class Id>
Id random_id(rng& random, std::string_view prefix = {}) {
    Id id;
    random.fill(id.bytes);
    std::copy(prefix.begin(), prefix.end(), id.bytes.begin());
    return id;
}

bytes without_tokens(const bytes& datagram) {
    auto message = discovery::parse_hello(datagram).value();
    message.tokens.clear();
    return discovery::encode_hello(message, datagram.size());
}

}  // namespace

torrent_data make_torrent(std::uint64_t seed, std::size_t size, std::uint32_t piece_bytes, bool is_private) {
    torrent_data made;
    made.content.resize(size);
    rng(seed).fill(made.content);
    bytes hashes;
    for (std::size_t at = 0; at < size; at += piece_bytes) {
        const auto piece = byte_view(made.content).subspan(at, std::min<std::size_t>(piece_bytes, size - at));
        byte_writer(hashes).raw(crypto::sha1(piece).bytes);
    }
    torrent::info_plan plan;
    plan.name = "data";
    plan.files.push_back({{}, size, false});
    plan.piece_bytes = piece_bytes;
    plan.is_private = is_private;
    made.info = *torrent::parse_info(torrent::encode_info(plan, hashes));
    return made;
}

// --- host

host::host(world& w, unsigned number, host_plan plan) : world_(w), number_(number), plan_(std::move(plan)) {
    boot();
}

void host::boot() {
    node::config config;
    config.id = random_id<peer_id>(world_.random_, peer_id_prefix);
    config.instance = random_id<instance_id>(world_.random_);
    config.host_name = "host" + std::to_string(number_);
    config.port = address().port;
    config.lan = plan_.lan;
    config.http_tracker_port = plan_.http_tracker;
    config.udp_tracker_port = plan_.udp_tracker;
    if (plan_.dht) {
        config.dht.emplace();
        world_.random_.fill(config.dht->secret);
        config.dht->ipv6 = false;
        config.dht->routers = plan_.routers;
        config.dht_state = plan_.dht_state;
        config.dht_port = address().port;
    }
    core_ = std::make_unique<node::core>(std::move(config), world_.random_.child());
    boot_tracker();
    plug(!plan_.unplugged);
}

void host::plug(bool in) {
    plugged_ = in;
    if (!in) {
        core_->set_interfaces(world_.now_, {});
        return pump();
    }
    discovery::interface_address card;
    card.address = address().address;
    card.prefix_bits = 24;
    card.index = 2;
    card.multicast = card.broadcast_capable = true;
    card.broadcast = ip_address::v4(10, 0, 0, 255);
    card.name = "eth0";
    core_->set_interfaces(world_.now_, {card});
    pump();
}

torrent_id host::share(const torrent_data& data) {
    disk_ = data.content;
    torrent_ = *core_->add(world_.now_, {data.info.hash, data.info, {}, {}, true});
    const torrent::piece_set all(data.info.shape.piece_count(), true);
    core_->begin(world_.now_, torrent_, all, all, false);
    pump();
    return torrent_;
}

torrent_id host::get(const torrent_data& data, std::vector<endpoint> peers) {
    torrent_ = *core_->add(world_.now_, {data.info.hash, std::nullopt, {}, std::move(peers), false});
    pump();
    return torrent_;
}

void host::die() {
    core_.reset();
    tracker_.reset();
    for (auto& [id, s] : streams_) {
        auto* other = s.peer;
        world_.after(world_.link.delay, [other, peer_id = s.peer_id, this] {
            if (!other->core_ || other->streams_.erase(peer_id) == 0) return;
            other->core_->disconnected(world_.now_, peer_id);
            other->pump();
        });
    }
    streams_.clear();
}

void host::stop() {
    core_->stop(world_.now_);
    pump();
}

bool host::is_complete() const { return core_ && core_->swarm(torrent_).is_complete(); }

void host::pump() {
    if (!core_) return;
    while (auto what = core_->poll()) carry_out(*what);
    const auto deadline = core_->next_deadline();
    if (deadline == never) return;
    world_.at(std::max(deadline, world_.now_), [this, deadline] {
        if (!core_ || core_->next_deadline() > world_.now_) return;  // something else came first
        core_->tick(world_.now_);
        pump();
    });
}

void host::carry_out(node::output& what) {
    namespace out = node::out;
    if (auto* data = std::get_if<out::tcp_send>(&what))
        send(data->id, std::move(data->data));
    else if (auto* piece = std::get_if<out::disk_write>(&what))
        write(*piece);
    else if (auto* blocks = std::get_if<out::disk_read>(&what))
        read(*blocks);
    else if (const auto* to = std::get_if<out::tcp_connect>(&what))
        connect(to->id, to->to);
    else if (const auto* ended = std::get_if<out::tcp_close>(&what))
        close(ended->id);
    else if (const auto* lan = std::get_if<out::lan_send>(&what))
        send_datagram(lan->from, lan->what);
    else if (const auto* get = std::get_if<out::http_get>(&what))
        fetch(*get);
    else if (const auto* question = std::get_if<out::udp_send>(&what))
        send_to_tracker(*question);
    else if (const auto* datagram = std::get_if<out::dht_send>(&what))
        send_to_dht(*datagram);
    else if (const auto* name = std::get_if<out::resolve>(&what))
        look_up(*name);
    else if (std::holds_alternative<out::register_share>(what))
        ++registered;
    else if (std::holds_alternative<out::neighbour_seen>(what))
        ++neighbours_seen;
    else if (std::holds_alternative<out::piece_failed>(what))
        ++failed_pieces;
    else if (std::holds_alternative<out::peer_banned>(what))
        ++banned;
    else if (const auto* known = std::get_if<out::metadata>(&what)) {
        const auto& shape = core_->info(known->torrent)->shape;
        disk_.assign(shape.total_bytes(), 0);
        world_.after(disk_time, [this, id = known->torrent, count = shape.piece_count()] {
            if (!core_) return;
            core_->begin(world_.now_, id, torrent::piece_set(count), torrent::piece_set(count, true), false);
            pump();
        });
    }
}

void host::send_datagram(node::lan_socket from, const discovery::send& what) {
    ++datagrams_sent;
    if (world_.search_blocked && from == node::lan_socket::lsd) return;
    const auto datagram = world_.search_blocked ? without_tokens(what.datagram) : what.datagram;
    for (auto& other : world_.hosts_) {
        if (!other || !plugged_ || !other->plugged_) continue;  // not switched on yet
        const bool to_all = what.multicast_or_broadcast;
        if (!to_all && other->address().address != what.destination.address) continue;
        if (world_.random_.chance(world_.link.loss)) continue;
        const bool own = what.destination.port == own_port;
        world_.after(world_.link.delay, [this, from, own, to = other.get(), datagram] {
            if (!to->core_) return;
            world_.record(to->number_, datagram);
            to->core_->lan_received(world_.now_, from, {address().address, own_port}, 2, own, datagram);
            to->pump();
        });
    }
}

void host::connect(connection_id id, const endpoint& to) {
    if (world_.black_holes.contains(to)) return;
    auto* other = world_.find(to);
    if (other == nullptr || !other->core_ || !plugged_ || !other->plugged_) {
        world_.after(world_.link.delay * 2, [this, id] {
            if (!core_) return;
            core_->disconnected(world_.now_, id);
            pump();
        });
        return;
    }
    world_.after(world_.link.delay, [this, id, other] {
        if (!core_ || !other->core_) return;
        const endpoint from{address().address, static_cast<std::uint16_t>(40000 + id.value() % 20000)};
        const auto theirs = other->core_->accepted(world_.now_, from);
        other->streams_[theirs] = {this, id, world_.now_};
        streams_[id] = {other, theirs, world_.now_};
        other->pump();
        world_.after(world_.link.delay, [this, id] {
            if (!core_ || !streams_.contains(id)) return;
            core_->connected(world_.now_, id);
            pump();
        });
    });
}

void host::send(connection_id id, wire::chunk data) {
    const auto found = streams_.find(id);
    if (found == streams_.end()) return;
    auto& s = found->second;
    const auto& link = world_.link;
    const auto takes = duration(static_cast<duration::rep>(data.size() * 1'000'000 / link.bytes_per_second));
    s.free_at = std::max(s.free_at, world_.now_) + takes;
    if (world_.random_.chance(link.loss)) s.free_at += link.retransmit;
    world_.at(s.free_at, [this, id, size = data.size()] {
        if (!core_) return;
        core_->sent(world_.now_, id, size);
        pump();
    });
    auto moved = std::make_shared<wire::chunk>(std::move(data));
    world_.at(s.free_at + link.delay, [this, to = s.peer, theirs = s.peer_id, moved] {
        if (!to->core_ || !to->streams_.contains(theirs)) return;
        const auto view = moved->storage.view().subspan(moved->begin, moved->size());
        world_.record(to->number_, view);
        to->core_->received(world_.now_, theirs, view);
        to->pump();
    });
}

void host::close(connection_id id) {
    const auto node = streams_.extract(id);
    if (node.empty()) return;
    const auto& s = node.mapped();
    world_.at(std::max(s.free_at, world_.now_) + world_.link.delay, [this, to = s.peer, theirs = s.peer_id] {
        if (!to->core_ || to->streams_.erase(theirs) == 0) return;
        to->core_->disconnected(world_.now_, theirs);
        to->pump();
    });
}

void host::write(node::out::disk_write& what) {
    auto data = std::make_shared<buffer>(std::move(what.data));
    world_.after(disk_time, [this, id = what.torrent, piece = what.piece, data] {
        if (!core_) return;
        const auto& info = *core_->info(id);
        const bool right = crypto::sha1(data->view()) == info.piece_hash(piece);
        if (right)
            std::copy(data->view().begin(), data->view().end(),
                      disk_.begin() + static_cast<std::ptrdiff_t>(info.shape.piece_begin(piece)));
        core_->written(world_.now_, id, piece,
                       right ? swarm::write_result::ok : swarm::write_result::hash_mismatch);
        pump();
    });
}

void host::read(node::out::disk_read& what) {
    const auto& shape = core_->info(what.torrent)->shape;
    std::size_t size = 0;
    for (const auto& range : what.ranges) size += wire::piece_header_bytes + range.length;
    auto frames = std::make_shared<buffer>(size);
    std::size_t at = 0;
    for (const auto& range : what.ranges) {
        const auto begin =
            disk_.begin() + static_cast<std::ptrdiff_t>(shape.piece_begin(range.piece) + range.offset);
        bytes block(begin, begin + range.length);
        if (spoil) spoil(block);
        std::copy(block.begin(), block.end(), frames->data() + at + wire::piece_header_bytes);
        at += wire::piece_header_bytes + range.length;
    }
    world_.after(disk_time, [this, torrent = what.torrent, id = what.id, ranges = what.ranges, frames] {
        if (!core_) return;
        core_->blocks_read(world_.now_, torrent, id, ranges, std::move(*frames));
        pump();
    });
}

// --- world

host& world::add_host(host_plan plan) {
    hosts_.push_back(nullptr);
    const auto number = static_cast<unsigned>(hosts_.size());
    auto fresh = std::make_unique<host>(*this, number, std::move(plan));
    hosts_.back() = std::move(fresh);
    return *hosts_.back();
}

void world::at(time_point when, std::function<void()> what) {
    queue_.push({when, ++events_, std::make_shared<std::function<void()>>(std::move(what))});
}

bool world::run_until(const std::function<bool()>& condition, duration limit) {
    const auto end = now_ + limit;
    while (!condition()) {
        if (queue_.empty() || queue_.top().when > end) return false;
        const auto next = queue_.top();
        queue_.pop();
        now_ = std::max(now_, next.when);
        (*next.what)();
    }
    return true;
}

void world::record(unsigned number, byte_view data) {
    const auto mix = [&](std::uint64_t value) { trace_ = (trace_ ^ value) * 0x100000001b3u; };
    mix(static_cast<std::uint64_t>(now_.time_since_epoch().count()));
    mix(number);
    mix(data.size());
    for (std::size_t i = 0; i < data.size(); i += 97) mix(data[i]);  // enough to tell two runs apart
}

host* world::find(const endpoint& address) {
    for (auto& each : hosts_)
        if (each && each->address() == address) return each.get();
    return nullptr;
}

host* world::find(const ip_address& address) {
    for (auto& each : hosts_)
        if (each && each->address().address == address) return each.get();
    return nullptr;
}

}  // namespace bt::sim
