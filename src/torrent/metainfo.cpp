#include "torrent/metainfo.hpp"

#include <algorithm>
#include <set>

#include "base/bencode.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "crypto/hash.hpp"
#include "torrent/file_list.hpp"
#include "torrent/file_names.hpp"
#include "torrent/hybrid.hpp"
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

shared_bytes part_of(const shared_bytes& whole, byte_view part) {
    return whole.part(static_cast<std::size_t>(part.data() - whole.data()), part.size());
}

/// BEP 52: a hybrid torrent has `pieces` as well, and is read as the v1 torrent it also is.
result<void> check_version(bencode_view dict) {
    const auto version = dict.find("meta version");
    const bool is_number = version && version->is_integer();
    if (is_number && version->integer().value_or(3) > 2)
        return fail(errc::bad_data, "the torrent is of a newer version of BitTorrent than is supported");
    if (!dict.find("pieces") && (dict.find("file tree") || (is_number && version->integer() == 2)))
        return fail(errc::bad_data, "BitTorrent v2 torrents are not supported yet");
    return {};
}

/// BEP 27 says 1; what else is set there was meant to keep the torrent private, too.
bool is_private(bencode_view dict) {
    const auto value = dict.find("private");
    if (!value) return false;
    if (const auto text = value->string()) return !text->empty() && *text != "0";
    return value->integer() != 0;
}

/// `dict` lies in `whole`, of which the info keeps its part.
result<info> read_info(bencode_view dict, const shared_bytes& whole) {
    if (!dict.is_dict()) return fail(errc::bad_data, "the info part of the torrent is not a dictionary");
    if (auto readable = check_version(dict); !readable) return unexpected<error>(readable.error());
    if (const auto key = dict.repeated_key())
        return fail(errc::bad_data, "the key '" + printable(*key, 64) +
                                        "' stands twice in the torrent's info: others may see other files");
    const auto name = utf8_string(dict, "name");
    if (name.empty()) return fail(errc::bad_data, "the torrent has no name");

    info read;
    read.name = safe_element(name);
    read.multi_file = dict.find_list("files").has_value();
    auto files = read_files(dict, read.name);
    if (!files) return unexpected<error>(std::move(files.error()));
    read.files = shared_list(std::move(*files));

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

    read.is_private = is_private(dict);
    read.lists_differ = dict.find_dict("file tree") && !hybrid_lists_agree(dict);
    read.source = one_line(dict.find_string("source").value_or(""));
    read.raw = part_of(whole, dict.raw());
    read.piece_hashes = part_of(whole, as_bytes(*hashes));
    read.hash.bytes = crypto::sha1(read.raw).bytes;
    return read;
}

// --- what stands around it ------------------------------------------------------------------------

tracker_tiers read_trackers(bencode_view root, unused_sources& unused) {
    tracker_tiers tiers;
    std::set<std::string> seen;
    const auto add = [&](std::vector<std::string>& tier, std::optional<std::string_view> text) {
        if (!text || seen.size() >= limits::torrent_trackers) return;
        auto url = tracker_url(*text);
        if (!url) unused.tracker(*text);
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

/// A name or numeric address; a v6 address gets its brackets. Any other text is no host.
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

/// What people take for a torrent by mistake; "" where it is none of these.
std::string_view what_else(std::string_view text) {
    if (text.empty()) return "it is empty";
    if (text.starts_with("\x1f\x8b")) return "it is compressed with gzip; unpack it first";
    if (text.starts_with("PK\x03\x04")) return "it is a zip archive; unpack it first";
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    if (text.empty()) return "it is empty";
    if (text.starts_with('<')) return "it is a web page";
    if (to_lower(text.substr(0, 7)) == "magnet:") return "it is a magnet link; give the link itself";
    return {};
}

result<bencode_document> parse_document(byte_view text, std::size_t limit) {
    if (text.size() > limit)
        return fail(errc::bad_data, "the torrent is " + std::to_string(text.size()) +
                                        " bytes long; the limit is " + std::to_string(limit));
    auto document = bencode_document::parse(text, bencode_file);
    if (!document) {
        const auto other = what_else(as_text(text));
        return fail(
            errc::bad_data,
            "not a torrent: " + (other.empty() ? std::string(to_string(document.error().what)) + " at byte " +
                                                     std::to_string(document.error().position)
                                               : std::string(other)));
    }
    return std::move(*document);
}

}  // namespace

sha1_digest info::piece_hash(piece_index piece) const {
    BT_ASSERT(piece.value() < shape.piece_count());
    return *sha1_digest::from(
        byte_view(piece_hashes).subspan(std::size_t{piece.value()} * sha1_digest::size, sha1_digest::size));
}

std::size_t info::file_count() const {
    return static_cast<std::size_t>(
        std::count_if(files.begin(), files.end(), [](const file_entry& file) { return !file.padding; }));
}

std::uint64_t info::payload_bytes() const {
    std::uint64_t sum = 0;
    for (const auto& file : files) sum += file.padding ? 0 : file.size;
    return sum;
}

result<metainfo> parse_torrent(byte_view file) {
    return parse_torrent(shared_bytes(bytes(file.begin(), file.end())));
}

result<metainfo> parse_torrent(shared_bytes file) {
    const auto document = parse_document(file, limits::torrent_file_bytes);
    if (!document) return unexpected<error>(document.error());
    const auto root = document->root();
    const auto dict = root.find("info");
    if (!dict) return fail(errc::bad_data, "not a torrent: there is no info dictionary");
    auto read = read_info(*dict, file);
    if (!read) return unexpected<error>(std::move(read.error()));

    metainfo torrent;
    torrent.info = std::move(*read);
    unused_sources unused;
    torrent.trackers = read_trackers(root, unused);
    torrent.web_seeds = read_web_seeds(root);
    if (root.find("httpseeds")) unused.http_seeds();
    torrent.remarks = unused.remarks(!torrent.trackers.empty(), !torrent.web_seeds.empty());
    torrent.nodes = read_nodes(root);
    torrent.comment = one_line(utf8_string(root, "comment"));
    torrent.created_by = one_line(utf8_string(root, "created by"));
    torrent.creation_date = root.find_integer("creation date");
    if (torrent.creation_date < 0) torrent.creation_date.reset();
    return torrent;
}

result<info> parse_info(byte_view raw) { return parse_info(shared_bytes(bytes(raw.begin(), raw.end()))); }

result<info> parse_info(shared_bytes raw) {
    const auto document = parse_document(raw, limits::metadata_bytes);
    if (!document) return unexpected<error>(document.error());
    if (document->size() != raw.size())
        return fail(errc::bad_data, "bytes follow the info dictionary of the torrent");
    return read_info(document->root(), raw);
}

}  // namespace bt::torrent
