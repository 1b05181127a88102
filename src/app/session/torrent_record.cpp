#include "app/session/torrent_record.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <map>
#include <system_error>

#include "app/files/files.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"

namespace bt::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_records = 10'000;
constexpr auto longest_time = std::chrono::hours(90 * 24);
constexpr std::string_view folder_name = "/torrents", listed_ending = ".wish";

std::string path_in(const std::string& state_folder, const info_hash& hash, const char* ending) {
    return state_folder + std::string(folder_name) + "/" + to_hex(hash.span()) + ending;
}

/// What it says now.
result<std::optional<bt::session::resume_data>> read(storage::state_file& file) {
    const auto content = file.load();
    if (!content) return unexpected<error>(content.error());
    if (!*content) return std::nullopt;
    auto memory = bt::session::read_resume(**content);
    if (!memory) return unexpected<error>(memory.error());
    return std::move(*memory);
}

}  // namespace

result<std::unique_ptr<torrent_record>> torrent_record::open(const std::string& state_folder,
                                                             const info_hash& hash, storage::file_system& fs,
                                                             storage::disk_pool& disk) {
    if (state_folder.empty()) return fail(errc::storage, "there is no folder for what a torrent remembers");
    auto file = storage::state_file::open(path_in(state_folder, hash, ""), "torrent 1", fs,
                                          storage::if_foreign::set_aside);
    if (!file) return unexpected<error>(file.error());
    return std::make_unique<torrent_record>(std::move(*file), disk);
}

result<std::optional<bt::session::resume_data>> torrent_record::load() {
    const std::lock_guard lock(shared_->mutex);
    auto& file = shared_->file;
    if (auto held = file.hold(); !held) return unexpected<error>(held.error());
    auto memory = read(file);
    if (!memory && memory.error().code == errc::bad_data)
        (void)file.set_aside();  // else the next save takes its place
    file.release();
    return memory;
}

std::string torrent_record::damaged() const {
    const std::lock_guard lock(shared_->mutex);
    const auto& all = shared_->file.damaged();
    return all.empty() ? "" : all.back();
}

std::string torrent_record::stuck() const {
    const std::lock_guard lock(shared_->mutex);
    const auto& why = shared_->file.stuck();
    return why ? why->message : "";
}

void torrent_record::save(const bt::session::resume_data& memory, std::function<void(result<void>)> done) {
    disk_.submit([to = shared_, number = ++last_, memory = std::make_shared<bt::session::resume_data>(memory),
                  done = std::move(done)]() -> std::function<void()> {
        result<void> saved;
        {
            const std::lock_guard lock(to->mutex);
            if (number > to->written) {
                saved = to->file.hold();
                if (saved && !memory->held)
                    if (auto before = read(to->file); before && *before) memory->held = (*before)->held;
                if (saved) saved = to->file.save(bt::session::write_resume(*memory));
                to->file.release();  // thousands of torrents, and none that rests takes a descriptor
            }
            to->written = std::max(to->written, number);
        }
        return [done, saved] { done(saved); };
    });
}

// --- what lies beside it -----------------------------------------------------------------------------

std::string journal_path(const std::string& state_folder, const info_hash& hash) {
    return state_folder.empty() ? "" : path_in(state_folder, hash, ".writes");
}

std::optional<torrent::info> load_info(const std::string& state_folder, const info_hash& hash) {
    const auto raw = read_torrent_bytes(path_in(state_folder, hash, ".info"));
    auto info = raw ? torrent::parse_info(*raw) : unexpected<error>(raw.error());
    if (!info || info->hash != hash) return std::nullopt;
    return std::move(*info);
}

void keep_info(const std::string& state_folder, const torrent::info& info) {
    (void)write_file(path_in(state_folder, info.hash, ".info"), info.raw, true);
}

// --- whose they are ---------------------------------------------------------------------------------

bool record_claims::lock(const info_hash& hash, short how) const {
    struct flock byte = {};
    byte.l_type = how;
    byte.l_whence = SEEK_SET;
    byte.l_len = 1;
    for (std::size_t i = 0; i < 6; ++i) byte.l_start = byte.l_start << 8 | hash.bytes[i];
    // a file system without locks: better unprotected than not at all
    return ::fcntl(file_.get(), F_OFD_SETLK, &byte) == 0 || (errno != EAGAIN && errno != EACCES);
}

bool record_claims::take(const std::string& state_folder, const info_hash& hash) {
    if (!file_) {
        const auto path = state_folder + std::string(folder_name) + "/claims";
        file_ = storage::descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    }
    return !file_ || lock(hash, F_WRLCK);
}

void record_claims::give_up(const info_hash& hash) {
    if (file_) (void)lock(hash, F_UNLCK);
}

// --- the old ones ----------------------------------------------------------------------------------

namespace {

/// The newest of its files, and which there are.
struct kept {
    fs::file_time_type time = fs::file_time_type::min();
    std::vector<std::string> endings;
    bool listed = false;  // by a daemon: it stays
};

std::map<std::string, kept> records_in(const std::string& folder) {
    std::map<std::string, kept> all;
    std::error_code failed;
    for (const auto& each : fs::directory_iterator(folder, failed)) {
        const auto name = each.path().filename().string();
        const auto hash = name.substr(0, 2 * info_hash::size), ending = name.substr(hash.size());
        if (hash.size() != 2 * info_hash::size || hash.find_first_not_of("0123456789abcdef") != hash.npos)
            continue;
        if (ending.starts_with(listed_ending)) all[hash].listed = true;
        const std::string_view ours[] = {"", ".old", ".tmp", ".lock", ".damaged", ".info", ".writes"};
        if (std::find(std::begin(ours), std::end(ours), ending) == std::end(ours)) continue;
        auto& one = all[hash];
        one.endings.push_back(ending);
        if (const auto time = fs::last_write_time(each.path(), failed); !failed)
            one.time = std::max(one.time, time);
    }
    return all;
}

void remove_unless_held(storage::file_system& files, const storage::descriptor& folder,
                        const std::string& name, const kept& record) {
    const auto lock = files.open_beneath(folder.get(), name + ".lock", storage::open_for::writing_or_new);
    if (!lock || !files.lock(lock->get())) return;
    for (const auto& ending : record.endings)
        if (ending != ".lock") (void)files.remove_file(folder.get(), name + ending);
    (void)files.remove_file(folder.get(), name + ".lock");
}

}  // namespace

void forget_old_records(const std::string& state_folder) {
    const auto path = state_folder + std::string(folder_name);
    const auto all = records_in(path);
    std::vector<std::pair<fs::file_time_type, std::string>> by_age;
    for (const auto& [name, record] : all)
        if (!record.listed) by_age.emplace_back(record.time, name);
    std::sort(by_age.rbegin(), by_age.rend());
    const auto oldest = fs::file_time_type::clock::now() - longest_time;
    storage::system_files files;
    const auto folder = files.open(path, storage::open_for::listing);
    if (!folder) return;
    for (std::size_t i = 0; i < by_age.size(); ++i)
        if (i >= most_records || by_age[i].first < oldest)
            remove_unless_held(files, *folder, by_age[i].second, all.at(by_age[i].second));
}

}  // namespace bt::app
