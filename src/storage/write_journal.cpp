#include "storage/write_journal.hpp"

#include <array>
#include <filesystem>

#include "base/bytes.hpp"

namespace bt::storage {
namespace {

constexpr std::string_view magic = "btwrites";
constexpr std::size_t head_bytes = 64, entry_bytes = 32;

bytes head_of(const std::string& boot) {
    bytes head;
    byte_writer(head).text(magic).text(std::string_view(boot).substr(0, head_bytes - magic.size()));
    head.resize(head_bytes);
    return head;
}

template <std::size_t Size>
std::optional<std::array<std::uint8_t, Size>> read_at(file_system& fs, int fd, std::uint64_t offset) {
    std::array<std::uint8_t, Size> raw{};
    const iovec into{raw.data(), raw.size()};
    const auto got = fs.read(fd, {&into, 1}, offset);
    if (!got || *got != Size) return std::nullopt;
    return raw;
}

bool write_at(file_system& fs, int fd, byte_view data, std::uint64_t offset) {
    const auto put = fs.write(fd, data, offset);
    return put && *put == data.size();
}

std::uint64_t place_of(file_index file) { return head_bytes + std::uint64_t{file.value()} * entry_bytes; }

}  // namespace

/// The one of this run of the system.
std::optional<file_table::handle> write_journal::open(bool writing) {
    if (path_.empty()) return std::nullopt;
    const std::lock_guard lock(mutex_);
    constexpr file_index only{0};
    if (auto found = table_.find(only, writing)) return found;
    const auto boot = fs_.boot();
    const std::filesystem::path whole(path_);
    const auto folder = fs_.open(whole.parent_path().string(), open_for::listing);
    if (!folder || boot.empty()) return std::nullopt;
    auto opened = fs_.open_beneath(folder->get(), whole.filename().string(),
                                   writing ? open_for::writing_or_new : open_for::reading);
    if (!opened) return std::nullopt;
    const auto wanted = head_of(boot);
    const auto head = read_at<head_bytes>(fs_, opened->get(), 0);
    if (!head || !std::equal(head->begin(), head->end(), wanted.begin())) {
        if (!writing || !fs_.resize(opened->get(), 0) || !fs_.set_mode(opened->get(), 0600) ||
            !write_at(fs_, opened->get(), wanted, 0))
            return std::nullopt;
    }
    return table_.insert(only, writing, std::move(*opened));
}

std::optional<write_journal::entry> write_journal::find(file_index file) {
    const auto opened = open(false);
    const auto raw = opened ? read_at<entry_bytes>(fs_, (*opened)->get(), place_of(file)) : std::nullopt;
    if (!raw) return std::nullopt;
    byte_reader from(*raw);
    std::array<std::uint64_t, 4> numbers{};
    for (auto& number : numbers) number = *from.number<std::uint64_t>();
    if (numbers[0] == 0) return std::nullopt;
    return entry{numbers[0], numbers[1], static_cast<std::int64_t>(numbers[2]),
                 static_cast<std::int64_t>(numbers[3])};
}

void write_journal::note(file_index file, const entry& what) {
    const auto opened = open(true);
    if (!opened) return;
    bytes raw;
    byte_writer(raw)
        .number(what.since)
        .number(what.size)
        .number(static_cast<std::uint64_t>(what.modified_ns))
        .number(static_cast<std::uint64_t>(what.changed_ns));
    (void)write_at(fs_, (*opened)->get(), raw, place_of(file));
}

}  // namespace bt::storage
