#include "sim/world.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/overloaded.hpp"
#include "base/version.hpp"
#include "crypto/hash.hpp"
#include "discovery/hello_codec.hpp"
#include "torrent/create.hpp"

namespace bt::sim {
namespace {

constexpr std::uint16_t own_port = 9000;
constexpr duration disk_time = 300us;
/// Invariants are looked at once in so many inputs: it takes time for each piece of each peer.
constexpr std::uint64_t pumps_a_look = 4096;

template <class Id>
Id random_id(rng& random, std::string_view prefix = {}) {
    Id id;
    random.fill(id.bytes);
    std::copy(prefix.begin(), prefix.end(), id.bytes.begin());
    return id;
}

bytes without_tokens(const bytes& datagram) {
    auto message = discovery::parse_hello(datagram).value();
    if (message.kind == discovery::hello_kind::ask || message.kind == discovery::hello_kind::yes)
        return datagram;
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
    plan.name = "data" + std::to_string(seed);  // two of one name cannot be fetched into one folder
    plan.files.push_back({{}, size, false});
    plan.piece_bytes = piece_bytes;
    plan.is_private = is_private;
    made.info = *torrent::parse_info(torrent::encode_info(plan, hashes));
    return made;
}

// --- host

host::host(world& w, unsigned number, host_plan plan) : world_(w), number_(number), plan_(std::move(plan)) {
    auto& neighbours = w.sites_[plan_.site].hosts;
    BT_ASSERT(neighbours.size() < 254);
    neighbours.push_back(this);
    address_ = ip_address::v4(10, 0, static_cast<std::uint8_t>(plan_.site),
                              static_cast<std::uint8_t>(neighbours.size()));
    up_.bytes_per_second = plan_.up != 0 ? plan_.up : w.link.bytes_per_second;
    down_.bytes_per_second = plan_.down != 0 ? plan_.down : w.link.bytes_per_second;
    boot();
}

void host::boot() {
    node::config config;
    config.id = random_id<peer_id>(world_.random_, peer_id_prefix);
    config.instance = random_id<instance_id>(world_.random_);
    config.host_name = "host" + std::to_string(number_);
    config.port = address().port;
    config.lan = plan_.lan;
    config.swarm = plan_.swarm;
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
    core_ = std::make_unique<session::core>(std::move(config), plan_.limits, world_.random_.child());
    if (plan_.disk) disk_ = plan_.disk(*this);
    boot_tracker();
    plug(!plan_.unplugged);
}

void host::plug(bool in) {
    plugged_ = in;
    if (!in) {
        network().set_interfaces(world_.now_, {});
        return pump();
    }
    discovery::interface_address card;
    card.address = address().address;
    card.prefix_bits = 24;
    card.index = 2;
    card.multicast = card.broadcast_capable = true;
    card.broadcast = ip_address::v4(10, 0, static_cast<std::uint8_t>(plan_.site), 255);
    card.name = "eth0";
    network().set_interfaces(world_.now_, {card});
    pump();
}

torrent_id host::share(const torrent_data& data) {
    session::share_request wish;
    wish.torrent.info = data.info;
    wish.stamps.resize(data.info.files.size());
    return add(data, std::move(wish), torrent::piece_set(data.info.shape.piece_count(), true));
}

torrent_id host::get(const torrent_data& data, std::vector<endpoint> peers) {
    session::get_request wish;
    torrent::magnet link;
    link.hash = data.info.hash;
    wish.target = link;
    wish.peers = std::move(peers);
    wish.seed.what = session::seed_rule::kind::forever;
    return add(data, std::move(wish), {});
}

torrent_id host::add(const torrent_data& data, session::request what, torrent::piece_set have) {
    const auto id = *core_->add(world_.now_, std::move(what));
    here_.push_back({id, &data, std::move(have)});
    pump();
    return id;
}

node::core& host::network() { return core_->network(world_.now_); }

void host::set_limits(std::uint64_t down, std::uint64_t up) {
    core_->set_limits(world_.now_, down, up);
    pump();
}

host::torrent_here& host::here(torrent_id id) {
    return *std::find_if(here_.begin(), here_.end(), [&](const auto& each) { return each.id == id; });
}

void host::die() {
    disk_.reset();
    core_.reset();
    tracker_.reset();
    here_.clear();
    break_connections();
}

void host::stop() {
    core_->stop(world_.now_);
    pump();
}

bool host::is_complete() const { return core_ && !here_.empty() && node().swarm(torrent()).is_complete(); }

void host::pump() {
    if (!core_) return;
    while (auto what = core_->poll()) carry_out(*what);
    if (pumped_++ % pumps_a_look == 0 || plan_.watched) BT_ASSERT(core_->is_sound());
    const auto deadline = std::max(core_->next_deadline(), world_.now_);
    if (deadline >= wakes_at_) return;  // looks again then
    wakes_at_ = deadline;
    world_.queue_.at(
        deadline, [](void* who, std::uint64_t) { static_cast<host*>(who)->wake(); }, this);
}

void host::wake() {
    if (wakes_at_ > world_.now_) return;  // another deadline came in between
    wakes_at_ = never;
    if (!core_) return;
    if (core_->next_deadline() <= world_.now_) core_->tick(world_.now_);
    pump();
}

void host::carry_out(session::output& what) {
    namespace out = node::out;
    namespace disk = session::disk;
    if (disk_ && disk_->carry_out(what)) return;
    std::visit(
        overloaded{
            [&](out::tcp_send& o) { send(o.id, std::move(o.data)); },
            [&](out::tcp_connect& o) { connect(o.id, o.to); },
            [&](out::tcp_close& o) { close(o.id); },
            [&](out::lan_send& o) { send_datagram(o.from, o.what); },
            [&](out::http_get& o) { fetch(o); },
            [&](out::udp_send& o) { send_to_tracker(o); },
            [&](out::dht_send& o) { send_to_dht(o); },
            [&](out::resolve& o) { look_up(o); },
            [&](out::register_share&) { ++registered; },
            [&](disk::check& o) { check(o); },
            [&](disk::write& o) { write(o); },
            [&](disk::read& o) { read(o); },
            [&](disk::look_at& o) {
                const bool good = !unreadable_from || o.piece < *unreadable_from;
                answer_later([this, o, good] { core_->looked_at(world_.now_, o.torrent, o.piece, good); });
            },
            [&](disk::select& o) {
                answer_later([this, o] { core_->selected(world_.now_, o.torrent, o.choice, {}); });
            },
            [&](disk::finish& o) {
                here(o.torrent).completed_at = world_.now_;
                answer_later([this, o] {
                    core_->finished(world_.now_, o.torrent, o.round, disk::finish_outcome::ok,
                                    std::string("data"));
                });
            },
            [&](session::happening& o) {
                happened(o.what);
                if (told) told(o);
            },
            // the disk has nothing to open, and nobody else changes what it has
            ignored<disk::open, disk::move, disk::stop_move, disk::leave_old_place, disk::look, disk::save,
                    disk::close, dht::out::peers_found, dht::out::search_over, dht::out::pinged>{},
        },
        what);
}

void host::happened(const session::event& what) {
    if (std::holds_alternative<session::piece_failed>(what)) ++failed_pieces;
    if (const auto* liar = std::get_if<session::peer_banned>(&what)) {
        ++banned;
        banned_hosts.insert(liar->peer.address);
    }
}

/// The disk takes its time.
template <class F>
void host::answer_later(F answer) {
    world_.after(disk_time, [this, answer = std::move(answer)]() mutable {
        if (!core_) return;
        answer();
        pump();
    });
}

void host::check(const session::disk::check& what) {
    auto& have = here(what.torrent).have;
    if (have.size() == 0) have = torrent::piece_set(here(what.torrent).data->info.shape.piece_count());
    answer_later(
        [this, what] { core_->checked(world_.now_, what.torrent, what.round, here(what.torrent).have, {}); });
}

void host::send_datagram(node::lan_socket from, const discovery::send& what) {
    ++datagrams_sent;
    if (world_.search_blocked && from == node::lan_socket::lsd) return;
    const auto datagram = world_.search_blocked ? without_tokens(what.datagram) : what.datagram;
    for (auto* other : world_.sites_[plan_.site].hosts) {
        if (!plugged_ || !other->plugged_ || world::are_cut(*this, *other)) continue;
        const bool to_all = what.multicast_or_broadcast;
        if (!to_all && other->address().address != what.destination.address) continue;
        if (world_.random_.chance(world_.link.loss)) continue;
        const bool own = what.destination.port == own_port;
        world_.after(world_.link.delay, [this, from, own, to = other, datagram] {
            if (!to->core_) return;
            world_.record(to->number_, datagram);
            to->network().lan_received(world_.now_, from, {address().address, own_port}, 2, own, datagram);
            to->pump();
        });
    }
}

void host::write(session::disk::write& what) {
    answer_later([this, what = std::move(what)]() mutable { piece_written(what); });
}

void host::piece_written(session::disk::write& what) {
    using outcome = session::disk::write_outcome;
    auto& torrent = here(what.torrent);
    const auto& info = torrent.data->info;
    const auto content =
        byte_view(torrent.data->content).subspan(info.shape.piece_begin(what.piece), what.data.size());
    const bool equal = std::equal(content.begin(), content.end(), what.data.view().begin());
    const bool right =
        world_.real_hashes ? crypto::sha1(what.data.view()) == info.piece_hash(what.piece) : equal;
    if (right)
        torrent.have.insert(what.piece);
    else if (mismatch)
        mismatch(what.data.view(), content);
    damaged_ = damaged_ || right != equal;
    core_->written(world_.now_, what.torrent, what.round, what.piece,
                   right ? outcome::ok : outcome::hash_mismatch, {}, std::move(what.data));
}

void host::read(session::disk::read& what) {
    const auto& torrent = *here(what.torrent).data;
    std::size_t size = 0;
    for (const auto& range : what.ranges) size += wire::piece_header_bytes + range.length;
    buffer frames(size);
    std::size_t at = 0;
    const bool readable =
        !unreadable_from || std::none_of(what.ranges.begin(), what.ranges.end(),
                                         [&](const auto& range) { return range.piece >= *unreadable_from; });
    for (const auto& range : what.ranges) {
        payload_read += range.length;
        if (!readable) continue;
        at += wire::piece_header_bytes;
        const auto block = frames.span().subspan(at, range.length);
        const auto begin = torrent.info.shape.piece_begin(range.piece) + range.offset;
        std::memcpy(block.data(), torrent.content.data() + begin, range.length);
        if (spoil) spoil(block);
        at += range.length;
    }
    answer_later([this, readable, what = std::move(what), frames = std::move(frames)]() mutable {
        result<buffer> answer = std::move(frames);
        if (!readable) answer = fail(errc::storage, "cannot read");
        core_->blocks_read(world_.now_, what.torrent, what.connection, what.ranges, std::move(answer));
    });
}

// --- world

host& world::add_host(host_plan plan) {
    const auto number = static_cast<unsigned>(hosts_.size() + 1);
    hosts_.push_back(std::make_unique<host>(*this, number, std::move(plan)));
    return *hosts_.back();
}

unsigned world::add_site(std::uint64_t up, std::uint64_t down) {
    sites_.emplace_back();
    sites_.back().up.bytes_per_second = up;
    sites_.back().down.bytes_per_second = down;
    return static_cast<unsigned>(sites_.size() - 1);
}

void world::step() {
    now_ = std::max(now_, queue_.next());
    ++happened_;
    queue_.run_next();
}

bool world::run_until(const std::function<bool()>& condition, duration limit) {
    const auto end = now_ + limit;
    while (!condition()) {
        if (queue_.empty() || queue_.next() > end) return false;
        step();
    }
    return true;
}

void world::run_for(duration d) {
    const auto end = now_ + d;
    while (!queue_.empty() && queue_.next() <= end) step();
    now_ = end;
}

void world::record(unsigned number, byte_view data) {
    const auto mix = [&](std::uint64_t value) { trace_ = (trace_ ^ value) * 0x100000001b3u; };
    mix(static_cast<std::uint64_t>(now_.time_since_epoch().count()));
    mix(number);
    mix(data.size());
    for (std::size_t i = 0; i < data.size(); i += 97) mix(data[i]);  // enough to tell two runs apart
}

host* world::find(const ip_address& address) {
    if (!address.is_v4()) return nullptr;
    const auto octets = address.raw();
    if (octets[0] != 10 || octets[1] != 0 || octets[2] >= sites_.size()) return nullptr;
    const auto& there = sites_[octets[2]].hosts;
    return octets[3] == 0 || octets[3] > there.size() ? nullptr : there[octets[3] - 1u];
}

host* world::find(const endpoint& address) {
    auto* found = find(address.address);
    return found != nullptr && found->address() == address ? found : nullptr;
}

}  // namespace bt::sim
