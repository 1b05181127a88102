#include "torrent/create.hpp"

#include <algorithm>
#include <bit>
#include <limits>

#include "base/bencode.hpp"
#include "base/limits.hpp"

namespace bt::torrent {
namespace {

std::int64_t signed_size(std::uint64_t size) {
    BT_ASSERT(size <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
    return static_cast<std::int64_t>(size);
}

void write_attributes(bencode_writer& out, const source_file& file) {
    if (file.executable) out.pair("attr", "x");  // BEP 47
    out.pair("length", signed_size(file.size));
}

}  // namespace

std::uint64_t choose_piece_bytes(std::uint64_t total_bytes) {
    constexpr std::uint64_t enough_pieces = 2000, largest_usual = 16 * limits::MiB;
    const auto too_many = [&](std::uint64_t piece, std::uint64_t pieces) {
        return (total_bytes - 1) / piece >= pieces;
    };
    std::uint64_t piece = limits::piece_bytes_created_min;
    if (total_bytes == 0) return piece;
    while (piece < largest_usual && too_many(piece, enough_pieces)) piece *= 2;
    while (piece < limits::piece_bytes_created_max && too_many(piece, limits::pieces)) piece *= 2;
    return piece;
}

result<std::uint64_t> check_piece_bytes(std::uint64_t piece_bytes) {
    if (std::has_single_bit(piece_bytes) && piece_bytes >= limits::piece_bytes_created_min &&
        piece_bytes <= limits::piece_bytes_created_max)
        return piece_bytes;
    return fail(errc::usage, "a piece length of " + std::to_string(piece_bytes) + " bytes is not possible",
                "use a power of two from 16 KiB to 64 MiB");
}

void sort_files(std::vector<source_file>& files) {
    // std::string compares as unsigned bytes
    std::sort(files.begin(), files.end(),
              [](const source_file& a, const source_file& b) { return a.path < b.path; });
}

bytes encode_info(const info_plan& plan, byte_view piece_hashes) {
    BT_ASSERT(plan.multi_file || plan.files.size() == 1);
    bencode_writer out;
    out.begin_dict();
    if (plan.multi_file) {
        out.key("files").begin_list();
        for (const auto& file : plan.files) {
            out.begin_dict();
            write_attributes(out, file);
            out.key("path").begin_list();
            for (const auto& element : file.path) out.string(element);
            out.end_list().end_dict();
        }
        out.end_list();
    } else {
        write_attributes(out, plan.files.front());
    }
    out.pair("name", plan.name);
    out.pair("piece length", signed_size(plan.piece_bytes));
    out.pair("pieces", piece_hashes);
    if (plan.is_private) out.pair("private", 1);
    if (!plan.source.empty()) out.pair("source", plan.source);
    out.end_dict();
    return out.take();
}

bytes encode_torrent(const torrent_plan& plan, byte_view raw_info) {
    tracker_tiers tiers;
    std::size_t count = 0;
    for (const auto& tier : plan.trackers) {
        if (tier.empty()) continue;
        tiers.push_back(tier);
        count += tier.size();
    }
    bencode_writer out;
    out.begin_dict();
    if (count > 0) out.pair("announce", tiers.front().front());
    if (count > 1) {  // BEP 12; one tracker needs no list
        out.key("announce-list").begin_list();
        for (const auto& tier : tiers) {
            out.begin_list();
            for (const auto& url : tier) out.string(url);
            out.end_list();
        }
        out.end_list();
    }
    if (!plan.comment.empty()) out.pair("comment", plan.comment);
    if (!plan.created_by.empty()) out.pair("created by", plan.created_by);
    if (plan.creation_date) out.pair("creation date", *plan.creation_date);
    out.key("info").raw(raw_info);
    if (!plan.web_seeds.empty()) {
        out.key("url-list").begin_list();
        for (const auto& url : plan.web_seeds) out.string(url);
        out.end_list();
    }
    out.end_dict();
    return out.take();
}

}  // namespace bt::torrent
