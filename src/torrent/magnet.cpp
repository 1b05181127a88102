#include "torrent/magnet.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "torrent/urls.hpp"

namespace bt::torrent {
namespace {

constexpr std::string_view magnet_scheme = "magnet:";
constexpr std::size_t hex_digits = 40, base32_digits = 32;

constexpr std::string_view wrapping[] = {
    " ",      "\t",     "\r",     "\n",     "\"",     "'",      "`",      "<",      ">",     "\xef\xbb\xbf",
    "\u00a0", "\u200b", "\u201c", "\u201d", "\u201e", "\u2018", "\u2019", "\u00ab", "\u00bb"};

/// A hash, less what an editor, a page or a script left behind it.
std::string_view hash_text(std::string_view text) { return without_wrapping(text.substr(0, text.find('#'))); }

std::optional<info_hash> parse_hash(std::string_view text) {
    text = hash_text(text);
    std::optional<bytes> raw;
    if (text.size() == hex_digits) raw = from_hex(text);
    if (text.size() == base32_digits) raw = from_base32(text);
    return raw ? info_hash::from(*raw) : std::nullopt;
}

/// SHA-256: 64 digits, or with what says so before them (multihash 12 20).
bool is_v2_hash(std::string_view text) {
    text = hash_text(text);
    if (text.size() == 68 && text.starts_with("1220")) text.remove_prefix(4);
    return text.size() == 64 && from_hex(text);
}

unexpected<error> v2_link() {
    return fail(errc::bad_data, "BitTorrent v2 magnet links are not supported yet");
}

/// "amp;dn=x", behind the '&' of a link out of HTML: "dn=x". Pages that were encoded twice have it twice.
std::string_view without_entity(std::string_view text) {
    for (const std::string_view entity : {"amp;", "#38;", "#x26;"})
        if (to_lower(text.substr(0, entity.size())) == entity)
            return without_entity(text.substr(entity.size()));
    return text;
}

/// What is no escape is text.
std::string decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto escape = text[i] == '%' ? percent_decode(text.substr(i, 3)) : std::nullopt;
        out += escape ? *escape : std::string(1, text[i]);
        if (escape) i += 2;
    }
    return out;
}

bool has_scheme(std::string_view text) {
    return to_lower(text.substr(0, magnet_scheme.size())) == magnet_scheme;
}

/// True for "tr" and, BEP 9 links with several of a kind, for "tr.0", "tr.17".
bool is_key(std::string_view key, std::string_view name) {
    if (!key.starts_with(name)) return false;
    key.remove_prefix(name.size());
    return key.empty() || (key[0] == '.' && parse_number(key.substr(1)));
}

/// BEP 53: "0,2,4,6-8". What makes no sense is ignored one by one, and nothing is sized by an index.
void read_selection(std::string_view text, std::vector<std::pair<std::uint32_t, std::uint32_t>>& ranges) {
    constexpr std::uint64_t last_index =
        limits::bencode_file_tokens - 1;  // no torrent we read has more files
    while (!text.empty()) {
        const auto comma = std::min(text.find(','), text.size());
        const auto part = text.substr(0, comma);
        text.remove_prefix(std::min(comma + 1, text.size()));
        const auto dash = std::min(part.find('-'), part.size());
        const auto first = parse_number(part.substr(0, dash));
        const auto last = dash == part.size() ? first : parse_number(part.substr(dash + 1));
        if (!first || !last || *first > *last || *last > last_index) continue;
        ranges.emplace_back(static_cast<std::uint32_t>(*first), static_cast<std::uint32_t>(*last));
    }
}

unexpected<error> broken(std::string what) {
    return fail(errc::bad_data, "the magnet link " + std::move(what),
                "expected magnet:?xt=urn:btih: and 40 hex digits, or the 40 digits alone");
}

unexpected<error> all_zeros() {
    return fail(errc::bad_data, "the magnet link names no torrent: its info-hash is all zeros");
}

class link_reader {
  public:
    result<magnet> read(std::string_view query) {
        while (!query.empty()) {
            const auto end = std::min(query.find('&'), query.size());
            if (auto done = parameter(without_entity(query.substr(0, end))); !done)
                return unexpected<error>(done.error());
            query.remove_prefix(std::min(end + 1, query.size()));
        }
        link_.remarks = unused_.remarks(!link_.trackers.empty(), !link_.web_seeds.empty());
        if (found_ && link_.hash == info_hash{}) return all_zeros();
        if (found_) return std::move(link_);
        if (v2_) return v2_link();
        return broken("names no torrent");
    }

  private:
    result<void> parameter(std::string_view text) {
        const auto equals = text.find('=');
        if (equals == std::string_view::npos) return {};
        const auto key = to_lower(text.substr(0, equals));
        const auto raw = text.substr(equals + 1);
        const auto value = decoded(raw);
        if (is_key(key, "xt")) return topic(value);
        if (is_key(key, "tr")) {
            tracker(value);
        } else if (is_key(key, "ws") || is_key(key, "as")) {
            add_unique(link_.web_seeds, web_seed_url(value), limits::torrent_web_seeds);
        } else if (is_key(key, "x.pe")) {
            peer(value);
        } else if (key == "dn") {
            name(raw);
        } else if (key == "so") {
            read_selection(value, link_.select_only);
        } else if (key == "xl") {
            link_.length = parse_number(value);
        }
        return {};
    }

    result<void> topic(std::string_view value) {
        constexpr std::string_view v1 = "urn:btih:", v2 = "urn:btmh:1220";  // 12 20: SHA-256 of 32 bytes
        const auto lower = to_lower(value);
        if (lower.starts_with(v1)) {
            const auto hash = parse_hash(value.substr(v1.size()));
            if (!hash) return broken("has a malformed info-hash");
            if (!found_) link_.hash = *hash;
            found_ = true;
        } else if (lower.starts_with(v2)) {
            if (!is_v2_hash(value.substr(v2.size()))) return broken("has a malformed info-hash");
            v2_ = true;
        }
        return {};  // other kinds of topic are other networks'
    }

    /// Written by people and by programs of all sorts: a plus may be a space.
    void name(std::string_view raw) {
        std::string text(raw);
        std::replace(text.begin(), text.end(), '+', ' ');
        link_.name = decoded(text);
    }

    void tracker(std::string_view text) {
        auto url = tracker_url(text);
        if (!url) unused_.tracker(text);
        add_unique(link_.trackers, std::move(url), limits::magnet_trackers);
    }

    void peer(std::string_view text) {
        if (auto named = named_endpoint::parse(text)) {
            auto& all = link_.named_peers;
            if (all.size() < limits::magnet_peers && std::find(all.begin(), all.end(), *named) == all.end())
                all.push_back(std::move(*named));
            return;
        }
        const auto address = endpoint::parse(text);
        auto& peers = link_.peers;
        if (!address || !address->is_usable() || peers.size() >= limits::magnet_peers) return;
        if (std::find(peers.begin(), peers.end(), *address) == peers.end()) peers.push_back(*address);
    }

    magnet link_;
    unused_sources unused_;
    bool found_ = false;
    bool v2_ = false;
};

}  // namespace

std::string magnet::to_uri() const {
    std::string uri = "magnet:?xt=urn:btih:" + to_hex(hash.span());
    if (!name.empty()) uri += "&dn=" + percent_encode(as_bytes(name));
    if (length) uri += "&xl=" + std::to_string(*length);
    // two URLs may differ in their passwords alone
    const auto add = [&uri](const char* key, const std::vector<std::string>& urls) {
        std::vector<std::string> shown;
        for (const auto& url : urls) add_unique(shown, public_url(url), urls.size());
        for (const auto& url : shown) uri += key + percent_encode(as_bytes(url));
    };
    add("&tr=", trackers);
    add("&ws=", web_seeds);
    // plain, as not every client decodes this one; a zone means something on this machine only
    for (const auto& [address, port] : peers)
        uri += "&x.pe=" + endpoint{address.with_zone(0), port}.to_string();
    for (const auto& peer : named_peers) uri += "&x.pe=" + peer.to_string();
    std::string selection;
    for (const auto& [first, last] : select_only) {
        selection += (selection.empty() ? "" : ",") + std::to_string(first);
        if (last != first) selection += '-' + std::to_string(last);
    }
    if (!selection.empty()) uri += "&so=" + selection;
    return uri;
}

std::string_view without_wrapping(std::string_view text) {
    for (bool again = true; again;) {
        again = false;
        for (const auto mark : wrapping) {
            while (text.starts_with(mark)) text.remove_prefix(mark.size()), again = true;
            while (text.ends_with(mark)) text.remove_suffix(mark.size()), again = true;
        }
    }
    return text;
}

bool looks_like_magnet(std::string_view text) {
    text = without_wrapping(text);
    return has_scheme(text) || parse_hash(text).has_value() || is_v2_hash(text);
}

result<magnet> parse_magnet(std::string_view text) {
    if (text.size() > limits::magnet_bytes)
        return broken("is " + std::to_string(text.size()) + " bytes long; the limit is " +
                      std::to_string(limits::magnet_bytes));
    text = without_wrapping(text);
    if (has_scheme(text)) text.remove_prefix(magnet_scheme.size());
    if (is_v2_hash(text)) return v2_link();
    if (const auto hash = parse_hash(text)) {
        if (*hash == info_hash{}) return all_zeros();
        magnet link;
        link.hash = *hash;
        return link;
    }
    const auto question = text.find('?');
    if (question == std::string_view::npos ||
        text.substr(0, question).find_first_not_of('/') != std::string_view::npos)
        return fail(errc::bad_data, "this is not a magnet link",
                    "expected magnet:?xt=urn:btih: and 40 hex digits, or the 40 digits alone");
    return link_reader().read(text.substr(question + 1));
}

}  // namespace bt::torrent
