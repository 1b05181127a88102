// What the user wants of a torrent while it runs: pause, other files, another look at them, the end.
#include <algorithm>
#include <utility>

#include "app/session/running_session.hpp"
#include "base/text.hpp"

namespace bt::app {
namespace {

constexpr std::size_t choices_remembered = 16;

unexpected<error> is_over() { return fail(errc::not_found, "it is over"); }

bool wants_more(const std::vector<swarm::priority>& now, const std::vector<swarm::priority>& before) {
    for (std::size_t i = 0; i < now.size(); ++i)
        if (now[i] != swarm::priority::skip && before[i] == swarm::priority::skip) return true;
    return false;
}

}  // namespace

std::vector<torrent_id> running_session::torrents() const {
    std::vector<torrent_id> all;
    for (const auto& [id, j] : jobs_) all.push_back(id);
    return all;
}

void running_session::set_paused(torrent_id id, bool paused) {
    auto& j = at(id);
    if (j.over || j.paused == paused) return;
    j.paused = paused;
    j.progress_at = loop_.now();
    core_->set_paused(loop_.now(), id, paused);
    pump();
}

void running_session::run_now(torrent_id id) {
    if (at(id).over) return;
    core_->set_forced(loop_.now(), id, true);
    set_paused(id, false);
    pump();
}

void running_session::remove(torrent_id id) {
    loop_.post([this, &j = at(id)] {
        if (j.over || stopping_) return;
        leave(j, torrent_state::finished);  // or the others' terminals would still be told of it
        emit(removed{j.id});
        pump();
    });
}

void running_session::reannounce(torrent_id id) {
    if (at(id).over) return;
    core_->reannounce(loop_.now(), id);
    pump();
}

void running_session::set_limits(torrent_id id, std::uint64_t down, std::uint64_t up) {
    auto& j = at(id);
    if (j.over) return;
    j.down_limit = down;
    j.up_limit = up;
    core_->set_limits(id, down, up);
    pump();
}

void running_session::set_limits(std::uint64_t down, std::uint64_t up) {
    options_.down_limit = down;
    options_.up_limit = up;
    core_->set_limits(down, up);
    pump();
}

// --- other files -----------------------------------------------------------------------------------

result<std::uint32_t> running_session::choose(torrent_id id, file_choice choice) {
    auto& j = at(id);
    if (j.over) return is_over();
    if (j.share) return bt::fail(errc::usage, "what is shared is shared as a whole");
    if (j.get->to_stdout) return bt::fail(errc::usage, "it goes to standard output: one file, in order");
    if (!j.torrent) return note_choice(j, std::move(choice));
    if (j.read_only)
        return bt::fail(errc::failure, "its files have been changed",
                        "the same get again, with --overwrite, mends them");
    auto priorities = file_priorities(j.torrent->info, choice);
    if (!priorities) return unexpected<error>(priorities.error());
    if (!j.files) {
        j.choice = std::move(choice);
        j.choices[++j.last_choice] = result<void>();
        return j.last_choice;
    }
    auto wanted = wanted_files(*priorities);
    const auto number = ++j.last_choice;
    j.choices.emplace(number, std::nullopt);
    if (j.choices.size() > choices_remembered) j.choices.erase(j.choices.begin());
    j.files->select(std::move(wanted), [this, &j, number, choice,
                                        priorities = std::move(*priorities)](const result<void>& outcome) {
        if (j.over) return;
        if (const auto open = j.choices.find(number); open != j.choices.end()) open->second = outcome;
        if (outcome)
            use_choice(j, choice, priorities);
        else
            emit(warning{"the choice of files stays as it was: " + outcome.error().message});
        pump();
    });
    return number;
}

/// Its files are not known: whether the choice fits them is found out when they are.
result<std::uint32_t> running_session::note_choice(job& j, file_choice choice) {
    for (const auto* list : {&choice.select, &choice.first, &choice.last})
        if (const auto fine = check_list(*list); !fine) return unexpected<error>(fine.error());
    j.choices_before.push_back(std::exchange(j.choice, std::move(choice)));
    // what the command itself asked for stays: it is what is left where nothing later fits
    if (j.choices_before.size() > choices_remembered) j.choices_before.erase(j.choices_before.begin() + 1);
    j.choices[++j.last_choice] = result<void>();
    if (j.choices.size() > choices_remembered) j.choices.erase(j.choices.begin());
    return j.last_choice;
}

/// Of what was noted while the files were not known each list that fits none of them goes back to the one
/// before it: a download that goes on is not ended by a wish from another terminal.
void running_session::drop_unfit_wishes(job& j) {
    const auto before = std::exchange(j.choices_before, {});
    for (const auto list : {&file_choice::select, &file_choice::first, &file_choice::last})
        for (auto older = before.rbegin(); older != before.rend(); ++older) {
            const auto& now = j.choice.*list;
            if (now.empty()) break;
            if (now == (*older).*list) continue;
            const auto fits = select(j.torrent->info, now);
            if (fits) break;
            emit(warning{"the choice of files stays as it was: " + fits.error().message});
            j.choice.*list = (*older).*list;
        }
}

std::optional<result<void>> running_session::chosen(torrent_id id, std::uint32_t choice) const {
    const auto& all = jobs_.at(id)->choices;
    const auto found = all.find(choice);
    if (found == all.end()) return result<void>(bt::fail(errc::not_found, "no such choice"));
    return found->second;
}

void running_session::use_choice(job& j, const file_choice& choice, std::vector<swarm::priority> priorities) {
    const bool more = wants_more(priorities, j.priorities);
    j.choice = choice;
    use_priorities(j, std::move(priorities));
    j.progress_at = loop_.now();
    if (j.state == torrent_state::checking) return;  // they count when it is over
    // the end took away what lay beside wanted files: what is there has to be found out anew
    if (j.finishing && more) return look_again(j);
    const auto pieces = piece_priorities(j.torrent->info, j.priorities);
    core_->set_priorities(loop_.now(), j.id, pieces);
}

// --- another look ----------------------------------------------------------------------------------

result<std::uint32_t> running_session::recheck(torrent_id id) {
    auto& j = at(id);
    if (j.over) return is_over();
    if (!j.files) return bt::fail(errc::failure, "its files are not known yet");
    if (j.sink) return bt::fail(errc::usage, "it goes to standard output: there is nothing to look at");
    auto& check = j.last_check;
    if (check.number != 0 && !check.over) return check.number;
    check = {check.number + 1, false, 0, j.torrent->info.shape.total_bytes(), 0, 0, {}, {}};
    j.had = torrent::piece_set(j.torrent->info.shape.piece_count());
    if (j.state == torrent_state::checking) return check.number;  // the first look is meant
    if (j.share || j.finished_at != time_point{}) {               // it was all there
        const auto pieces = piece_priorities(j.torrent->info, j.priorities);
        for (std::uint32_t i = 0; i < pieces.size(); ++i)
            if (pieces[i] != swarm::priority::skip) j.had.insert(piece_index(i));
    } else if (const auto* pieces = core_->swarm(id).pieces()) {
        j.had = pieces->have();
    }
    look_again(j);
    pump();
    return check.number;
}

void running_session::look_again(job& j) {
    ++j.round;
    j.finishing = false;
    forget_unwritten(j);
    core_->recheck(loop_.now(), j.id);
    check(j);
}

/// Nothing, where nobody asked for it.
void running_session::tell_check(job& j, const torrent::piece_set& have) {
    auto& check = j.last_check;
    if (check.number == 0 || check.over) return;
    const auto pieces = piece_priorities(j.torrent->info, j.priorities);
    torrent::piece_set lost(have.size());
    for (std::uint32_t i = 0; i < have.size(); ++i) {
        const piece_index piece(i);
        if (j.had.has(piece) && !have.has(piece)) lost.insert(piece);
        if (pieces[i] == swarm::priority::skip) continue;
        ++check.pieces_wanted;
        if (have.has(piece)) ++check.pieces_good;
    }
    check.bad = bad_runs(j.torrent->info, lost);
    // of a download that goes on much is not there yet
    if (j.share || j.read_only || j.finished_at != time_point{}) {
        auto misfits = j.files->misfits();
        drop_told(j.torrent->info, lost, misfits);
        for (const auto& each : misfits) check.bad_files.push_back(as_bad_file(j.torrent->info, each));
    }
    check.over = true;
    emit(rechecked{j.id, check.pieces_good, check.pieces_wanted, check.bad, check.bad_files,
                   !j.share && !j.read_only});
}

}  // namespace bt::app
