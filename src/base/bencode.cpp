#include "base/bencode.hpp"

#include <algorithm>
#include <limits>

#include "base/limits.hpp"

namespace bt {

using detail::bencode_kind;
using detail::bencode_token;

const bencode_limits bencode_file{limits::bencode_file_depth, limits::bencode_file_tokens, false};
const bencode_limits bencode_packet{limits::bencode_packet_depth, limits::bencode_packet_tokens, true};

std::string_view to_string(bencode_error error) {
    switch (error) {
        case bencode_error::unexpected_end:
            return "the data ends too early";
        case bencode_error::bad_integer:
            return "malformed number";
        case bencode_error::bad_string:
            return "malformed string length";
        case bencode_error::bad_key:
            return "a dictionary key is not a string";
        case bencode_error::missing_value:
            return "a dictionary key has no value";
        case bencode_error::unknown_type:
            return "not bencoding";
        case bencode_error::too_deep:
            return "nested too deeply";
        case bencode_error::too_many_tokens:
            return "too many values";
        case bencode_error::trailing_bytes:
            return "bytes after the end of the value";
        case bencode_error::unsorted_keys:
            return "dictionary keys are not in order";
    }
    return "unknown error";
}

namespace {

constexpr std::size_t too_large = 1;  // head of a number beyond 64 bits

class parser {
  public:
    parser(byte_view text, const bencode_limits& limits) : text_(text), limits_(limits) {}

    result<std::vector<bencode_token>, bencode_failure> run() {
        if (text_.size() > std::numeric_limits<std::uint32_t>::max()) return stop(bencode_error::bad_string);
        // no value is shorter than two bytes: never moved, and memory that is not written to costs nothing
        tokens_.reserve(std::min(limits_.tokens, text_.size() / 2 + limits_.depth));
        do {
            if (auto error = step()) return stop(*error);
        } while (!open_.empty());
        if (limits_.strict && at_ != text_.size()) return stop(bencode_error::trailing_bytes);
        return std::move(tokens_);
    }

  private:
    struct frame {
        std::size_t token;
        bool dict;
        bool want_key = true;
        std::optional<std::string_view> last_key;
    };
    using maybe_error = std::optional<bencode_error>;

    unexpected<bencode_failure> stop(bencode_error what) const {
        return unexpected<bencode_failure>(bencode_failure{what, at_});
    }

    maybe_error step() {
        if (at_ >= text_.size()) return bencode_error::unexpected_end;
        const auto c = text_[at_];
        const bool in_dict = !open_.empty() && open_.back().dict;
        if (c == 'e' && !open_.empty()) return close();
        if (tokens_.size() >= limits_.tokens) return bencode_error::too_many_tokens;
        const bool is_key = in_dict && open_.back().want_key;
        if (is_key && (c < '0' || c > '9')) return bencode_error::bad_key;
        if (in_dict) open_.back().want_key = !is_key;
        if (c == 'i') return integer();
        if (c == 'l' || c == 'd') return open(c == 'd');
        if (c < '0' || c > '9') return bencode_error::unknown_type;
        if (auto error = string()) return error;
        return is_key && limits_.strict ? check_order() : std::nullopt;
    }

    maybe_error open(bool dict) {
        if (open_.size() >= limits_.depth) return bencode_error::too_deep;
        open_.push_back({tokens_.size(), dict, true, std::nullopt});
        push(at_, at_, 0, dict ? bencode_kind::dict : bencode_kind::list);
        ++at_;
        return std::nullopt;
    }

    maybe_error close() {
        if (open_.back().dict && !open_.back().want_key) return bencode_error::missing_value;
        auto& token = tokens_[open_.back().token];
        token.end = static_cast<std::uint32_t>(++at_);
        token.next = static_cast<std::uint32_t>(tokens_.size() - open_.back().token);
        open_.pop_back();
        return std::nullopt;
    }

    maybe_error integer() {
        const auto begin = at_++;
        const bool negative = at_ < text_.size() && text_[at_] == '-';
        if (negative) ++at_;
        const auto first = at_;
        // the bound is checked here once, so that reading the value later cannot fail; in a file from
        // outside a number that we do not read may be of any size
        const std::uint64_t largest =
            std::uint64_t{std::numeric_limits<std::int64_t>::max()} + (negative ? 1 : 0);
        std::uint64_t value = 0;
        bool fits = true;
        for (; at_ < text_.size() && text_[at_] != 'e'; ++at_) {
            if (text_[at_] < '0' || text_[at_] > '9') return bencode_error::bad_integer;
            const auto digit = static_cast<std::uint64_t>(text_[at_] - '0');
            fits = fits && value <= (largest - digit) / 10;
            if (fits) value = value * 10 + digit;
        }
        if (!fits && limits_.strict) return bencode_error::bad_integer;
        if (at_ >= text_.size()) return bencode_error::unexpected_end;
        if (at_ == first) return bencode_error::bad_integer;
        if (limits_.strict && text_[first] == '0' && (at_ - first > 1 || negative))
            return bencode_error::bad_integer;
        push(begin, ++at_, fits ? 0 : too_large, bencode_kind::integer);
        return std::nullopt;
    }

    maybe_error string() {
        const auto begin = at_;
        std::uint64_t length = 0;
        for (; at_ < text_.size() && text_[at_] != ':'; ++at_) {
            if (text_[at_] < '0' || text_[at_] > '9') return bencode_error::bad_string;
            length = length * 10 + static_cast<std::uint64_t>(text_[at_] - '0');
            if (length > text_.size()) return bencode_error::unexpected_end;
        }
        if (at_ >= text_.size()) return bencode_error::unexpected_end;
        const auto head = ++at_ - begin;
        if (head > 16 || (limits_.strict && head > 2 && text_[begin] == '0'))
            return bencode_error::bad_string;
        if (length > text_.size() - at_) return bencode_error::unexpected_end;
        at_ += length;
        push(begin, at_, head, bencode_kind::string);
        return std::nullopt;
    }

    maybe_error check_order() {
        const auto& token = tokens_.back();
        const auto key =
            as_text(text_.subspan(token.begin + token.head, token.end - token.begin - token.head));
        auto& last = open_.back().last_key;
        if (last && key <= *last) return bencode_error::unsorted_keys;
        last = key;
        return std::nullopt;
    }

    void push(std::size_t begin, std::size_t end, std::size_t head, bencode_kind kind) {
        tokens_.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end), 1,
                           static_cast<std::uint16_t>(head), kind});
    }

    byte_view text_;
    bencode_limits limits_;
    std::size_t at_ = 0;
    std::vector<frame> open_;
    std::vector<bencode_token> tokens_;
};

}  // namespace

result<bencode_document, bencode_failure> bencode_document::parse(byte_view text,
                                                                  const bencode_limits& limits) {
    auto tokens = parser(text, limits).run();
    if (!tokens) return unexpected<bencode_failure>(tokens.error());
    bencode_document document;
    document.text_ = text;
    document.tokens_ = std::move(*tokens);
    return document;
}

std::optional<std::int64_t> bencode_view::integer() const {
    if (!is_integer() || token_->head == too_large) return std::nullopt;
    const auto text = as_text(raw());
    const bool negative = text[1] == '-';
    std::uint64_t value = 0;
    for (char c : text.substr(negative ? 2 : 1, text.size() - (negative ? 3 : 2)))
        value = value * 10 + static_cast<std::uint64_t>(c - '0');
    return static_cast<std::int64_t>(negative ? ~value + 1 : value);
}

std::optional<std::string_view> bencode_view::string() const {
    if (!is_string()) return std::nullopt;
    return as_text(raw().subspan(token_->head));
}

byte_view bencode_view::raw() const { return {text_ + token_->begin, text_ + token_->end}; }

std::optional<bencode_view> bencode_view::find(std::string_view key) const {
    if (!is_dict()) return std::nullopt;
    for (const auto* at = token_ + 1; at < token_ + token_->next;) {
        const bencode_view name(at, text_), value(at + 1, text_);
        if (name.string() == key) return value;
        at += 1 + value.token_->next;
    }
    return std::nullopt;
}

std::optional<std::int64_t> bencode_view::find_integer(std::string_view key) const {
    const auto value = find(key);
    return value ? value->integer() : std::nullopt;
}

std::optional<std::string_view> bencode_view::find_string(std::string_view key) const {
    const auto value = find(key);
    return value ? value->string() : std::nullopt;
}

std::optional<bencode_view> bencode_view::find_list(std::string_view key) const {
    const auto value = find(key);
    return value && value->is_list() ? value : std::nullopt;
}

std::optional<bencode_view> bencode_view::find_dict(std::string_view key) const {
    const auto value = find(key);
    return value && value->is_dict() ? value : std::nullopt;
}

bencode_view::iterator bencode_view::begin() const {
    return {token_ + (is_list() ? 1u : token_->next), text_};
}
bencode_view::iterator bencode_view::end() const { return {token_ + token_->next, text_}; }

std::vector<bencode_view::entry> bencode_view::entries() const {
    std::vector<entry> list;
    for_each_entry([&](std::string_view key, const bencode_view& value) { list.push_back({key, value}); });
    return list;
}

std::optional<std::string_view> bencode_view::repeated_key() const {
    std::optional<std::string_view> found;
    if (is_list()) {
        for (const auto element : *this)
            if (!found) found = element.repeated_key();
        return found;
    }
    std::optional<std::string_view> last;
    bool sorted = true;
    for_each_entry([&](std::string_view key, const bencode_view& value) {
        sorted = sorted && (!last || *last < key);
        last = key;
        if (!found) found = value.repeated_key();
    });
    if (found || sorted) return found;
    std::vector<std::string_view> keys;
    for_each_entry([&](std::string_view key, const bencode_view&) { keys.push_back(key); });
    std::sort(keys.begin(), keys.end());
    const auto twice = std::adjacent_find(keys.begin(), keys.end());
    return twice == keys.end() ? std::nullopt : std::optional(*twice);
}

bencode_writer& bencode_writer::integer(std::int64_t value) {
    byte_writer(out_).text("i").text(std::to_string(value)).text("e");
    return *this;
}

bencode_writer& bencode_writer::string(std::string_view value) {
    byte_writer(out_).text(std::to_string(value.size())).text(":").text(value);
    return *this;
}

bencode_writer& bencode_writer::raw(byte_view value) {
    byte_writer(out_).raw(value);
    return *this;
}

bencode_writer& bencode_writer::key(std::string_view key) {
    BT_ASSERT(!last_keys_.empty());
    auto& last = last_keys_.back();
    BT_ASSERT(!last || *last < key);
    last = key;
    return string(key);
}

bencode_writer& bencode_writer::begin_dict() {
    last_keys_.emplace_back();
    byte_writer(out_).text("d");
    return *this;
}

bencode_writer& bencode_writer::begin_list() {
    last_keys_.emplace_back();
    byte_writer(out_).text("l");
    return *this;
}

bencode_writer& bencode_writer::end_dict() {
    BT_ASSERT(!last_keys_.empty());
    last_keys_.pop_back();
    byte_writer(out_).text("e");
    return *this;
}

bencode_writer& bencode_writer::end_list() { return end_dict(); }

bytes bencode_writer::take() {
    BT_ASSERT(last_keys_.empty());
    return std::move(out_);
}

}  // namespace bt
