// JSON values: read from strangers within limits, written so that nothing in them can be taken for markup.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace bt {

class json {
  public:
    using member = std::pair<std::string, json>;
    using array = std::vector<json>;
    using object = std::vector<member>;  ///< in the order given

    json() = default;  // null
    json(std::nullptr_t) {}
    json(bool value) : value_(value) {}
    template <std::integral T>
    requires(!std::same_as<T, bool>) json(T value) {
        if constexpr (std::signed_integral<T>)
            value_ = static_cast<std::int64_t>(value);
        else
            value_ = static_cast<std::uint64_t>(value);
    }
    json(double value) : value_(value) {}
    json(std::string value) : value_(std::move(value)) {}
    json(std::string_view value) : value_(std::string(value)) {}
    json(const char* value) : value_(std::string(value)) {}
    json(array value) : value_(std::move(value)) {}
    json(object value) : value_(std::move(value)) {}
    /// {{"key", value}, …} is an object.
    json(std::initializer_list<member> members) : value_(object(members)) {}

    /// Makes a null an array.
    void push_back(json element);
    /// The member with that key, made if it is not there. Makes a null an object.
    json& operator[](std::string_view key);
    /// The members of another object, behind those of this one.
    void append(json members);

    // reading: nothing where the value is of another type or there is no such member
    std::optional<bool> boolean() const;
    std::optional<std::int64_t> integer() const;
    std::optional<std::uint64_t> natural() const;
    std::optional<double> number() const;
    std::optional<std::string_view> text() const;
    const array* elements() const { return std::get_if<array>(&value_); }
    const object* members() const { return std::get_if<object>(&value_); }
    const json* find(std::string_view key) const;
    std::optional<std::uint64_t> find_natural(std::string_view key) const;
    std::optional<std::string_view> find_text(std::string_view key) const;

    /// As json_writer writes it (base/json_writer.hpp). `indent` < 0: one line.
    std::string dump(int indent = -1) const;
    /// errc::bad_data names what is wrong and where. Deeper than `depth` is refused, more than `most_values`
    /// (each costs 40 bytes at least, and two in the text), a repeated key, and an object of more than 1,024
    /// keys.
    static result<json> parse(std::string_view text, std::size_t depth = 16,
                              std::size_t most_values = SIZE_MAX);

  private:
    friend struct json_text;
    std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string, array, object>
        value_;
};

}  // namespace bt
