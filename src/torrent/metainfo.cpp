#include "torrent/metainfo.hpp"

#include <algorithm>
#include <set>

#include "base/bencode.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "crypto/hash.hpp"
#include "torrent/file_list.hpp"
#include "torrent/file_names.hpp"
#include "torrent/urls.hpp"

namespace bt::torrent {
namespace {

constexpr std::size_t text_bytes = 4096;  // a comment longer than a page is not for reading

/// Text of a stranger as one line that is safe to show.
std::string one_line(std::string_view text) {
    std::string line(text.substr(0, text_bytes));
    std::replace_if(
        line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
    return printable(line, text_bytes);
}

/// The string `key`, in the form `key`.utf-8 where that is what it says.
std::string_view utf8_string(bencode_view dict, const std::string& key) {
    if (const auto text = dict.find_string(key + ".utf-8"); text && !text->empty() && is_utf8(*text))
        return *text;
    return dict.find_string(key).value_or("");
}

// --- the info dictionary --------------------------------------------------------------------------

result<std::vector<file_entry>> read_files(bencode_view dict, const std::string& name) {
    if (const auto list = dict.find_list("files")) return read_file_list(*list, name);
    const auto size = dict.find_integer("length");
    if (!size) return fail(errc::bad_data, "the torrent has neither a length nor a list of files");
    if (*size < 0) return fail(errc::bad_data, "the torrent has a negative length");
    file_entry file;
    file.path = name;
    file.size = static_cast<std::uint64_t>(*size);
    file.executable = dict.find_string("attr").value_or("").find('x') != std::string_view::npos;
    return std::vector{std::move(file)};
}

/// BEP 52: a hybrid torrent has `pieces` as well, and is read as the v1 torrent it also is.
bool is_v2_only(bencode_view dict) {
    return !dict.find("pieces") && (dict.find("file tree") || dict.find_integer("meta version") == 2);
}

result<info> read_info(bencode_view dict) {
    if (!dict.is_dict()) return fail(errc::bad_data, "the info part of the torrent is not a dictionary");
    if (is_v2_only(dict)) return fail(errc::bad_data, "BitTorrent v2 torrents are not supported yet");

    info read;
    read.name = safe_element(utf8_string(dict, "name"));
    read.multi_file = dict.find_list("files").has_value();
    auto files = read_files(dict, read.name);
    if (!files) return unexpected<error>(std::move(files.error()));
    read.files = std::move(*files);

    const auto piece_bytes = dict.find_integer("piece length");
    if (!piece_bytes || *piece_bytes < 0)
        return fail(errc::bad_data, "the torrent has no usable piece length");
    const auto shape = geometry::make(read.files.back().begin + read.files.back().size,
                                      static_cast<std::uint64_t>(*piece_bytes));
    if (!shape) return unexpected<error>(shape.error());
    read.shape = *shape;

    const auto hashes = dict.find_string("pieces");
    if (!hashes) return fail(errc::bad_data, "the torrent has no piece hashes");
    const auto expected_bytes = std::uint64_t{read.shape.piece_count()} * sha1_digest::size;
    if (hashes->size() != expected_bytes)
        return fail(errc::bad_data, "the torrent has " + std::to_string(hashes->size()) +
                                        " bytes of piece hashes where its " +
                                        std::to_string(read.shape.piece_count()) + " pieces need " +
                                        std::to_string(expected_bytes));
    read.piece_hashes = to_bytes(*hashes);

    // BEP 27 says 1; what else is set there was meant to keep the torrent private, too
    read.is_private = dict.find_integer("private").value_or(0) != 0;
    read.source = one_line(dict.find_string("source").value_or(""));
    const auto raw = dict.raw();
    read.raw.assign(raw.begin(), raw.end());
    read.hash.bytes = crypto::sha1(raw).bytes;
    return read;
}

// --- what stands around it ------------------------------------------------------------------------

tracker_tiers read_trackers(bencode_view root) {
    tracker_tiers tiers;
    std::set<std::string> seen;
    const auto add = [&](std::vector<std::string>& tier, std::optional<std::string_view> text) {
        auto url = text && seen.size() < limits::torrent_trackers ? tracker_url(*text) : std::nullopt;
        if (url && seen.insert(*url).second) tier.push_back(std::move(*url));
    };
    if (const auto list = root.find_list("announce-list")) {
        for (const auto element : *list) {
            std::vector<std::string> tier;
            if (element.is_string()) add(tier, element.string());  // seen in the wild: a flat list
            for (const auto text : element) add(tier, text.string());
            if (!tier.empty()) tiers.push_back(std::move(tier));
        }
    }
    if (tiers.empty()) {  // BEP 12: with a list, `announce` counts for nothing
        std::vector<std::string> tier;
        add(tier, root.find_string("announce"));
        if (!tier.empty()) tiers.push_back(std::move(tier));
    }
    return tiers;
}

std::vector<std::string> read_web_seeds(bencode_view root) {
    std::vector<std::string> urls;
    const auto value = root.find("url-list");
    if (!value) return urls;
    const auto add = [&](std::string_view text) {
        add_unique(urls, web_seed_url(text), limits::torrent_web_seeds);
    };
    if (const auto one = value->string()) add(*one);
    for (const auto element : *value)
        if (const auto text = element.string()) add(*text);
    return urls;
}

/// A name or numeric address; a v6 address gets its brackets. What else is in the string is nobody's host.
std::optional<std::string> host_text(std::string_view host) {
    const auto is_host_char = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
               c == '-';
    };
    if (const auto address = ip_address::parse(host))
        return address->is_v6() ? '[' + address->to_string() + ']' : address->to_string();
    if (host.empty() || host.size() > 253 || !std::all_of(host.begin(), host.end(), is_host_char))
        return std::nullopt;
    return std::string(host);
}

std::vector<std::string> read_nodes(bencode_view root) {
    std::vector<std::string> nodes;
    const auto list = root.find_list("nodes");
    if (!list) return nodes;
    for (const auto element : *list) {
        std::vector<bencode_view> pair(element.begin(), element.end());
        if (pair.size() != 2) continue;
        const auto host = pair[0].string();
        const auto port = pair[1].integer();
        if (!host || !port || *port < 1 || *port > 65535) continue;
        if (const auto text = host_text(*host))
            add_unique(nodes, *text + ':' + std::to_string(*port), limits::torrent_nodes);
    }
    return nodes;
}

result<bencode_document> parse_document(byte_view text, std::size_t limit) {
    if (text.size() > limit)
        return fail(errc::bad_data, "the torrent is " + std::to_string(text.size()) +
                                        " bytes long; the limit is " + std::to_string(limit));
    auto document = bencode_document::parse(text, bencode_file);
    if (!document)
        return fail(errc::bad_data, "not a torrent: " + std::string(to_string(document.error().what)) +
                                        " at byte " + std::to_string(document.error().position));
    return std::move(*document);
}

}  // namespace

sha1_digest info::piece_hash(piece_index piece) const {
    BT_ASSERT(piece.value() < shape.piece_count());
    return *sha1_digest::from(
        byte_view(piece_hashes).subspan(std::size_t{piece.value()} * sha1_digest::size, sha1_digest::size));
}

std::uint64_t info::payload_bytes() const {
    std::uint64_t sum = 0;
    for (const auto& file : files) sum += file.padding ? 0 : file.size;
    return sum;
}

result<metainfo> parse_torrent(byte_view file) {
    const auto document = parse_document(file, limits::torrent_file_bytes);
    if (!document) return unexpected<error>(document.error());
    const auto root = document->root();
    const auto dict = root.find("info");
    if (!dict) return fail(errc::bad_data, "not a torrent: there is no info dictionary");
    auto read = read_info(*dict);
    if (!read) return unexpected<error>(std::move(read.error()));

    metainfo torrent;
    torrent.info = std::move(*read);
    torrent.trackers = read_trackers(root);
    torrent.web_seeds = read_web_seeds(root);
    torrent.nodes = read_nodes(root);
    torrent.comment = one_line(utf8_string(root, "comment"));
    torrent.created_by = one_line(utf8_string(root, "created by"));
    torrent.creation_date = root.find_integer("creation date");
    if (torrent.creation_date < 0) torrent.creation_date.reset();
    return torrent;
}

result<info> parse_info(byte_view raw) {
    const auto document = parse_document(raw, limits::metadata_bytes);
    if (!document) return unexpected<error>(document.error());
    if (document->size() != raw.size())
        return fail(errc::bad_data, "bytes follow the info dictionary of the torrent");
    return read_info(document->root());
}

}  // namespace bt::torrent
