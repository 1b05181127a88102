// Torrents of the list that get another folder or other names: the record of a move, the list and the old
// files are brought to agree, also by the next run of a daemon that was killed.
#include <sys/stat.h>

#include <memory>

#include "app/daemon/daemon.hpp"
#include "app/daemon/rpc_host.hpp"
#include "app/files/state_record.hpp"
#include "app/session/move_records.hpp"
#include "base/text.hpp"
#include "torrent/file_names.hpp"

namespace bt::app {
namespace {

storage::file_move begun(const info_hash& hash, storage::move_record record, storage::file_system& files) {
    return {files, std::move(record), [&files, hash](const storage::move_record& now) {
                return keep_move(state_folder(), hash, files, now);
            }};
}

}  // namespace

void daemon::move(std::uint32_t number, const std::string& folder, bool finds,
                  std::function<void(const result<void>&)> done) {
    if (const auto* one = find(number); one != nullptr && node_.find(one->hash) == one->running)
        return node_.move(one->running, folder, finds,
                          when_moved(number,
                                     (finds ? "found: " : "moved: ") + name_of(*one) + " (" +
                                         printable(folder, 4'096) + ")",
                                     std::move(done)));
    done(fail(errc::not_found, "no such torrent is running"));
}

void daemon::rename(std::uint32_t number, const std::string& path, const std::string& name,
                    std::function<void(const result<void>&)> done) {
    if (const auto free = is_free(number, path, name); !free) return done(free);
    if (const auto* one = find(number); one != nullptr && node_.find(one->hash) == one->running)
        return node_.rename(
            one->running, path, name,
            when_moved(number, "renamed: " + printable(path, 4'096) + " (" + printable(name) + ")",
                       std::move(done)));
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

std::function<void(const result<void>&)> daemon::when_moved(std::uint32_t number, std::string said,
                                                            std::function<void(const result<void>&)> done) {
    return [this, number, said = std::move(said), done = std::move(done)](const result<void>& moved) {
        const auto* now = find(number);
        if (!moved || stopped_ || now == nullptr) return done(moved);
        told_.noted(said);
        if (const auto kept = keep(*now); !kept) return done(kept);  // the next start goes on from here
        leave_old_place(now->hash, done);
    };
}

/// The list says the new place: the old one goes when that is durable.
void daemon::leave_old_place(const info_hash& hash, std::function<void(const result<void>&)> done) {
    node_.in_background([this, hash, done = std::move(done)]() -> std::function<void()> {
        auto outcome = list_->settle();
        std::vector<std::string> kept;
        if (outcome)
            for (auto& [of, record] : left_moves(state_folder(), files_)) {
                if (of != hash || record.at != storage::move_record::phase::placed) continue;
                kept = begun(hash, std::move(record), files_).remove_old();
                (void)keep_move(state_folder(), hash, files_, {});
            }
        return [this, kept = std::move(kept), outcome, done] {
            for (const auto& path : kept)
                told_.warned(
                    {errc::storage,
                     "'" + printable(path, 4'096) + "' stays where it was: it was changed since it was moved",
                     {}});
            done(outcome);
        };
    });
}

/// Of an earlier run that was killed.
void daemon::bring_moves_to_an_end() {
    for (auto& [hash, record] : left_moves(state_folder(), files_)) {
        const new_place place{record.to_folder, record.names};
        auto move = begun(hash, std::move(record), files_);
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

}  // namespace bt::app
