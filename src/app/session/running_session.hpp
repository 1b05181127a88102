// The session behind app/session.hpp: one node core, driven by sockets, timers and disks. Private to this
// room.
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
#include "app/lan/lan_page.hpp"
#include "app/session.hpp"
#include "app/session/torrent_record.hpp"
#include "app/sockets/dht_sockets.hpp"
#include "app/sockets/lan_sockets.hpp"
#include "app/sockets/own_networks.hpp"
#include "app/sockets/tracker_sockets.hpp"
#include "base/outgoing.hpp"
#include "net/http_client.hpp"
#include "net/loop.hpp"
#include "net/resolve.hpp"
#include "net/tcp.hpp"
#include "net/timer.hpp"
#include "node/core.hpp"
#include "storage/disk_pool.hpp"
#include "storage/file_system.hpp"
#include "storage/torrent_storage.hpp"

namespace bt::app {

class running_session final : public session {
  public:
    explicit running_session(const session_options& options);
    ~running_session() override;
    result<void> open();

    void on_event(std::function<void(const session_event&)> listener) override {
        listener_ = std::move(listener);
    }
    result<torrent_id> add(share_request request) override;
    result<torrent_id> add(get_request request) override;
    std::vector<torrent_id> torrents() const override;
    torrent_status status(torrent_id id) const override;
    torrent_status brief_status(torrent_id id) const override;
    void set_paused(torrent_id id, bool paused) override;
    void run_now(torrent_id id) override;
    void remove(torrent_id id) override;
    void reannounce(torrent_id id) override;
    result<std::uint32_t> recheck(torrent_id id) override;
    check_standing last_check(torrent_id id) const override { return jobs_.at(id)->last_check; }
    result<std::uint32_t> choose(torrent_id id, file_choice choice) override;
    std::optional<result<void>> chosen(torrent_id id, std::uint32_t choice) const override;
    void set_limits(torrent_id id, std::uint64_t down, std::uint64_t up) override;
    void set_limits(std::uint64_t down, std::uint64_t up) override;
    std::uint16_t port() const override { return port_; }
    std::vector<endpoint> addresses() const override;
    void run() override;
    void stop() override;
    double wall_clock() const override;

  private:
    struct stdout_sink;
    /// One torrent of this session: what was asked for, its files, how far it is.
    struct job {
        torrent_id id;
        std::optional<share_request> share;
        std::optional<get_request> get;
        std::optional<torrent::metainfo> torrent;
        file_choice choice;
        std::vector<file_choice> choices_before;     // while the files are not known: what the choice was
        std::vector<swarm::priority> priorities;     // per file
        std::vector<std::uint32_t> wanted_in_piece;  // per piece: its bytes in wanted files
        std::unique_ptr<storage::torrent_storage> files;
        std::unique_ptr<stdout_sink> sink;
        torrent_state state = torrent_state::finding;
        torrent::piece_set failed;
        std::string read_trouble;                              // the last that was said
        std::optional<error> trouble;                          // why the disk takes nothing now
        std::deque<std::pair<piece_index, buffer>> unwritten;  // meanwhile
        time_point try_again_at = never;
        torrent::piece_set taken_back;  // another program changed them, and they are not fetched again
        std::size_t lost_now = 0;       // pieces, by a change that is being looked at
        std::string misfit;             // a shared file that has another length now, in words
        std::uint64_t wanted_bytes = 0;
        bool finishing = false, over = false, was_there = false, paused = false;
        bool met_peers = false;  // one shook hands
        /// It was complete, and what it was like is not to be changed without being asked (verify).
        bool read_only = false;
        std::uint32_t round = 0;  // of check, transfer and finish: results of an earlier one do not count
        time_point began{}, finished_at{}, progress_at{};
        time_point lingers_since{};  // and what had been given by then
        std::uint64_t given_before = 0;
        time_point tell_damaged_at = never;  // those that came since the last word about them
        std::size_t damaged_untold = 0;
        time_point watched_at{};
        duration waited{};  // paused, queued, or for the disk: no part of the time a download took
        bool waits = false;
        std::uint64_t progress_bytes = 0, failures = 0;
        std::uint64_t down_limit = 0, up_limit = 0;
        std::string tracker_message;
        check_standing last_check;
        std::uint32_t last_choice = 0;
        std::map<std::uint32_t, std::optional<result<void>>> choices;  // the last of them, by number
        torrent::piece_set had;  // before a check that the user asked for
        torrent_status end;      // how it stood when it was over
        std::unique_ptr<torrent_record> record;
        torrent_memory memory, saved;  // of earlier runs; as it was written last
        time_point saved_at{};
    };

    // running_session.cpp: life and the pump
    void pump();
    void carry_out(node::output& what);
    void happened(const node::out::metadata& what);
    void happened(const node::out::bad_metadata& what);
    void happened(const node::out::piece_verified& what);
    void happened(const node::out::piece_failed& what);
    void happened(const node::out::piece_damaged& what);
    void happened(const node::out::peer_joined& what);
    void happened(const node::out::peer_completed& what);
    void happened(const node::out::peer_banned& what);
    void happened(const node::out::no_handshake& what);
    void happened(const node::out::complete& what);
    void happened(const node::out::tracker_trouble& what);
    void happened(const node::out::neighbour_seen& what);
    void happened(const node::out::neighbour_gone& what);
    void happened(const dht::out::peers_found& what);
    void happened(const dht::out::search_over& what);
    void happened(const dht::out::pinged& what);
    void rearm();
    void house();
    void try_to_end();
    void emit(const session_event& event);
    void warn(warning what);

    // connections.cpp
    result<void> listen();
    result<void> listen_on(std::uint16_t port);
    std::size_t downloads() const;
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
    void register_share(const node::out::register_share& what);

    // jobs.cpp
    job& at(torrent_id id);
    result<torrent_id> add_job(job fresh, node::torrent_request request);
    void learn(job& j);
    result<void> check_name(const job& j) const;
    result<void> select_files(job& j);
    void use_priorities(job& j, std::vector<swarm::priority> priorities);
    result<void> open_files(job& j);
    void use_files(job& j, std::unique_ptr<storage::torrent_storage> files);
    void check(job& j);
    void check_failed(job& j, const error& why);
    void checked(job& j, const torrent::piece_set& have);
    void complete(job& j);
    void completed_now(job& j, std::string path);
    void write(job& j, piece_index piece, buffer data);
    void read(node::out::disk_read& what);
    void look_at(job& j, piece_index piece);

    // job_ends.cpp
    void fail(job& j, error why);
    void finish(job& j, std::string why);
    void leave(job& j, torrent_state state);
    void watch_job(job& j, time_point now);
    bool is_waiting(const job& j) const;
    void measure_wait(job& j, time_point now);
    time_point watched_until(const job& j, time_point soon) const;
    void lose_patience(job& j);
    void note_no_handshake(const node::out::no_handshake& what);
    void note_damaged(const node::out::piece_damaged& what);
    void tell_damaged(job& j, time_point now);
    std::string seed_rule_met(job& j, time_point now) const;
    bool linger_is_over(job& j, time_point now) const;

    // disk_troubles.cpp
    void disk_refuses(job& j, const error& why);
    void try_disk_again(job& j);
    void disk_works(job& j);
    void forget_unwritten(job& j);
    void look_at_files();
    void files_changed(job& j, const storage::files_changed& what);
    std::string misfit_of(const job& j) const;
    std::string reason_of(const job& j, torrent_state state) const;

    // wishes.cpp
    result<std::uint32_t> note_choice(job& j, file_choice choice);
    void drop_unfit_wishes(job& j);
    void use_choice(job& j, const file_choice& choice, std::vector<swarm::priority> priorities);
    void look_again(job& j);
    void tell_check(job& j, const torrent::piece_set& have);

    // records.cpp
    void open_record(job& j, node::torrent_request& request);
    void warn_of_damage(const torrent_record& record, const result<std::optional<torrent_memory>>& left);
    void save_record(job& j, bool always);
    void wake_records();
    bool wants_saving(const job& j) const;
    void save_next_record();

    session_options options_;
    outgoing way_;
    net::loop& loop_ = the_loop();
    std::unique_ptr<storage::file_system> file_system_;
    std::unique_ptr<storage::disk_pool> disk_;
    std::optional<node::core> core_;
    std::unique_ptr<lan_sockets> lan_;
    std::unique_ptr<lan_page> page_;
    std::unique_ptr<own_networks> networks_;
    std::unique_ptr<dht_sockets> dht_sockets_;
    std::set<std::string> unknown_hosts_;
    std::unique_ptr<dht_state> dht_state_;
    std::unique_ptr<dht_control> dht_control_;
    std::unique_ptr<torrent_control> torrent_control_;
    std::unique_ptr<control_server> control_;
    net::tcp_listener listener_v4_, listener_v6_;
    net::http_client http_;
    net::resolver resolver_;
    std::unique_ptr<tracker_sockets> tracker_sockets_;
    net::timer tick_timer_, house_timer_, record_timer_, look_timer_;
    std::size_t looked_at_ = 0;  // idle torrents, in turn
    record_claims record_claims_;
    std::size_t records_under_way_ = 0;
    torrent_id last_saved_{};
    bool record_trouble_told_ = false, forgot_old_records_ = false;
    std::unordered_map<connection_id, std::unique_ptr<net::tcp_connection>> connections_;
    std::unordered_map<connection_id, std::unique_ptr<net::tcp_connection>> closing_;
    std::unordered_map<connection_id, std::vector<net::chunk>> unsent_;
    std::vector<std::pair<connection_id, std::size_t>> sent_;
    std::map<torrent_id, std::unique_ptr<job>> jobs_;
    std::function<void(const session_event&)> listener_;
    std::uint16_t port_ = 0;
    descriptor_plan descriptors_;
    std::size_t most_connections_ = 0;     // that they allow
    std::vector<warning> early_warnings_;  // of what came before anybody listened
    time_point stop_by_ = never;
    bool pumping_ = false, stopping_ = false, told_no_handshake_ = false, told_most_peers_ = false;
};

}  // namespace bt::app
