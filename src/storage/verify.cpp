// Hashing one piece from disk.
#include <algorithm>
#include <array>
#include <cerrno>

#include "base/limits.hpp"
#include "crypto/hash.hpp"
#include "storage/torrent_files.hpp"

namespace bt::storage {
namespace {

constexpr std::size_t read_bytes = limits::MiB;

void add_zeros(crypto::sha1_hasher& hasher, std::uint64_t count) {
    static constexpr std::array<std::uint8_t, 64 * limits::KiB> zeros{};
    while (count > 0) {
        const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(count, zeros.size()));
        hasher.update(byte_view(zeros).first(part));
        count -= part;
    }
}

sha1_digest digest_at(byte_view hashes, piece_index piece) {
    return *sha1_digest::from(hashes.subspan(std::size_t{piece.value()} * 20, 20));
}

/// True if the run is a hole as a whole. A hole reads as zeros: nothing needs to be read.
os_result<bool> is_hole(file_system& fs, torrent_files::cursor& at, int fd, std::uint64_t begin,
                        std::uint64_t end) {
    if (begin >= at.hole_begin && end <= at.hole_end) return true;
    if (begin >= at.data_begin && begin < at.data_end) return false;
    const auto data = fs.next_data(fd, begin, at.size);
    if (!data) return false;  // a file system that does not tell
    if (*data > begin) {
        at.hole_begin = begin;
        at.hole_end = *data;
        return end <= *data;
    }
    at.data_begin = begin;
    at.data_end = fs.next_hole(fd, begin, at.size).value_or(at.size);
    return false;
}

}  // namespace

bool torrent_files::hash_matches(piece_index piece, byte_view data) const {
    return data.size() == layout_.shape().piece_size(piece) &&
           crypto::sha1(data) == digest_at(piece_hashes_, piece);
}

sha1_digest torrent_files::zero_digest(std::uint32_t size) {
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [known, digest] : zero_digests_)
            if (known == size) return digest;
    }
    crypto::sha1_hasher hasher;
    add_zeros(hasher, size);
    const auto digest = hasher.finish();
    const std::lock_guard lock(mutex_);
    zero_digests_.emplace_back(size, digest);  // two lengths at most: a whole piece and the last one
    return digest;
}

result<piece_state> torrent_files::verify(piece_index piece, cursor& at) {
    std::vector<segment> parts = std::move(at.parts);
    parts.clear();
    layout_.segments({piece, 0, layout_.shape().piece_size(piece)}, parts);
    const auto state = verify(piece, parts, at);
    at.parts = std::move(parts);
    return state;
}

result<piece_state> torrent_files::verify(piece_index piece, const std::vector<segment>& parts, cursor& at) {
    const auto expected = digest_at(piece_hashes_, piece);
    for (const auto& part : parts)
        if (const auto state = state_of(part.file); state.where != standing::padding && !state.exists)
            return piece_state::missing;

    crypto::sha1_hasher hasher;
    std::uint64_t zeros = 0;  // at the start of the piece, not hashed yet
    bool only_zeros = true;
    for (const auto& part : parts) {
        bool hole = true;
        if (state_of(part.file).where != standing::padding) {
            if (at.file != part.file) {
                auto scratch = std::move(at.scratch);
                at = cursor{};
                at.scratch = std::move(scratch);
                auto opened = open(part.file, false);
                if (!opened) {
                    const auto number = opened.error().number;
                    if (number == ENOENT || number == EISDIR)
                        return piece_state::missing;  // or no file at all
                    return describe(opened.error(), "open", part.file);
                }
                if (state_of(part.file).lost_writes) fs_.drop_cache((*opened)->get());
                const auto facts = fs_.facts((*opened)->get());
                if (!facts) return describe(facts.error(), "look at", part.file);
                at.file = part.file;
                at.opened = std::move(*opened);
                at.size = facts->size;
            }
            const auto end = part.offset + part.length;
            if (end > at.size) return piece_state::missing;
            hole = is_hole(fs_, at, at.opened->get(), part.offset, end).value_or(false);
        }
        if (hole) {
            if (only_zeros)
                zeros += part.length;
            else
                add_zeros(hasher, part.length);
            continue;
        }
        if (only_zeros) add_zeros(hasher, zeros);
        only_zeros = false;
        if (at.scratch.empty()) at.scratch = buffer(read_bytes);
        for (std::uint64_t offset = part.offset, left = part.length; left > 0;) {
            const iovec into{at.scratch.data(),
                             static_cast<std::size_t>(std::min<std::uint64_t>(left, read_bytes))};
            const auto got = fs_.read(at.opened->get(), {&into, 1}, offset);
            if (!got) return describe(got.error(), "read", part.file);
            if (*got == 0) return piece_state::missing;  // cut short while we look
            hasher.update(at.scratch.view().first(*got));
            offset += *got;
            left -= *got;
        }
    }
    const auto digest = only_zeros ? zero_digest(layout_.shape().piece_size(piece)) : hasher.finish();
    return digest == expected ? piece_state::good : piece_state::bad;
}

}  // namespace bt::storage
