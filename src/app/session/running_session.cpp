#include "app/session/running_session.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>
#include <utility>

#include "app/lan/lan_presence.hpp"
#include "app/session/move_records.hpp"
#include "app/sockets/listen_addresses.hpp"
#include "base/overloaded.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "storage/new_folder.hpp"

namespace bt::app {
namespace {

namespace disk = bt::session::disk;

constexpr duration farewell_time = 2s, goodbye_time = 500ms;

template <class Id>
Id random_id(std::string_view prefix = {}) {
    Id id;
    net::entropy(id.bytes);
    std::copy(prefix.begin(), prefix.end(), id.bytes.begin());
    return id;
}

}  // namespace

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
      http_(loop_, way_, [this](const ip_address& host) { return network().may_connect(loop_.now(), host); }),
      resolver_(loop_),
      tick_timer_(loop_,
                  [this] {
                      core_->tick(loop_.now());
                      pump();
                  }),
      end_timer_(loop_, [this] { try_to_end(); }) {
    const auto cores = std::clamp(std::thread::hardware_concurrency(), 2u, 8u);
    disk_ = std::make_unique<storage::disk_pool>(cores, loop_.make_poster());
}

running_session::~running_session() {
    disks_.reset();
    disk_.reset();  // its jobs under way are waited for
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
    if (options_.lan) config.page_port = open_page();
    prepare_dht(config);
    core_.emplace(std::move(config),
                  bt::session::settings{options_.down_limit, options_.up_limit, options_.limit_lan},
                  rng(net::entropy_seed()));
    disks_ = std::make_unique<disks>(
        disks::driver{
            [this] { return loop_.now(); }, [this](auto what) { loop_.post(std::move(what)); },
            [this] { pump(); },
            [this](disk::save what, disks::held_outcome held) { save(std::move(what), std::move(held)); },
            [this](const info_hash& hash) { records_->close(hash); },
            [this](torrent_id id, const deleted_files& what) {
                if (const auto asked = deleting_.extract(id); !asked.empty()) asked.mapped()(what);
            },
            [this](torrent_id id, std::uint32_t choice, const result<void>& outcome) {
                chose(id, choice, outcome);
            },
            [this](torrent_id id, const error& why) { end_move(id, unexpected<error>(why)); },
            [this](const info_hash& hash, const storage::move_record& record) {
                return keep_move(state_folder(), hash, *file_system_, record);
            },
            [this](const info_hash& hash) { return records_->journal_of(hash); }},
        *disk_, *file_system_, *core_);
    records_ =
        std::make_unique<records>(*file_system_, *disk_, [this](warning what) { warn(std::move(what)); });
    if (options_.lan) {
        lan_ = std::make_unique<lan_sockets>(loop_, options_.lan_port, options_.ipv4, options_.ipv6,
                                             [this](node::lan_socket kind, bool own, const net::datagram& d) {
                                                 network().lan_received(loop_.now(), kind, d.source,
                                                                        d.interface, own, d.content);
                                                 pump();
                                             });
    }
    networks_ = std::make_unique<own_networks>(loop_, options_.ipv4, options_.ipv6, options_.bind,
                                               [this](const auto& interfaces, bool changed) {
                                                   if (lan_) lan_->use(interfaces);
                                                   if (changed) {
                                                       end_connections_without_address();
                                                       network().set_interfaces(loop_.now(), interfaces);
                                                   }
                                                   pump();
                                               });
    networks_->read();
    enter_dht();
    listen_for_commands();
    descriptors_ = descriptor_plan(net::descriptor_limit(), net::open_descriptors());
    use_descriptors();
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
        for (const auto& [id, bytes, held_back] : sent) {
            network().sent(loop_.now(), id, bytes, held_back);
            while (auto what = core_->poll()) carry_out(*what);
        }
    }
    pumping_ = false;
    tick_timer_.arm(core_->next_deadline());
}

void running_session::carry_out(bt::session::output& what) {
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
                   [&](out::http_get& o) { fetch(o); }, [&](out::resolve& o) { look_up(o); },
                   [&](out::udp_send& o) { send_to_tracker(o); }, [&](out::dht_send& o) { send_to_dht(o); },
                   [&](out::register_share& o) { register_share(o); },
                   [&](dht::out::peers_found& o) {
                       if (dht_control_) dht_control_->happened(o);
                   },
                   [&](dht::out::search_over& o) {
                       if (dht_control_) dht_control_->happened(o);
                   },
                   [&](dht::out::pinged& o) {
                       if (dht_control_) dht_control_->happened(o);
                   },
                   [&](disk::close& o) {
                       disks_->carry_out(o);
                       use_descriptors();
                   },
                   [&](disk::leave_old_place& o) { leave_old_place(o); }, [&](happening& o) { tell(o); },
                   [&](auto& o) { disks_->carry_out(o); },  // of the disk
               },
               what);
}

void running_session::tell(const happening& what) {
    if (const auto* piece = std::get_if<piece_verified>(&what.what))
        disks_->verified(*what.torrent, piece->piece);
    if (const auto* found = std::get_if<bt::session::metadata_found>(&what.what))
        records_->learned(found->torrent->info);
    const bool ends = std::holds_alternative<failed>(what.what) || std::holds_alternative<done>(what.what) ||
                      std::holds_alternative<removed>(what.what) ||
                      std::holds_alternative<stopped>(what.what);
    if (ends) loop_.post([this, id = *what.torrent] { end_waiting(id); });
    if (listener_) listener_(what);
}

void running_session::save(disk::save what, disks::held_outcome held) {
    const auto id = what.torrent;
    records_->save(std::move(what), std::move(held), [this, id](const result<void>& outcome) {
        core_->saved(loop_.now(), id, outcome);
        pump();
    });
}

/// At once, or when there is a listener.
void running_session::warn(warning what) {
    if (listener_)
        listener_({std::nullopt, std::move(what)});
    else
        early_warnings_.push_back(std::move(what));
}

// --- what the user wants -----------------------------------------------------------------------------

result<torrent_id> running_session::add_saved(saved_torrent what, bool kept) {
    const auto hash = bt::session::hash_of(what.request);
    const bool fresh = kept && !core_->find(hash);
    auto left = fresh ? records_->open(hash, std::holds_alternative<get_request>(what.request))
                      : bt::session::resume_data();
    const auto id = core_->add(loop_.now(), std::move(what), std::move(left));
    if (!id) return id;
    use_descriptors();
    loop_.post([this] { pump(); });  // the answer of add() comes first, what it leads to after it
    return id;
}

result<torrent_id> running_session::add(share_request request) {
    return add(saved_torrent{std::move(request)});
}
result<torrent_id> running_session::add(get_request request) {
    return add(saved_torrent{std::move(request)});
}

result<torrent_id> running_session::add(saved_torrent what) {
    auto* get = std::get_if<get_request>(&what.request);
    if (get == nullptr) return add_saved(std::move(what), true);
    if (const auto count = core_->downloads();
        !get->metadata_only && !descriptors_.allows_downloads(count + 1))
        return bt::fail(errc::failure,
                        std::to_string(count) + " downloads are as many as this process can have: only " +
                            std::to_string(net::descriptor_limit()) + " files may be open at a time",
                        "raise the limit (ulimit -n), or fetch fewer at a time");
    if (!get->to_stdout && !get->metadata_only)  // said at once, not when a peer was found
        if (const auto folder = storage::make_download_folder(*file_system_, get->folder); !folder)
            return unexpected<error>(folder.error());
    get->folder = storage::absolute_path(get->folder);
    auto names = get->named_peers;
    if (const auto* link = std::get_if<torrent::magnet>(&get->target))
        names.insert(names.end(), link->named_peers.begin(), link->named_peers.end());
    const bool kept = !get->metadata_only;
    const auto id = add_saved(std::move(what), kept);
    if (id)
        for (const auto& name : names) find_peer(*id, name);
    return id;
}

void running_session::changed(torrent_id id) {
    pump();
    if (changed_) changed_(id, told::changed);
}

void running_session::set_paused(torrent_id id, bool paused) {
    core_->set_paused(loop_.now(), id, paused);
    changed(id);
}

void running_session::rest(torrent_id id, const std::string& why) {
    core_->rest(loop_.now(), id, why);
    changed(id);
}

void running_session::run_now(torrent_id id) {
    core_->run_now(loop_.now(), id);
    changed(id);
}

void running_session::remove(torrent_id id) {
    if (changed_) changed_(id, told::goes);
    loop_.post([this, id] {  // the command that asked has its answer first
        core_->remove(loop_.now(), id);
        pump();
    });
}

void running_session::remove_with_files(torrent_id id, std::function<void(const deleted_files&)> done) {
    if (changed_) changed_(id, told::goes);
    loop_.post([this, id, done = std::move(done)]() mutable {
        if (!core_->has(id)) return done({});
        deleting_[id] = std::move(done);
        core_->remove(loop_.now(), id, true);
        pump();
    });
}

void running_session::move(torrent_id id, const std::string& folder, bool finds, done_fn done) {
    if (const auto* known = torrent(id)) {
        const auto fits = storage::check_new_folder(known->info, brief_status(id).folder,
                                                    storage::absolute_path(folder), finds, *file_system_);
        if (!fits) return done(fits);
    }
    const auto made = storage::make_download_folder(*file_system_, folder);
    if (!made) return done(unexpected<error>(made.error()));
    moves(id, core_->move(loop_.now(), id, storage::absolute_path(folder), finds), std::move(done));
}

void running_session::rename(torrent_id id, const std::string& path, const std::string& name, done_fn done) {
    moves(id, core_->rename(loop_.now(), id, path, name), std::move(done));
}

/// `begun`: whether the disk has a say.
void running_session::moves(torrent_id id, const result<bool>& begun, done_fn done) {
    if (!begun) return done(unexpected<error>(begun.error()));
    if (*begun) moving_[id] = std::move(done);
    changed(id);
    if (!*begun) done({});
}

/// The list says the new place: then the old one goes.
void running_session::leave_old_place(const disk::leave_old_place& what) {
    const auto over = [this, id = what.torrent](const result<void>& outcome) {
        core_->left_old_place(loop_.now(), id);
        pump();
        end_move(id, outcome);
    };
    auto leave = [this, hash = what.hash, over](const result<void>& kept) {
        if (!kept) return over(kept);
        disk_->submit([this, hash, over]() -> std::function<void()> {
            return [this, over, stay = leave_old_files(state_folder(), hash, *file_system_)] {
                for (const auto& path : stay)
                    warn({"'" + printable(path, 4'096) +
                          "' stays where it was: it was changed since it was moved"});
                over({});
            };
        });
    };
    loop_.post(
        [this, id = what.torrent, leave = std::move(leave)] {  // an input waits until all outputs are out
            keep_place_ ? keep_place_(id, leave) : leave({});
        });
}

void running_session::end_move(torrent_id id, const result<void>& outcome) {
    if (const auto asked = moving_.extract(id); !asked.empty()) asked.mapped()(outcome);
}

void running_session::reannounce(torrent_id id) {
    core_->reannounce(loop_.now(), id);
    pump();
}

void running_session::set_place(torrent_id id, std::size_t place) {
    core_->set_place(loop_.now(), id, place);
    pump();
}

result<std::uint32_t> running_session::recheck(torrent_id id) {
    auto number = core_->recheck(loop_.now(), id);
    pump();
    return number;
}

result<std::uint32_t> running_session::choose(torrent_id id, file_choice choice) {
    auto number = core_->choose(loop_.now(), id, std::move(choice));
    changed(id);
    return number;
}

void running_session::choose(torrent_id id, file_choice choice, done_fn done) {
    const auto number = core_->choose(loop_.now(), id, std::move(choice));
    pump();
    if (!number) return done(unexpected<error>(number.error()));
    const auto outcome = core_->chosen(id, *number);
    if (!outcome) {
        choosing_[{id, *number}] = std::move(done);
        return;
    }
    changed(id);
    done(*outcome);
}

/// Kept before anybody is told.
void running_session::chose(torrent_id id, std::uint32_t choice, const result<void>& outcome) {
    if (outcome && changed_ && core_->has(id)) changed_(id, told::changed);
    if (const auto asked = choosing_.extract({id, choice}); !asked.empty()) asked.mapped()(outcome);
}

/// What was under way for a torrent that has ended.
void running_session::end_waiting(torrent_id id) {
    const auto why = bt::fail(errc::failure, "the torrent ended before that was done");
    end_move(id, why);
    for (auto at = choosing_.begin(); at != choosing_.end();) {
        if (at->first.first != id) {
            ++at;
            continue;
        }
        const auto asked = std::move(at->second);
        at = choosing_.erase(at);
        asked(why);
    }
}

std::optional<result<void>> running_session::chosen(torrent_id id, std::uint32_t choice) const {
    auto outcome = core_->chosen(id, choice);
    if (outcome && *outcome && changed_) changed_(id, told::changed);  // before anybody is told
    return outcome;
}

void running_session::set_trackers(torrent_id id, torrent::tracker_tiers tiers) {
    core_->set_trackers(loop_.now(), id, std::move(tiers));
    changed(id);
}

void running_session::set_bounds(torrent_id id, const bt::session::torrent_bounds& bounds) {
    core_->set_bounds(loop_.now(), id, bounds);
    pump();
}

result<void> running_session::set_seed(torrent_id id, const seed_rule& rule) {
    auto fits = core_->set_seed(loop_.now(), id, rule);
    if (fits) changed(id);
    return fits;
}

void running_session::set_limits(torrent_id id, std::uint64_t down, std::uint64_t up) {
    core_->set_limits(loop_.now(), id, down, up);
    changed(id);
}

void running_session::set_limits(std::uint64_t down, std::uint64_t up) {
    core_->set_limits(loop_.now(), down, up);
    pump();
}

// --- the end -----------------------------------------------------------------------------------------

void running_session::run() {
    for (auto& each : std::exchange(early_warnings_, {})) warn(std::move(each));
    pump();
    program::run();
}

void running_session::stop() {
    if (stopping_) return;
    stopping_ = true;
    stop_by_ = loop_.now() + farewell_time;
    networks_->stop();
    core_->stop(loop_.now());
    pump();
    end_timer_.arm(loop_.now());
}

/// Everything polite has been said, or two seconds are over.
void running_session::try_to_end() {
    // a peer that has not closed its side half a second after our goodbye will not
    const bool left = closing_.empty() || loop_.now() >= stop_by_ - farewell_time + goodbye_time;
    const bool quiet = http_.active() == 0 && core_->network().farewells_sent() && left &&
                       disks_->is_idle() && records_->is_idle();
    if (disks_->is_deleting() || (!quiet && loop_.now() < stop_by_))
        return end_timer_.arm(loop_.now() + duration(10ms));
    if (dht_state_) dht_state_->save_last();
    loop_.stop();
}

double running_session::wall_clock() const {
    using namespace std::chrono;
    return std::chrono::duration<double>(system_clock::now().time_since_epoch()).count();
}

}  // namespace bt::app
