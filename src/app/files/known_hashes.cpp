#include "app/files/known_hashes.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <system_error>
#include <utility>
#include <vector>

#include "app/files/files.hpp"
#include "base/text.hpp"
#include "crypto/hash.hpp"
#include "storage/racy_stamp.hpp"

namespace bt::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_kept = 20'000;

std::string name_of(const storage::found_tree& tree, std::uint64_t piece_bytes) {
    crypto::sha1_hasher all;
    bytes part;
    byte_writer(part).number(piece_bytes);
    for (const auto& found : tree.files) {
        all.update(part);
        part.clear();
        byte_writer to(part);
        to.number(std::uint64_t{found.path.size()}).text(found.path);
        to.number(found.stamp.device).number(found.stamp.inode).number(found.stamp.size);
        to.number(static_cast<std::uint64_t>(found.stamp.modified_ns));
        to.number(static_cast<std::uint64_t>(found.stamp.changed_ns));
    }
    all.update(part);
    return to_hex(all.finish().bytes);
}

void forget_oldest(const std::string& folder) {
    std::vector<std::pair<fs::file_time_type, fs::path>> all;
    std::error_code failed;
    for (const auto& each : fs::directory_iterator(folder, failed))
        all.emplace_back(each.last_write_time(failed), each.path());
    std::sort(all.rbegin(), all.rend());
    for (std::size_t i = most_kept; i < all.size(); ++i) fs::remove(all[i].second, failed);
}

}  // namespace

known_hashes::known_hashes(std::string state_folder, const storage::found_tree& tree,
                           std::uint64_t piece_bytes, std::int64_t walked_ns)
    : folder_(state_folder.empty() ? "" : std::move(state_folder) + "/hashes"),
      name_(name_of(tree, piece_bytes)),
      hash_bytes_((tree.total_bytes + piece_bytes - 1) / piece_bytes * sha1_digest::size) {
    for (const auto& found : tree.files) certain_ = certain_ && !storage::is_racy(found.stamp, walked_ns);
}

std::optional<bytes> known_hashes::find() const {
    if (folder_.empty() || !certain_) return std::nullopt;
    auto content = read_torrent_bytes(folder_ + "/" + name_);
    if (!content || content->size() != sha256_digest::size + hash_bytes_) return std::nullopt;
    const auto hashes = byte_view(*content).subspan(sha256_digest::size);
    if (as_text(crypto::sha256(hashes).bytes) != as_text(byte_view(*content).first(sha256_digest::size)))
        return std::nullopt;
    return bytes(hashes.begin(), hashes.end());
}

void known_hashes::keep(byte_view hashes) const {
    if (folder_.empty() || !certain_) return;
    std::error_code failed;
    fs::create_directories(folder_, failed);
    fs::permissions(folder_, fs::perms::owner_all, failed);
    bytes content;
    byte_writer(content).raw(crypto::sha256(hashes).bytes).raw(hashes);
    // not made durable: what is cut short shows, and is hashed again
    const auto path = folder_ + "/" + name_, temporary = path + "." + std::to_string(::getpid());
    if (auto out = std::ofstream(temporary, std::ios::binary); !out.write(
            reinterpret_cast<const char*>(content.data()), static_cast<std::streamsize>(content.size())))
        return;
    fs::rename(temporary, path, failed);
    static std::once_flag once;
    std::call_once(once, [&] { forget_oldest(folder_); });
}

}  // namespace bt::app
