#include "base/endpoint.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace bt {
namespace {

std::optional<std::array<std::uint8_t, 4>> parse_v4(std::string_view text) {
    std::array<std::uint8_t, 4> octets{};
    for (int i = 0; i < 4; ++i) {
        const auto dot = text.find('.');
        if ((i < 3) != (dot != std::string_view::npos)) return std::nullopt;
        const auto digits = text.substr(0, dot);
        const auto value = digits.size() <= 3 ? parse_number(digits) : std::nullopt;
        if (!value || *value > 255 || (digits.size() > 1 && digits[0] == '0')) return std::nullopt;
        octets[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(*value);
        if (i < 3) text.remove_prefix(dot + 1);
    }
    return octets;
}

/// The groups of one side of "::", appended to `out`; a v4 tail is allowed in the last group.
bool parse_groups(std::string_view text, bytes& out, bool allow_v4_tail) {
    while (!text.empty()) {
        const auto colon = text.find(':');
        const auto group = text.substr(0, colon);
        const bool last = colon == std::string_view::npos;
        if (last && allow_v4_tail && group.find('.') != std::string_view::npos) {
            const auto v4 = parse_v4(group);
            if (!v4) return false;
            out.insert(out.end(), v4->begin(), v4->end());
            return true;
        }
        if (group.empty() || group.size() > 4) return false;
        const auto value = from_hex(std::string(4 - group.size(), '0') + std::string(group));
        if (!value) return false;
        out.insert(out.end(), value->begin(), value->end());
        if (last) return true;
        text.remove_prefix(colon + 1);
        if (text.empty()) return false;  // a lone ':' at the end
    }
    return true;
}

std::optional<bytes> parse_v6(std::string_view text) {
    const auto gap = text.find("::");
    bytes head, tail;
    if (gap == std::string_view::npos) {
        if (!parse_groups(text, head, true) || head.size() != 16) return std::nullopt;
        return head;
    }
    if (!parse_groups(text.substr(0, gap), head, false)) return std::nullopt;
    if (!parse_groups(text.substr(gap + 2), tail, true)) return std::nullopt;
    if (head.size() + tail.size() > 14) return std::nullopt;  // "::" stands for at least one group
    head.resize(16 - tail.size());
    head.insert(head.end(), tail.begin(), tail.end());
    return head;
}

std::string format_v6(byte_view octets) {
    std::array<std::uint16_t, 8> groups;
    for (std::size_t i = 0; i < 8; ++i)
        groups[i] = static_cast<std::uint16_t>(octets[2 * i] << 8 | octets[2 * i + 1]);
    // RFC 5952: the longest run of at least two zero groups becomes "::", the first one on a tie
    std::size_t best = 8, best_length = 1;
    for (std::size_t i = 0; i < 8;) {
        std::size_t end = i;
        while (end < 8 && groups[end] == 0) ++end;
        if (end - i > best_length) best = i, best_length = end - i;
        i = std::max(end, i + 1);
    }
    std::string text;
    for (std::size_t i = 0; i < 8; ++i) {
        if (i == best) {
            text += "::";
            i += best_length - 1;
            continue;
        }
        if (!text.empty() && text.back() != ':') text += ':';
        const std::uint8_t pair[] = {static_cast<std::uint8_t>(groups[i] >> 8),
                                     static_cast<std::uint8_t>(groups[i])};
        const auto hex = to_hex(pair);
        const auto first = std::min(hex.find_first_not_of('0'), std::size_t{3});
        text += hex.substr(first);
    }
    return text;
}

address_scope scope_v4(byte_view o) {
    if (o[0] == 127) return address_scope::loopback;
    if (o[0] == 0 || o[0] >= 224) return address_scope::unusable;
    if (o[0] == 169 && o[1] == 254) return address_scope::link_local;
    if (o[0] == 10 || (o[0] == 172 && (o[1] & 0xf0) == 16) || (o[0] == 192 && o[1] == 168) ||
        (o[0] == 100 && (o[1] & 0xc0) == 64))
        return address_scope::private_net;
    return address_scope::global;
}

address_scope scope_v6(byte_view o) {
    const bool zero15 = std::all_of(o.begin(), o.begin() + 15, [](auto b) { return b == 0; });
    if (zero15) return o[15] == 1 ? address_scope::loopback : address_scope::unusable;
    if (o[0] == 0xff) return address_scope::unusable;
    if (o[0] == 0xfe && (o[1] & 0xc0) == 0x80) return address_scope::link_local;
    if ((o[0] & 0xfe) == 0xfc) return address_scope::private_net;
    return address_scope::global;
}

}  // namespace

ip_address ip_address::v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
    ip_address address;
    address.octets_ = {a, b, c, d};
    return address;
}

std::optional<ip_address> ip_address::from_bytes(byte_view raw, std::uint32_t zone) {
    static constexpr std::uint8_t mapped[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (raw.size() == 16 && std::equal(std::begin(mapped), std::end(mapped), raw.begin()))
        raw = raw.subspan(12);
    if (raw.size() != 4 && raw.size() != 16) return std::nullopt;
    ip_address address;
    address.family_ = raw.size() == 4 ? ip_family::v4 : ip_family::v6;
    std::copy(raw.begin(), raw.end(), address.octets_.begin());
    return address.with_zone(zone);
}

std::optional<ip_address> ip_address::parse(std::string_view text) {
    if (const auto octets = parse_v4(text)) return from_bytes(*octets);
    std::uint32_t zone = 0;
    if (const auto percent = text.find('%'); percent != std::string_view::npos) {
        const auto number = parse_number(text.substr(percent + 1));
        if (!number || *number > 0xffffffffu) return std::nullopt;
        zone = static_cast<std::uint32_t>(*number);
        text = text.substr(0, percent);
    }
    const auto octets = parse_v6(text);
    return octets ? from_bytes(*octets, zone) : std::nullopt;
}

ip_address ip_address::network_of_host() const {
    auto network = *this;
    if (is_v6()) std::fill(network.octets_.begin() + 8, network.octets_.end(), std::uint8_t{0});
    network.zone_ = 0;
    return network;
}

ip_address ip_address::with_zone(std::uint32_t zone) const {
    ip_address copy = *this;
    // a zone elsewhere would make one host two values
    copy.zone_ = is_v6() && scope() == address_scope::link_local ? zone : 0;
    return copy;
}

address_scope ip_address::scope() const { return is_v4() ? scope_v4(raw()) : scope_v6(raw()); }

bool ip_address::is_unspecified() const {
    return std::all_of(octets_.begin(), octets_.end(), [](auto b) { return b == 0; });
}

std::string ip_address::to_string() const {
    if (is_v6()) return format_v6(raw()) + (zone_ != 0 ? '%' + std::to_string(zone_) : std::string{});
    std::string text;
    for (auto octet : raw()) text += (text.empty() ? "" : ".") + std::to_string(octet);
    return text;
}

std::optional<endpoint> endpoint::parse(std::string_view text) {
    std::string_view host, port;
    if (!text.empty() && text[0] == '[') {
        const auto close = text.find("]:");
        if (close == std::string_view::npos) return std::nullopt;
        host = text.substr(1, close - 1);
        port = text.substr(close + 2);
        if (host.find(':') == std::string_view::npos) return std::nullopt;
    } else {
        const auto colon = text.find(':');
        if (colon == std::string_view::npos) return std::nullopt;
        host = text.substr(0, colon);
        port = text.substr(colon + 1);
    }
    const auto address = ip_address::parse(host);
    const auto number = parse_number(port);
    if (!address || !number || *number > 65535) return std::nullopt;
    return endpoint{*address, static_cast<std::uint16_t>(*number)};
}

std::optional<endpoint> endpoint::from_compact(byte_view raw) {
    if (raw.size() != 6 && raw.size() != 18) return std::nullopt;
    const auto address = ip_address::from_bytes(raw.first(raw.size() - 2));
    const auto port = byte_reader(raw.last(2)).number<std::uint16_t>();
    return endpoint{*address, *port};
}

void endpoint::append_compact(bytes& out) const { byte_writer(out).raw(address.raw()).number(port); }

std::string endpoint::to_string() const {
    const auto host = address.is_v6() ? '[' + address.to_string() + ']' : address.to_string();
    return host + ':' + std::to_string(port);
}

std::optional<named_endpoint> named_endpoint::parse(std::string_view text) {
    constexpr std::size_t longest = 253;
    const auto is_host_char = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
               c == '-' || c == '_';
    };
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto host = text.substr(0, colon);
    const auto port = parse_number(text.substr(colon + 1));
    // a name that ends in a number is an address that went wrong
    const auto last = host.substr(std::min(host.rfind('.') + 1, host.size()));
    if (host.empty() || host.size() > longest || !std::all_of(host.begin(), host.end(), is_host_char) ||
        parse_number(last) || last.empty() || !port || *port == 0 || *port > 65535)
        return std::nullopt;
    return named_endpoint{std::string(host), static_cast<std::uint16_t>(*port)};
}

bool same_prefix(const ip_address& a, const ip_address& b, unsigned prefix_bits) {
    if (a.family() != b.family() || prefix_bits > a.raw().size() * 8) return false;
    const auto whole = prefix_bits / 8, rest = prefix_bits % 8;
    if (!std::equal(a.raw().begin(), a.raw().begin() + whole, b.raw().begin())) return false;
    return rest == 0 || ((a.raw()[whole] ^ b.raw()[whole]) >> (8 - rest)) == 0;
}

}  // namespace bt
