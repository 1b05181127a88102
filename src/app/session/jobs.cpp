// The torrents of a session from the wish to the last byte: find, check, download, finish, give to others.
#include <algorithm>
#include <numeric>

#include "app/files/selection.hpp"
#include "app/lan/shared_names.hpp"
#include "app/session/running_session.hpp"
#include "app/session/stdout_sink.hpp"
#include "base/text.hpp"
#include "storage/names_on_disk.hpp"

namespace bt::app {

running_session::job& running_session::at(torrent_id id) { return *jobs_.at(id); }

result<torrent_id> running_session::add_job(job fresh, node::torrent_request request) {
    open_record(fresh, request);
    const auto id = core_->add(loop_.now(), std::move(request));
    if (!id) return unexpected<error>(id.error());
    fresh.id = *id;
    fresh.began = fresh.progress_at = fresh.watched_at = loop_.now();
    auto& j = *(jobs_[*id] = std::make_unique<job>(std::move(fresh)));
    use_descriptors();
    if (core_->info(*id) != nullptr) {
        // the answer of add() comes first, what it leads to after it
        loop_.post([this, &j] {
            learn(j);
            pump();
        });
    }
    return *id;
}

result<torrent_id> running_session::add(share_request request) {
    node::torrent_request wish;
    wish.hash = request.torrent.info.hash;
    wish.info = request.torrent.info;
    wish.trackers = request.torrent.trackers;
    wish.nodes = request.torrent.nodes;
    wish.listed = !request.torrent.info.is_private && !request.unlisted;
    job fresh;
    fresh.torrent = request.torrent;
    fresh.share = std::move(request);
    return add_job(std::move(fresh), std::move(wish));
}

result<torrent_id> running_session::add(get_request request) {
    if (const auto count = downloads(); !request.metadata_only && !descriptors_.allows_downloads(count + 1))
        return bt::fail(errc::failure,
                        std::to_string(count) + " downloads are as many as this process can have: only " +
                            std::to_string(net::descriptor_limit()) + " files may be open at a time",
                        "raise the limit (ulimit -n), or fetch fewer at a time");
    if (!request.to_stdout && !request.metadata_only)  // said at once, not when somebody was found
        if (const auto folder = storage::make_download_folder(*file_system_, request.folder); !folder)
            return unexpected<error>(folder.error());
    node::torrent_request wish;
    job fresh;
    if (const auto* link = std::get_if<torrent::magnet>(&request.target)) {
        wish.hash = link->hash;
        for (const auto& url : link->trackers) wish.trackers.push_back({url});
        wish.peers = link->peers;
    } else {
        fresh.torrent = std::get<torrent::metainfo>(request.target);
        wish.hash = fresh.torrent->info.hash;
        wish.info = fresh.torrent->info;
        wish.trackers = fresh.torrent->trackers;
        wish.nodes = fresh.torrent->nodes;
    }
    for (const auto& url : request.trackers) wish.trackers.push_back({url});
    auto names = request.named_peers;
    if (const auto* link = std::get_if<torrent::magnet>(&request.target))
        names.insert(names.end(), link->named_peers.begin(), link->named_peers.end());
    wish.looks_only = request.metadata_only;
    wish.peers.insert(wish.peers.end(), request.peers.begin(), request.peers.end());
    fresh.choice = request.files;
    fresh.get = std::move(request);
    const auto id = add_job(std::move(fresh), std::move(wish));
    if (id)
        for (const auto& name : names) find_peer(*id, name);
    return id;
}

// --- from metadata to transfer

/// The info dictionary is known.
void running_session::learn(job& j) {
    if (j.over) return;
    if (!j.torrent) {
        j.torrent.emplace();
        j.torrent->info = *core_->info(j.id);
        for (const auto& url : std::get<torrent::magnet>(j.get->target).trackers)
            j.torrent->trackers.push_back({url});
    }
    const auto& shape = j.torrent->info.shape;
    j.failed = j.taken_back = torrent::piece_set(shape.piece_count());
    j.progress_at = loop_.now();
    if (auto named = check_name(j); !named) return fail(j, named.error());
    emit(metadata_found{j.id, &*j.torrent});
    if (j.over) return;
    if (j.get && j.get->metadata_only) return finish(j, "");
    if (auto selected = select_files(j); !selected) return fail(j, selected.error());
    if (auto opened = open_files(j); !opened) return fail(j, opened.error());
    if (j.share) return checked(j, torrent::piece_set(shape.piece_count(), true));  // hashed a moment ago
    if (j.sink)
        j.sink->start(*j.files, wanted_files(j.priorities), [this, &j](result<void> outcome) {
            if (j.over) return;
            if (outcome)
                completed_now(j, "-");
            else
                fail(j, outcome.error());
            pump();
        });
    check(j);
}

/// Names on the LAN are what hosts say of a hash; what it is called is in the metadata alone.
result<void> running_session::check_name(const job& j) const {
    if (!j.get || j.get->asked.name.empty()) return {};
    const auto own = tracker::listed_name(j.torrent->info.name);
    if (fit_of(own, j.get->asked.name) != fit::none) return {};
    const auto hash = to_hex(j.torrent->info.hash.span());
    return bt::fail(errc::bad_data,
                    "this torrent is not '" + printable(j.get->asked.name, 200) + "' but '" + own +
                        "': the name was given by " + j.get->asked.by,
                    "nothing was fetched; its hash is " + hash + ", 'discover' lists what else is shared");
}

result<void> running_session::select_files(job& j) {
    const auto& info = j.torrent->info;
    drop_unfit_wishes(j);
    if (j.get && j.choice.select.empty())
        if (const auto* link = std::get_if<torrent::magnet>(&j.get->target))
            j.choice.select = selection_text(link->select_only);
    if (j.get && j.get->to_stdout && j.choice.select.empty() && info.multi_file)
        return bt::fail(
            errc::usage,
            "'" + printable(info.name) + "' has several files: only one can go to standard output",
            "choose it with --select");
    auto priorities = file_priorities(info, j.choice);
    if (!priorities) return unexpected<error>(priorities.error());
    use_priorities(j, std::move(*priorities));
    return {};
}

void running_session::use_priorities(job& j, std::vector<swarm::priority> priorities) {
    j.priorities = std::move(priorities);
    j.wanted_in_piece = wanted_bytes(j.torrent->info, j.priorities);
    j.wanted_bytes = std::accumulate(j.wanted_in_piece.begin(), j.wanted_in_piece.end(), std::uint64_t{0});
}

result<void> running_session::open_files(job& j) {
    const auto& info = j.torrent->info;
    if (j.share) {
        storage::shared_place place{j.share->paths, j.share->stamps};
        use_files(j,
                  std::make_unique<storage::torrent_storage>(info, std::move(place), *disk_, *file_system_));
        return {};
    }
    std::string folder = j.get->folder;
    if (j.get->to_stdout) {
        j.sink = std::make_unique<stdout_sink>(*disk_, info);
        const auto made = j.sink->make_folder();
        if (!made) return unexpected<error>(made.error());
        folder = *made;
    }
    const auto named = storage::with_names_on_disk(info, folder, *file_system_);
    use_files(j, std::make_unique<storage::torrent_storage>(
                     named ? *named : info,
                     storage::download_place{folder, j.get->overwrite, wanted_files(j.priorities)}, *disk_,
                     *file_system_));
    return {};
}

void running_session::use_files(job& j, std::unique_ptr<storage::torrent_storage> files) {
    j.files = std::move(files);
    j.files->on_change([this, &j](const storage::files_changed& what) { files_changed(j, what); });
    if (look_timer_.deadline() == never) look_timer_.arm(loop_.now());
}

void running_session::check(job& j) {
    j.state = torrent_state::checking;
    j.read_trouble.clear();
    j.files->check(
        [this, &j](std::uint64_t done, std::uint64_t total) {
            j.progress_at = loop_.now();
            j.last_check.bytes_done = done;
            j.last_check.bytes_total = total;
            emit(checking{j.id, done, total});
        },
        [this, &j](result<torrent::piece_set> have) {
            if (j.over) return;
            if (have)
                checked(j, *have);
            else
                check_failed(j, have.error());
            pump();
        });
}

/// What was complete and was changed since is its owner's: it stays as it is, and only what is still good of
/// it is given.
void running_session::check_failed(job& j, const error& why) {
    if (j.finished_at == time_point{} || j.read_only || why.code != errc::storage) return fail(j, why);
    j.read_only = true;
    loop_.post([this, &j] {  // it is the old one that calls us
        if (j.over) return;
        const auto& info = j.torrent->info;
        storage::shared_place place;
        place.folder = j.get->folder;
        const auto named = storage::with_names_on_disk(info, place.folder, *file_system_);
        use_files(j, std::make_unique<storage::torrent_storage>(named ? *named : info, std::move(place),
                                                                *disk_, *file_system_));
        check(j);
    });
}

void running_session::checked(job& j, const torrent::piece_set& have) {
    j.progress_at = loop_.now();
    have.for_each([&](piece_index piece) { j.taken_back.erase(piece); });
    auto pieces = piece_priorities(j.torrent->info, j.priorities);
    // what is only read is not mended
    if (j.share || j.read_only)
        for (std::uint32_t i = 0; i < pieces.size(); ++i)
            if (!have.has(piece_index(i))) pieces[i] = swarm::priority::skip;
    const bool sequential = j.get && (j.get->sequential || j.get->to_stdout);
    core_->begin(loop_.now(), j.id, have, pieces, sequential);
    const bool all = core_->swarm(j.id).is_complete();
    const bool was_complete = j.finished_at != time_point{};
    j.state = j.share || (all && was_complete) ? torrent_state::sharing : torrent_state::downloading;
    if (was_complete && !all) {
        j.finished_at = {};
        emit(reopened{j.id});
    } else if (!was_complete) {
        emit(ready{j.id});
    }
    tell_check(j, have);
    if (j.over) return;
    if (j.sink) have.for_each([&](piece_index piece) { j.sink->verified(piece); });
    if (!j.get || !all || j.read_only) return;
    j.was_there = j.was_there || !was_complete;
    complete(j);
}

/// All wanted pieces are verified.
void running_session::complete(job& j) {
    if (j.over || j.finishing || j.share) return;
    j.finishing = true;
    if (j.sink) return;  // it tells when the last byte is out
    using outcome = storage::torrent_storage::finish_outcome;
    j.files->finish([this, &j, round = j.round](outcome how, result<std::string> path) {
        if (j.over || j.round != round) return;
        j.finishing = how == outcome::ok;
        if (how == outcome::ok)
            completed_now(j, *path);
        else if (how == outcome::failed)
            disk_refuses(j, path.error());
        else if (how == outcome::refused)
            fail(j, path.error());
        pump();
    });
}

void running_session::completed_now(job& j, std::string path) {
    measure_wait(j, loop_.now());
    disk_works(j);
    j.state = torrent_state::sharing;
    if (j.finished_at != time_point{}) return;  // looked at again, and all was well
    j.finished_at = loop_.now();
    const auto fetched = core_->swarm(j.id).down().total();
    j.given_before = core_->swarm(j.id).up().total();
    emit(completed{j.id, std::move(path), j.finished_at - j.began - j.waited, fetched,
                   j.memory.downloaded + fetched, j.was_there, j.wanted_bytes, wanted_files(j.priorities)});
    watch_job(j, loop_.now());
}

// --- disk

void running_session::write(job& j, piece_index piece, buffer data) {
    using outcome = storage::write_outcome;
    j.files->write(piece, std::move(data),
                   [this, &j, piece, round = j.round](outcome how, const result<void>& why, buffer back) {
                       if (j.over || j.round != round) return;
                       if (how == outcome::failed) {
                           j.unwritten.emplace_back(piece, std::move(back));
                           disk_refuses(j, why.error());
                           return pump();
                       }
                       const auto told = how == outcome::ok              ? swarm::write_result::ok
                                         : how == outcome::hash_mismatch ? swarm::write_result::hash_mismatch
                                                                         : swarm::write_result::failed;
                       core_->written(loop_.now(), j.id, piece, told, std::move(back));
                       if (how == outcome::refused) fail(j, why.error());
                       // one that was taken: the others, too
                       if (!j.over && how == outcome::ok && j.trouble) try_disk_again(j);
                       pump();
                   });
}

void running_session::read(node::out::disk_read& what) {
    auto& j = at(what.torrent);
    auto ranges = what.ranges;
    j.files->read(
        std::move(ranges), wire::piece_header_bytes,
        [this, &j, id = what.id, asked = std::move(what.ranges)](result<void> outcome, buffer frames) {
            if (j.over) return;
            if (!outcome) {
                frames = buffer();
                const auto& message = outcome.error().message;
                // not for every request; of a changed file files_changed() tells
                if (outcome.error().code != errc::bad_data && j.read_trouble != message)
                    emit(warning{j.read_trouble = message});
            }
            core_->blocks_read(loop_.now(), j.id, id, asked, std::move(frames));
            pump();
        });
}

/// A piece that another node has asked for twice.
void running_session::look_at(job& j, piece_index piece) {
    if (!j.files) return;
    j.files->look_at(piece, [this, &j, piece](bool good) {
        if (j.over) return;
        if (!good)
            emit(warning{"piece " + std::to_string(piece.value()) + " is damaged on disk" +
                         in_file(j.torrent->info, piece) + "; it is given no more"});
        core_->looked_at(loop_.now(), j.id, piece, good);
        pump();
    });
}

}  // namespace bt::app
