#include "torrent/held_files.hpp"

#include <utility>
#include <vector>

namespace bt::torrent {
namespace {

// number, taken_ns, length of boot | boot | pieces | bits | files | of each: 0, or 1 and its stamp
constexpr std::size_t stamp_bytes = 40;

std::uint64_t unsigned_of(std::int64_t number) { return static_cast<std::uint64_t>(number); }

void write_stamp(byte_writer& to, const file_stamp& stamp) {
    to.number(stamp.device).number(stamp.inode).number(stamp.size);
    to.number(unsigned_of(stamp.modified_ns)).number(unsigned_of(stamp.changed_ns));
}

file_stamp read_stamp(byte_reader from) {
    file_stamp stamp;
    for (auto* number : {&stamp.device, &stamp.inode, &stamp.size}) *number = *from.number<std::uint64_t>();
    for (auto* time : {&stamp.modified_ns, &stamp.changed_ns})
        *time = static_cast<std::int64_t>(*from.number<std::uint64_t>());
    return stamp;
}

bool read_head(byte_reader& from, held_files& held) {
    const auto number = from.number<std::uint64_t>(), taken = from.number<std::uint64_t>();
    const auto length = from.number<std::uint32_t>();
    const auto boot = length ? from.take(*length) : std::nullopt;
    if (!boot) return false;
    held.number = *number;
    held.taken_ns = static_cast<std::int64_t>(*taken);
    held.boot = as_text(*boot);
    return true;
}

bool read_pieces(byte_reader& from, held_files& held) {
    const auto count = from.number<std::uint32_t>();
    const auto bits = count ? from.take((std::size_t{*count} + 7) / 8) : std::nullopt;
    auto pieces = bits ? piece_set::from_wire(*bits, *count) : std::nullopt;
    if (!pieces) return false;
    held.pieces = std::move(*pieces);
    return true;
}

bool read_files(byte_reader& from, held_files& held) {
    const auto count = from.number<std::uint32_t>();
    if (!count || *count > from.remaining()) return false;
    std::vector<std::optional<file_stamp>> files(*count);
    for (auto& file : files) {
        const auto there = from.number<std::uint8_t>();
        if (!there || *there > 1) return false;
        if (*there == 0) continue;
        const auto raw = from.take(stamp_bytes);
        if (!raw) return false;
        file = read_stamp(byte_reader(*raw));
    }
    held.files = shared_list(std::move(files));
    return from.remaining() == 0;
}

}  // namespace

bytes write_held(const held_files& held) {
    bytes out;
    byte_writer to(out);
    to.number(held.number).number(unsigned_of(held.taken_ns));
    to.number(static_cast<std::uint32_t>(held.boot.size())).text(held.boot);
    to.number(held.pieces.size()).raw(held.pieces.to_wire());
    to.number(static_cast<std::uint32_t>(held.files.size()));
    for (const auto& file : held.files) {
        to.number(std::uint8_t{file.has_value()});
        if (file) write_stamp(to, *file);
    }
    return out;
}

result<held_files> read_held(byte_view content) {
    byte_reader from(content);
    held_files held;
    if (!read_head(from, held) || !read_pieces(from, held) || !read_files(from, held))
        return fail(errc::bad_data, "what is known of the files is damaged");
    return held;
}

}  // namespace bt::torrent
