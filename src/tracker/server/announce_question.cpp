#include "tracker/server/announce_question.hpp"

#include <algorithm>
#include <array>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace bt::tracker {
namespace {

constexpr std::string_view escape_text = "malformed query: a % without two hex digits";
constexpr std::string_view hash_text = "info_hash is not 20 bytes";

constexpr auto hex_digits = [] {
    std::array<std::int8_t, 256> digits{};
    digits.fill(-1);
    for (std::size_t i = 0; i < 10; ++i) digits['0' + i] = static_cast<std::int8_t>(i);
    for (std::size_t i = 10; i < 16; ++i)
        digits['a' + i - 10] = digits['A' + i - 10] = static_cast<std::int8_t>(i);
    return digits;
}();
/// Negative: none.
int hex_digit(char c) { return hex_digits[static_cast<std::uint8_t>(c)]; }

/// Takes the next name=value off the query; false at its end.
bool next_argument(std::string_view& query, std::string_view& name, std::string_view& value) {
    while (!query.empty() && query.front() == '&') query.remove_prefix(1);
    if (query.empty()) return false;
    const auto end = std::min(query.find('&'), query.size());
    const auto argument = query.substr(0, end);
    query.remove_prefix(end);
    const auto equals = argument.find('=');
    name = argument.substr(0, equals);
    value = equals == std::string_view::npos ? std::string_view{} : argument.substr(equals + 1);
    return true;
}

enum class decoded : std::uint8_t { right, wrong_length, bad_escape };

/// Exactly `out.size()` bytes. '+' is itself: a hash is no form (RFC 3986).
decoded decode_exactly(std::string_view escaped, std::span<std::uint8_t> out) {
    std::size_t length = 0;
    for (std::size_t at = 0; at < escaped.size(); ++at, ++length) {
        auto byte = static_cast<std::uint8_t>(escaped[at]);
        if (escaped[at] == '%') {
            if (escaped.size() - at < 3) return decoded::bad_escape;
            const int high = hex_digit(escaped[at + 1]), low = hex_digit(escaped[at + 2]);
            if (high < 0 || low < 0) return decoded::bad_escape;
            byte = static_cast<std::uint8_t>(high << 4 | low);
            at += 2;
        }
        if (length < out.size()) out[length] = byte;
    }
    return length == out.size() ? decoded::right : decoded::wrong_length;
}

announce_event event_of(std::string_view text) {
    if (text == "started") return announce_event::started;
    if (text == "completed") return announce_event::completed;
    if (text == "stopped") return announce_event::stopped;
    return announce_event::none;  // also "empty", "paused" (BEP 21) and whatever comes next
}

/// Bit per argument that must be there, or may be there only once.
enum : unsigned { has_hash = 1, has_id = 2, has_port = 4 };

/// Nothing, or what is wrong with the argument.
std::string_view take(announce_question& asked, unsigned& has, std::string_view name,
                      std::string_view value) {
    if (name == "info_hash") {
        if ((has & has_hash) != 0) return "an announce is for one info_hash";
        const auto done = decode_exactly(value, asked.hash.bytes);
        if (done != decoded::right) return done == decoded::bad_escape ? escape_text : hash_text;
        has |= has_hash;
    } else if (name == "peer_id") {
        const auto done = decode_exactly(value, asked.id.bytes);
        if (done != decoded::right)
            return done == decoded::bad_escape ? escape_text : "peer_id is not 20 bytes";
        has |= has_id;
    } else if (name == "port") {
        const auto port = parse_number(value);
        if (!port || *port > 65535) return "port is not a number from 0 to 65535";
        asked.port = static_cast<std::uint16_t>(*port);
        has |= has_port;
    } else if (name == "left") {
        asked.left = parse_number(value);
    } else if (name == "uploaded") {
        asked.uploaded = parse_number(value).value_or(0);
    } else if (name == "downloaded") {
        asked.downloaded = parse_number(value).value_or(0);
    } else if (name == "event") {
        asked.event = event_of(value);
    } else if (name == "key") {
        asked.key = key_of(value);
    } else if (name == "numwant" || name == "num want") {
        // a negative number is "as usual" (BEP 15), and so is none
        if (const auto wanted = parse_number(value)) asked.numwant = *wanted;
    } else if (name == "compact") {
        asked.compact = value != "0";
    } else if (name == "no_peer_id") {
        asked.no_peer_id = value != "0";
    } else if (name == "ip") {
        asked.ip = value;
    } else if (name == "ipv4") {
        asked.ipv4 = value;
    } else if (name == "ipv6") {
        asked.ipv6 = value;
    }
    return {};
}

}  // namespace

std::uint32_t key_of(std::string_view text) {
    std::uint32_t number = 0;
    bool hex = text.size() <= 8;
    for (std::size_t i = 0; hex && i < text.size(); ++i) {
        hex = hex_digit(text[i]) >= 0;
        number = number << 4 | static_cast<std::uint32_t>(hex ? hex_digit(text[i]) : 0);
    }
    if (hex) return number;
    number = 2166136261u;  // FNV-1a: any text will do, only equality counts
    for (const char c : text) number = (number ^ static_cast<std::uint8_t>(c)) * 16777619u;
    return number;
}

result<announce_question, std::string_view> parse_announce_question(std::string_view query) {
    announce_question asked;
    unsigned has = 0;
    std::string_view name, value;
    while (next_argument(query, name, value))
        if (const auto wrong = take(asked, has, name, value); !wrong.empty())
            return unexpected<std::string_view>(wrong);
    if ((has & has_hash) == 0) return unexpected<std::string_view>("info_hash is missing");
    if ((has & has_id) == 0) return unexpected<std::string_view>("peer_id is missing");
    if ((has & has_port) == 0) return unexpected<std::string_view>("port is missing");
    return asked;
}

result<std::vector<info_hash>, std::string_view> parse_scrape_question(std::string_view query) {
    std::vector<info_hash> hashes;
    std::string_view name, value;
    while (next_argument(query, name, value)) {
        if (name != "info_hash") continue;
        if (hashes.size() == limits::tracker_scrapes)
            return unexpected<std::string_view>("more than 74 info_hash in one scrape");
        const auto done = decode_exactly(value, hashes.emplace_back().bytes);
        if (done != decoded::right)
            return unexpected<std::string_view>(done == decoded::bad_escape ? escape_text : hash_text);
    }
    return hashes;
}

std::optional<endpoint> parse_announced_address(std::string_view escaped) {
    if (escaped.empty() || escaped.size() > 200) return std::nullopt;
    const auto text = percent_decode(escaped);
    if (!text) return std::nullopt;
    if (const auto address = ip_address::parse(*text)) return endpoint{*address, 0};
    return endpoint::parse(*text);
}

}  // namespace bt::tracker
