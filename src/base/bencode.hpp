// Bencoding (BEP 3): a flat, zero-copy, bounded view of given bytes, and a writer of canonical ones.
//
// The parser walks the text once, without recursion, and writes one token per value into a vector:
//
//   d 3:foo l i1e i2e e e          next = tokens to skip to reach the following sibling
//   |       | |   |
//   dict    | int int
//     string list
//   [dict next=5][str][list next=3][int][int]
//
// Two kinds of caller: a .torrent file may be untidy (unsorted keys, bytes after the end; some in the wild
// are), a packet may not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace bt {

enum class bencode_error : std::uint8_t {
    unexpected_end,  ///< the text stops inside a value
    bad_integer,     ///< no digits, a sign alone, letters; strict: leading zero, does not fit 64 bits
    bad_string,      ///< a length without colon, or too large to be true
    bad_key,         ///< a dictionary key that is no string
    missing_value,   ///< a dictionary key without value
    unknown_type,    ///< a value starts with no known letter
    too_deep,
    too_many_tokens,
    trailing_bytes,  ///< strict only
    unsorted_keys,   ///< strict only; a repeated key as well
};
std::string_view to_string(bencode_error error);

struct bencode_failure {
    bencode_error what;
    std::size_t position;  ///< byte offset of the trouble
};

struct bencode_limits {
    std::size_t depth;
    std::size_t tokens;
    bool strict;  ///< canonical form only: sorted unique keys, nothing after the value
};
extern const bencode_limits bencode_file;    ///< .torrent files, metadata, tracker answers: lenient
extern const bencode_limits bencode_packet;  ///< LAN and DHT datagrams, extension messages

namespace detail {
enum class bencode_kind : std::uint8_t { integer, string, list, dict };
struct bencode_token {
    std::uint32_t begin;  // first byte of the value
    std::uint32_t end;    // one past its last byte
    std::uint32_t next;   // tokens of this value, itself included
    std::uint16_t head;   // bytes before a string's content; of a number: whether it is too large
    bencode_kind kind;
};
}  // namespace detail

/// One value inside a `bencode_document`. Cheap to copy; valid while the document and the parsed bytes live.
class bencode_view {
  public:
    bool is_integer() const { return kind() == detail::bencode_kind::integer; }
    bool is_string() const { return kind() == detail::bencode_kind::string; }
    bool is_list() const { return kind() == detail::bencode_kind::list; }
    bool is_dict() const { return kind() == detail::bencode_kind::dict; }

    /// Nothing for a number beyond 64 bits, too.
    std::optional<std::int64_t> integer() const;
    std::optional<std::string_view> string() const;
    /// The value's own bytes as they stand in the input: what an info-hash is computed over.
    byte_view raw() const;

    /// First value with that key, if this is a dictionary that has it.
    std::optional<bencode_view> find(std::string_view key) const;
    // find() and the type in one step
    std::optional<std::int64_t> find_integer(std::string_view key) const;
    std::optional<std::string_view> find_string(std::string_view key) const;
    std::optional<bencode_view> find_list(std::string_view key) const;
    std::optional<bencode_view> find_dict(std::string_view key) const;

    /// A key that stands twice in this dictionary or one below it.
    std::optional<std::string_view> repeated_key() const;

    /// Elements of a list; nothing to iterate on any other type. Name the view before a range-for: in
    /// `for (auto v : *d.find_list("k"))` the optional is gone before the first round (C++20).
    class iterator;
    iterator begin() const;
    iterator end() const;
    /// Keys and values of a dictionary, in the order of the text.
    struct entry;
    std::vector<entry> entries() const;
    /// The same one by one: f(key, value).
    template <class F>
    void for_each_entry(F&& f) const;

  private:
    friend class bencode_document;
    bencode_view(const detail::bencode_token* token, const std::uint8_t* text) : token_(token), text_(text) {}
    detail::bencode_kind kind() const { return token_->kind; }

    const detail::bencode_token* token_;
    const std::uint8_t* text_;
};

struct bencode_view::entry {
    std::string_view key;
    bencode_view value;
};

template <class F>
void bencode_view::for_each_entry(F&& f) const {
    if (!is_dict()) return;
    for (const auto* at = token_ + 1; at < token_ + token_->next;) {
        const bencode_view key(at, text_), value(at + 1, text_);
        f(*key.string(), value);
        at += 1 + value.token_->next;
    }
}

class bencode_view::iterator {
  public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = bencode_view;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = bencode_view;
    bencode_view operator*() const { return {token_, text_}; }
    iterator& operator++() {
        token_ += token_->next;
        return *this;
    }
    friend bool operator==(const iterator& a, const iterator& b) { return a.token_ == b.token_; }

  private:
    friend class bencode_view;
    iterator(const detail::bencode_token* token, const std::uint8_t* text) : token_(token), text_(text) {}
    const detail::bencode_token* token_;
    const std::uint8_t* text_;
};

/// The parsed form. Refers to the bytes it was parsed from, which must outlive it. Movable.
class bencode_document {
  public:
    /// One value at the start of `text`. Inputs of 4 GiB and more are refused as bad_string.
    static result<bencode_document, bencode_failure> parse(byte_view text, const bencode_limits& limits);
    bencode_view root() const { return {tokens_.data(), text_.data()}; }
    /// Bytes of the value; less than the input where bytes follow it (ut_metadata data messages).
    std::size_t size() const { return tokens_.front().end; }

  private:
    byte_view text_;
    std::vector<detail::bencode_token> tokens_;
};

/// Appends canonical bencoding. Keys of a dictionary must be given in ascending order (asserted).
class bencode_writer {
  public:
    bencode_writer& integer(std::int64_t value);
    bencode_writer& string(std::string_view value);
    bencode_writer& string(byte_view value) { return string(as_text(value)); }
    /// Bytes that are bencoding already.
    bencode_writer& raw(byte_view value);
    bencode_writer& key(std::string_view key);
    bencode_writer& begin_dict();
    bencode_writer& end_dict();
    bencode_writer& begin_list();
    bencode_writer& end_list();

    // key and value in one call
    bencode_writer& pair(std::string_view k, std::int64_t value) { return key(k).integer(value); }
    bencode_writer& pair(std::string_view k, std::string_view value) { return key(k).string(value); }
    bencode_writer& pair(std::string_view k, byte_view value) { return key(k).string(value); }

    bytes take();

  private:
    bytes out_;
    std::vector<std::optional<std::string>> last_keys_;  // one per open dictionary or list
};

}  // namespace bt
