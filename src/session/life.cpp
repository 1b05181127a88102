// From the wish to the last byte: find, check, download, finish, give to others.
#include "session/life.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "torrent/name_fit.hpp"
#include "torrent/renamed.hpp"
#include "tracker/catalogue.hpp"

namespace bt::session {
namespace {

bool has_same_file(const torrent::info& one, const torrent::info& other) {
    if (one.multi_file != other.multi_file) return true;
    std::set<std::string_view> paths;
    for (const auto& file : one.files)
        if (!file.padding) paths.insert(file.path);
    return std::any_of(other.files.begin(), other.files.end(),
                       [&](const auto& file) { return !file.padding && paths.contains(file.path); });
}

/// The first file that it, or a folder on the way to it, has a name for that is not listed.
const std::string* hidden_path(const torrent::info& info) {
    for (const auto& file : info.files)
        if (!file.padding && (file.path.starts_with('.') || file.path.find("/.") != file.path.npos))
            return &file.path;
    return nullptr;
}

}  // namespace

core::life::life(surroundings& around, torrent_id id, request wish, std::vector<std::string> renamed,
                 resume_data left)
    : around_(around),
      id_(id),
      wish_(std::move(wish)),
      renamed_(std::move(renamed)),
      patience_(around.now),
      left_(std::move(left)),
      saved_(left_),
      saved_at_(around.now) {
    if (share() != nullptr) torrent_ = share()->torrent;
    if (get() != nullptr) {
        files_.choice = get()->files;
        if (const auto* known = std::get_if<torrent::metainfo>(&get()->target)) torrent_ = *known;
    }
    name_files();
}

core::life::~life() {
    std::erase_if(around_.places,
                  [&](const auto& each) { return torrent_ && each.second == &torrent_->info; });
}

/// Paused; it starts when it is resumed.
void core::life::rest() {
    rests_ = true;
    set_paused(true);
}

void core::life::start() {
    rests_ = false;
    left_.info.reset();
    saved_.info.reset();
    if (torrent_ || around_.net.info(id_) != nullptr) learn();
}

void core::life::enter(phase next) {
    BT_ASSERT(may_follow(phase_, next));
    phase_ = next;
    around_.some_are_over = around_.some_are_over || is_over();
}

// --- from metadata to transfer ---------------------------------------------------------------------

/// The info dictionary is known.
void core::life::learn() {
    if (!is<in::finding>() || rests_) return;
    if (!torrent_) {
        torrent_.emplace();
        torrent_->info = *around_.net.info(id_);
        for (const auto& url : std::get<torrent::magnet>(get()->target).trackers)
            torrent_->trackers.push_back({url});
        name_files();
    }
    const auto count = torrent_->info.shape.piece_count();
    failed_ = changes_.taken_back = torrent::piece_set(count);
    patience_.restart(around_.now);
    if (auto named = check_name(); !named) return fail(named.error());
    tell(metadata_found{std::make_unique<const torrent::metainfo>(*torrent_)});
    if (get() != nullptr && get()->metadata_only) return finish("");
    if (auto selected = select_files(); !selected) return fail(selected.error());
    if (auto taken = get() == nullptr ? result<void>() : take_place(get()->folder, torrent_->info); !taken)
        return fail(taken.error());
    open_files();
    if (share() != nullptr && !share()->stamps.empty())
        begin(torrent::piece_set(count, true),
              true);  // hashed before; what has changed since, the next look tells
    else
        check();
}

/// Names on the LAN are what hosts say of a hash; what it is called is in the metadata alone.
result<void> core::life::check_name() const {
    const auto* hidden = get() != nullptr && get()->visible ? hidden_path(torrent_->info) : nullptr;
    if (hidden != nullptr)
        return bt::fail(
            errc::usage,
            "it has '" + printable(*hidden, 200) + "', which is hidden: clients put nothing there",
            "'add' and 'get -d' do");
    if (get() == nullptr || get()->asked.name.empty()) return {};
    const auto& asked = get()->asked;
    const auto own = tracker::listed_name(torrent_->info.name);
    if (torrent::fit_of(own, asked.name) != torrent::fit::none) return {};
    return bt::fail(errc::bad_data,
                    "this torrent is not '" + printable(asked.name, 200) + "' but '" + own +
                        "': the name was given by " + asked.by,
                    "nothing was fetched; its hash is " + to_hex(hash().span()) +
                        ", 'discover' lists what else is shared");
}

result<void> core::life::select_files() {
    const auto& info = torrent_->info;
    drop_unfit_wishes();
    auto& choice = files_.choice;
    if (get() != nullptr && choice.select.empty())
        if (const auto* link = std::get_if<torrent::magnet>(&get()->target))
            choice.select = selection_text(link->select_only);
    if (get() != nullptr && get()->to_stdout && choice.select.empty() && info.multi_file)
        return bt::fail(
            errc::usage,
            "'" + printable(info.name) + "' has several files: only one can go to standard output",
            "choose it with --select");
    auto priorities = file_priorities(info, choice);
    if (!priorities) return unexpected<error>(priorities.error());
    files_.use(info, std::move(*priorities));
    return {};
}

/// As the user calls them.
void core::life::name_files() {
    if (!torrent_ || renamed_.empty()) return;
    if (auto named = torrent::with_paths(torrent_->info, renamed_)) torrent_->info = std::move(*named);
}

/// Two downloads that would write the same file are told before either has fetched anything.
result<void> core::life::take_place(const std::string& folder, const torrent::info& info) {
    if (get() == nullptr || get()->to_stdout) return {};
    const auto* own = &torrent_->info;
    const auto path = path_in(folder, info.name);
    bool is_ours = false;
    const auto [first, end] = around_.places.equal_range(path);
    for (auto at = first; at != end; ++at) {
        is_ours = is_ours || at->second == own;
        if (at->second != own && has_same_file(*at->second, info))
            return bt::fail(errc::occupied,
                            "'" + printable(path, 4'096) + "' is where " +
                                to_hex(at->second->hash.span()).substr(0, 8) +
                                " is put, another torrent of this name",
                            "fetch it into another folder");
    }
    if (!is_ours) around_.places.emplace(path, own);
    return {};
}

void core::life::leave_place(const std::string& folder, const std::string& name) {
    const auto [first, end] = around_.places.equal_range(path_in(folder, name));
    for (auto at = first; at != end; ++at)
        if (at->second == &torrent_->info) {
            around_.places.erase(at);
            return;
        }
}

void core::life::open_files() {
    BT_ASSERT(torrent_ && files_.priorities.size() == torrent_->info.files.size());
    saved_.held.reset();
    saving_ = false;                                      // of what was open before nothing is told any more
    auto held = std::exchange(left_.held, std::nullopt);  // it counts for the first look at them
    believes_ = held.has_value();
    if (share() != nullptr)
        around_.ask(disk::open{id_, torrent_->info,
                               disk::owned_place{share()->paths, share()->stamps, "", std::move(held)}});
    else if (read_only_)
        around_.ask(disk::open{id_, torrent_->info, disk::owned_place{{}, {}, get()->folder}});
    else
        around_.ask(
            disk::open{id_, torrent_->info,
                       disk::download_place{get()->folder, get()->overwrite, wanted_files(files_.priorities),
                                            get()->to_stdout, std::move(held), get()->prealloc}});
}

void core::life::check(bool all) {
    BT_ASSERT(torrent_.has_value());
    enter(in::checking{0, torrent_->info.shape.total_bytes()});
    unreadable_ = {};
    around_.ask(disk::check{id_, round_, all});
}

void core::life::check_progress(std::uint64_t bytes_done, std::uint64_t bytes_total, bool copies) {
    auto* checking = std::get_if<in::checking>(&phase_);
    if (checking == nullptr) return;
    patience_.restart(around_.now);
    *checking = {bytes_done, bytes_total, copies};
    check_.bytes_done = bytes_done;
    check_.bytes_total = bytes_total;
    tell(session::checking{bytes_done, bytes_total, copies});
}

void core::life::checked(std::uint32_t round, const result<torrent::piece_set>& have,
                         std::vector<torrent::misfit> misfits) {
    if (!is<in::checking>() || round != round_) return;
    const bool believed = std::exchange(believes_, false);
    if (!have) return check_failed(have.error());
    if (believed && check_.number != 0 && !check_.over)
        return around_.ask(disk::check{id_, ++round_});  // a user wants to know
    begin(*have, share() != nullptr || read_only_);
    changes_.misfit.clear();
    changes_.gone = false;
    if (share() != nullptr || read_only_) note_misfits(misfits);
    tell_check(*have, std::move(misfits));
    remove_if_wished();
}

/// What was complete and was changed since is its owner's: it stays as it is, and only what is still good of
/// it is given. What was there and cannot be read now is tried again piece by piece.
void core::life::check_failed(const error& why) {
    const bool was_there = share() != nullptr || completion_;
    if (was_there && why.code == errc::storage) {
        const torrent::piece_set none(torrent_->info.shape.piece_count());
        begin(none, true);
        tell_check(none, {});
        for (std::uint32_t i = 0; i < none.size(); ++i) unreadable_.waiting.insert(piece_index(i));
        cannot_read(why);
        return remove_if_wished();
    }
    if (!completion_ || read_only_ || why.code != errc::occupied) return fail(why);
    read_only_ = true;
    ++round_;
    open_files();
    around_.ask(disk::check{id_, round_});
}

/// What is on the disk is known: data may flow.
void core::life::begin(const torrent::piece_set& have, bool only_read) {
    BT_ASSERT(torrent_ && have.size() == torrent_->info.shape.piece_count());
    BT_ASSERT(only_read || share() == nullptr);  // what is shared is not mended
    patience_.restart(around_.now);
    held_changed_ = true;
    have.for_each([&](piece_index piece) { changes_.taken_back.erase(piece); });
    auto pieces = piece_priorities(torrent_->info, files_.priorities);
    if (only_read)  // it is not mended
        for (std::uint32_t i = 0; i < pieces.size(); ++i)
            if (!have.has(piece_index(i))) pieces[i] = swarm::priority::skip;
    const bool sequential = get() != nullptr && (get()->sequential || get()->to_stdout);
    around_.net.begin(around_.now, id_, have, pieces, sequential);
    const bool all = swarm().is_complete();
    if (!completion_) {
        tell(ready{});
    } else if (!all) {
        completion_.reset();
        tell(reopened{});
    }
    const bool moved = std::exchange(was_moved_, false);
    if (only_read) {
        enter(in::seeding{});
        if (moved) save(true);
        return;
    }
    enter(in::downloading{});
    if (have.count() > 0) save(true);  // what was hashed is not hashed again, however soon it is killed
    if (!all) return;
    was_there_ = was_there_ || !completion_;
    complete();
}

/// All wanted pieces are verified and written.
void core::life::complete() {
    if (is<in::downloading>() && !trouble_) finish_files();
}

void core::life::finish_files() {
    BT_ASSERT(swarm().is_complete() && is<in::downloading>());
    enter(in::finishing{});
    around_.ask(disk::finish{id_, round_});
}

void core::life::finished(std::uint32_t round, disk::finish_outcome how, const result<std::string>& path) {
    using outcome = disk::finish_outcome;
    if (!is<in::finishing>() || round != round_) return;
    BT_ASSERT(path.has_value() == (how == outcome::ok));
    if (how == outcome::ok) {
        disk_works();
        return completed_now(*path);
    }
    if (how == outcome::refused) return fail(path.error());
    enter(in::downloading{});
    if (how == outcome::failed) disk_refuses(path.error());
    if (trouble_) try_disk_later();
}

void core::life::completed_now(std::string path) {
    BT_ASSERT(get() != nullptr && swarm().is_complete());
    patience_.measure(around_.now, is_waiting() || trouble_);
    enter(in::seeding{});
    held_changed_ = true;
    if (completion_) return;  // looked at again, and all was well
    const auto fetched = swarm().down().total();
    completion_ = completion{around_.now, {}, swarm().up().total()};
    tell(completed{std::move(path), patience_.at_work(around_.now), fetched, left_.downloaded + fetched,
                   was_there_, files_.wanted_bytes, wanted_files(files_.priorities)});
    watch();
}

// --- pieces ----------------------------------------------------------------------------------------

void core::life::write(piece_index piece, buffer data) {
    BT_ASSERT(get() != nullptr && torrent_ && !is<in::finding>());
    BT_ASSERT(data.size() == torrent_->info.shape.piece_size(piece));
    around_.ask(disk::write{id_, round_, piece, std::move(data)});
}

void core::life::written(std::uint32_t round, piece_index piece, disk::write_outcome how,
                         const result<void>& why, buffer data) {
    using outcome = disk::write_outcome;
    if (is_over() || round != round_) return;
    if (how == outcome::failed) {
        disk_refuses(why.error());
        trouble_->unwritten.emplace_back(piece, std::move(data));
        return;
    }
    const auto told = how == outcome::ok              ? swarm::write_result::ok
                      : how == outcome::hash_mismatch ? swarm::write_result::hash_mismatch
                                                      : swarm::write_result::failed;
    around_.net.written(around_.now, id_, piece, told, std::move(data));
    if (how == outcome::refused) return fail(why.error());
    held_changed_ = held_changed_ || how == outcome::ok;
    // one that was taken: the others, too
    if (how == outcome::ok && trouble_) try_disk_again();
}

void core::life::blocks_read(connection_id to, const std::vector<torrent::block_range>& ranges,
                             result<buffer> frames) {
    if (is_over()) return;
    // of a changed file files_changed() tells, and what is moved lies elsewhere in a moment
    if (!frames && frames.error().code != errc::bad_data && !moving_) {
        for (const auto& range : ranges)
            if (!unreadable_.being_read.contains(range.piece)) unreadable_.waiting.insert(range.piece);
        cannot_read(frames.error());
    }
    around_.net.blocks_read(around_.now, id_, to, ranges, frames ? std::move(*frames) : buffer());
}

/// A piece that a peer has asked for twice, or that could not be read.
void core::life::looked_at(piece_index piece, bool good) {
    if (is_over()) return;
    if (unreadable_.being_read.contains(piece)) return was_read_again(piece, good);
    if (!good)
        warn("piece " + std::to_string(piece.value()) + " is damaged on disk" +
             in_file(torrent_->info, piece) + "; it is given no more");
    around_.net.looked_at(around_.now, id_, piece, good);
}

// --- what the swarm tells --------------------------------------------------------------------------

void core::life::happened(const node::out::piece_verified& what) {
    tell(session::piece_verified{what.piece});
}

void core::life::happened(const node::out::piece_failed& what) {
    BT_ASSERT(what.piece.value() < failed_.size());
    failed_.insert(what.piece);
    tell(session::piece_failed{what.piece});
}

void core::life::happened(const node::out::peer_joined& what) {
    met_peers_ = true;
    for (const auto& peer : swarm().peers(around_.now))
        if (peer.id == what.id) tell(peer_connected{peer.address, peer.client});
}

void core::life::happened(const node::out::peer_completed& what) {
    tell(peer_complete{what.address, what.client});
    watch();
}

void core::life::happened(const node::out::peer_banned& what) {
    tell(session::peer_banned{what.address, what.reason});
}

void core::life::happened(const node::out::tracker_trouble& what) {
    tracker_message_ = what.message;
    warn(what.message);
}

// --- what holds ------------------------------------------------------------------------------------

/// What is told as complete is; what waits for the disk was fetched; numbers fit what they are about.
bool core::life::is_sound() const {
    if (is_over()) return true;
    const bool known = !is<in::finding>();
    if (rests_ && (known || !is_paused())) return false;
    const auto* pieces = swarm().pieces();
    if (known && !torrent_) return false;
    if (known && files_.wanted_in_piece.size() != torrent_->info.shape.piece_count()) return false;
    if (completion_ && (get() == nullptr || !known)) return false;
    if (read_only_ && !completion_) return false;
    if (trouble_ && (share() != nullptr || !known)) return false;
    if ((is<in::downloading>() || is<in::finishing>() || is<in::seeding>()) && pieces == nullptr)
        return false;
    if (is<in::finishing>() && trouble_ && trouble_->unwritten.empty() && trouble_->try_again_at != never)
        return false;
    return without_data() >= duration{};
}

}  // namespace bt::session
