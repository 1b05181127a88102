// The only file that sees cereal.
#include "storage/state_file.hpp"

#include <array>
#include <cereal/archives/portable_binary.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/vector.hpp>
#include <cerrno>
#include <filesystem>
#include <sstream>

#include "base/assert.hpp"
#include "crypto/hash.hpp"
#include "storage/storage_error.hpp"

namespace bt::storage {
namespace {

constexpr std::string_view magic = "btstate\n";
constexpr std::uint32_t format = 1;
constexpr std::size_t head_bytes = 8 + 4 + 8 + 8 + 32;
constexpr std::uint64_t most_bytes = 1ull << 30;  // far beyond the largest tracker's

struct record {
    std::string kind;
    bytes content;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(kind, content);
    }
};

std::string archived(const record& what) {
    std::ostringstream out(std::ios::binary);
    cereal::PortableBinaryOutputArchive archive(out);
    archive(what);
    return std::move(out).str();
}

os_result<void> write_all(file_system& fs, int fd, byte_view data) {
    std::uint64_t offset = 0;
    while (!data.empty()) {
        const auto taken = fs.write(fd, data, offset);
        if (!taken) return unexpected<os_error>(taken.error());
        BT_ASSERT(*taken <= data.size());
        offset += *taken;
        data = data.subspan(*taken);
    }
    return {};
}

os_result<bytes> read_all(file_system& fs, int fd) {
    const auto facts = fs.facts(fd);
    if (!facts) return unexpected<os_error>(facts.error());
    bytes data(static_cast<std::size_t>(std::min(facts->size, most_bytes)));
    for (std::size_t got = 0; got < data.size();) {
        const iovec slice{data.data() + got, data.size() - got};
        const auto count = fs.read(fd, {&slice, 1}, got);
        if (!count) return unexpected<os_error>(count.error());
        if (*count == 0) {
            data.resize(got);
            break;
        }
        got += *count;
    }
    return data;
}

}  // namespace

unexpected<error> state_file::trouble(os_error cause, const std::string& what) const {
    return storage_fail(cause, what, folder_path_ + "/" + name_);
}

result<state_file> state_file::open(const std::string& path, std::string kind, file_system& fs,
                                    if_foreign other) {
    const std::filesystem::path whole(path);
    auto folder = whole.parent_path().string();
    if (folder.empty()) folder = ".";
    std::error_code failed;
    if (!std::filesystem::exists(folder, failed)) {
        std::filesystem::create_directories(folder, failed);
        if (failed) return storage_fail({failed.value()}, "make the folder", folder);
        std::filesystem::permissions(folder, std::filesystem::perms::owner_all, failed);
    }
    state_file file(folder, whole.filename().string(), std::move(kind), fs);
    file.other_ = other;
    if (auto opened = file.open_folder(); !opened) return unexpected<error>(opened.error());
    const std::string endings[] = {".tmp", ".old", ""};
    if (other == if_foreign::refuse)
        for (const auto& ending : endings)
            if (auto ours = file.refuse_foreign(file.name_ + ending); !ours)
                return unexpected<error>(ours.error());
    if (auto locked = file.take_lock(); !locked) return unexpected<error>(locked.error());
    if (other == if_foreign::set_aside)  // the holder of the lock may move things
        for (const auto& ending : endings)
            if (!file.refuse_foreign(file.name_ + ending))
                if (auto moved = file.set_aside(ending); !moved) return unexpected<error>(moved.error());
    return file;
}

result<void> state_file::open_folder() {
    auto opened = fs_->open(folder_path_, open_for::listing);
    if (!opened) return storage_fail(opened.error(), "open the folder", folder_path_);
    folder_ = std::move(*opened);
    return {};
}

result<void> state_file::take_lock() {
    auto lock = fs_->open_beneath(folder_.get(), name_ + ".lock", open_for::writing_or_new);
    if (!lock) return trouble(lock.error(), "write");
    if (auto locked = fs_->lock(lock->get()); !locked) {
        if (locked.error().number == EWOULDBLOCK)
            return fail(errc::storage,
                        quoted_path(folder_path_ + "/" + name_) + " is in use by another process",
                        "end it first, or choose another file", EWOULDBLOCK);
        return trouble(locked.error(), "lock");
    }
    lock_ = std::move(*lock);
    return {};
}

void state_file::release() {
    lock_ = {};
    folder_ = {};
}

result<void> state_file::hold() {
    if (lock_) return {};
    if (auto opened = open_folder(); !opened) return opened;
    return take_lock();
}

bool is_in_use(const error& why) { return why.code == errc::storage && why.number == EWOULDBLOCK; }

/// What was cut short may still be ours; what begins otherwise is of another program.
result<void> state_file::refuse_foreign(const std::string& name) const {
    const auto path = quoted_path(folder_path_ + "/" + name);
    auto there = fs_->open_beneath(folder_.get(), name, open_for::looking);
    if (!there) return {};  // nothing there, or nothing that can be looked at: writing will tell
    const auto facts = fs_->facts(there->get());
    if (facts && facts->kind != file_kind::regular)
        return fail(errc::storage, path + " is no file", "choose another name for the state");
    auto file = fs_->open_beneath(folder_.get(), name, open_for::reading);
    if (!file) return trouble(file.error(), "read");
    std::array<char, magic.size()> begin{};
    const iovec slice{begin.data(), begin.size()};
    const auto count = fs_->read(file->get(), {&slice, 1}, 0);
    if (!count) return trouble(count.error(), "read");
    if (std::string_view(begin.data(), *count) != magic.substr(0, *count))
        return fail(errc::storage, path + " is no state file of this program",
                    "choose another name for the state");
    return {};
}

result<std::optional<bytes>> state_file::read(const std::string& name, std::uint64_t& sequence) {
    auto file = fs_->open_beneath(folder_.get(), name, open_for::reading);
    if (!file && file.error().number == ENOENT) return std::nullopt;
    if (!file) return trouble(file.error(), "read");
    const auto data = read_all(*fs_, file->get());
    if (!data) return trouble(data.error(), "read");
    const auto damaged = [&] {
        return fail(errc::bad_data, quoted_path(folder_path_ + "/" + name) + " is damaged");
    };
    byte_reader reader(*data);
    if (data->size() < head_bytes || as_text(*reader.take(magic.size())) != magic) return damaged();
    if (*reader.number<std::uint32_t>() != format) return damaged();
    sequence = *reader.number<std::uint64_t>();
    const auto length = *reader.number<std::uint64_t>();
    const auto checksum = *reader.take(32);
    if (length != reader.remaining() || as_text(crypto::sha256(reader.rest()).bytes) != as_text(checksum))
        return damaged();
    record what;
    try {
        std::istringstream in(std::string(as_text(reader.rest())), std::ios::binary);
        cereal::PortableBinaryInputArchive archive(in);
        archive(what);
    } catch (const std::exception&) {  // the checksum was right: written by a program that is not this one
        return damaged();
    }
    if (what.kind != kind_) return damaged();
    return std::move(what.content);
}

result<void> state_file::set_aside(const std::string& ending) {
    const auto to = name_ + ".damaged";
    const auto moved = fs_->rename_over(folder_.get(), name_ + ending, folder_.get(), to);
    if (!moved && moved.error().number == ENOENT) return {};  // moved before
    if (!moved) {
        auto why = storage_fail(moved.error(), "move what is damaged to", folder_path_ + "/" + to);
        stuck_ = why.value();
        return why;
    }
    const auto path = folder_path_ + "/" + to;
    if (damaged_.empty() || damaged_.back() != path) damaged_.push_back(path);
    return {};
}

result<std::optional<bytes>> state_file::load() {
    std::uint64_t sequence = 0;
    auto newest = read(name_, sequence);
    if (!newest && newest.error().code == errc::bad_data && other_ == if_foreign::set_aside)
        (void)set_aside();
    if (newest && *newest) {
        sequence_ = sequence;
        return newest;
    }
    auto before = read(name_ + ".old", sequence);
    if (before && *before) {
        sequence_ = sequence;
        return before;
    }
    return newest ? before : newest;
}

result<void> state_file::save(byte_view content, bool durable) {
    BT_ASSERT(lock_ && folder_);  // held
    const auto archive = archived({kind_, {content.begin(), content.end()}});
    const auto data = as_bytes(archive);
    bytes head;
    byte_writer(head)
        .text(magic)
        .number(format)
        .number(++sequence_)
        .number(std::uint64_t{data.size()})
        .raw(crypto::sha256(data).bytes);
    const int folder = folder_.get();
    const auto temporary = name_ + ".tmp";
    auto file = fs_->open_beneath(folder, temporary, open_for::writing_or_new);
    if (!file) return trouble(file.error(), "write");
    head.insert(head.end(), data.begin(), data.end());
    auto done = fs_->resize(file->get(), 0);
    if (done) done = fs_->set_mode(file->get(), 0600);
    if (done) done = write_all(*fs_, file->get(), head);
    if (done && durable) done = fs_->sync_data(file->get());
    if (!done) {
        (void)fs_->remove_file(folder, temporary);
        return trouble(done.error(), "write");
    }
    if (durable_) {  // else NAME.old is what a power cut falls back to
        const auto kept = fs_->rename_over(folder, name_, folder, name_ + ".old");
        if (!kept && kept.error().number != ENOENT) return trouble(kept.error(), "write");
    }
    done = fs_->rename_over(folder, temporary, folder, name_);
    if (done && durable) done = fs_->sync_folder(folder);
    if (!done) return trouble(done.error(), "write");
    durable_ = durable;
    return {};
}

}  // namespace bt::storage
