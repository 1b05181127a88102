// The session behind app/session.hpp: one session core, driven by sockets, timers and disks; it keeps no
// state of a torrent. Private to this room.
//
// The rule of the core is kept in pump(): one input, then all its outputs, then the next input. What a socket
// reports while outputs are being carried out waits in `sent_` for its turn.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "app/control/control_server.hpp"
#include "app/control/torrent_control.hpp"
#include "app/descriptors.hpp"
#include "app/dht/dht_control.hpp"
#include "app/dht/dht_state.hpp"
#include "app/guests/guest_site.hpp"
#include "app/lan/lan_page.hpp"
#include "app/session.hpp"
#include "app/session/disks.hpp"
#include "app/session/records.hpp"
#include "app/sockets/lan_sockets.hpp"
#include "app/sockets/own_networks.hpp"
#include "app/sockets/udp_pair.hpp"
#include "base/limits.hpp"
#include "base/outgoing.hpp"
#include "net/http_client.hpp"
#include "net/loop.hpp"
#include "net/resolve.hpp"
#include "net/tcp.hpp"
#include "net/timer.hpp"
#include "session/core.hpp"
#include "storage/disk_pool.hpp"
#include "storage/file_system.hpp"

namespace bt::app {

class running_session final : public session {
  public:
    explicit running_session(const session_options& options);
    ~running_session() override;
    result<void> open();

    void on_event(std::function<void(const happening&)> listener) override {
        listener_ = std::move(listener);
    }
    result<torrent_id> add(share_request request) override;
    result<torrent_id> add(get_request request) override;
    result<torrent_id> add(saved_torrent what) override;
    saved_torrent saved(torrent_id id) const override { return core_->saved(id); }
    const torrent::metainfo* torrent(torrent_id id) const override { return core_->torrent(id); }
    void on_change(std::function<void(torrent_id, told)> listener) override {
        changed_ = std::move(listener);
    }
    void on_move(std::function<void(torrent_id, done_fn)> keep) override { keep_place_ = std::move(keep); }
    std::vector<torrent_id> torrents() const override { return core_->torrents(); }
    std::optional<torrent_id> find(const info_hash& hash) const override { return core_->find(hash); }
    torrent_status status(torrent_id id) const override { return core_->status(loop_.now(), id); }
    torrent_status brief_status(torrent_id id) const override { return core_->brief_status(loop_.now(), id); }
    void set_paused(torrent_id id, bool paused) override;
    void rest(torrent_id id, const std::string& why) override;
    void run_now(torrent_id id) override;
    void remove(torrent_id id) override;
    void remove_with_files(torrent_id id, std::function<void(const deleted_files&)> done) override;
    void move(torrent_id id, const std::string& folder, bool finds, done_fn done) override;
    void rename(torrent_id id, const std::string& path, const std::string& name, done_fn done) override;
    void reannounce(torrent_id id) override;
    void set_place(torrent_id id, std::size_t place) override;
    std::vector<torrent_id> queue() const override { return core_->queue(); }
    result<std::uint32_t> recheck(torrent_id id) override;
    check_standing last_check(torrent_id id) const override { return core_->last_check(id); }
    result<std::uint32_t> choose(torrent_id id, file_choice choice) override;
    void choose(torrent_id id, file_choice choice, done_fn done) override;
    std::optional<result<void>> chosen(torrent_id id, std::uint32_t choice) const override;
    std::vector<bt::session::tracker_view> trackers(torrent_id id) const override {
        return core_->trackers(id);
    }
    void set_trackers(torrent_id id, torrent::tracker_tiers tiers) override;
    void set_limits(torrent_id id, std::uint64_t down, std::uint64_t up) override;
    void set_bounds(torrent_id id, const bt::session::torrent_bounds& bounds) override;
    result<void> set_seed(torrent_id id, const seed_rule& rule) override;
    void set_limits(std::uint64_t down, std::uint64_t up) override;
    void set_most_connections(std::size_t most) override;
    void set_discovery(bool lan, bool dht) override;
    bool is_on_lan() const override { return core_->network().is_on_lan(); }
    bt::session::core::rates total_rates() const override { return core_->total_rates(loop_.now()); }
    std::vector<discovery::node_info> lan_neighbours() const override {
        return core_->network().lan_neighbours();
    }
    bool may_connect(const ip_address& host) override { return network().may_connect(loop_.now(), host); }
    std::optional<dht::stats> dht_stats() const override;
    std::string guest_url() const override;
    bool is_public(torrent_id id) const override { return core_->has(id) && core_->is_public(id); }
    bool is_listed(torrent_id id) const override { return core_->has(id) && core_->is_listed(id); }
    bool has_piece(torrent_id id, piece_index piece) const override { return core_->has_piece(id, piece); }
    bool wants_piece(torrent_id id, piece_index piece) const override {
        return core_->wants_piece(id, piece);
    }
    void read_verified(torrent_id id, std::vector<piece_index> pieces, read_fn done) override {
        disks_->read_verified(id, std::move(pieces), std::move(done));
    }
    std::uint16_t port() const override { return port_; }
    std::vector<endpoint> addresses() const override;
    void run() override;
    void stop() override;
    double wall_clock() const override;
    net::loop& loop() override { return loop_; }
    const session_options& options() const override { return options_; }
    control_server& control() override { return *control_; }
    void later(std::function<void()> what) override { loop_.post(std::move(what)); }
    void in_background(std::function<std::function<void()>()> job) override { disk_->submit(std::move(job)); }

  private:
    // running_session.cpp: life and the pump
    void pump();
    void carry_out(bt::session::output& what);
    void tell(const happening& what);
    void save(bt::session::disk::save what, disks::held_outcome held);
    void try_to_end();
    void warn(warning what);
    result<torrent_id> add_saved(saved_torrent what, bool kept);
    void changed(torrent_id id);
    void moves(torrent_id id, const result<bool>& begun, done_fn done);
    void leave_old_place(const bt::session::disk::leave_old_place& what);
    void end_move(torrent_id id, const result<void>& outcome);
    void chose(torrent_id id, std::uint32_t choice, const result<void>& outcome);
    void end_waiting(torrent_id id);
    node::core& network() { return core_->network(loop_.now()); }

    // connections.cpp
    std::optional<std::uint16_t> open_page();
    result<void> listen();
    result<void> listen_on(std::uint16_t port);
    void use_descriptors();
    bool has_descriptor_for_peer();
    void accepted(std::unique_ptr<net::tcp_connection> connection);
    void watch(connection_id id, net::tcp_connection& connection);
    void end_connections_without_address();
    void connect(const node::out::tcp_connect& what);
    void flush_sends();
    void flush_send(connection_id id);
    void close(connection_id id);

    // tracker_requests.cpp
    void fetch(const node::out::http_get& what);
    void look_up(const node::out::resolve& what);
    void find_peer(torrent_id id, const named_endpoint& name);
    void note_unknown_host(const std::string& host);
    void send_to_tracker(const node::out::udp_send& what);

    // session_dht.cpp
    void prepare_dht(node::config& config);
    void read_dht_state(node::config& config);
    void enter_dht();
    void listen_for_commands();
    void send_to_dht(const node::out::dht_send& what);

    // listing.cpp
    std::vector<tracker::catalogue_entry> listed() const;
    bool has_guests() const;  ///< others of the network see its pages
    void register_share(const node::out::register_share& what);

    session_options options_;
    outgoing way_;
    net::loop& loop_ = the_loop();
    std::unique_ptr<storage::file_system> file_system_;
    std::unique_ptr<storage::disk_pool> disk_;
    std::optional<bt::session::core> core_;
    std::unique_ptr<disks> disks_;
    std::unique_ptr<records> records_;
    std::unique_ptr<lan_sockets> lan_;
    std::unique_ptr<guest_site> guests_;
    std::unique_ptr<lan_page> page_;
    std::uint16_t page_port_ = 0;
    std::unique_ptr<own_networks> networks_;
    std::unique_ptr<udp_pair> dht_sockets_;
    std::set<std::string> unknown_hosts_;
    std::unique_ptr<dht_state> dht_state_;
    std::unique_ptr<dht_control> dht_control_;
    std::unique_ptr<torrent_control> torrent_control_;
    std::unique_ptr<control_server> control_;
    net::tcp_listener listener_v4_, listener_v6_;
    net::http_client http_;
    net::resolver resolver_;
    std::unique_ptr<udp_pair> tracker_sockets_;
    net::timer tick_timer_, end_timer_;
    std::unordered_map<connection_id, std::unique_ptr<net::tcp_connection>> connections_;
    std::unordered_map<connection_id, std::unique_ptr<net::tcp_connection>> closing_;
    std::unordered_map<connection_id, std::vector<net::chunk>> unsent_;
    struct sent_bytes {
        connection_id id;
        std::size_t bytes;
        std::optional<duration> held_back;  // as net::tcp_connection says
    };
    std::vector<sent_bytes> sent_;
    std::function<void(const happening&)> listener_;
    std::function<void(torrent_id, told)> changed_;
    std::function<void(torrent_id, done_fn)> keep_place_;
    std::map<torrent_id, std::function<void(const deleted_files&)>> deleting_;
    std::map<torrent_id, done_fn> moving_;
    std::map<std::pair<torrent_id, std::uint32_t>, done_fn> choosing_;
    std::uint16_t port_ = 0;
    descriptor_plan descriptors_;
    std::size_t most_connections_ = 0;  // that they allow
    std::size_t wished_connections_ = limits::all_connections;
    std::vector<warning> early_warnings_;  // of what came before anybody listened
    time_point stop_by_ = never;
    bool pumping_ = false, stopping_ = false, told_most_peers_ = false;
};

}  // namespace bt::app
