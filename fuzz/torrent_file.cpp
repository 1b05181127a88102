// F2: .torrent files. Every path stays beneath the folder, and the sizes add up.
#include <set>

#include "base/limits.hpp"
#include "fuzz/target.hpp"
#include "torrent/file_names.hpp"
#include "torrent/metainfo.hpp"

namespace bt::fuzz {
namespace {

void check_path(std::string_view path) {
    BT_ASSERT(!path.empty());
    for (std::size_t begin = 0; begin <= path.size();) {
        const auto end = std::min(path.find('/', begin), path.size());
        const auto element = path.substr(begin, end - begin);
        BT_ASSERT(!element.empty() && element != "." && element != "..");
        BT_ASSERT(torrent::safe_element(element) == element);
        begin = end + 1;
    }
}

void check(const torrent::info& info) {
    BT_ASSERT(info.piece_hashes.size() == std::size_t{20} * info.shape.piece_count());
    BT_ASSERT(info.files.size() > 0);
    BT_ASSERT(torrent::safe_element(info.name) == info.name);
    std::uint64_t end = 0;
    std::set<std::string_view> paths;
    for (const auto& file : info.files) {
        BT_ASSERT(file.begin == end);
        end += file.size;
        if (file.padding) continue;
        check_path(file.path);
        BT_ASSERT(paths.insert(file.path).second);
    }
    BT_ASSERT(end == info.shape.total_bytes());
    BT_ASSERT(info.payload_bytes() <= end);
}

void run(byte_view input) {
    if (const auto read = torrent::parse_torrent(input)) {
        check(read->info);
        const auto again = torrent::parse_info(byte_view(read->info.raw));
        BT_ASSERT(again && again->hash == read->info.hash);
        for (const auto& tier : read->trackers) BT_ASSERT(!tier.empty());
    }
    if (const auto info = torrent::parse_info(input)) check(*info);
}

std::vector<bytes> seeds() {
    auto all = regress_files(".torrent");
    const std::string_view hash = "aaaaaaaaaaaaaaaaaaaa";
    for (const std::string_view info : {"d6:lengthi1000e4:name4:film12:piece lengthi16384e6:pieces20:",
                                        "d5:filesld6:lengthi1e4:pathl1:a1:beed4:attr1:p6:lengthi16383e4:"
                                        "pathl4:.pad5:16383eed6:lengthi9e4:pathl1:ceee"
                                        "4:name3:dir12:piece lengthi16384e6:pieces40:aaaaaaaaaaaaaaaaaaaa",
                                        "d5:filesld6:lengthi5e4:pathl2:..3:etceed6:lengthi6e4:pathl1:/3:x/"
                                        "yeed6:lengthi7e4:pathl3:CON0:1:.eee"
                                        "4:name2:..12:piece lengthi16384e6:pieces20:"}) {
        const auto whole = std::string(info) + std::string(hash) + "e";
        all.push_back(to_bytes(whole));
        all.push_back(
            to_bytes("d8:announce17:udp://t.example:113:announce-listll17:udp://t.example:1ee4:info" + whole +
                     "8:url-list13:http://a.b/c/e"));
    }
    return all;
}

constexpr std::string_view words[] = {"..",
                                      "/",
                                      "\\",
                                      ".",
                                      "1:.",
                                      "2:..",
                                      "1:/",
                                      "6:pieces",
                                      "6:lengthi",
                                      "i-1e",
                                      "i9223372036854775807e",
                                      "i4294967296e",
                                      "4:path",
                                      "l2:..e",
                                      "10:path.utf-8",
                                      "4:attr1:p",
                                      "4:attr1:l",
                                      "12:piece length",
                                      "i16384e",
                                      "i0e",
                                      "7:privatei1e",
                                      "5:filesle",
                                      "1:\xff",
                                      "de",
                                      "4:name0:",
                                      "4:\xe2\x80\xae.",
                                      "1:\n",
                                      "12:meta versioni2e"};

}  // namespace

const target torrent_file{"F2", ".torrent files and their paths", run, seeds, words};

}  // namespace bt::fuzz
