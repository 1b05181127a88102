// What is kept of the session's torrents over a restart (torrent_record.hpp).
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <utility>

#include "app/session/running_session.hpp"
#include "base/text.hpp"

namespace bt::app {
namespace {
/// What a killed process may forget: so long while bytes move, and as long again until its turn comes. It is
/// two writes made durable each time.
constexpr duration moving_time = 15s;
constexpr duration resting_time = 5min;  // peers alone
constexpr duration least_pause = 250ms;
}  // namespace

void running_session::open_record(job& j, node::torrent_request& request) {
    if (request.looks_only) return;
    const auto folder = state_folder();
    auto opened = torrent_record::open(folder, request.hash, *file_system_, *disk_);
    if (opened && !record_claims_.take(folder, request.hash))
        return;  // it runs in another process: not worth a word
    if (!opened) {
        if (folder.empty()) return;
        // a machine without a place for state: not worth a word
        std::error_code none;
        const bool detail = !std::filesystem::is_directory(folder, none) ||
                            storage::is_in_use(opened.error()) || std::exchange(record_trouble_told_, true);
        return warn({opened.error().message + "; nothing is kept of this torrent", detail});
    }
    j.record = std::move(*opened);
    j.saved_at = loop_.now();
    if (!forgot_old_records_) {
        forgot_old_records_ = true;
        disk_->submit([folder]() -> std::function<void()> {
            forget_old_records(folder);
            return [] {};
        });
    }
    auto left = j.record->load();
    warn_of_damage(*j.record, left);
    if (!left || !*left) return;
    j.memory = std::move(**left);
    j.saved = j.memory;
    if (!request.info || !request.info->is_private) request.saved_peers = j.memory.peers;
}

/// What could not be read of what an earlier run left.
void running_session::warn_of_damage(const torrent_record& record,
                                     const result<std::optional<torrent_memory>>& left) {
    if (const auto stuck = record.stuck(); !stuck.empty() && !std::exchange(record_trouble_told_, true))
        warn({stuck});
    if (const auto damaged = record.damaged(); !damaged.empty())
        warn({"what was kept of the torrent was damaged and is now '" + printable(damaged, 4'096) + "'; " +
              (left && *left ? "what was kept before that counts" : "its sums begin anew")});
    else if (!left)
        warn({left.error().message + "; starting without it"});
}

void running_session::save_record(job& j, bool always) {
    if (!j.record || j.over) return;
    const auto& swarm = core_->swarm(j.id);
    torrent_memory memory;
    memory.downloaded = j.memory.downloaded + swarm.down().total();
    memory.uploaded = j.memory.uploaded + swarm.up().total();
    memory.seen = static_cast<std::int64_t>(wall_clock());
    if (!j.torrent || !j.torrent->info.is_private) {
        memory.peers = swarm.peers_to_save();
        if (memory.peers.empty()) memory.peers = j.memory.peers;  // a run that met nobody
    }
    const bool nothing = memory.downloaded == 0 && memory.uploaded == 0 && memory.peers.empty();
    const bool same = memory.downloaded == j.saved.downloaded && memory.uploaded == j.saved.uploaded &&
                      memory.peers == j.saved.peers;
    j.saved_at = loop_.now();
    if (nothing || (same && !always)) return;
    j.saved = memory;
    ++records_under_way_;
    j.record->save(memory, [this](const result<void>& outcome) {
        --records_under_way_;
        if (outcome || std::exchange(record_trouble_told_, true)) return;  // once, not every time
        emit(warning{"what is kept of a torrent could not be saved: " + outcome.error().message});
    });
}

void running_session::wake_records() {
    if (forgot_old_records_ && record_timer_.deadline() == never)
        record_timer_.arm(loop_.now() + moving_time);
}

bool running_session::wants_saving(const job& j) const {
    if (!j.record || j.over) return false;
    const auto since = loop_.now() - j.saved_at;
    if (since < moving_time) return false;
    const auto& swarm = core_->swarm(j.id);
    return since >= resting_time || j.memory.downloaded + swarm.down().total() != j.saved.downloaded ||
           j.memory.uploaded + swarm.up().total() != j.saved.uploaded;
}

/// One at a time, so that a thousand do not come between the disk and what it is for.
void running_session::save_next_record() {
    job* next = nullptr;
    long waiting = 0;
    auto at = jobs_.upper_bound(last_saved_);
    for (std::size_t i = 0; i < jobs_.size(); ++i, ++at) {
        if (at == jobs_.end()) at = jobs_.begin();
        if (!wants_saving(*at->second)) continue;
        ++waiting;
        if (next == nullptr) next = at->second.get();
    }
    if (next == nullptr) return;  // until something happens
    record_timer_.arm(loop_.now() + std::max<duration>(moving_time / waiting, least_pause));
    last_saved_ = next->id;
    save_record(*next, false);
}

}  // namespace bt::app
