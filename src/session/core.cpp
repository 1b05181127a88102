#include "session/core.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "base/overloaded.hpp"
#include "session/life.hpp"

namespace bt::session {
namespace {

/// Whatever happened, torrents are looked at so soon after it; where nothing happens they rest.
constexpr duration watch_time = 250ms;
/// How often files are compared with what they were: of torrents that move data or are being fetched, and of
/// so many others in turn.
constexpr duration look_time = 3s;
constexpr std::size_t idle_torrents_a_look = 32;
/// Records are written one after the other, so that a thousand do not come between the disk and what it is
/// for.
constexpr duration save_time = 5s;
constexpr duration least_save_pause = 100ms;

unexpected<error> is_over() { return fail(errc::not_found, "it is over"); }

node::torrent_request asked_of_node(const share_request& share) {
    node::torrent_request wish;
    wish.hash = share.torrent.info.hash;
    wish.info = share.torrent.info;
    wish.trackers = share.torrent.trackers;
    wish.nodes = share.torrent.nodes;
    wish.listed = !share.torrent.info.is_private && !share.unlisted;
    wish.demands_proofs = share.until > 0;
    return wish;
}

node::torrent_request asked_of_node(const get_request& get) {
    node::torrent_request wish;
    if (const auto* link = std::get_if<torrent::magnet>(&get.target)) {
        wish.hash = link->hash;
        for (const auto& url : link->trackers) wish.trackers.push_back({url});
        wish.peers = link->peers;
    } else {
        const auto& torrent = std::get<torrent::metainfo>(get.target);
        wish.hash = torrent.info.hash;
        wish.info = torrent.info;
        wish.trackers = torrent.trackers;
        wish.nodes = torrent.nodes;
    }
    for (const auto& url : get.trackers) wish.trackers.push_back({url});
    wish.looks_only = get.metadata_only;
    wish.peers.insert(wish.peers.end(), get.peers.begin(), get.peers.end());
    return wish;
}

}  // namespace

core::core(node::config config, const settings& how, rng random)
    : around_(std::make_unique<surroundings>(std::move(config), how, std::move(random))) {
    due_.fill(never);
}

core::~core() = default;

core::life* core::at(torrent_id id) {
    const auto found = lives_.find(id);
    return found == lives_.end() || found->second->is_over() ? nullptr : found->second.get();
}

const core::life& core::at(torrent_id id) const { return *lives_.at(id); }

/// Every input begins here.
void core::touch(time_point now) {
    BT_ASSERT(now >= around_->now);
    around_->now = now;
    if (stopped_) return;
    due(timer::watch) = std::min(due(timer::watch), now + watch_time);
    if (due(timer::save) == never && !lives_.empty()) due(timer::save) = now + save_time;
}

/// And ends here: what is over is erased.
void core::settle() {
    if (!std::exchange(around_->some_are_over, false)) return;
    std::erase_if(lives_, [&](const auto& each) {
        if (!each.second->is_over()) return false;
        const auto erased = by_hash_.erase(each.second->hash());
        BT_ASSERT(erased == 1);
        return true;
    });
}

// --- what a user wants -----------------------------------------------------------------------------

result<torrent_id> core::add(time_point now, request what, resume_data left) {
    return add(now, saved_torrent{std::move(what)}, std::move(left));
}

result<torrent_id> core::add(time_point now, saved_torrent what, resume_data left) {
    touch(now);
    auto wish = std::visit([](const auto& each) { return asked_of_node(each); }, what.request);
    if (!wish.info && left.info && left.info->hash == wish.hash) wish.info = left.info;
    if (!wish.info || !wish.info->is_private) wish.saved_peers = left.peers;
    const auto hash = wish.hash;
    const auto id = around_->net.add(now, std::move(wish));
    if (!id) return unexpected<error>(id.error());
    BT_ASSERT(!lives_.contains(*id) && !by_hash_.contains(hash));
    by_hash_[hash] = *id;
    auto& one = *(lives_[*id] = std::make_unique<core::life>(*around_, *id, std::move(what.request),
                                                             std::move(what.renamed), std::move(left)));
    what.rests ? one.rest() : one.start();
    if (due(timer::look) == never) due(timer::look) = now;
    if (due(timer::save) == never) due(timer::save) = now + save_time;
    if (!one.is_over()) {
        if (what.down_limit != 0 || what.up_limit != 0) one.set_limits(what.down_limit, what.up_limit);
        if (what.forced) one.run_now();
        if (what.paused) one.set_paused(true, std::move(what.why_paused));
    }
    settle();
    return *id;
}

void core::set_paused(time_point now, torrent_id id, bool paused) {
    touch(now);
    if (auto* one = at(id)) one->set_paused(paused);
    settle();  // one that rested may fail at once
}

void core::rest(time_point now, torrent_id id, std::string why) {
    touch(now);
    if (auto* one = at(id)) one->set_paused(true, std::move(why));
    settle();
}

void core::run_now(time_point now, torrent_id id) {
    touch(now);
    if (auto* one = at(id)) one->run_now();
    settle();
}

void core::remove(time_point now, torrent_id id, bool deletes) {
    touch(now);
    if (auto* one = at(id)) one->remove(deletes);
    settle();
}

void core::reannounce(time_point now, torrent_id id) {
    touch(now);
    if (auto* one = at(id)) one->reannounce();
}

void core::set_place(time_point now, torrent_id id, std::size_t place) {
    touch(now);
    if (at(id) != nullptr) around_->net.set_order(now, id, place);
}

std::vector<torrent_id> core::queue() const { return around_->net.queue(); }

void core::set_bounds(time_point now, torrent_id id, const torrent_bounds& bounds) {
    touch(now);
    if (at(id) != nullptr) around_->net.set_bounds(id, bounds.connections, bounds.shares_limits);
}

result<void> core::set_seed(time_point now, torrent_id id, const seed_rule& rule) {
    touch(now);
    due(timer::look) = now;  // it may be fulfilled already
    auto* one = at(id);
    return one != nullptr ? one->set_seed(rule) : result<void>();
}

void core::set_limits(time_point now, torrent_id id, std::uint64_t down, std::uint64_t up) {
    touch(now);
    if (auto* one = at(id)) one->set_limits(down, up);
}

void core::set_limits(time_point now, std::uint64_t down, std::uint64_t up) {
    touch(now);
    around_->limits.down_limit = down;
    around_->limits.up_limit = up;
    around_->net.set_limits(down, up);
}

result<std::uint32_t> core::recheck(time_point now, torrent_id id) {
    touch(now);
    auto* one = at(id);
    return one != nullptr ? one->recheck() : is_over();
}

result<std::uint32_t> core::choose(time_point now, torrent_id id, file_choice choice) {
    touch(now);
    auto* one = at(id);
    return one != nullptr ? one->choose(std::move(choice)) : is_over();
}

result<bool> core::move(time_point now, torrent_id id, std::string folder, bool finds) {
    touch(now);
    auto* one = at(id);
    if (one == nullptr) return fail(errc::not_found, "no such torrent");
    auto begun = one->move(std::move(folder), finds);
    settle();
    return begun;
}

result<bool> core::rename(time_point now, torrent_id id, const std::string& path, const std::string& name) {
    touch(now);
    auto* one = at(id);
    if (one == nullptr) return fail(errc::not_found, "no such torrent");
    return one->rename(path, name);
}

std::optional<result<void>> core::chosen(torrent_id id, std::uint32_t choice) const {
    return at(id).chosen(choice);
}

check_standing core::last_check(torrent_id id) const { return at(id).last_check(); }

void core::stop(time_point now) {
    touch(now);
    stopped_ = true;
    due_.fill(never);
    for (auto& [id, one] : lives_) one->stop();
    settle();
    around_->net.stop(now);
}

// --- the network -----------------------------------------------------------------------------------

node::core& core::network(time_point now) {
    touch(now);
    return around_->net;
}

const node::core& core::network() const { return around_->net; }

std::optional<output> core::poll() {
    for (;;) {
        if (!around_->out.empty()) {
            auto first = std::move(around_->out.front());
            around_->out.pop_front();
            return first;
        }
        auto what = around_->net.poll();
        if (!what) return std::nullopt;
        if (auto passed = route(*what)) return passed;
        settle();
    }
}

/// What is for the network goes on; of the rest the torrent makes something.
std::optional<output> core::route(node::output& what) {
    namespace out = node::out;
    const auto pass = [](auto& o) { return std::optional<output>(std::move(o)); };
    const auto with_life = [&](torrent_id id, auto&& act) -> std::optional<output> {
        if (auto* one = at(id)) act(*one);
        return std::nullopt;
    };
    const auto tell = [&](auto& o) {
        return with_life(o.torrent, [&](core::life& one) { one.happened(o); });
    };
    return std::visit(
        overloaded{
            [&](out::tcp_connect& o) { return pass(o); },
            [&](out::tcp_send& o) { return pass(o); },
            [&](out::tcp_close& o) { return pass(o); },
            [&](out::lan_send& o) { return pass(o); },
            [&](out::http_get& o) { return pass(o); },
            [&](out::resolve& o) { return pass(o); },
            [&](out::udp_send& o) { return pass(o); },
            [&](out::register_share& o) { return pass(o); },
            [&](out::dht_send& o) { return pass(o); },
            [&](dht::out::peers_found& o) { return pass(o); },
            [&](dht::out::search_over& o) { return pass(o); },
            [&](dht::out::pinged& o) { return pass(o); },
            [&](out::disk_write& o) {
                return with_life(o.torrent, [&](core::life& one) { one.write(o.piece, std::move(o.data)); });
            },
            [&](out::disk_read& o) -> std::optional<output> {
                if (at(o.torrent) == nullptr) return std::nullopt;
                return disk::read{o.torrent, o.id, std::move(o.ranges)};
            },
            [&](out::disk_look& o) -> std::optional<output> {
                if (at(o.torrent) == nullptr) return std::nullopt;
                return disk::look_at{o.torrent, o.piece};
            },
            [&](out::metadata& o) { return with_life(o.torrent, [](core::life& one) { one.learn(); }); },
            [&](out::complete& o) { return with_life(o.torrent, [](core::life& one) { one.complete(); }); },
            [&](out::bad_metadata& o) { return tell(o); },
            [&](out::piece_verified& o) { return tell(o); },
            [&](out::piece_failed& o) { return tell(o); },
            [&](out::piece_damaged& o) { return tell(o); },
            [&](out::peer_joined& o) { return tell(o); },
            [&](out::peer_completed& o) { return tell(o); },
            [&](out::peer_banned& o) { return tell(o); },
            [&](out::tracker_trouble& o) { return tell(o); },
            [&](out::no_handshake& o) -> std::optional<output> {
                warn_of_handshake(o);
                return std::nullopt;
            },
        },
        what);
}

/// Each host is told to those who want details. That some come without a handshake is a warning, once.
void core::warn_of_handshake(const node::out::no_handshake& what) {
    const auto host = what.address.to_string();
    around_->tell(what.torrent, warning{host + " closed the connection during the handshake", true});
    if (what.torrent || std::exchange(told_no_handshake_, true)) return;
    around_->tell(
        {}, warning{host + " connected without a BitTorrent handshake; it may require encryption, which "
                           "is not supported yet"});
}

// --- answers of the disk -----------------------------------------------------------------------------

void core::check_progress(time_point now, torrent_id id, std::uint64_t bytes_done, std::uint64_t bytes_total,
                          bool copies) {
    touch(now);
    if (auto* one = at(id)) one->check_progress(bytes_done, bytes_total, copies);
}

void core::checked(time_point now, torrent_id id, std::uint32_t round, const result<torrent::piece_set>& have,
                   std::vector<torrent::misfit> misfits) {
    touch(now);
    if (auto* one = at(id)) one->checked(round, have, std::move(misfits));
    settle();
}

void core::written(time_point now, torrent_id id, std::uint32_t round, piece_index piece,
                   disk::write_outcome how, const result<void>& why, buffer data) {
    touch(now);
    if (auto* one = at(id)) one->written(round, piece, how, why, std::move(data));
    settle();
}

void core::blocks_read(time_point now, torrent_id id, connection_id to,
                       const std::vector<torrent::block_range>& ranges, result<buffer> frames) {
    touch(now);
    if (auto* one = at(id)) one->blocks_read(to, ranges, std::move(frames));
}

void core::looked_at(time_point now, torrent_id id, piece_index piece, bool good) {
    touch(now);
    if (auto* one = at(id)) one->looked_at(piece, good);
}

void core::finished(time_point now, torrent_id id, std::uint32_t round, disk::finish_outcome how,
                    const result<std::string>& path) {
    touch(now);
    if (auto* one = at(id)) one->finished(round, how, path);
    settle();
}

void core::selected(time_point now, torrent_id id, std::uint32_t choice, const result<void>& outcome) {
    touch(now);
    if (auto* one = at(id)) one->selected(choice, outcome);
}

void core::move_progress(time_point now, torrent_id id, std::uint64_t bytes_done, std::uint64_t bytes_total) {
    touch(now);
    if (auto* one = at(id)) one->move_progress(bytes_done, bytes_total);
}

void core::moved(time_point now, torrent_id id, result<torrent::held_files> held) {
    touch(now);
    if (auto* one = at(id)) one->moved(std::move(held));
    settle();
}

void core::left_old_place(time_point now, torrent_id id) {
    touch(now);
    if (auto* one = at(id)) one->left_old_place();
    settle();
}

void core::files_changed(time_point now, torrent_id id, const disk::files_changed& what) {
    touch(now);
    if (auto* one = at(id)) one->files_changed(what);
}

void core::disk_failed(time_point now, torrent_id id, error why) {
    touch(now);
    if (auto* one = at(id)) one->fail(std::move(why));
    settle();
}

void core::disk_remark(time_point now, torrent_id id, std::string text) {
    touch(now);
    if (auto* one = at(id)) one->disk_remark(std::move(text));
}

/// Once, not every time.
void core::saved(time_point now, torrent_id id, const result<void>& outcome) {
    touch(now);
    if (auto* one = at(id)) one->saved(outcome);
    if (outcome || std::exchange(told_save_trouble_, true)) return;
    around_->tell({}, warning{"what is kept of a torrent could not be saved: " + outcome.error().message +
                              "; after a restart its files are hashed again"});
}

// --- time --------------------------------------------------------------------------------------------

void core::tick(time_point now) {
    BT_ASSERT(now >= around_->now);
    around_->now = now;
    if (around_->net.next_deadline() <= now) around_->net.tick(now);
    if (stopped_) return;
    if (due(timer::watch) <= now) watch_all();
    if (due(timer::look) <= now) look_at_files();
    if (due(timer::save) <= now) save_next();
    settle();
}

time_point core::next_deadline() const {
    return std::min(around_->net.next_deadline(), *std::min_element(due_.begin(), due_.end()));
}

void core::watch_all() {
    auto next = never;
    for (auto& [id, one] : lives_) {
        one->watch();
        if (!one->is_over()) next = std::min(next, one->watched_until(around_->now + watch_time));
    }
    due(timer::watch) = next;
}

void core::look_at_files() {
    std::vector<torrent_id> idle;
    bool any = false;
    for (auto& [id, one] : lives_) {
        any = any || one->has_files();
        if (!one->can_be_looked_at()) continue;
        if (one->is_at_work())
            around_->ask(disk::look{id});
        else
            idle.push_back(id);
    }
    for (std::size_t i = 0; i < std::min(idle.size(), idle_torrents_a_look); ++i)
        around_->ask(disk::look{idle[looked_at_++ % idle.size()]});
    due(timer::look) = any ? around_->now + look_time : never;
}

void core::save_next() {
    core::life* next = nullptr;
    long waiting = 0;
    auto each = lives_.upper_bound(last_saved_);
    for (std::size_t i = 0; i < lives_.size(); ++i, ++each) {
        if (each == lives_.end()) each = lives_.begin();
        if (!each->second->wants_saving()) continue;
        ++waiting;
        if (next == nullptr) next = each->second.get();
    }
    due(timer::save) = never;  // until something happens
    if (next == nullptr) return;
    due(timer::save) = around_->now + std::max<duration>(save_time / waiting, least_save_pause);
    last_saved_ = next->id();
    next->save(false);
}

// --- how it stands -----------------------------------------------------------------------------------

std::vector<torrent_id> core::torrents() const {
    std::vector<torrent_id> all;
    for (const auto& [id, one] : lives_) all.push_back(id);
    return all;
}

std::optional<torrent_id> core::find(const info_hash& hash) const {
    const auto found = by_hash_.find(hash);
    return found == by_hash_.end() ? std::nullopt : std::optional(found->second);
}

const info_hash& core::hash(torrent_id id) const { return at(id).hash(); }
const torrent::metainfo* core::torrent(torrent_id id) const { return at(id).torrent(); }
bool core::is_public(torrent_id id) const { return at(id).is_public(); }
bool core::is_listed(torrent_id id) const { return at(id).is_listed(); }

bool core::has_piece(torrent_id id, piece_index piece) const {
    const auto* pieces = has(id) ? around_->net.swarm(id).pieces() : nullptr;
    return pieces != nullptr && pieces->have().has(piece);
}

bool core::wants_piece(torrent_id id, piece_index piece) const {
    const auto* pieces = has(id) ? around_->net.swarm(id).pieces() : nullptr;
    return pieces == nullptr || pieces->wanted().has(piece);
}

torrent_status core::status(time_point now, torrent_id id) const {
    around_->now = std::max(around_->now, now);
    return at(id).status();
}

torrent_status core::brief_status(time_point now, torrent_id id) const {
    around_->now = std::max(around_->now, now);
    return at(id).brief_status();
}

std::vector<std::string> core::files_of_others(torrent_id but,
                                               const std::set<std::string, std::less<>>& names) const {
    std::vector<std::string> all;
    for (const auto& [id, one] : lives_)
        if (id != but) one->add_files(names, all);
    return all;
}

std::vector<tracker_view> core::trackers(torrent_id id) const {
    std::vector<tracker_view> all;
    for (auto& each : network().trackers(id))
        all.push_back({std::move(each.url), each.tier, each.number, each.working, each.asking,
                       std::move(each.message), each.seeders, each.leechers, each.peers, each.asked,
                       each.answered, each.next == never ? std::nullopt : std::optional(each.next)});
    // not in the order in which they are tried
    std::sort(all.begin(), all.end(), [](const tracker_view& a, const tracker_view& b) {
        return std::pair(a.tier, a.number) < std::pair(b.tier, b.number);
    });
    for (std::size_t i = 0; i < all.size(); ++i) all[i].number = i;
    return all;
}

void core::set_trackers(time_point now, torrent_id id, torrent::tracker_tiers tiers) {
    touch(now);
    if (auto* one = at(id)) one->set_trackers(std::move(tiers));
    settle();
}

core::rates core::total_rates(time_point now) const {
    rates sum;
    for (const auto& [id, one] : lives_)
        if (network().state(id) == node::run_state::running) {
            sum.down += network().swarm(id).down().per_second(now);
            sum.up += network().swarm(id).up().per_second(now);
        }
    return sum;
}

std::size_t core::downloads() const {
    return static_cast<std::size_t>(std::count_if(
        lives_.begin(), lives_.end(), [](const auto& each) { return each.second->is_download(); }));
}

std::vector<saved_torrent> core::list() const {
    std::vector<saved_torrent> all;
    for (const auto id : around_->net.queue())
        if (const auto found = lives_.find(id); found != lives_.end())
            all.push_back(found->second->to_save());
    return all;
}

saved_torrent core::saved(torrent_id id) const { return at(id).to_save(); }

bool core::is_sound() const {
    return around_->net.is_sound() && by_hash_.size() == lives_.size() &&
           std::all_of(lives_.begin(), lives_.end(), [&](const auto& each) {
               const auto& one = *each.second;
               const auto found = by_hash_.find(one.hash());
               return found != by_hash_.end() && found->second == each.first && one.is_sound();
           });
}

}  // namespace bt::session
