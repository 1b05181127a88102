// What goes wrong with files while a torrent runs: the disk takes nothing more, or another program changed
// what was there. Neither ends the torrent: what is right is given on, and it goes on when the cause is gone.
#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "session/life.hpp"

namespace bt::session {
namespace {

/// How often a disk that takes nothing is tried again.
constexpr duration try_again_time = 10s;
/// Pieces that come damaged are counted so long before they are told.
constexpr duration count_time = 10s;

/// So many pieces are hashed at a time to see whether they can be read again.
constexpr std::size_t most_read_again = 32;

}  // namespace

// --- a disk that takes nothing ---------------------------------------------------------------------

/// Told once; what has arrived is kept for the next try.
void core::life::disk_refuses(const error& why) {
    BT_ASSERT(get() != nullptr && !is<in::finding>());  // what is shared is not written to
    const bool first = !trouble_;
    const bool news = first || trouble_->why.message != why.message;
    if (first) trouble_.emplace();
    trouble_->why = why;
    try_disk_later();
    patience_.measure(around_.now, true);
    around_.net.set_writable(around_.now, id_, false);
    if (first)
        warn(why.message + "; it waits, and goes on by itself");
    else if (news)
        warn(why.message, true);
}

void core::life::try_disk_later() { trouble_->try_again_at = around_.now + try_again_time; }

void core::life::try_disk_again() {
    BT_ASSERT(trouble_.has_value());
    trouble_->try_again_at = never;
    auto& unwritten = trouble_->unwritten;
    if (unwritten.empty()) {  // what is complete shows it by its end
        if (swarm().is_complete() && is<in::downloading>()) return finish_files();
        if (!is<in::finishing>()) disk_works();
        return;
    }
    auto [piece, data] = std::move(unwritten.front());
    unwritten.pop_front();
    write(piece, std::move(data));
}

void core::life::disk_works() {
    if (!trouble_) return patience_.measure(around_.now, is_waiting());
    trouble_.reset();
    patience_.measure(around_.now, is_waiting());
    around_.net.set_writable(around_.now, id_, true);
    warn("the disk takes data again");
}

/// What was to be written belongs to an earlier round.
void core::life::forget_unwritten() {
    trouble_.reset();
    around_.net.set_writable(around_.now, id_, true);
}

// --- a disk that gives nothing -----------------------------------------------------------------------

/// Of some pieces, which wait to be tried again. Told once, not for every request.
void core::life::cannot_read(const error& why) {
    if (unreadable_.told != why.message) warn(unreadable_.told = why.message);
    if (unreadable_.try_again_at == never) unreadable_.try_again_at = around_.now + unreadable_.pause;
}

/// The swarm gives them no more until they are found to be right.
void core::life::read_again() {
    auto& trouble = unreadable_;
    if (trouble.none()) return void(trouble = {});  // their files were changed meanwhile
    trouble.pause = std::min(trouble.pause * 2, unreadable_pieces::longest_pause);
    trouble.try_again_at = around_.now + trouble.pause;
    ask_to_read();
}

void core::life::ask_to_read() {
    auto& trouble = unreadable_;
    while (!trouble.waiting.empty() && trouble.being_read.size() < most_read_again) {
        const auto next = trouble.waiting.extract(trouble.waiting.begin()).value();
        trouble.being_read.insert(next);
        around_.ask(disk::look_at{id_, next});
    }
}

void core::life::was_read_again(piece_index piece, bool good) {
    auto& trouble = unreadable_;
    BT_ASSERT(trouble.being_read.contains(piece));
    trouble.being_read.erase(piece);
    if (!good) return void(trouble.waiting.insert(piece));  // a while later
    around_.net.pieces_changed(around_.now, id_, {}, {piece}, false);
    trouble.pause = unreadable_pieces::first_pause;
    ask_to_read();
    if (!trouble.none()) return;
    warn("the files can be read again, and all that is right of them is given");
    trouble = {};
}

// --- files that another program changed ------------------------------------------------------------

/// Of a file that no piece tells of, or that has more than the pieces tell of.
std::string core::life::misfit_text(const std::vector<torrent::misfit>& misfits) const {
    const auto longer = std::find_if(misfits.begin(), misfits.end(),
                                     [](const torrent::misfit& each) { return each.size.has_value(); });
    if (longer == misfits.end()) return {};
    const auto& file = torrent_->info.files[longer->file.value()];
    return "'" + printable(file.path, 4'096) + "' has " + std::to_string(*longer->size) +
           " bytes instead of " + std::to_string(file.size);
}

/// Of a download as it is chosen, of a share as a whole.
void core::life::note_misfits(const std::vector<torrent::misfit>& misfits) {
    changes_.misfit = misfit_text(misfits);
    const auto wanted =
        std::count_if(torrent_->info.files.begin(), torrent_->info.files.end(),
                      [&, i = std::size_t{0}](const auto& file) mutable {
                          const auto at = i++;
                          return !file.padding && (at >= files_.priorities.size() ||
                                                   files_.priorities[at] != swarm::priority::skip);
                      });
    const auto missing =
        std::count_if(misfits.begin(), misfits.end(), [](const torrent::misfit& each) { return !each.size; });
    changes_.gone = missing > 0 && missing == wanted;
}

/// Of a share where its owner put it, else where a download ends.
std::string core::life::final_path(file_index file) const {
    if (share() != nullptr && !share()->paths.empty()) return share()->paths[file.value()];
    return (get() != nullptr ? get()->folder : std::string()) + "/" + torrent_->info.files[file.value()].path;
}

bool core::life::has_files() const {
    return !is_over() && (share() != nullptr || (is_download() && !get()->to_stdout));
}

bool core::life::can_be_looked_at() const {
    return has_files() && !is<in::finding>() && !is<in::checking>() && !is_paused();
}

/// A download that goes on, or data that is given.
bool core::life::is_at_work() const {
    return (get() != nullptr && !completion_) || swarm().connection_count() > 0;
}

void core::life::files_changed(const disk::files_changed& what) {
    if (is_over() || is<in::finding>() || is<in::checking>()) return;
    held_changed_ = true;
    const bool again = get() != nullptr && !read_only_ && !completion_;
    around_.net.pieces_changed(around_.now, id_, what.lost, what.found, again);
    changes_.lost_now += what.lost.size();
    if (!again)
        for (const auto piece : what.lost) changes_.taken_back.insert(piece);
    for (const auto piece : what.found) changes_.taken_back.erase(piece);
    for (const auto* changed : {&what.lost, &what.found})
        for (const auto piece : *changed) unreadable_.waiting.erase(piece);
    if (!what.over) return;
    if (!again) note_misfits(what.misfits);
    const auto lost = std::exchange(changes_.lost_now, 0);
    const bool gone = what.more_files == 0
                          ? std::any_of(what.misfits.begin(), what.misfits.end(),
                                        [&](const torrent::misfit& each) {
                                            return !each.size && final_path(each.file) == what.file;
                                        })
                          : changes_.gone;
    if (lost > 0 || !again || what.found.empty())  // what a choice of files found there is no news
        tell_change(what,
                    what.more_files == 0 ? (gone ? " is gone" : " was changed")
                                         : (gone ? " are gone" : " were changed"),
                    lost, again);
    if (again && swarm().is_complete() && !trouble_) complete();
}

void core::life::tell_change(const disk::files_changed& what, const char* how, std::size_t lost, bool again) {
    auto change = "'" + printable(what.file, 4'096) + "'";
    if (what.more_files > 0)
        change += " and " + std::to_string(what.more_files) +
                  (what.more_files == 1 ? " other file" : " other files");
    change += how;
    const auto& have = swarm().pieces()->have();
    if (lost == 0 && !changes_.misfit.empty())
        warn(changes_.misfit + ": others still get what it was when it was hashed");
    else if (lost == 0)
        warn(change + ", and all that is needed of it is still right", true);
    else if (again)
        warn(change + " by another program: " + pieces_text(lost) + (lost == 1 ? " is" : " are") +
             " fetched again");
    else
        warn(change + ": " + std::to_string(have.count()) + " of " + pieces_text(have.size()) +
             " are still right; the others are not given any more");
}

// --- pieces that come damaged ------------------------------------------------------------------------

/// The first is named; of a file that was changed at the other end hundreds may follow, which are counted.
void core::life::happened(const node::out::piece_damaged& what) {
    const bool first = tell_damaged_at_ == never;
    if (first)
        tell_damaged_at_ = around_.now + count_time;
    else
        ++damaged_untold_;
    warn("piece " + std::to_string(what.piece.value()) + " of " + what.address.to_string() + " is damaged" +
             in_file(torrent_->info, what.piece) + "; it is looked for elsewhere",
         !first);
}

void core::life::tell_damaged() {
    if (around_.now < tell_damaged_at_) return;
    const auto count = std::exchange(damaged_untold_, 0);
    tell_damaged_at_ = count == 0 ? never : around_.now + count_time;
    if (count > 0)
        warn("meanwhile " + pieces_text(count) + (count == 1 ? " more was" : " more were") +
             " damaged and looked for elsewhere");
}

}  // namespace bt::session
