#include "tracker/page/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.hpp"

namespace bt::tracker {

std::string rate_text(std::uint64_t bytes_per_second) { return size_text(bytes_per_second) + "/s"; }

std::string duration_text(duration time) {
    const auto all =
        std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::seconds>(time).count());
    if (all < 60) return fmt::format("{}s", all);
    if (all < 3600) return fmt::format("{}m {:02}s", all / 60, all % 60);
    if (all < 86400) return fmt::format("{}h {:02}m", all / 3600, all / 60 % 60);
    return fmt::format("{}d {:02}h", all / 86400, all / 3600 % 24);
}

std::string ago_text(duration time) {
    if (time < 1s) return "now";
    const auto text = duration_text(time);
    return text.substr(0, text.find(' ')) + " ago";
}

std::string grouped(std::uint64_t number) {
    std::string text = std::to_string(number);
    for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, "\u202f");
    return text;
}

std::string decimal_text(double number) {
    if (!std::isfinite(number) || number <= 0) return "0";
    if (number >= 1e15) return "very many";
    if (number >= 99.5) return grouped(static_cast<std::uint64_t>(std::llround(number)));
    if (number >= 9.95) return fmt::format("{:.1f}", number);
    return number < 0.01 ? "under 0.01" : fmt::format("{:.2f}", number);
}

std::string counted(std::uint64_t number, std::string_view thing) {
    return fmt::format("{} {}{}", grouped(number), thing, number == 1 ? "" : "s");
}

std::string percent_text(double part) {
    if (!(part > 0)) return "0 %";
    return part >= 1 ? "100 %" : fmt::format("{} %", std::min(99, static_cast<int>(part * 100)));
}

std::string latency_text(double seconds) {
    if (seconds < 0.0009995) return fmt::format("{:.0f} µs", seconds * 1e6);
    const bool milli = seconds < 0.99995;
    auto number = fmt::format("{:.1f}", milli ? seconds * 1e3 : seconds);
    if (number.ends_with(".0")) number.resize(number.size() - 2);
    return number + (milli ? " ms" : " s");
}

std::string short_hash(const info_hash& hash) { return to_hex(hash.span().first(6)) + "…"; }

std::string shown_name(const std::optional<std::string>& name, const info_hash& hash) {
    return name && !name->empty() ? *name : short_hash(hash);
}

std::string other_names_text(const std::vector<std::string>& names) {
    std::string text;
    for (const auto& name : names) text += (text.empty() ? "also called " : ", ") + name;
    return text;
}

std::optional<double> done_part(std::uint64_t left, std::uint64_t size) {
    if (size == 0 || left > size) return std::nullopt;
    return 1 - static_cast<double>(left) / static_cast<double>(size);
}

}  // namespace bt::tracker
