#include "base/json_writer.hpp"
#include "base/base64.hpp"

#include <charconv>
#include <cmath>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace bt {
namespace {

constexpr std::size_t full = 64 * limits::KiB;

void append_escape(std::string& out, std::uint32_t unit) {
    static constexpr char digits[] = "0123456789abcdef";
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) out += digits[unit >> shift & 15];
}

void append_escaped(std::string& out, char32_t code) {
    if (code >= 0x10000) {  // JSON escapes are UTF-16
        append_escape(out, 0xd800 + ((code - 0x10000) >> 10));
        append_escape(out, 0xdc00 + ((code - 0x10000) & 0x3ff));
    } else {
        append_escape(out, code);
    }
}

bool is_plain(char c) {
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&';
}

void append_character(std::string& out, char32_t code) {
    switch (code) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\b':
            out += "\\b";
            return;
        case '\f':
            out += "\\f";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            break;
    }
    const bool markup = code == '<' || code == '>' || code == '&';
    if (markup || is_hidden(code))
        append_escaped(out, code);
    else
        append_utf8(out, code);
}

}  // namespace

void json_writer::finish(std::string_view after) {
    pending_ += after;
    if (!pending_.empty()) to_(pending_);
    pending_.clear();
}

json_writer& json_writer::key(std::string_view name) {
    separate();
    quoted(name);
    pending_ += indent_ < 0 ? ":" : ": ";
    after_key_ = true;
    return *this;
}

json_writer& json_writer::value(const json& value) {
    if (const auto string = value.text()) return text(*string);
    if (const auto* list = value.elements()) {
        begin_array();
        for (const auto& element : *list) this->value(element);
        return end_array();
    }
    if (value.members() != nullptr) return begin_object().members(value).end_object();
    separate();
    if (const auto yes = value.boolean())
        pending_ += *yes ? "true" : "false";
    else if (const auto natural = value.natural())
        pending_ += std::to_string(*natural);
    else if (const auto integer = value.integer())
        pending_ += std::to_string(*integer);
    else if (const auto fraction = value.number(); fraction && std::isfinite(*fraction))
        number(*fraction);
    else
        pending_ += "null";
    return *this;
}

json_writer& json_writer::members(const json& object) {
    for (const auto& [name, content] : *object.members()) member(name, content);
    return *this;
}

json_writer& json_writer::text(std::string_view value) {
    separate();
    quoted(value);
    return *this;
}

json_writer& json_writer::base64(std::string_view value) {
    separate();
    pending_ += '"';
    for (std::size_t i = 0; i < value.size(); i += 3) {
        append_base64(pending_, as_bytes(value.substr(i, 3)));
        flush_if_full();
    }
    pending_ += '"';
    return *this;
}

json_writer& json_writer::begin(char bracket) {
    separate();
    pending_ += bracket;
    open_.push_back(false);
    return *this;
}

json_writer& json_writer::end(char bracket) {
    BT_ASSERT(!open_.empty() && !after_key_);
    const bool something = open_.back();
    open_.pop_back();
    if (something) new_line();
    pending_ += bracket;
    return *this;
}

/// What stands before a key, an element or the value of a key.
void json_writer::separate() {
    flush_if_full();
    if (std::exchange(after_key_, false) || open_.empty()) return;
    if (open_.back()) pending_ += ',';
    open_.back() = true;
    new_line();
}

void json_writer::new_line() {
    if (indent_ >= 0) pending_.append(1, '\n').append(open_.size() * static_cast<std::size_t>(indent_), ' ');
}

void json_writer::quoted(std::string_view text) {
    pending_ += '"';
    while (!text.empty()) {
        std::size_t plain = 0;
        while (plain < text.size() && plain < full && is_plain(text[plain])) ++plain;
        pending_ += text.substr(0, plain);
        text.remove_prefix(plain);
        if (!text.empty()) append_character(pending_, take_code_point(text).value_or(U'\ufffd'));
        flush_if_full();
    }
    pending_ += '"';
}

/// The shortest digits that are read back as this number, and always as a fraction.
void json_writer::number(double value) {
    const auto size = std::abs(value);
    const bool plain = size == 0 || (size >= 1e-5 && size < 1e15);
    char digits[64];
    const auto end = std::to_chars(digits, digits + sizeof digits, value,
                                   plain ? std::chars_format::fixed : std::chars_format::scientific);
    const std::string_view written(digits, static_cast<std::size_t>(end.ptr - digits));
    pending_ += written;
    if (plain && written.find('.') == std::string_view::npos) pending_ += ".0";
}

void json_writer::flush_if_full() {
    if (pending_.size() >= full) finish();
}

}  // namespace bt
