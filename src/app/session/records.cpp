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

bt::session::resume_data records::open(const info_hash& hash) {
    const auto folder = state_folder();
    auto opened = torrent_record::open(folder, hash, files_, disk_);
    if (opened && !claims_.take(folder, hash)) return {};  // it runs in another process: not worth a word
    if (!opened) {
        if (folder.empty()) return {};
        // a machine without a place for state: not worth a word
        std::error_code none;
        const bool detail = !std::filesystem::is_directory(folder, none) ||
                            storage::is_in_use(opened.error()) || std::exchange(trouble_told_, true);
        warn_(warning{opened.error().message + "; nothing is kept of this torrent", detail});
        return {};
    }
    auto& record = *(open_[hash] = std::move(*opened));
    forget_old(folder);
    auto left = record.load();
    warn_of_damage(record, left);
    if (!left || !*left) return {};
    return std::move(**left);
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

void records::save(const bt::session::disk::save& what, std::function<void(const result<void>&)> done) {
    const auto found = open_.find(what.hash);
    if (found == open_.end()) return;
    auto memory = what.what;
    memory.seen = unix_seconds();
    ++under_way_;
    found->second->save(memory, [this, done = std::move(done)](const result<void>& outcome) {
        --under_way_;
        done(outcome);
    });
}

void records::close(const info_hash& hash) {
    if (open_.erase(hash) > 0) claims_.give_up(hash);
}

}  // namespace bt::app
