#include "app/session/move_records.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>

#include "base/text.hpp"
#include "storage/state_file.hpp"

namespace bt::app {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view move_ending = ".move";
constexpr const char* kind = "move 1";

std::string folder_in(const std::string& state_folder) { return state_folder + "/torrents"; }

result<storage::state_file> open(const std::string& state_folder, const info_hash& hash,
                                 storage::file_system& files) {
    return storage::state_file::open(
        folder_in(state_folder) + "/" + to_hex(hash.span()) + std::string(move_ending), kind, files,
        storage::if_foreign::set_aside);
}

std::optional<storage::move_record> read_record(const std::string& state_folder, const info_hash& hash,
                                                storage::file_system& files) {
    auto file = open(state_folder, hash, files);
    const auto content = file ? file->load() : unexpected<error>(file.error());
    if (!content || !*content) return std::nullopt;
    auto record = storage::read_move(**content);
    return record ? std::optional(std::move(*record)) : std::nullopt;
}

}  // namespace

result<void> keep_move(const std::string& state_folder, const info_hash& hash, storage::file_system& files,
                       const storage::move_record& record) {
    if (state_folder.empty())
        return fail(errc::storage, "there is no folder to keep in what is moved",
                    "set BTNODE_STATE_DIR or HOME");
    if (!record.files.empty()) {
        auto file = open(state_folder, hash, files);
        if (!file) return unexpected<error>(file.error());
        return file->save(storage::write_move(record));
    }
    const auto folder = files.open(folder_in(state_folder), storage::open_for::listing);
    if (!folder) return {};
    const auto name = to_hex(hash.span()) + std::string(move_ending);
    for (const auto* rest : {".tmp", ".old", "", ".lock"})
        (void)files.remove_file(folder->get(), name + rest);
    (void)files.sync_folder(folder->get());
    return {};
}

std::vector<std::pair<info_hash, storage::move_record>> left_moves(const std::string& state_folder,
                                                                   storage::file_system& files) {
    std::vector<std::pair<info_hash, storage::move_record>> left;
    std::error_code failed;
    std::set<info_hash> hashes;  // a kill between two renames leaves the generation before alone
    for (const auto& each : fs::directory_iterator(folder_in(state_folder), failed)) {
        const auto name = each.path().filename().string();
        const auto ending = name.substr(std::min(name.size(), 2 * info_hash::size));
        if (ending != move_ending && ending != std::string(move_ending) + ".old") continue;
        const auto raw = from_hex(name.substr(0, 2 * info_hash::size));
        if (const auto hash = raw ? info_hash::from(*raw) : std::nullopt) hashes.insert(*hash);
    }
    for (const auto& hash : hashes)
        if (auto record = read_record(state_folder, hash, files)) left.emplace_back(hash, std::move(*record));
    return left;
}

std::vector<std::string> leave_old_files(const std::string& state_folder, const info_hash& hash,
                                         storage::file_system& files) {
    const auto kept = read_record(state_folder, hash, files);
    if (!kept || kept->at != storage::move_record::phase::placed) return {};
    storage::file_move move(files, *kept, [](const auto&) { return result<void>(); });
    auto stay = move.remove_old();
    (void)keep_move(state_folder, hash, files, {});
    return stay;
}

}  // namespace bt::app
