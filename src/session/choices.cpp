// What the user wants of a torrent while it runs: pause, other files, another look at them.
#include <numeric>
#include <utility>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "session/life.hpp"
#include "torrent/renamed.hpp"

namespace bt::session {
namespace {

constexpr std::size_t choices_remembered = 16;

bool wants_more(const std::vector<swarm::priority>& now, const std::vector<swarm::priority>& before) {
    for (std::size_t i = 0; i < now.size(); ++i)
        if (now[i] != swarm::priority::skip && before[i] == swarm::priority::skip) return true;
    return false;
}

}  // namespace

void core::life::set_paused(bool paused, std::string why) {
    if (!paused || !why.empty()) why_paused_ = std::move(why);
    if (is_over() || is_paused() == paused) return;
    patience_.restart(around_.now);
    around_.net.set_paused(around_.now, id_, paused);
    if (!paused && rests_) start();
}

void core::life::run_now() {
    around_.net.set_forced(around_.now, id_, true);
    set_paused(false);
}

void core::life::reannounce() { around_.net.reannounce(around_.now, id_); }

void core::life::set_limits(std::uint64_t down, std::uint64_t up) {
    down_limit_ = down;
    up_limit_ = up;
    around_.net.set_limits(id_, down, up);
}

result<void> core::life::set_seed(const seed_rule& rule) {
    auto* get = std::get_if<get_request>(&wish_);
    if (get == nullptr) return bt::fail(errc::usage, "a share is given until it is stopped");
    get->seed = rule;
    return {};
}

/// The wish says the same: it is what is kept.
void core::life::set_trackers(torrent::tracker_tiers tiers) {
    if (is_over()) return;
    around_.net.set_trackers(around_.now, id_, tiers);
    tracker_message_.clear();
    if (torrent_) torrent_->trackers = tiers;
    if (auto* share = std::get_if<share_request>(&wish_)) {
        share->torrent.trackers = std::move(tiers);
        return;
    }
    auto& get = std::get<get_request>(wish_);
    get.trackers.clear();
    if (auto* known = std::get_if<torrent::metainfo>(&get.target)) {
        known->trackers = std::move(tiers);
        return;
    }
    auto& link = std::get<torrent::magnet>(get.target);
    link.trackers.clear();
    for (const auto& tier : tiers) link.trackers.insert(link.trackers.end(), tier.begin(), tier.end());
}

// --- other files -----------------------------------------------------------------------------------

std::uint32_t file_wishes::number(std::optional<result<void>> outcome) {
    outcomes.emplace(++last, std::move(outcome));
    if (outcomes.size() > choices_remembered) outcomes.erase(outcomes.begin());
    return last;
}

void file_wishes::use(const torrent::info& info, std::vector<swarm::priority> wanted) {
    BT_ASSERT(wanted.size() == info.files.size());
    priorities = std::move(wanted);
    wanted_in_piece = session::wanted_bytes(info, priorities);
    wanted_bytes = std::accumulate(wanted_in_piece.begin(), wanted_in_piece.end(), std::uint64_t{0});
}

result<std::uint32_t> core::life::choose(file_choice choice) {
    if (share() != nullptr) return bt::fail(errc::usage, "what is shared is shared as a whole");
    if (get()->to_stdout) return bt::fail(errc::usage, "it goes to standard output: one file, in order");
    if (is<in::finding>()) return note_choice(std::move(choice));
    if (moving_) return bt::fail(errc::failure, "its files are being moved", "try again in a moment");
    if (read_only_)
        return bt::fail(errc::failure, "its files have been changed",
                        "the same get again, with --overwrite, mends them");
    auto priorities = file_priorities(torrent_->info, choice);
    if (!priorities) return unexpected<error>(priorities.error());
    const auto number = files_.number(std::nullopt);
    asked_.emplace(number, asked_choice{std::move(choice), std::move(*priorities)});
    around_.ask(disk::select{id_, number, wanted_files(asked_.at(number).priorities)});
    return number;
}

void core::life::selected(std::uint32_t number, const result<void>& outcome) {
    auto asked = asked_.extract(number);
    if (is_over() || asked.empty()) return;
    if (const auto open = files_.outcomes.find(number); open != files_.outcomes.end()) open->second = outcome;
    held_changed_ = true;
    if (outcome)
        use_choice(asked.mapped().choice, std::move(asked.mapped().priorities));
    else
        warn("the choice of files stays as it was: " + outcome.error().message);
}

/// Its files are not known: whether the choice fits them is found out when they are.
result<std::uint32_t> core::life::note_choice(file_choice choice) {
    for (const auto* list : {&choice.select, &choice.first, &choice.last})
        if (const auto fine = check_list(*list); !fine) return unexpected<error>(fine.error());
    auto& before = files_.before;
    before.push_back(std::exchange(files_.choice, std::move(choice)));
    // what the command itself asked for stays: it is what is left where nothing later fits
    if (before.size() > choices_remembered) before.erase(before.begin() + 1);
    return files_.number(result<void>());
}

/// Of what was noted while the files were not known each list that fits none of them goes back to the one
/// before it: a download that goes on is not ended by a wish from another terminal.
void core::life::drop_unfit_wishes() {
    const auto before = std::exchange(files_.before, {});
    for (const auto list : {&file_choice::select, &file_choice::first, &file_choice::last})
        for (auto older = before.rbegin(); older != before.rend(); ++older) {
            auto& now = files_.choice.*list;
            if (now.empty()) break;
            if (now == (*older).*list) continue;
            const auto fits = select(torrent_->info, now);
            if (fits) break;
            warn("the choice of files stays as it was: " + fits.error().message);
            now = (*older).*list;
        }
}

std::optional<result<void>> core::life::chosen(std::uint32_t number) const {
    const auto found = files_.outcomes.find(number);
    if (found == files_.outcomes.end()) return result<void>(bt::fail(errc::not_found, "no such choice"));
    return found->second;
}

void core::life::use_choice(const file_choice& choice, std::vector<swarm::priority> priorities) {
    BT_ASSERT(get() != nullptr && priorities.size() == files_.priorities.size());
    const bool more = wants_more(priorities, files_.priorities);
    files_.choice = choice;
    files_.use(torrent_->info, std::move(priorities));
    if (!renamed_.empty()) choose_by_number();
    patience_.restart(around_.now);
    if (is<in::checking>()) return;  // they count when it is over
    // after the end another process may have gone on with what lay beside wanted files
    if (more && !is<in::downloading>()) return look_again(false);
    const auto pieces = piece_priorities(torrent_->info, files_.priorities);
    around_.net.set_priorities(around_.now, id_, pieces);
}

// --- another look ----------------------------------------------------------------------------------

result<std::uint32_t> core::life::recheck() {
    if (is<in::finding>()) return bt::fail(errc::failure, "its files are not known yet");
    if (get() != nullptr && get()->to_stdout)
        return bt::fail(errc::usage, "it goes to standard output: there is nothing to look at");
    if (check_.number != 0 && !check_.over) return check_.number;
    const auto& info = torrent_->info;
    check_ = {check_.number + 1, false, 0, info.shape.total_bytes(), 0, 0, {}, {}};
    had_ = torrent::piece_set(info.shape.piece_count());
    if (is<in::checking>()) return check_.number;  // the first look is meant
    if (share() != nullptr || completion_) {       // it was all there
        const auto pieces = piece_priorities(info, files_.priorities);
        for (std::uint32_t i = 0; i < pieces.size(); ++i)
            if (pieces[i] != swarm::priority::skip) had_.insert(piece_index(i));
    } else if (const auto* pieces = swarm().pieces()) {
        had_ = pieces->have();
    }
    look_again(true);
    return check_.number;
}

void core::life::look_again(bool all) {
    BT_ASSERT(torrent_ && !is<in::finding>() && !is<in::checking>());
    ++round_;
    forget_unwritten();
    around_.net.recheck(around_.now, id_);
    believes_ = believes_ || !all;
    check(all);
}

// --- another folder, other names -------------------------------------------------------------------

result<bool> core::life::move(std::string folder, bool finds) {
    if (get() != nullptr && (get()->to_stdout || get()->metadata_only))
        return bt::fail(errc::usage, "it has no files to be moved");
    if (moving_) return bt::fail(errc::failure, "its files are being moved already");
    if (rests_ && torrent_ && !finds)
        return bt::fail(errc::failure, "it is stopped by a trouble, and its files stay where they are",
                        "resume it first, or use --find where you have moved them");
    if (is<in::finding>()) {  // there are none yet
        bt::session::use_folder(wish_, std::move(folder),
                                torrent_ ? torrent::paths_of(torrent_->info) : std::vector<std::string>());
        return false;
    }
    if (get() != nullptr && folder == get()->folder) return false;
    if (auto taken = take_place(folder, torrent_->info); !taken) return unexpected<error>(taken.error());
    if (finds) {
        use_place(std::move(folder), torrent_->info);
        look_anew();
        return false;
    }
    ask_to_move(std::move(folder), torrent_->info);
    return true;
}

result<bool> core::life::rename(const std::string& path, const std::string& name) {
    if (get() != nullptr && (get()->to_stdout || get()->metadata_only))
        return bt::fail(errc::usage, "it has no files to be renamed");
    if (moving_) return bt::fail(errc::failure, "its files are being moved already");
    if (!torrent_) return bt::fail(errc::not_found, "its files are not known yet");
    if (is<in::finding>()) return bt::fail(errc::failure, "it is stopped by a trouble");
    auto named = torrent::with_renamed(torrent_->info, path, name);
    if (!named) return unexpected<error>(named.error());
    if (torrent::paths_of(*named) == torrent::paths_of(torrent_->info)) return false;
    const auto folder = brief_status().folder;
    for (std::size_t i = 0; share() != nullptr && i < share()->paths.size(); ++i)
        if (const auto& file = torrent_->info.files[i];
            !file.padding && share()->paths[i] != path_in(folder, file.path))
            return bt::fail(errc::failure, "its files do not lie where the names of the torrent say");
    if (auto taken = take_place(folder, *named); !taken) return unexpected<error>(taken.error());
    ask_to_move(folder, std::move(*named));
    return true;
}

void core::life::add_files(const std::set<std::string, std::less<>>& names,
                           std::vector<std::string>& to) const {
    if (!torrent_ || is_over() || (get() != nullptr && (get()->to_stdout || get()->metadata_only))) return;
    // its folder is no link
    if (get() != nullptr && !names.contains(torrent_->info.name)) return;
    for (std::size_t i = 0; i < torrent_->info.files.size(); ++i) {
        const auto& file = torrent_->info.files[i];
        const bool has_path = share() != nullptr && i < share()->paths.size();
        const std::string_view path = has_path ? share()->paths[i] : file.path;
        if (file.padding || !names.contains(path.substr(path.rfind('/') + 1))) continue;
        to.push_back(has_path ? std::string(path) : path_in(own_folder(), file.path));
    }
}

void core::life::ask_to_move(std::string folder, torrent::info named) {
    moving_ = under_way{folder, named};
    around_.ask(disk::move{id_, std::move(folder), std::move(named)});
}

void core::life::move_progress(std::uint64_t bytes_done, std::uint64_t bytes_total) {
    if (!moving_) return;
    moving_->bytes_done = bytes_done;
    moving_->bytes_total = bytes_total;
}

/// What it was waiting for meanwhile went with the old files: all begins with another look.
void core::life::moved(result<torrent::held_files> held) {
    if (is_over() || !is_copying()) return;
    if (held) {
        left_.held = std::move(*held);
        was_moved_ = true;
        moving_->placed = true;
        use_place(moving_->folder, moving_->named);  // it is what is kept
        return around_.ask(disk::leave_old_place{id_, hash()});
    }
    const auto given_up = std::exchange(moving_, std::nullopt);
    const bool is_its_own =
        get() != nullptr && get()->folder == given_up->folder && torrent_->info.name == given_up->named.name;
    if (!is_its_own) leave_place(given_up->folder, given_up->named.name);
    remove_if_wished();
}

void core::life::left_old_place() {
    if (is_over() || !moving_ || !moving_->placed) return;
    moving_.reset();
    look_anew();
    remove_if_wished();
}

/// A name in a choice means the file that had it then.
void core::life::choose_by_number() {
    std::vector<swarm::priority> numbered;
    for (std::size_t i = 0; i < files_.priorities.size(); ++i)
        if (!torrent_->info.files[i].padding) numbered.push_back(files_.priorities[i]);
    files_.choice = choice_by_number(numbered);
}

/// The files lie there now, under these names.
void core::life::use_place(std::string folder, const torrent::info& named) {
    if (get() != nullptr && (get()->folder != folder || torrent_->info.name != named.name))
        leave_place(get()->folder, torrent_->info.name);
    auto paths = torrent::paths_of(named);
    bt::session::use_folder(wish_, std::move(folder), paths);
    if (named.renamed) {
        torrent_->info = named;
        renamed_ = std::move(paths);
        choose_by_number();
    }
}

void core::life::look_anew() {
    open_files();
    if (!is<in::checking>()) return look_again(true);
    ++round_;
    unreadable_ = {};
    around_.ask(disk::check{id_, round_});
}

/// Nothing, unless a user asked for it.
void core::life::tell_check(const torrent::piece_set& have, std::vector<torrent::misfit> misfits) {
    if (is_over() || check_.number == 0 || check_.over) return;
    const auto& info = torrent_->info;
    BT_ASSERT(had_.size() == have.size());
    const auto pieces = piece_priorities(info, files_.priorities);
    torrent::piece_set lost(have.size());
    for (std::uint32_t i = 0; i < have.size(); ++i) {
        const piece_index piece(i);
        if (had_.has(piece) && !have.has(piece)) lost.insert(piece);
        if (pieces[i] == swarm::priority::skip) continue;
        ++check_.pieces_wanted;
        if (have.has(piece)) ++check_.pieces_good;
    }
    check_.bad = bad_runs(info, lost);
    // of a download that goes on much is not there yet
    if (share() != nullptr || read_only_ || completion_) {
        drop_told(info, lost, misfits);
        for (const auto& each : misfits) check_.bad_files.push_back(as_bad_file(info, each));
    }
    check_.over = true;
    tell(rechecked{check_.pieces_good, check_.pieces_wanted, check_.bad, check_.bad_files,
                   share() == nullptr && !read_only_});
}

}  // namespace bt::session
