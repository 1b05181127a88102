#include "base/client_id.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.hpp"
#include "base/version.hpp"

namespace bt {
namespace {

/// How the four characters of an Azureus style id hold a version.
enum class version_form : std::uint8_t {
    three,         ///< a.b.c, and .d if it is a number other than 0
    four,          ///< a.b.c.d
    two_and_two,   ///< "0193" is 1.93
    transmission,  ///< a.bc before version 4, a.b.c since
};

struct known_client {
    std::string_view code, name;
    version_form form = version_form::three;
};

using enum version_form;
constexpr known_client azureus_style[] = {
    {"AG", "Ares"},
    {"AR", "Arctic"},
    {"AT", "Artemis"},
    {"AV", "Avicora"},
    {"AX", "BitPump"},
    {"AZ", "Vuze", four},
    {"BB", "BitBuddy"},
    {"BC", "BitComet", two_and_two},
    {"BF", "Bitflu"},
    {"BG", "BTG"},
    {"BI", "BiglyBT", four},
    {"BL", "BitLord"},
    {"BR", "BitRocket"},
    {"BS", "BTSlave"},
    {"BT", "BitTorrent"},
    {"BW", "BitTorrent Web"},
    {"CD", "Enhanced CTorrent"},
    {"CT", "CTorrent"},
    {"DE", "Deluge"},
    {"DP", "Propagate"},
    {"EB", "EBit"},
    {"ES", "Electric Sheep"},
    {"FC", "FileCroc"},
    {"FD", "Free Download Manager"},
    {"FT", "FoxTorrent"},
    {"FW", "FrostWire"},
    {"FX", "Folx"},
    {"GS", "GSTorrent"},
    {"GT", "anacrolix torrent"},
    {"HL", "Halite"},
    {"HN", "Hydranode"},
    {"KG", "KGet"},
    {"KT", "KTorrent"},
    {"LH", "LH-ABC"},
    {"LP", "Lphant"},
    {"LT", "libtorrent"},
    {"LW", "LimeWire"},
    {"MO", "MonoTorrent"},
    {"MP", "MooPolice"},
    {"MT", "MoonlightTorrent"},
    {"NX", "Net Transport"},
    {"OS", "OneSwarm"},
    {"OT", "OmegaTorrent"},
    {"PD", "Pando"},
    {"PI", "PicoTorrent"},
    {"QD", "QQDownload"},
    {"QT", "Qt example"},
    {"RT", "Retriever"},
    {"SB", "Swiftbit"},
    {"SD", "Thunder"},
    {"SS", "SwarmScope"},
    {"ST", "SymTorrent"},
    {"SZ", "Shareaza"},
    {"TL", "Tribler"},
    {"TN", "TorrentDotNET"},
    {"TR", "Transmission", transmission},
    {"TS", "Torrentstorm"},
    {"TT", "TuoTu"},
    {"UE", "uTorrent Embedded"},
    {"UL", "uLeecher"},
    {"UM", "uTorrent Mac"},
    {"UT", "uTorrent"},
    {"UW", "uTorrent Web"},
    {"VG", "Vagaa"},
    {"WD", "WebTorrent Desktop", two_and_two},
    {"WT", "BitLet"},
    {"WW", "WebTorrent", two_and_two},
    {"WY", "FireTorrent"},
    {"XL", "Xunlei"},
    {"XT", "XanTorrent"},
    {"XX", "Xtorrent"},
    {"ZT", "ZipTorrent"},
    {"bk", "BitKitten"},
    {"lt", "rTorrent"},
    {"nb", program_name},
    {"pX", "pHoeniX"},
    {"qB", "qBittorrent"},
    {"rQ", "rqbit"},
    {"sn", "ShareNet"},
    {"st", "SharkTorrent"},
};

constexpr known_client shadow_style[] = {
    {"A", "ABC"},    {"O", "Osprey Permaseed"}, {"Q", "BTQueue"},  {"R", "Tribler"},
    {"S", "Shadow"}, {"T", "BitTornado"},       {"U", "UPnP NAT"},
};

template <std::size_t N>
const known_client* find_client(const known_client (&all)[N], std::string_view code) {
    const auto* found =
        std::find_if(std::begin(all), std::end(all), [&](const auto& c) { return c.code == code; });
    return found == std::end(all) ? nullptr : found;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// '0'…'9', then 'A' is 10. Small letters are the same in Azureus style ("-BT7a5S-" is 7.10.5) and follow the
/// great ones in Shadow style.
std::optional<int> digit_value(char c, int small_a) {
    if (is_digit(c)) return c - '0';
    if (c >= 'A' && c <= 'Z') return c - 'A' + 10;
    if (c >= 'a' && c <= 'z') return c - 'a' + small_a;
    return std::nullopt;
}

std::string named(std::string_view name, std::string_view version) {
    return version.empty() ? std::string(name) : std::string(name) + " " + std::string(version);
}

/// "" where the characters are no version.
std::string azureus_version(std::string_view raw, version_form form) {
    std::array<int, 4> digits{};
    for (std::size_t i = 0; i < 4; ++i) {
        const auto digit = digit_value(raw[i], 10);
        if (!digit && i < 3) return {};
        digits[i] = digit.value_or(0);
    }
    const auto text = [&](std::size_t i) { return std::to_string(digits[i]); };
    const bool decimal = std::all_of(raw.begin(), raw.end(), is_digit);
    switch (form) {
        case two_and_two:
            if (!decimal) return {};
            return std::to_string(digits[0] * 10 + digits[1]) + "." + text(2) + text(3);
        case transmission:
            if (digits[0] < 4 && is_digit(raw[1]) && is_digit(raw[2]))
                return text(0) + "." + text(1) + text(2);
            return text(0) + "." + text(1) + "." + text(2);
        case four:
            return text(0) + "." + text(1) + "." + text(2) + "." + text(3);
        case three:
            break;
    }
    // a letter at the end says what kind of build it is, not which
    return text(0) + "." + text(1) + "." + text(2) + (is_digit(raw[3]) && raw[3] != '0' ? "." + text(3) : "");
}

/// "-XX1234-…"
std::optional<std::string> azureus(std::string_view id) {
    if (id[0] != '-' || id[7] != '-') return std::nullopt;
    const auto code = id.substr(1, 2);
    if (const auto* known = find_client(azureus_style, code))
        return named(known->name, azureus_version(id.substr(3, 4), known->form));
    const bool fit = is_letter(code[0]) && (is_letter(code[1]) || is_digit(code[1]));
    return fit ? std::string(code) : std::string();
}

/// Numbers between dashes, "7-10-5--": "7.10.5". Nothing if there are fewer than two.
std::optional<std::string> dashed_version(std::string_view raw) {
    std::string version;
    int numbers = 0;
    while (numbers < 4 && !raw.empty() && is_digit(raw[0])) {
        const auto end = std::min(raw.find('-'), raw.size());
        const auto number = raw.substr(0, end);
        if (number.size() > 3 || !std::all_of(number.begin(), number.end(), is_digit) || end == raw.size())
            break;
        version += (numbers++ > 0 ? "." : "") + std::string(number);
        raw.remove_prefix(end + 1);
    }
    return numbers < 2 ? std::nullopt : std::optional(version);
}

/// Its length is not eight: aria2, the first client, MLDonkey, Tixati.
std::optional<std::string> longer_styles(std::string_view id) {
    constexpr known_client dashed[] = {
        {"A2-", "aria2"}, {"M", "BitTorrent"}, {"Q", "Queen Bee"}, {"Mbrst", "burst!"}};
    for (const auto& client : dashed)
        if (id.starts_with(client.code))
            if (const auto version = dashed_version(id.substr(client.code.size())))
                return named(client.name, *version);
    if (id.starts_with("-ML")) {
        const auto version = id.substr(3, id.find('-', 3) - 3);
        const bool fit =
            version.size() < id.size() - 3 &&
            std::all_of(version.begin(), version.end(), [](char c) { return is_digit(c) || c == '.'; });
        return named("MLDonkey", fit ? version : std::string_view());
    }
    const auto decimal = [&](std::size_t from, std::size_t count) {
        const auto part = id.substr(from, count);
        return std::all_of(part.begin(), part.end(), is_digit);
    };
    if (id.starts_with("TIX") && decimal(3, 4) && id[7] == '-')
        return named("Tixati",
                     std::to_string(*parse_number(id.substr(3, 2))) + "." + std::string(id.substr(5, 2)));
    if (id.starts_with("XBT") && decimal(3, 3))
        return named("XBT", std::string{id[3], '.', id[4], '.', id[5]});
    if (id.starts_with("OP") && decimal(2, 4)) return named("Opera", id.substr(2, 4));
    return std::nullopt;
}

/// "S58B-----": a letter, up to five digits of a version, and dashes.
std::optional<std::string> shadow(std::string_view id) {
    const auto* known = find_client(shadow_style, id.substr(0, 1));
    if (known == nullptr || id.substr(6, 3) != "---") return std::nullopt;
    auto raw = id.substr(1, 5);
    raw = raw.substr(0, raw.find('-'));
    std::string version;
    for (const char c : raw) {
        const auto digit = digit_value(c, 36);
        if (!digit) return std::nullopt;
        version += (version.empty() ? "" : ".") + std::to_string(*digit);
    }
    return version.empty() ? std::nullopt : std::optional(named(known->name, version));
}

}  // namespace

std::string client_of(const peer_id& id) {
    const auto text = id.view();
    if (const auto client = longer_styles(text)) return *client;
    if (const auto client = azureus(text)) return *client;
    return shadow(text).value_or("");
}

}  // namespace bt
