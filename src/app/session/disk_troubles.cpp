// What goes wrong with files while a torrent runs: the disk takes nothing more, or another program changed
// what was there. Neither ends the torrent: what is right is given on, and it goes on when the cause is gone.
#include <algorithm>
#include <utility>

#include "app/session/running_session.hpp"
#include "base/text.hpp"

namespace bt::app {
namespace {

/// How often a disk that takes nothing is tried again.
constexpr duration try_again_time = 10s;
/// How often files are compared with what they were: of torrents that move data or are being fetched, and of
/// so many others in turn.
constexpr duration look_time = 3s;
constexpr std::size_t idle_torrents_a_look = 32;
/// Pieces that come damaged are counted so long before they are told.
constexpr duration count_time = 10s;

/// A search that lasts longer than this is explained.
constexpr duration finding_patience = 3s;

/// Of peers that answer, and with which there is no connection nevertheless.
std::string why_nobody_is_connected(const swarm::torrent_swarm& swarm) {
    std::string why;
    if (const auto hosts = swarm.hosts_giving_nothing(); hosts > 0)
        why = std::to_string(hosts) + (hosts == 1 ? " peer closes" : " peers close") +
              " the connection after the handshake: it is paused there, or takes no more peers";
    if (const auto hosts = swarm.hosts_without_handshake(); hosts > 0)
        why += (why.empty() ? "" : "; ") + handshake_text(hosts);
    if (const auto banned = swarm.banned_peers(); banned > 0)
        why += (why.empty() ? "" : "; ") + std::to_string(banned) +
               (banned == 1 ? " peer is" : " peers are") + " banned, for data that does not match";
    return why;
}

std::string pieces_text(std::size_t count) {
    return std::to_string(count) + (count == 1 ? " piece" : " pieces");
}

}  // namespace

// --- a disk that takes nothing ---------------------------------------------------------------------

/// Said once; what has arrived is kept for the next try.
void running_session::disk_refuses(job& j, const error& why) {
    j.try_again_at = loop_.now() + try_again_time;
    measure_wait(j, loop_.now());
    const bool news = !j.trouble || j.trouble->message != why.message;
    const bool first = !std::exchange(j.trouble, why);
    j.waits = true;
    core_->set_writable(loop_.now(), j.id, false);
    if (first)
        emit(warning{why.message + "; it waits, and goes on by itself"});
    else if (news)
        emit(warning{why.message, true});
}

void running_session::try_disk_again(job& j) {
    j.try_again_at = never;
    if (j.unwritten.empty()) {
        disk_works(j);
        if (core_->swarm(j.id).is_complete()) complete(j);
        return;
    }
    auto [piece, data] = std::move(j.unwritten.front());
    j.unwritten.pop_front();
    write(j, piece, std::move(data));
}

void running_session::disk_works(job& j) {
    measure_wait(j, loop_.now());
    if (!std::exchange(j.trouble, std::nullopt)) return;
    j.waits = false;
    j.try_again_at = never;
    core_->set_writable(loop_.now(), j.id, true);
    emit(warning{"the disk takes data again"});
}

/// What was to be written belongs to an earlier round.
void running_session::forget_unwritten(job& j) {
    j.unwritten.clear();
    j.trouble.reset();
    j.try_again_at = never;
    core_->set_writable(loop_.now(), j.id, true);
}

// --- files that another program changed ------------------------------------------------------------

void running_session::look_at_files() {
    const auto look = [this](job& j) {
        j.files->look([this, &j](const result<void>& looked) {
            if (j.over || looked) return;
            fail(j, looked.error());
            pump();
        });
    };
    std::vector<job*> idle;
    bool any = false;
    for (auto& [id, j] : jobs_) {
        if (j->over || !j->files || j->sink) continue;
        any = true;
        if (j->state == torrent_state::checking || core_->state(id) == node::run_state::paused) continue;
        const bool gets = j->get && j->finished_at == time_point{};
        if (gets || core_->swarm(id).connection_count() > 0)
            look(*j);
        else
            idle.push_back(j.get());
    }
    for (std::size_t i = 0; i < std::min(idle.size(), idle_torrents_a_look); ++i)
        look(*idle[looked_at_++ % idle.size()]);
    if (any && !stopping_) look_timer_.arm(loop_.now() + look_time);
}

/// Of a file that no piece tells of, or that has more than the pieces tell of.
std::string running_session::misfit_of(const job& j) const {
    for (const auto& each : j.files->misfits()) {
        const auto& file = j.torrent->info.files[each.file.value()];
        if (each.size)
            return "'" + printable(file.path, 4'096) + "' has " + std::to_string(*each.size) +
                   " bytes instead of " + std::to_string(file.size);
    }
    return {};
}

void running_session::files_changed(job& j, const storage::files_changed& what) {
    if (j.over || j.state == torrent_state::checking) return;
    const bool again = j.get && !j.read_only && j.finished_at == time_point{};
    core_->pieces_changed(loop_.now(), j.id, what.lost, what.found, again);
    j.lost_now += what.lost.size();
    const auto& have = core_->swarm(j.id).pieces()->have();
    if (!again)
        for (const auto piece : what.lost) j.taken_back.insert(piece);
    for (const auto piece : what.found) j.taken_back.erase(piece);
    if (what.over) {
        const auto file = "'" + printable(what.file, 4'096) + "'";
        const auto lost = std::exchange(j.lost_now, 0);
        if (!again) j.misfit = misfit_of(j);
        if (lost == 0 && !j.misfit.empty())
            emit(warning{j.misfit + ": others still get what it was when it was hashed"});
        else if (lost == 0)
            emit(warning{file + " was changed, and all that is needed of it is still right", true});
        else if (again)
            emit(warning{file + " was changed by another program: " + pieces_text(lost) +
                         (lost == 1 ? " is" : " are") + " fetched again"});
        else
            emit(warning{file + " was changed: " + std::to_string(have.count()) + " of " +
                         pieces_text(have.size()) + " are still right; the others are not given any more"});
        if (again && core_->swarm(j.id).is_complete() && !j.trouble) complete(j);
    }
    pump();
}

// --- pieces that come damaged ------------------------------------------------------------------------

/// The first is named; of a file that was changed at the other end hundreds may follow, which are counted.
void running_session::note_damaged(const node::out::piece_damaged& what) {
    auto& j = at(what.torrent);
    const bool first = j.tell_damaged_at == never;
    if (first)
        j.tell_damaged_at = loop_.now() + count_time;
    else
        ++j.damaged_untold;
    emit(warning{"piece " + std::to_string(what.piece.value()) + " of " + what.address.to_string() +
                     " is damaged" + in_file(j.torrent->info, what.piece) + "; it is looked for elsewhere",
                 !first});
}

void running_session::tell_damaged(job& j, time_point now) {
    if (now < j.tell_damaged_at) return;
    const auto count = std::exchange(j.damaged_untold, 0);
    j.tell_damaged_at = count == 0 ? never : now + count_time;
    if (count > 0)
        emit(warning{"meanwhile " + pieces_text(count) + (count == 1 ? " more was" : " more were") +
                     " damaged and looked for elsewhere"});
}

// --- why nothing moves -----------------------------------------------------------------------------

std::string running_session::reason_of(const job& j, torrent_state state) const {
    const auto& swarm = core_->swarm(j.id);
    const auto* pieces = swarm.pieces();
    if (j.trouble) return j.trouble->message;
    if (pieces != nullptr && !j.taken_back.none())
        return "changed, " + std::to_string(pieces->have().count()) + " of " +
               pieces_text(pieces->have().size());
    if (!j.misfit.empty()) return "changed: " + j.misfit;
    const bool finds = state == torrent_state::finding && loop_.now() - j.progress_at >= finding_patience;
    if (state != torrent_state::stalled && !finds) return {};
    if (swarm.connection_count() == 0)
        if (auto why = why_nobody_is_connected(swarm); !why.empty() || pieces == nullptr) return why;
    if (pieces == nullptr) return {};
    if (swarm.connection_count() == 0) return "nobody is connected who has it";
    std::size_t missing = 0, nowhere = 0;
    pieces->wanted().for_each([&](piece_index piece) {
        if (pieces->have().has(piece)) return;
        ++missing;
        if (pieces->peers().count(piece) == 0) ++nowhere;
    });
    if (nowhere > 0)
        return "nobody connected has " + std::to_string(nowhere) + " of the " + pieces_text(missing) +
               " that are missing";
    const auto peers = swarm.peers(loop_.now());
    const bool limited = (j.down_limit > 0 || options_.down_limit > 0) &&
                         std::any_of(peers.begin(), peers.end(), [&](const swarm::peer_view& peer) {
                             return !peer.we_are_choked && (!peer.near || options_.limit_lan);
                         });
    return limited ? "the download limit lets nothing through now" : "those connected give nothing now";
}

}  // namespace bt::app
