#include "rpc/dialect.hpp"

namespace bt::rpc {
namespace {

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

}  // namespace

std::string snake_case(std::string_view old_name) {
    if (old_name == "cache-size-mb") return "cache_size_mib";  // the one whose word changed
    std::string snake;
    for (std::size_t i = 0; i < old_name.size(); ++i) {
        const char c = old_name[i];
        if (c == '-') {
            snake += '_';
        } else if (is_upper(c)) {
            if (i > 0 && !is_upper(old_name[i - 1]) && old_name[i - 1] != '-') snake += '_';
            snake += static_cast<char>(c - 'A' + 'a');
        } else {
            snake += c;
        }
    }
    return snake;
}

std::string name_in(dialect how, std::string_view old_name) {
    return how == dialect::old ? std::string(old_name) : snake_case(old_name);
}

const json* arguments::find(std::string_view old_name) const {
    return params_ == nullptr ? nullptr : params_->find(name(old_name));
}

std::optional<std::string_view> arguments::text(std::string_view old_name) const {
    const auto* value = find(old_name);
    return value == nullptr ? std::nullopt : value->text();
}

std::optional<std::int64_t> arguments::integer(std::string_view old_name) const {
    const auto* value = find(old_name);
    return value == nullptr ? std::nullopt : value->integer();
}

std::optional<bool> arguments::flag(std::string_view old_name) const {
    const auto* value = find(old_name);
    if (value == nullptr) return std::nullopt;
    if (const auto flag = value->boolean()) return flag;
    const auto number = value->integer();
    return number && (*number == 0 || *number == 1) ? std::optional(*number == 1) : std::nullopt;
}

}  // namespace bt::rpc
