#include "app/session/disks.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/overloaded.hpp"
#include "storage/names_on_disk.hpp"
#include "wire/peer.hpp"

namespace bt::app {

namespace disk = bt::session::disk;

storage::torrent_storage* disks::at(torrent_id id) {
    const auto found = places_.find(id);
    return found == places_.end() ? nullptr : found->second->files.get();
}

void disks::end_later(std::shared_ptr<place> old) {
    loop_.post([kept = std::move(old)] {});
}

void disks::carry_out(disk::close& what) {
    auto node = places_.extract(what.torrent);
    if (node.empty()) return close(what, nullptr);
    if (node.mapped()->holding == 0) return close(what, std::move(node.mapped()));
    node.mapped()->closed = what;
    end_later(std::move(node.mapped()));
}

/// Nothing is to be saved of it any more.
void disks::close(const disk::close& what, std::shared_ptr<place> old) {
    loop_.closed(what.hash);
    if (!what.deletes) return end_later(std::move(old));
    if (!old || !old->files)  // there are none
        return loop_.post([this, id = what.torrent] { loop_.deleted(id, {}); });
    auto& files = *old->files;
    auto theirs = core_.files_of_others(what.torrent, files.names());
    deleting_[what.torrent] = std::move(old);
    files.delete_files(std::move(theirs), [this, id = what.torrent](const torrent::deleted_files& deleted) {
        end_later(std::move(deleting_.extract(id).mapped()));
        loop_.deleted(id, deleted);
    });
}

bool disks::is_sound() const {
    return std::all_of(places_.begin(), places_.end(), [](const auto& each) {
        return !each.second->files || each.second->files->is_sound();
    });
}

// --- opening -----------------------------------------------------------------------------------------

void disks::carry_out(disk::open& what) {
    if (auto before = places_.extract(what.torrent); !before.empty()) {
        holding_ -= std::exchange(before.mapped()->holding, 0);  // it is not answered any more
        end_later(std::move(before.mapped()));
    }
    auto& to = *(places_[what.torrent] = std::make_shared<place>(place{std::move(what.info)}));
    result<void> opened;
    std::visit(
        overloaded{
            [&](disk::owned_place& where) { open_owned(to, std::move(where)); },
            [&](disk::download_place& where) { opened = open_download(what.torrent, to, std::move(where)); },
        },
        what.where);
    if (!opened) {
        loop_.post(
            [this, id = what.torrent, why = opened.error()] {  // an input waits until all outputs are out
                core_.disk_failed(loop_.now(), id, why);
                loop_.pump();
            });
        return;
    }
    to.files->on_change([this, id = what.torrent](const storage::files_changed& change) {
        disk::files_changed told{change.file, change.more_files, change.lost, change.found, change.over, {}};
        if (const auto* files = at(id); files != nullptr && change.over) told.misfits = files->misfits();
        core_.files_changed(loop_.now(), id, told);
        loop_.pump();
    });
}

void disks::open_owned(place& to, disk::owned_place where) {
    storage::shared_place shared{std::move(where.paths), std::move(where.stamps), std::move(where.folder),
                                 std::move(where.held)};
    const auto named =
        shared.paths.empty() ? storage::with_names_on_disk(to.info, shared.folder, files_) : std::nullopt;
    to.files = std::make_unique<storage::torrent_storage>(named ? *named : to.info, std::move(shared), pool_,
                                                          files_);
}

result<void> disks::open_download(torrent_id id, place& to, disk::download_place where) {
    if (where.to_stdout) {
        to.sink = std::make_unique<stdout_sink>(pool_, to.info);
        const auto made = to.sink->make_folder();
        if (!made) return unexpected<error>(made.error());
        where.folder = *made;
    }
    auto names = storage::names_for_download(to.info, where.folder, where.wanted, files_);
    if (!names) return unexpected<error>(names.error());
    if (!names->remark.empty()) remark(id, std::move(names->remark));
    to.files = std::make_unique<storage::torrent_storage>(
        names->named ? *names->named : to.info,
        storage::download_place{where.folder, where.overwrite, where.wanted, std::move(where.held),
                                where.to_stdout ? "" : loop_.journal_of(to.info.hash), where.reserve},
        pool_, files_);
    if (to.sink) start_sink(id, to, where.wanted);
    return {};
}

/// An input waits until all outputs are out.
void disks::remark(torrent_id id, std::string text) {
    loop_.post([this, id, text = std::move(text)] {
        core_.disk_remark(loop_.now(), id, text);
        loop_.pump();
    });
}

// --- checking ------------------------------------------------------------------------------------------

void disks::carry_out(disk::check& what) {
    auto* files = at(what.torrent);
    if (files == nullptr) return;  // there is no place: that was answered
    files->check(
        [this, id = what.torrent](std::uint64_t done, std::uint64_t total, bool copies) {
            core_.check_progress(loop_.now(), id, done, total, copies);
            loop_.pump();
        },
        [this, id = what.torrent, round = what.round](const result<torrent::piece_set>& have) {
            const auto found = places_.find(id);
            if (found == places_.end()) return;  // over, and its storage goes in a moment
            if (auto text = found->second->files->take_remark())
                core_.disk_remark(loop_.now(), id, std::move(*text));
            core_.checked(loop_.now(), id, round, have, found->second->files->misfits());
            if (have && found->second->sink)
                have->for_each([&](piece_index piece) { found->second->sink->verified(piece); });
            loop_.pump();
        },
        what.all);
}

void disks::carry_out(disk::look_at& what) {
    if (auto* files = at(what.torrent))
        files->look_at(what.piece, [this, id = what.torrent, piece = what.piece](bool good) {
            core_.looked_at(loop_.now(), id, piece, good);
            loop_.pump();
        });
}

void disks::carry_out(disk::look& what) {
    if (auto* files = at(what.torrent))
        files->look([this, id = what.torrent](const result<void>& looked) {
            if (looked) return;
            core_.disk_failed(loop_.now(), id, looked.error());
            loop_.pump();
        });
}

// --- moving bytes ------------------------------------------------------------------------------------

void disks::carry_out(disk::write& what) {
    auto* files = at(what.torrent);
    if (files == nullptr) return;
    files->write(what.piece, std::move(what.data),
                 [this, id = what.torrent, round = what.round, piece = what.piece](
                     disk::write_outcome how, const result<void>& why, buffer back) {
                     core_.written(loop_.now(), id, round, piece, how, why, std::move(back));
                     loop_.pump();
                 });
}

void disks::carry_out(disk::read& what) {
    auto* files = at(what.torrent);
    if (files == nullptr) return;
    auto ranges = what.ranges;
    files->read(std::move(ranges), wire::piece_header_bytes,
                [this, id = what.torrent, to = what.connection, asked = std::move(what.ranges)](
                    const result<void>& outcome, buffer frames) {
                    result<buffer> answer = std::move(frames);
                    if (!outcome) answer = unexpected<error>(outcome.error());
                    core_.blocks_read(loop_.now(), id, to, asked, std::move(answer));
                    loop_.pump();
                });
}

void disks::read_verified(torrent_id id, std::vector<piece_index> pieces,
                          std::function<void(result<buffer>)> done) {
    auto* files = at(id);
    if (files == nullptr)
        return loop_.post(
            [done = std::move(done)] { done(fail(errc::not_found, "it is not here any more")); });
    files->read_verified(std::move(pieces),
                         [done = std::move(done)](const result<void>& outcome, buffer data) {
                             outcome ? done(std::move(data)) : done(unexpected<error>(outcome.error()));
                         });
}

// --- what is kept over a restart ---------------------------------------------------------------------

/// The place stays until it has answered, also when it is closed meanwhile.
void disks::carry_out(disk::save& what) {
    const auto found = places_.find(what.torrent);
    if (!what.with_files || found == places_.end() || !found->second->files)
        return loop_.save(std::move(what), std::nullopt);
    ++holding_;
    ++found->second->holding;
    found->second->files->hold(
        [this, at = found->second, asked = std::move(what)](result<torrent::held_files> held) mutable {
            if (at->holding == 0) return;  // it was opened anew
            --holding_;
            loop_.save(std::move(asked),
                       held ? held_outcome(std::move(*held)) : held_outcome(unexpected<error>(held.error())));
            if (--at->holding == 0 && at->closed) close(*at->closed, at);
        });
}

// --- other files, and the end ------------------------------------------------------------------------

void disks::carry_out(disk::select& what) {
    auto* files = at(what.torrent);
    if (files == nullptr) return;
    files->select(std::move(what.wanted),
                  [this, id = what.torrent, choice = what.choice](const result<void>& outcome) {
                      core_.selected(loop_.now(), id, choice, outcome);
                      loop_.pump();
                      loop_.chosen(id, choice, outcome);
                  });
}

void disks::carry_out(disk::move& what) {
    const auto found = places_.find(what.torrent);
    const auto over = [this, id = what.torrent](result<torrent::held_files> held) {
        const auto failed = held ? std::nullopt : std::optional(held.error());
        core_.moved(loop_.now(), id, std::move(held));
        loop_.pump();
        if (failed) loop_.not_moved(id, *failed);
    };
    const auto refuse = [&](const error& why) {  // an input waits until all outputs are out
        loop_.post([over, why] { over(unexpected<error>(why)); });
    };
    if (found == places_.end() || !found->second->files)
        return refuse({errc::failure, "it has no files yet", {}});
    const auto& info = what.info;
    auto names =
        storage::names_for_download(info, what.folder, std::vector<bool>(info.files.size(), true), files_);
    if (!names) return refuse(names.error());
    found->second->files->move_files(
        names->named ? *names->named : info, what.folder,
        [keep = loop_.keep_move, hash = info.hash](const storage::move_record& record) {
            return keep(hash, record);
        },
        [this, id = what.torrent](std::uint64_t done, std::uint64_t total) {
            core_.move_progress(loop_.now(), id, done, total);
        },
        over);
}

void disks::carry_out(disk::stop_move& what) {
    if (auto* files = at(what.torrent)) files->stop_move();
}

void disks::carry_out(disk::finish& what) {
    auto* files = at(what.torrent);
    if (files == nullptr) return;
    auto& of = *places_.at(what.torrent);
    if (of.sink) {
        of.finish_asked = what.round;
        return answer_finish(what.torrent, of);
    }
    files->finish([this, id = what.torrent, round = what.round](disk::finish_outcome how,
                                                                const result<std::string>& path) {
        core_.finished(loop_.now(), id, round, how, path);
        loop_.pump();
    });
}

// --- standard output ---------------------------------------------------------------------------------

void disks::start_sink(torrent_id id, place& to, const std::vector<bool>& wanted) {
    to.sink->start(*to.files, wanted, [this, id, &to](const result<void>& outcome) {
        if (outcome) {
            to.all_is_out = true;
            return answer_finish(id, to);
        }
        loop_.post([this, id, why = outcome.error()] {
            core_.disk_failed(loop_.now(), id, why);
            loop_.pump();
        });
    });
}

/// It is complete when the last byte is out.
void disks::answer_finish(torrent_id id, place& of) {
    if (!of.finish_asked || !of.all_is_out) return;
    loop_.post([this, id, round = *of.finish_asked] {  // an input waits until all outputs are out
        core_.finished(loop_.now(), id, round, disk::finish_outcome::ok, std::string("-"));
        loop_.pump();
    });
}

void disks::verified(torrent_id id, piece_index piece) {
    const auto found = places_.find(id);
    if (found != places_.end() && found->second->sink) found->second->sink->verified(piece);
}

}  // namespace bt::app
