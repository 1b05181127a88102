#include "guest/byte_range.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace bt::guest {

namespace {

/// Any number of digits is a position; one beyond 64 bits is after the end of every file.
std::optional<std::uint64_t> position(std::string_view digits) {
    if (digits.empty() || digits.find_first_not_of("0123456789") != digits.npos) return std::nullopt;
    return parse_number(digits).value_or(UINT64_MAX);
}

}  // namespace

range_asked parse_range(std::string_view header, std::uint64_t size) {
    using kind = range_asked::kind;
    constexpr std::string_view unit = "bytes=";
    if (header.size() < unit.size() || to_lower(header.substr(0, unit.size())) != unit) return {};
    const auto spec = trimmed(header.substr(unit.size()));
    const auto dash = spec.find('-');
    if (dash == std::string_view::npos) return {};
    const auto first = spec.substr(0, dash), last = spec.substr(dash + 1);
    if (first.empty()) {  // the last so many
        const auto count = position(last);
        if (!count) return {};
        if (*count == 0 || size == 0) return {kind::beyond, {}};
        const auto taken = std::min(*count, size);
        return {kind::part, {size - taken, taken}};
    }
    const auto begin = position(first);
    const auto end = last.empty() ? std::optional(UINT64_MAX) : position(last);
    if (!begin || !end || *end < *begin) return {};
    if (*begin >= size) return {kind::beyond, {}};
    return {kind::part, {*begin, std::min(*end, size - 1) - *begin + 1}};
}

std::string content_range(const std::optional<byte_range>& range, std::uint64_t size) {
    const auto which =
        range ? std::to_string(range->begin) + "-" + std::to_string(range->begin + range->size - 1)
              : std::string("*");
    return "bytes " + which + "/" + std::to_string(size);
}

}  // namespace bt::guest
