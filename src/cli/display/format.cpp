#include "cli/display/format.hpp"

#include <fmt/format.h>

#include <wchar.h>

#include <array>
#include <limits>

#include "base/text.hpp"

namespace bt::cli {

namespace {

struct unit {
    double factor;
    const char* name;
};
constexpr std::array<unit, 5> units = {{{1e3, "kB"}, {1e6, "MB"}, {1e9, "GB"}, {1e12, "TB"}, {1e15, "PB"}}};

// 999,950 bytes must not become "1000.0 kB".
const unit& unit_of(std::uint64_t bytes) {
    for (std::size_t i = 0; i + 1 < units.size(); ++i)
        if (static_cast<double>(bytes) < units[i].factor * 999.95) return units[i];
    return units.back();
}

std::string in_unit(std::uint64_t bytes, const unit& u) {
    return fmt::format("{:.1f}", static_cast<double>(bytes) / u.factor);
}

constexpr std::array<std::uint64_t, 13> ladder = {
    50'000,     100'000,    200'000,    500'000,     1'000'000,   2'000'000,  5'000'000,
    10'000'000, 20'000'000, 50'000'000, 100'000'000, 200'000'000, 500'000'000};

}  // namespace

std::string part_text(std::uint64_t part, std::uint64_t whole) {
    if (whole < 1000) return fmt::format("{} of {} B", part, whole);
    const unit& u = unit_of(whole);
    if (part == 0 || (part >= 1000 && unit_of(part).name == u.name))
        return fmt::format("{} of {} {}", in_unit(part, u), in_unit(whole, u), u.name);
    return fmt::format("{} of {}", size_text(part), size_text(whole));
}

std::string rate_text(std::uint64_t bytes_per_second) {
    const unit& u = unit_of(bytes_per_second);
    return fmt::format("{} {}/s", in_unit(bytes_per_second, u), u.name);
}

std::string rate_cell(std::uint64_t bytes_per_second) {
    return bytes_per_second == 0 ? "0" : rate_text(bytes_per_second);
}

std::string piece_size_text(std::uint64_t bytes) {
    if (bytes != 0 && bytes % (1u << 20) == 0) return fmt::format("{} MiB", bytes >> 20);
    if (bytes != 0 && bytes % 1024 == 0) return fmt::format("{} KiB", bytes >> 10);
    return fmt::format("{} bytes", bytes);
}

std::string duration_text(duration time) {
    const auto all = time.count() <= 0 ? 0 : std::chrono::duration_cast<std::chrono::seconds>(time).count();
    if (all < 60) return fmt::format("{}s", all);
    if (all < 3600) return fmt::format("{}m{:02}s", all / 60, all % 60);
    if (all < 86400) return fmt::format("{}h{:02}m", all / 3600, all / 60 % 60);
    return fmt::format("{}d{:02}h", all / 86400, all / 3600 % 24);
}

std::string grouped(std::uint64_t number) {
    std::string text = std::to_string(number);
    for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, 1, ' ');
    return text;
}

std::string counted(std::uint64_t number, std::string_view thing) {
    return fmt::format("{} {}{}", number, thing, number == 1 ? "" : "s");
}

unsigned percent(std::uint64_t part, std::uint64_t whole) {
    if (part >= whole) return 100;
    const double exact = static_cast<double>(part) * 100 / static_cast<double>(whole);
    return exact >= 99 ? 99 : static_cast<unsigned>(exact);
}

std::optional<double> parse_decimal(std::string_view text) {
    // By hand: the standard functions read the locale, signs, "inf" and hex.
    double value = 0, place = 1;
    bool point = false, digit = false;
    for (char c : text) {
        if (c == '.' && !point) {
            point = true;
        } else if (c >= '0' && c <= '9') {
            digit = true;
            if (point)
                value += (c - '0') * (place /= 10);
            else
                value = value * 10 + (c - '0');
        } else {
            return std::nullopt;
        }
    }
    if (!digit || text.back() == '.') return std::nullopt;
    return value;
}

std::optional<std::uint64_t> parse_size(std::string_view text, bool binary) {
    if (!text.empty() && (text.back() == 'B' || text.back() == 'b')) text.remove_suffix(1);
    if (!text.empty() && (text.back() == 'i' || text.back() == 'I')) {
        binary = true;
        text.remove_suffix(1);
        if (text.empty() || (text.back() >= '0' && text.back() <= '9')) return std::nullopt;
    }
    if (text.empty()) return std::nullopt;
    const double base = binary ? 1024 : 1000;
    double factor = 1;
    switch (text.back()) {
        case 't':
        case 'T':
            factor *= base;
            [[fallthrough]];
        case 'g':
        case 'G':
            factor *= base;
            [[fallthrough]];
        case 'm':
        case 'M':
            factor *= base;
            [[fallthrough]];
        case 'k':
        case 'K':
            factor *= base;
            text.remove_suffix(1);
            break;
        default:
            break;
    }
    if (factor == 1) return parse_number(text);
    auto value = parse_decimal(text);
    if (!value || *value * factor >= 9e18) return std::nullopt;
    return static_cast<std::uint64_t>(*value * factor + 0.5);
}

std::optional<std::uint64_t> parse_rate(std::string_view text) {
    if (text.ends_with("/s")) text.remove_suffix(2);
    return parse_size(text);
}

std::optional<duration> parse_duration(std::string_view text) {
    if (auto plain = parse_decimal(text)) {
        if (*plain > 1e9) return std::nullopt;
        return duration(static_cast<duration::rep>(*plain * 1e6));
    }
    double total = 0, smallest = std::numeric_limits<double>::max();
    while (!text.empty()) {
        const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
        auto value = parse_decimal(text.substr(0, digits));
        if (!value) return std::nullopt;
        text.remove_prefix(digits);
        const std::size_t letters = std::min(text.find_first_of("0123456789."), text.size());
        const std::string_view name = text.substr(0, letters);
        text.remove_prefix(letters);
        const double factor = name == "ms"  ? 1e-3
                              : name == "s" ? 1
                              : name == "m" ? 60
                              : name == "h" ? 3600
                              : name == "d" ? 86400
                                            : 0;
        if (factor == 0 || factor >= smallest) return std::nullopt;  // 1h30m, never 30m1h
        smallest = factor;
        total += *value * factor;
    }
    if (smallest == std::numeric_limits<double>::max() || total > 1e9) return std::nullopt;
    return duration(static_cast<duration::rep>(total * 1e6));
}

std::uint64_t lower_limit(std::uint64_t now, std::uint64_t current_rate) {
    const std::uint64_t from = now != 0 ? now : current_rate;
    if (from == 0) return ladder.back();
    for (std::size_t i = ladder.size(); i-- > 0;)
        if (ladder[i] < from) return ladder[i];
    return now == 0 ? ladder.front() : now;
}

std::uint64_t higher_limit(std::uint64_t now) {
    if (now == 0) return 0;
    for (std::uint64_t step : ladder)
        if (step > now) return step;
    return 0;
}

std::size_t text_width(std::string_view text) {
    std::size_t width = 0;
    while (!text.empty()) {
        auto code_point = take_code_point(text);
        const int columns = code_point ? ::wcwidth(static_cast<wchar_t>(*code_point)) : 1;
        width += columns < 0 ? 1u : static_cast<std::size_t>(columns);
    }
    return width;
}

std::string fit_text(std::string_view text, std::size_t width, bool ascii) {
    std::string out;
    std::size_t used = 0;
    const std::size_t all = text_width(text);
    const std::size_t room = all <= width || width == 0 ? width : width - 1;
    while (!text.empty()) {
        auto code_point = take_code_point(text);
        const int known = code_point ? ::wcwidth(static_cast<wchar_t>(*code_point)) : 1;
        const std::size_t columns = known < 0 ? 1u : static_cast<std::size_t>(known);
        if (used + columns > room) break;
        used += columns;
        if (!code_point || (ascii && *code_point > 0x7e))
            out.append(columns, '?');
        else
            append_utf8(out, *code_point);
    }
    if (all > width && width != 0) out += ascii ? "~" : "…";
    return out;
}

std::string fit_middle(std::string_view text, std::size_t width, bool ascii) {
    if (text_width(text) <= width || width < 3) return fit_text(text, width, ascii);
    const auto tail = width / 2;
    const auto head = fit_text(text, width - tail, ascii);  // with the mark at its end
    return head + std::string(text.substr(text.size() - std::min(text.size(), tail)));
}

std::vector<std::string> fold_text(std::string_view text, std::size_t width, bool ascii) {
    std::vector<std::string> lines;
    std::string line;
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        const auto word = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (!line.empty() && text_width(line) + 1 + text_width(word) > width) {
            lines.push_back(fit_text(line, width, ascii));
            line.clear();
        }
        line += (line.empty() ? "" : " ") + std::string(word);
    }
    lines.push_back(fit_text(line, width, ascii));
    return lines;
}

std::string pad_right(std::string text, std::size_t width) {
    const std::size_t used = text_width(text);
    if (used < width) text.append(width - used, ' ');
    return text;
}

std::string pad_left(std::string text, std::size_t width) {
    const std::size_t used = text_width(text);
    if (used < width) text.insert(0, width - used, ' ');
    return text;
}

std::string joined(const std::vector<std::string>& texts, std::string_view between, std::size_t longest) {
    std::string all;
    for (const auto& text : texts) {
        if (&text != &texts.front()) all += between;
        all += printable(text, longest);
    }
    return all;
}

}  // namespace bt::cli
