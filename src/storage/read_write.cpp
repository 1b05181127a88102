// Pieces to disk, blocks from disk, and making it last.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/assert.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "crypto/hash.hpp"
#include "storage/storage_error.hpp"
#include "storage/torrent_files.hpp"

namespace bt::storage {
namespace {

constexpr std::size_t most_iovecs = 1024;  // IOV_MAX

/// From this many on, one syncfs is cheaper than a sync of each.
constexpr std::size_t many_files = 1000;

}  // namespace

// --- writing ---------------------------------------------------------------------------------------

result<void> torrent_files::admit(piece_index piece, byte_view data) {
    BT_ASSERT(data.size() == layout_.shape().piece_size(piece));
    {
        const std::lock_guard lock(mutex_);
        if (!located_ || folder_.empty())
            return fail(errc::failure, "this storage is read-only or was not checked");
    }
    std::size_t at = 0;
    for (const auto& part : layout_.segments(piece)) {
        const auto bytes_of_part = data.subspan(at, part.length);
        at += part.length;
        const auto where = state_of(part.file).where;
        if (where == standing::padding) {
            if (std::any_of(bytes_of_part.begin(), bytes_of_part.end(), [](auto b) { return b != 0; }))
                return fail(errc::bad_data, "the torrent has padding that is not zeros (BEP 47)");
        } else if (where == standing::final_name) {
            const auto same = same_bytes(part, bytes_of_part);
            if (!same) return unexpected(same.error());
            if (*same) continue;
            if (!overwrite_) return foreign_file(shown_path(part.file));
            if (auto replaced = replace_old(part.file); !replaced) return replaced;
        }
    }
    return {};
}

result<void> torrent_files::write(piece_index piece, byte_view data) {
    BT_ASSERT(data.size() == layout_.shape().piece_size(piece));
    {
        const std::lock_guard lock(mutex_);
        BT_ASSERT(located_ && !folder_.empty());
        have_.erase(piece);  // until all of it is there
        doubtful_.erase(piece);
    }
    std::size_t at = 0;
    for (const auto& part : layout_.segments(piece)) {
        const auto bytes_of_part = data.subspan(at, part.length);
        at += part.length;
        if (state_of(part.file).where != standing::part) continue;
        if (auto written = write_segment(part, bytes_of_part); !written) return written;
    }
    const std::lock_guard lock(mutex_);
    have_.insert(piece);
    return {};
}

result<bool> torrent_files::same_bytes(const segment& part, byte_view data) {
    auto opened = open(part.file, false);
    if (!opened) return describe(opened.error(), "open", part.file);
    BT_ASSERT(data.size() == part.length);
    buffer there(std::min<std::size_t>(part.length, limits::MiB));
    for (std::size_t done = 0; done < data.size();) {
        const auto rest = data.subspan(done);
        const iovec into{there.data(), std::min(rest.size(), there.size())};
        const auto got = fs_.read((*opened)->get(), {&into, 1}, part.offset + done);
        if (!got) return describe(got.error(), "read", part.file);
        if (*got == 0 || std::memcmp(there.data(), rest.data(), *got) != 0) return false;
        done += *got;
    }
    return true;
}

result<void> torrent_files::write_segment(const segment& part, byte_view data) {
    BT_ASSERT(data.size() == part.length && part.offset + part.length <= layout_.file(part.file).size);
    if (auto claimed = claim_part(); !claimed) return claimed;
    // What changed since our last write was not ours.
    const std::lock_guard alone(writers_of(part.file));
    auto opened = open(part.file, true);
    if (!opened) return write_failed(opened.error(), part);
    if (auto same = compare(part.file, **opened); !same) return write_failed(same.error(), part);
    {
        const std::lock_guard lock(mutex_);
        states_[part.file.value()].dirty = true;
        made_part_ = false;
    }
    std::uint64_t offset = part.offset;
    while (!data.empty()) {
        const auto put = fs_.write((*opened)->get(), data, offset);
        if (!put || *put == 0) {
            (void)restamp(part.file, **opened);  // what it took of it is ours
            return write_failed(put ? os_error{EIO} : put.error(), part);
        }
        BT_ASSERT(*put <= data.size());
        data = data.subspan(*put);
        offset += *put;
    }
    if (auto stamped = restamp(part.file, **opened); !stamped) return write_failed(stamped.error(), part);
    const std::lock_guard lock(mutex_);
    states_[part.file.value()].dirty = true;  // again: a sync may have begun meanwhile
    return {};
}

unexpected<error> torrent_files::write_failed(os_error cause, const segment& part) {
    if (cause.number != ENOSPC) return describe(cause, "write", part.file);
    std::uint64_t missing = 0;
    const auto have = [this] {
        const std::lock_guard lock(mutex_);
        return have_;
    }();
    for (std::uint32_t i = 0; i < have.size(); ++i)
        if (!have.has(piece_index(i)) && wants_piece(piece_index(i)))
            missing += layout_.shape().piece_size(piece_index(i));
    const auto free = fs_.free_bytes(tree_->folder()).value_or(0);
    return no_space(folder_, missing > free ? missing - free : part.length, free);
}

// --- reading ---------------------------------------------------------------------------------------

namespace {

/// Neighbouring runs of one file, read by one call into places that need not be neighbours.
struct gathered_read {
    std::optional<file_index> file;
    std::uint64_t begin = 0, end = 0;
    std::vector<iovec> into;

    bool takes(const segment& part) const {
        return file == part.file && end == part.offset && into.size() < most_iovecs;
    }
    void add(const segment& part, std::uint8_t* to) {
        if (into.empty()) {
            file = part.file;
            begin = end = part.offset;
        }
        auto* const after =
            into.empty() ? nullptr : static_cast<std::uint8_t*>(into.back().iov_base) + into.back().iov_len;
        if (after == to)
            into.back().iov_len += part.length;
        else
            into.push_back({to, part.length});
        end += part.length;
    }
    /// `count` bytes at the front are done.
    void advance(std::size_t count) {
        begin += count;
        auto first = into.begin();
        while (count > 0) {
            BT_ASSERT(first != into.end());
            const auto taken = std::min(count, first->iov_len);
            first->iov_base = static_cast<std::uint8_t*>(first->iov_base) + taken;
            first->iov_len -= taken;
            count -= taken;
            if (first->iov_len == 0) ++first;
        }
        into.erase(into.begin(), first);
    }
};

}  // namespace

/// All of it is held, and nothing of it in doubt.
result<void> torrent_files::only_held(const std::vector<torrent::block_range>& ranges) {
    std::optional<piece_index> last;
    cursor at;
    for (const auto& range : ranges) {
        if (std::exchange(last, range.piece) == range.piece) continue;
        std::vector<segment> parts;
        layout_.segments(range, parts);
        for (const auto& part : parts)  // a change shows when they are opened
            if (!layout_.file(part.file).padding)
                if (auto opened = open(part.file, false); !opened && opened.error().number != ENOENT)
                    return describe(opened.error(), "open", part.file);
        const bool doubtful = [&] {
            const std::lock_guard lock(mutex_);
            return doubtful_.has(range.piece);
        }();
        if (doubtful && !settle_doubt(range.piece, at))
            return fail(errc::bad_data, quoted_path(shown_path(parts.front().file)) + " was changed: piece " +
                                            std::to_string(range.piece.value()) +
                                            " of it is not right any more");
        const std::lock_guard lock(mutex_);
        if (located_ && !have_.has(range.piece))
            return fail(errc::bad_data, "piece " + std::to_string(range.piece.value()) + " is not on disk");
    }
    return {};
}

result<buffer> torrent_files::read_verified(const std::vector<piece_index>& pieces) {
    std::vector<torrent::block_range> ranges;
    for (const auto piece : pieces) ranges.push_back({piece, 0, layout_.shape().piece_size(piece)});
    auto data = read(ranges, 0);
    if (!data) return data;
    std::vector<byte_view> messages;
    std::size_t at = 0;
    for (const auto& range : ranges) {
        messages.push_back(data->view().subspan(at, range.length));
        at += range.length;
    }
    std::vector<sha1_digest> digests(messages.size());
    crypto::sha1(messages, digests);
    for (std::size_t i = 0; i < pieces.size(); ++i)
        if (judge(pieces[i], digests[i]) != piece_state::good)
            return fail(errc::storage,
                        "piece " + std::to_string(pieces[i].value()) + " is not right any more");
    return data;
}

result<buffer> torrent_files::read(const std::vector<torrent::block_range>& ranges, std::size_t gap) {
    std::size_t size = 0;
    for (const auto& range : ranges) size += gap + range.length;
    if (auto held = only_held(ranges); !held) return unexpected(held.error());
    buffer frames(size);
    gathered_read pending;
    const auto flush = [&]() -> result<void> {
        if (pending.into.empty()) return {};
        auto opened = open(*pending.file, false);
        if (!opened) return describe(opened.error(), "open", *pending.file);
        while (pending.begin < pending.end) {
            const auto got = fs_.read((*opened)->get(), pending.into, pending.begin);
            if (!got) return describe(got.error(), "read", *pending.file);
            if (*got == 0)
                return fail(errc::storage, quoted_path(shown_path(*pending.file)) + " is shorter than it was",
                            "check it again");
            BT_ASSERT(*got <= pending.end - pending.begin);
            pending.advance(*got);
        }
        pending = {};
        return {};
    };
    std::size_t at = 0;
    std::vector<segment> parts;
    for (const auto& range : ranges) {
        at += gap;
        parts.clear();
        layout_.segments(range, parts);
        for (const auto& part : parts) {
            auto* const to = frames.data() + at;
            at += part.length;
            if (layout_.file(part.file).padding) {
                std::memset(to, 0, part.length);
                continue;
            }
            if (!pending.takes(part))
                if (auto flushed = flush(); !flushed) return unexpected(flushed.error());
            pending.add(part, to);
        }
    }
    if (auto flushed = flush(); !flushed) return unexpected(flushed.error());
    BT_ASSERT(at == frames.size() && pending.into.empty());
    return frames;
}

// --- durability ------------------------------------------------------------------------------------

/// One at a time: what another one makes durable is not durable before that is over.
result<void> torrent_files::sync() {
    const std::lock_guard one(sync_mutex_);
    std::vector<file_index> dirty;
    std::set<std::string> folders;
    {
        const std::lock_guard lock(mutex_);
        for (std::uint32_t i = 0; i < states_.size(); ++i) {
            // a write that begins from here on marks its file again
            if (states_[i].dirty && states_[i].where == standing::part) dirty.push_back(file_index(i));
            states_[i].dirty = false;
        }
        folders.swap(changed_folders_);
    }
    if (!tree_ || (dirty.empty() && folders.empty())) return {};
    result<void> synced;
    if (dirty.size() + folders.size() > many_files) {
        if (auto all = fs_.sync_everything(tree_->folder()); !all)
            synced = storage_fail(all.error(), "write", folder_);
    } else {
        synced = sync_files(dirty);
        for (const auto& folder : folders) {
            if (!synced) break;
            auto done = tree_->sync_folder(folder);
            if (!done && done.error().number != ENOENT)
                synced = storage_fail(done.error(), "write", path_in(folder_, folder));
        }
    }
    if (synced) return {};
    // After a failed sync the kernel calls the lost pages clean: what was written since the last good one has
    // to be read from the disk.
    const std::lock_guard lock(mutex_);
    changed_folders_.merge(folders);
    for (const auto file : dirty) {
        states_[file.value()].dirty = states_[file.value()].lost_writes = true;
        doubt(file);
    }
    return synced;
}

result<void> torrent_files::sync_files(const std::vector<file_index>& dirty) {
    for (const auto file : dirty) {
        BT_ASSERT(!layout_.file(file).padding);
        auto opened = open(file, false);
        if (!opened && !state_of(file).exists) continue;  // of no use any more, and removed meanwhile
        if (!opened) return describe(opened.error(), "open", file);
        if (auto done = fs_.sync_data((*opened)->get()); !done) return describe(done.error(), "write", file);
    }
    return {};
}

}  // namespace bt::storage
