#include "app/session/running_session.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>
#include <utility>

#include "app/lan/lan_presence.hpp"
#include "app/session/stdout_sink.hpp"
#include "app/sockets/listen_addresses.hpp"
#include "base/overloaded.hpp"
#include "base/version.hpp"

namespace bt::app {
namespace {

constexpr duration house_time = 250ms;
constexpr duration farewell_time = 2s, goodbye_time = 500ms;

template <class Id>
Id random_id(std::string_view prefix = {}) {
    Id id;
    net::entropy(id.bytes);
    std::copy(prefix.begin(), prefix.end(), id.bytes.begin());
    return id;
}

}  // namespace

std::string_view to_string(torrent_state state) {
    switch (state) {
        case torrent_state::finding:
            return "finding";
        case torrent_state::checking:
            return "checking";
        case torrent_state::queued:
            return "queued";
        case torrent_state::downloading:
            return "downloading";
        case torrent_state::stalled:
            return "stalled";
        case torrent_state::sharing:
            return "sharing";
        case torrent_state::paused:
            return "paused";
        case torrent_state::finished:
            return "finished";
        case torrent_state::error:
            return "error";
    }
    return "";
}

std::optional<torrent_state> read_torrent_state(std::string_view word) {
    for (int i = 0; i <= static_cast<int>(torrent_state::error); ++i)
        if (to_string(static_cast<torrent_state>(i)) == word) return static_cast<torrent_state>(i);
    return std::nullopt;
}

result<std::unique_ptr<session>> session::start(const session_options& options) {
    auto running = std::make_unique<running_session>(options);
    if (auto opened = running->open(); !opened) return unexpected<error>(opened.error());
    return std::unique_ptr<session>(std::move(running));
}

running_session::running_session(const session_options& options)
    : options_(options),
      way_(outgoing_by(options.ipv4, options.ipv6, options.bind)),
      file_system_(std::make_unique<storage::system_files>()),
      listener_v4_(loop_),
      listener_v6_(loop_),
      http_(loop_, way_, [this](const ip_address& host) { return core_->may_connect(loop_.now(), host); }),
      resolver_(loop_),
      tick_timer_(loop_,
                  [this] {
                      core_->tick(loop_.now());
                      pump();
                  }),
      house_timer_(loop_, [this] { house(); }),
      record_timer_(loop_, [this] { save_next_record(); }),
      look_timer_(loop_, [this] { look_at_files(); }) {
    const auto cores = std::clamp(std::thread::hardware_concurrency(), 2u, 8u);
    disk_ = std::make_unique<storage::disk_pool>(cores, loop_.make_poster());
}

running_session::~running_session() {
    // the disk's jobs refer to torrents: they end first
    for (auto& [id, j] : jobs_) j->files.reset();
    disk_.reset();
    // results that wait in the loop refer to files, and these to the file system: it goes after them
    loop_.post([last = std::shared_ptr<storage::file_system>(std::move(file_system_))] {});
}

result<void> running_session::open() {
    if (auto listening = listen(); !listening) return listening;
    node::config config;
    config.id = random_id<peer_id>(peer_id_prefix);
    config.instance = random_id<instance_id>();
    config.host_name = host_name();
    config.network = options_.network;
    config.port = port_;
    config.lan_port = options_.lan_port;
    config.lan = options_.lan;
    std::erase_if(config.families,
                  [&](const auto& family) { return !(*family == ip_family::v4 ? way_.ipv4 : way_.ipv6); });
    config.swarm.connections = options_.peers;
    config.swarm.limit_near = options_.limit_lan;
    config.swarm.super_seeding = options_.super_seed;
    config.queue.downloads = options_.at_once;
    if (options_.lan) {
        page_ = std::make_unique<lan_page>(loop_, descriptor_plan::page_connections(net::descriptor_limit()),
                                           [this] { return listed(); });
        // without a page others find this node's torrents by hash, only not by name
        if (const auto port = page_->listen(options_.ipv4, options_.ipv6, options_.bind))
            config.page_port = *port;
    }
    prepare_dht(config);
    core_.emplace(std::move(config), rng(net::entropy_seed()));
    core_->set_limits(options_.down_limit, options_.up_limit);
    if (options_.lan) {
        lan_ = std::make_unique<lan_sockets>(loop_, options_.lan_port, options_.ipv4, options_.ipv6,
                                             [this](node::lan_socket kind, bool own, const net::datagram& d) {
                                                 core_->lan_received(loop_.now(), kind, d.source, d.interface,
                                                                     own, d.content);
                                                 pump();
                                             });
    }
    networks_ = std::make_unique<own_networks>(loop_, options_.ipv4, options_.ipv6, options_.bind,
                                               [this](const auto& interfaces, bool changed) {
                                                   if (lan_) lan_->use(interfaces);
                                                   if (changed) {
                                                       end_connections_without_address();
                                                       core_->set_interfaces(loop_.now(), interfaces);
                                                   }
                                                   pump();
                                               });
    networks_->read();
    enter_dht();
    listen_for_commands();
    descriptors_ = descriptor_plan(net::descriptor_limit(), net::open_descriptors());
    use_descriptors();
    house_timer_.arm(loop_.now() + house_time);
    return {};
}

// --- the pump

void running_session::pump() {
    if (pumping_) return;  // an input from inside an output: its outputs are taken by the loop below
    pumping_ = true;
    for (;;) {
        while (auto what = core_->poll()) carry_out(*what);
        flush_sends();
        if (sent_.empty()) break;
        const auto sent = std::move(sent_);
        sent_.clear();
        for (const auto& [id, bytes] : sent) {
            core_->sent(loop_.now(), id, bytes);
            while (auto what = core_->poll()) carry_out(*what);
        }
    }
    pumping_ = false;
    rearm();
}

/// Whatever happened, the house is looked at soon after it; where nothing happens it rests.
void running_session::rearm() {
    tick_timer_.arm(core_->next_deadline());
    if (stopping_) return;
    house_timer_.arm(std::min(house_timer_.deadline(), loop_.now() + house_time));
    wake_records();
}

void running_session::carry_out(node::output& what) {
    namespace out = node::out;
    std::visit(overloaded{
                   [&](out::tcp_connect& o) { connect(o); },
                   [&](out::tcp_send& o) {
                       unsent_[o.id].push_back({std::move(o.data.storage), o.data.begin, o.data.end});
                   },
                   [&](out::tcp_close& o) { close(o.id); },
                   [&](out::lan_send& o) {
                       if (lan_) lan_->send(o.what);
                   },
                   [&](out::http_get& o) { fetch(o); },
                   [&](out::resolve& o) { look_up(o); },
                   [&](out::udp_send& o) { send_to_tracker(o); },
                   [&](out::dht_send& o) { send_to_dht(o); },
                   [&](out::register_share& o) { register_share(o); },
                   [&](out::disk_write& o) { write(at(o.torrent), o.piece, std::move(o.data)); },
                   [&](out::disk_read& o) { read(o); },
                   [&](out::disk_look& o) { look_at(at(o.torrent), o.piece); },
                   [&](auto& o) { happened(o); },
               },
               what);
}

// --- what happened

void running_session::happened(const node::out::metadata& what) { learn(at(what.torrent)); }

void running_session::happened(const node::out::bad_metadata& what) { fail(at(what.torrent), what.why); }

void running_session::happened(const node::out::piece_verified& what) {
    auto& j = at(what.torrent);
    if (j.sink) j.sink->verified(what.piece);
    emit(piece_verified{what.torrent, what.piece});
}

void running_session::happened(const node::out::piece_failed& what) {
    auto& j = at(what.torrent);
    j.failed.insert(what.piece);
    ++j.failures;
    emit(piece_failed{what.torrent, what.piece});
}

void running_session::happened(const node::out::piece_damaged& what) { note_damaged(what); }

void running_session::happened(const node::out::peer_joined& what) {
    if (!core_->has(what.torrent)) return;
    at(what.torrent).met_peers = true;
    for (const auto& peer : core_->swarm(what.torrent).peers(loop_.now()))
        if (peer.id == what.id) emit(peer_connected{what.torrent, peer.address, peer.client});
}

void running_session::happened(const node::out::peer_completed& what) {
    emit(peer_complete{what.torrent, what.address, what.client});
    watch_job(at(what.torrent), loop_.now());
}

void running_session::happened(const node::out::peer_banned& what) {
    emit(peer_banned{what.torrent, what.address, what.reason});
}

void running_session::happened(const node::out::no_handshake& what) { note_no_handshake(what); }

void running_session::happened(const node::out::complete& what) { complete(at(what.torrent)); }

void running_session::happened(const node::out::tracker_trouble& what) {
    at(what.torrent).tracker_message = what.message;
    emit(warning{what.message});
}

/// Whoever shows neighbours asks for all of them.
void running_session::happened(const node::out::neighbour_seen&) {}
void running_session::happened(const node::out::neighbour_gone&) {}

void running_session::happened(const dht::out::peers_found& what) {
    if (dht_control_) dht_control_->happened(what);
}
void running_session::happened(const dht::out::search_over& what) {
    if (dht_control_) dht_control_->happened(what);
}
void running_session::happened(const dht::out::pinged& what) {
    if (dht_control_) dht_control_->happened(what);
}

// --- life

void running_session::run() {
    for (const auto& each : std::exchange(early_warnings_, {})) emit(each);
    pump();
    program::run();
}

void running_session::stop() {
    if (stopping_) return;
    stopping_ = true;
    stop_by_ = loop_.now() + farewell_time;
    networks_->stop();
    record_timer_.disarm();
    look_timer_.disarm();
    for (auto& [id, j] : jobs_) {
        if (j->over) continue;
        save_record(*j, true);
        j->end = status(id);
        j->over = true;
    }
    core_->stop(loop_.now());
    pump();
    house_timer_.arm(loop_.now());
}

/// Everything polite has been said, or two seconds are over.
void running_session::try_to_end() {
    // who has not closed its side half a second after our goodbye will not
    const bool left = closing_.empty() || loop_.now() >= stop_by_ - farewell_time + goodbye_time;
    const bool quiet = http_.active() == 0 && core_->farewells_sent() && left && records_under_way_ == 0;
    if (!quiet && loop_.now() < stop_by_) return house_timer_.arm(loop_.now() + duration(10ms));
    if (dht_state_) dht_state_->save_last();
    loop_.stop();
}

void running_session::house() {
    if (stopping_) return try_to_end();
    const auto now = loop_.now();
    auto next = never;
    for (auto& [id, j] : jobs_) {
        watch_job(*j, now);
        next = std::min(next, watched_until(*j, now + house_time));
    }
    if (!stopping_) house_timer_.arm(next);
}

void running_session::emit(const session_event& event) {
    if (listener_) listener_(event);
}

/// At once, or when somebody listens.
void running_session::warn(warning what) {
    if (listener_)
        emit(what);
    else
        early_warnings_.push_back(std::move(what));
}

double running_session::wall_clock() const {
    using namespace std::chrono;
    return std::chrono::duration<double>(system_clock::now().time_since_epoch()).count();
}

}  // namespace bt::app
