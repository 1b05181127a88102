#include "app/session/records.hpp"

#include <chrono>
#include <filesystem>
#include <utility>

#include "app/files/state_record.hpp"
#include "base/text.hpp"

namespace bt::app {

using bt::session::warning;

namespace {

std::int64_t unix_seconds() {
    using namespace std::chrono;
    return duration_cast<std::chrono::seconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace

bt::session::resume_data records::open(const info_hash& hash, bool is_download) {
    const auto folder = state_folder();
    auto opened = torrent_record::open(folder, hash, files_, disk_);
    if (opened && !claims_.take(folder, hash)) return {};  // it runs in another process: not worth a word
    if (!opened) {
        if (folder.empty()) return {};
        // a machine without a place for state: not worth a word
        std::error_code none;
        const bool detail = !std::filesystem::exists(folder, none) || storage::is_in_use(opened.error()) ||
                            std::exchange(trouble_told_, true);
        warn_(warning{opened.error().message + "; nothing is kept of this torrent", detail});
        return {};
    }
    auto& record = *opened->get();
    forget_old(folder);
    auto left = record.load();
    warn_of_damage(record, left);
    auto known = left && *left ? std::move(**left) : bt::session::resume_data();
    if (is_download) known.info = load_info(folder, hash);
    open_[hash] = {std::move(*opened), is_download && !known.info};
    return known;
}

void records::learned(const torrent::info& info) {
    const auto found = open_.find(info.hash);
    if (found == open_.end() || !std::exchange(found->second.wants_info, false)) return;
    disk_.submit([folder = state_folder(), info]() -> std::function<void()> {
        keep_info(folder, info);
        return [] {};
    });
}

std::string records::journal_of(const info_hash& hash) const {
    return open_.contains(hash) ? journal_path(state_folder(), hash) : std::string();
}

void records::forget_old(const std::string& folder) {
    if (std::exchange(forgot_old_, true)) return;
    disk_.submit([folder]() -> std::function<void()> {
        forget_old_records(folder);
        return [] {};
    });
}

/// What could not be read of what an earlier run left.
void records::warn_of_damage(const torrent_record& record,
                             const result<std::optional<bt::session::resume_data>>& left) {
    if (const auto stuck = record.stuck(); !stuck.empty() && !std::exchange(trouble_told_, true))
        warn_(warning{stuck});
    if (const auto damaged = record.damaged(); !damaged.empty())
        warn_(warning{"what was kept of the torrent was damaged and is now '" + printable(damaged, 4'096) +
                      "'; " + (left && *left ? "what was kept before that counts" : "its sums begin anew")});
    else if (!left)
        warn_(warning{left.error().message + "; starting without it"});
}

void records::save(bt::session::disk::save what, disks::held_outcome held,
                   std::function<void(const result<void>&)> done) {
    const auto found = open_.find(what.hash);
    if (found == open_.end()) {
        ++under_way_;
        return disk_.submit([this, done = std::move(done)]() -> std::function<void()> {
            return [this, done] {
                --under_way_;
                done({});
            };
        });
    }
    what.what.seen = unix_seconds();
    if (held) what.what.held = *held;
    ++under_way_;
    found->second.record->save(what.what, [this, done = std::move(done), held](const result<void>& saved) {
        --under_way_;
        done(held ? saved : result<void>(unexpected<error>(held.error())));
    });
}

void records::close(const info_hash& hash) {
    if (open_.erase(hash) > 0) claims_.give_up(hash);
}

}  // namespace bt::app
