// Pieces as they lie on the disk: what can be said without reading them, their bytes, and the hash of one
// alone.
#include <algorithm>
#include <array>
#include <cerrno>

#include "base/assert.hpp"
#include "base/limits.hpp"
#include "crypto/hash.hpp"
#include "storage/lane_hasher.hpp"
#include "storage/torrent_files.hpp"

namespace bt::storage {
namespace {

/// A read that is under way cannot be given up.
constexpr std::size_t longest_read = limits::MiB;

bool is_no_file(os_error cause) { return cause.number == ENOENT || cause.number == EISDIR; }

sha1_digest digest_at(byte_view hashes, piece_index piece) {
    BT_ASSERT((std::size_t{piece.value()} + 1) * 20 <= hashes.size());
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

sha1_digest torrent_files::zero_digest(std::uint32_t size) {
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [known, digest] : zero_digests_)
            if (known == size) return digest;
    }
    static constexpr std::array<std::uint8_t, 64 * limits::KiB> zeros{};
    crypto::sha1_hasher hasher;
    for (auto left = size; left > 0;) {
        const auto part = byte_view(zeros).first(std::min<std::size_t>(left, zeros.size()));
        hasher.update(part);
        left -= static_cast<std::uint32_t>(part.size());
    }
    const auto digest = hasher.finish();
    const std::lock_guard lock(mutex_);
    zero_digests_.emplace_back(size, digest);  // two lengths at most: a whole piece and the last one
    return digest;
}

/// A file is opened here only where that may save reading it: it has holes, or the cache is not to be
/// believed.
result<std::optional<piece_state>> torrent_files::judge_unread(piece_index piece, cursor& at) {
    std::vector<segment> parts = std::move(at.parts);
    parts.clear();
    layout_.segments({piece, 0, layout_.shape().piece_size(piece)}, parts);
    const auto looked = judge_unread(piece, parts, at);
    at.parts = std::move(parts);
    return looked;
}

result<std::optional<piece_state>> torrent_files::judge_unread(piece_index piece,
                                                               const std::vector<segment>& parts,
                                                               cursor& at) {
    for (const auto& part : parts)
        if (const auto state = state_of(part.file); state.where != standing::padding && !state.exists)
            return piece_state::missing;
    bool only_zeros = true;
    for (const auto& part : parts) {
        const auto state = state_of(part.file);
        if (state.where == standing::padding) continue;
        // room that was reserved is allocated and holds nothing
        const bool is_full = state.where != standing::part && state.allocated >= layout_.file(part.file).size;
        if (is_full && !state.lost_writes) {
            only_zeros = false;
            continue;
        }
        if (at.file != part.file) {
            auto opened = open(part.file, false);
            if (!opened && is_no_file(opened.error())) return piece_state::missing;
            if (!opened) return describe(opened.error(), "open", part.file);
            if (state.lost_writes) fs_.drop_cache((*opened)->get());
            const auto facts = fs_.facts((*opened)->get());
            if (!facts) return describe(facts.error(), "look at", part.file);
            at.file = part.file;
            at.opened = std::move(*opened);
            at.size = facts->size;
            at.hole_begin = at.hole_end = at.data_begin = at.data_end = 0;
        }
        const auto end = part.offset + part.length;
        if (end > at.size) return piece_state::missing;
        only_zeros = only_zeros && is_hole(fs_, at, at.opened->get(), part.offset, end).value_or(false);
    }
    if (!only_zeros) return std::nullopt;
    return judge(piece, zero_digest(layout_.shape().piece_size(piece)));
}

piece_state torrent_files::judge(piece_index piece, const sha1_digest& digest) const {
    return digest == digest_at(piece_hashes_, piece) ? piece_state::good : piece_state::bad;
}

result<bool> torrent_files::read_part(piece_index piece, std::uint32_t offset, std::span<std::uint8_t> into) {
    std::vector<segment> parts;
    layout_.segments({piece, offset, static_cast<std::uint32_t>(into.size())}, parts);
    for (const auto& part : parts) {
        auto rest = into.first(part.length);
        into = into.subspan(part.length);
        if (state_of(part.file).where == standing::padding) {
            std::fill(rest.begin(), rest.end(), std::uint8_t{0});
            continue;
        }
        const auto opened = open(part.file, false);
        if (!opened && is_no_file(opened.error())) return false;
        if (!opened) return describe(opened.error(), "open", part.file);
        for (auto at = part.offset; !rest.empty();) {
            const iovec to{rest.data(), std::min(rest.size(), longest_read)};
            const auto got = fs_.read((*opened)->get(), {&to, 1}, at);
            if (!got) return describe(got.error(), "read", part.file);
            if (*got == 0) return false;  // cut short while we look
            BT_ASSERT(*got <= rest.size());
            at += *got;
            rest = rest.subspan(*got);
        }
    }
    return true;
}

result<piece_state> torrent_files::verify(piece_index piece, cursor& at) {
    const auto looked = judge_unread(piece, at);
    if (!looked) return unexpected<error>(looked.error());
    if (*looked) return **looked;
    lane_hasher alone({1, 1, longest_read});
    alone.add(piece.value(), layout_.shape().piece_size(piece));
    for (;;) {
        const auto ended = alone.step(at.scratch, [&](std::uint64_t, std::uint64_t offset, auto into) {
            return read_part(piece, static_cast<std::uint32_t>(offset), into);
        });
        if (!ended) return unexpected<error>(ended.error());
        if (!ended->empty()) return judge(piece, ended->front().digest);
        if (alone.is_empty()) return piece_state::missing;
    }
}

bool torrent_files::is_spinning() {
    std::optional<file_index> any;
    {
        const std::lock_guard lock(mutex_);
        for_each_file([&](file_index file) {
            if (!any && states_[file.value()].exists) any = file;
        });
    }
    const auto opened = any ? open(*any, false) : unexpected(os_error{ENOENT});
    return opened && fs_.is_spinning((*opened)->get());
}

}  // namespace bt::storage
