// Torrents of the list that get another folder or other names: the list and the files are brought to agree,
// also by the next run of a daemon that was killed.
#include <sys/stat.h>

#include "app/daemon/daemon.hpp"
#include "app/files/state_record.hpp"
#include "app/session/move_records.hpp"
#include "base/text.hpp"
#include "torrent/file_names.hpp"

namespace bt::app {

void daemon::move(std::uint32_t number, const std::string& folder, bool finds, done_fn done) {
    if (const auto* one = find(number); one != nullptr && node_.find(one->hash) == one->running)
        return node_.move(one->running, folder, finds,
                          when_moved((finds ? "found: " : "moved: ") + name_of(*one) + " (" +
                                         printable(folder, 4'096) + ")",
                                     std::move(done)));
    done(fail(errc::not_found, "no such torrent is running"));
}

void daemon::rename(std::uint32_t number, const std::string& path, const std::string& name, done_fn done) {
    if (const auto free = is_free(number, path, name); !free) return done(free);
    if (const auto* one = find(number); one != nullptr && node_.find(one->hash) == one->running)
        return node_.rename(
            one->running, path, name,
            when_moved("renamed: " + printable(path, 4'096) + " (" + printable(name) + ")", std::move(done)));
    done(fail(errc::not_found, "no such torrent is running"));
}

/// No folder is put into another one: neither into one that is there, nor where another torrent of the list
/// goes. Of a name that is none the torrent itself speaks.
result<void> daemon::is_free(std::uint32_t number, const std::string& path, const std::string& name) const {
    const auto* one = find(number);
    const auto fresh = path.substr(0, path.rfind('/') + 1) + name;
    if (one == nullptr || torrent::safe_element(name) != name || fresh == path) return {};
    if (node_.find(one->hash) != one->running || node_.torrent(one->running) == nullptr) return {};
    const auto place = path_in(node_.brief_status(one->running).folder, fresh);
    const auto shown = "'" + printable(place, 4'096) + "'";
    struct stat facts {};
    if (::lstat(place.c_str(), &facts) == 0)
        return fail(errc::occupied, shown + " stands in the way: it is there already");
    for (const auto& [other, each] : torrents_) {
        if (other == number || node_.find(each.hash) != each.running) continue;
        if (node_.torrent(each.running) == nullptr) continue;
        const auto status = node_.brief_status(each.running);
        if (path_in(status.folder, status.name) == place)
            return fail(errc::occupied, shown + " is where " + to_hex(each.hash.span()).substr(0, 8) +
                                            " is put, another torrent of this name");
    }
    return {};
}

daemon::done_fn daemon::when_moved(std::string said, done_fn done) {
    return [this, said = std::move(said), done = std::move(done)](const result<void>& moved) {
        if (moved && !stopped_) told_.noted(said);
        done(moved);
    };
}

/// The list says where the files lie now.
void daemon::keep_place(torrent_id id, done_fn done) {
    if (stopped_) return done(fail(errc::failure, "the daemon ends"));  // the next one goes on from here
    if (const auto* one = find(id))
        if (const auto kept = keep(*one); !kept) return done(kept);
    node_.in_background([this, done = std::move(done)]() -> std::function<void()> {
        return [done, outcome = list_->settle()] { done(outcome); };
    });
}

/// Of an earlier run that was killed.
void daemon::bring_moves_to_an_end() {
    for (auto& [hash, record] : left_moves(state_folder(), files_)) {
        const new_place place{record.to_folder, record.names};
        storage::file_move move(files_, std::move(record), [this, of = hash](const auto& now) {
            return keep_move(state_folder(), of, files_, now);
        });
        const auto end = storage::recover_move(move);
        if (!end) {
            auto why = end.error();
            why.message = to_hex(hash.span()).substr(0, 8) + ": its move goes on later: " + why.message;
            told_.warned(why);
        } else if (*end == storage::move_end::moved) {
            moved_to_[hash] = place;
        } else {
            (void)keep_move(state_folder(), hash, files_, {});
        }
    }
}

/// The list was read, and says the new places.
void daemon::leave_old_places() {
    const auto moved = std::exchange(moved_to_, {});
    if (moved.empty() || !list_->settle()) return;
    for (const auto& [hash, place] : moved)
        for (const auto& path : leave_old_files(state_folder(), hash, files_))
            told_.warned(
                {errc::storage,
                 "'" + printable(path, 4'096) + "' stays where it was: it was changed since it was moved",
                 {}});
}

}  // namespace bt::app
